/* What answers have in common: times, links, texts that came from outside. */
#ifndef ALFA_SERVE_LINKS_H
#define ALFA_SERVE_LINKS_H

#include <jansson.h>
#include <stdbool.h>

/* 2026-02-03T04:05:06.789Z, from milliseconds since 1970. */
void alfa__time_text(char out[40], long long time);

/* The same the other way round; also without fraction, without time of day, or a number of milliseconds.
 * False when it is no time. */
bool alfa__time_read(long long *out, const char *text);

/* Adds id, time and links to a report that was stored just now; as alfa__json_set(). */
void alfa__links_kept(json_t **report, long long id, long long time, bool has_map);

/* Adds "links" to an inspection that has an id; likewise. */
void alfa__links_add(json_t **inspection, bool has_map);

#endif
