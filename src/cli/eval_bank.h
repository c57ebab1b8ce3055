/* alfa eval DIR --bank FILE: how well a bank that exists judges a data set. */
#ifndef ALFA_CLI_EVAL_BANK_H
#define ALFA_CLI_EVAL_BANK_H

#include "cli/options.h"

/* Returns the exit code. */
int alfa__eval_bank(const struct alfa__options *options);

#endif
