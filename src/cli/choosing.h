/* Thresholds that are chosen on the command line: what --at says, tables and pictures of what they do. */
#ifndef ALFA_CLI_CHOOSING_H
#define ALFA_CLI_CHOOSING_H

#include "cli/options.h"

/* "false-alarms=1%", "found=95%", "f1" or a number. Fails with ALFA_ERROR_USAGE for anything else; NULL is
 * fine. */
enum alfa_status alfa__choice_check(const char *at, struct alfa_error *err);

/* Makes the choice; nothing for NULL. */
enum alfa_status alfa__choose(struct alfa_bank *bank, const char *at, struct alfa_error *err);

/* Whether a picture can be drawn there: a name that ends in .png, in a folder that can be written to. Before
 * any work; NULL is fine. */
enum alfa_status alfa__plot_check(const char *path, struct alfa_error *err);

/* Draws the bank's scores into a PNG; nothing for NULL. */
enum alfa_status alfa__plot(const struct alfa_bank *bank, const char *path, struct alfa_error *err);

/* What thresholds do, on standard output. */
void alfa__tradeoffs_print(const struct alfa_bank *bank);
void alfa__tradeoffs_print_json(const struct alfa_bank *bank, const char *path);

#endif
