/* The answers that came, a line each, in a file that a later run goes on with: which ids are finished is read
 * from it. JSON lines begin with {"id": "...", CSV rows with the id. */
#ifndef ALFA_CLI_LEDGER_H
#define ALFA_CLI_LEDGER_H

#include <jansson.h>
#include <stdint.h>

#include "cli/options.h"

struct alfa__ledger;

/* path NULL: standard output, and nothing is finished before. A last line without an end is cut off. Fails
 * with ALFA_ERROR_OUTPUT when the file cannot be written or another run writes it, with ALFA_ERROR_INPUT when
 * it is no such file. */
enum alfa_status alfa__ledger_open(struct alfa__ledger **out, const char *path, enum alfa__csv csv,
                                   struct alfa_error *err);
void alfa__ledger_free(struct alfa__ledger *ledger);

/* How many ids there were at the start, and whether this is one of them (or one that was noted since). */
long long alfa__ledger_before(const struct alfa__ledger *ledger);
bool alfa__ledger_has(const struct alfa__ledger *ledger, uint64_t id);
/* Whether its line at the start told of a failure. */
bool alfa__ledger_failed(const struct alfa__ledger *ledger, uint64_t id);
void alfa__ledger_note(struct alfa__ledger *ledger, uint64_t id);

/* Writes the line of an answer; it is whole or not there. */
enum alfa_status alfa__ledger_write(struct alfa__ledger *ledger, json_t *answer, struct alfa_error *err);

/* Waits until all lines are on the disk. */
enum alfa_status alfa__ledger_save(struct alfa__ledger *ledger, struct alfa_error *err);

#endif
