/* What a worker keeps open: models, and detectors made of them, each with its class or bank. When the program
 * has more memory in use than it may, what was not used for longest is closed. One thread at a time. */
#ifndef ALFA_CLI_STOCK_H
#define ALFA_CLI_STOCK_H

#include "cli/options.h"
#include "fleet/job.h"
#include "serve/judge.h"

struct alfa__stock;

/* Opens the model that the options name, so that a mistake there is said at once. banks: the folder of
 * HASH.bank files, or NULL. most: bytes in use, 0 for no limit. */
enum alfa_status alfa__stock_open(struct alfa__stock **out, const struct alfa__options *options,
                                  const char *banks, double most, struct alfa_error *err);
void alfa__stock_free(struct alfa__stock *stock);

/* Judges an image as a job says. Freed with alfa__opinion_free(). ALFA_ERROR_RUNTIME, MEMORY: another try may
 * help. */
enum alfa_status alfa__stock_judge(struct alfa__stock *stock, struct alfa__opinion *out,
                                   const struct alfa__job *job, const struct alfa_image *image,
                                   struct alfa_error *err);

/* Looks at the image in a file as a job for 'alfa eval' says (eval/look.h); what there is to see goes into
 * the folder of --features. Fails likewise, also when there is none. */
enum alfa_status alfa__stock_look(struct alfa__stock *stock, const struct alfa__job *job, const char *path,
                                  struct alfa_error *err);

/* How many models and detectors are open. */
void alfa__stock_count(struct alfa__stock *stock, int *models, int *detectors);

#endif
