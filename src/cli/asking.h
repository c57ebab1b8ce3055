/* How 'alfa submit' asks: what stands in every job, and what in that of one image. */
#ifndef ALFA_CLI_ASKING_H
#define ALFA_CLI_ASKING_H

#include <stdint.h>

#include "cli/options.h"

struct alfa__asking;

/* Reads prompts and bank, and puts the bank into --banks when it is not there. */
enum alfa_status alfa__asking_open(struct alfa__asking **out, const struct alfa__options *options,
                                   struct alfa_error *err);
void alfa__asking_free(struct alfa__asking *asking);

/* What workers call an image, freed with free(): behind root (what they have as --root, as it is called
 * here), or from the top without one. listed: it need not be there on this machine. */
enum alfa_status alfa__asking_place(char **out, const char *root, bool listed, const char *path,
                                    struct alfa_error *err);

/* The same for the same image and the same question, in every run; never 0. */
uint64_t alfa__asking_id(const struct alfa__asking *asking, const char *path);

/* The job of an image, freed with free(). Fails when the image cannot be sent. */
enum alfa_status alfa__asking_write(char **out, const struct alfa__asking *asking, const char *path,
                                    uint64_t id, struct alfa_error *err);

#endif
