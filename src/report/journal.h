/* What is known from one run to the next, of a report or of watched folders: a file of JSON lines. The first
 * line says what it is; then one a picture, written as soon as that was judged, so that a run that was
 * stopped or killed loses nothing. A later line about the same file counts instead of the earlier one. A last
 * line that was not written to its end is passed over. */
#ifndef ALFA_REPORT_JOURNAL_H
#define ALFA_REPORT_JOURNAL_H

#include "base/status.h"

#include <jansson.h>

struct alfa__journal;

/* What is done with a line that was there; it is freed afterwards. */
typedef enum alfa_status alfa__journal_visit(void *context, const json_t *line, struct alfa_error *err);

/* Opens the journal in the file path, which need not be there, and shows its lines from the first to the
 * last. Fails with ALFA_ERROR_OUTPUT when the file is no journal of this version, or cannot be written. Freed
 * with alfa__journal_free(). */
enum alfa_status alfa__journal_open(struct alfa__journal **out, const char *path, alfa__journal_visit *visit,
                                    void *context, struct alfa_error *err);

/* Adds a line, whole or not at all. line may be NULL: ALFA_ERROR_MEMORY; it is freed. */
enum alfa_status alfa__journal_add(struct alfa__journal *journal, json_t *line, struct alfa_error *err);

void alfa__journal_free(struct alfa__journal *journal);

#endif
