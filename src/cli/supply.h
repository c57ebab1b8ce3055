/* The images that are to be judged, one after the other: of files, folders (with their sub-folders, in the
 * order of the file system) and a list. Takes the same memory for ten images and for ten million. */
#ifndef ALFA_CLI_SUPPLY_H
#define ALFA_CLI_SUPPLY_H

#include "alfa.h"

struct alfa__supply;

/* arguments and list ("-": standard input; NULL: none) stay the caller's. Fails with ALFA_ERROR_INPUT when
 * one of them is not there. */
enum alfa_status alfa__supply_open(struct alfa__supply **out, char **arguments, int count, const char *list,
                                   struct alfa_error *err);
void alfa__supply_free(struct alfa__supply *supply);

/* The next path, or address of a list; lent until the next call. NULL: there is none. */
const char *alfa__supply_next(struct alfa__supply *supply);

/* Folders that could not be searched; the last one's reason in err. */
int alfa__supply_failed(const struct alfa__supply *supply, struct alfa_error *err);

/* Files in folders that are pictures of a kind that is not read, by their names; and the first of them. */
long long alfa__supply_left_out(const struct alfa__supply *supply, const char **first);

/* How many there will be; -1 when that cannot be known (standard input). Reads it all once. */
long long alfa__supply_count(char **arguments, int count, const char *list);

#endif
