/* Where the tables of a run go. A folder may hold those of several runs: report.md, results.csv, results.json
 * and panels.html of the first, report-2.md and so on of the next. A run that is made again finds its own. */
#ifndef ALFA_EVAL_PLACE_H
#define ALFA_EVAL_PLACE_H

#include "eval/run_entrants.h"
#include "eval/settings.h"

#define ALFA__EVAL_MOST_RUNS 9999

/* What tells one run from another: data sets, methods, settings, numbers of normal images and seeds, in hex
 * digits. The images themselves are not looked at: a data set that grew is the same run. */
enum alfa_status alfa__eval_run_id(char out[17], const struct alfa__settings *settings,
                                   struct alfa_error *err);

/* The number of the run with that id in the folder; of a new one the next that is free. Fails with
 * ALFA_ERROR_LIMIT when there is none. */
enum alfa_status alfa__eval_run_number(int *out, const char *folder, const char *id, struct alfa_error *err);

/* "folder/report.md", or "folder/report-2.md"; NULL when out of memory; freed with free(). */
char *alfa__eval_place(const char *folder, const char *name, int number, const char *end);

#endif
