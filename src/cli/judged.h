/* By what a later run knows that a file was judged already: which file it is, and how it was judged. */
#ifndef ALFA_CLI_JUDGED_H
#define ALFA_CLI_JUDGED_H

#include "cli/kit.h"
#include "cli/paths.h"
#include "report/record.h"

/* The file of an input; all 0 for standard input and for what is not there. */
struct alfa__origin alfa__judged_origin(const struct alfa__input *input);

/* The same of one that is not there: where it would be, without size and time; all 0 for standard input. */
struct alfa__origin alfa__judged_absent(const struct alfa__input *input);

/* 16 hex digits over all that a judgement depends on: version, model, what was typed that is no matter of
 * output, the files named there as they are (size and time of change), and what the bank came to. */
void alfa__judged_key(char out[17], const struct alfa__kit *kit);

#endif
