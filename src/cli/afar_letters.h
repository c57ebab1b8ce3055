/* Questions of a server as jobs, and answers of workers as its opinions. */
#ifndef ALFA_CLI_AFAR_LETTERS_H
#define ALFA_CLI_AFAR_LETTERS_H

#include "base/files.h"
#include "fleet/job.h"
#include "serve/judge.h"

/* What is asked, with the picture as it came, whose name is "" when nobody said. bank: SHA-256 of the bank's
 * file, or NULL. *out, a job, is freed with free(). */
enum alfa_status alfa__afar_write(char **out, const char *id, const struct alfa__question *question,
                                  const char *bank, const struct alfa__content *picture,
                                  struct alfa_error *err);

/* What a worker said, as alfa__judge_run() would have said it here; what it failed for, as it would have
 * failed here. Fails too when it judges with another model than the one that is named so. */
enum alfa_status alfa__afar_read(struct alfa__opinion *out, const char *text, size_t size, const char *name,
                                 const char *model, struct alfa_error *err);

#endif
