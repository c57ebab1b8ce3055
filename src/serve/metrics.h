/* Numbers for Prometheus, counted since the start. */
#ifndef ALFA_SERVE_METRICS_H
#define ALFA_SERVE_METRICS_H

#include "base/strings.h"

struct alfa__metrics;

/* name(i) gives a route's label, which is freed with free(); NULL behind the last. */
struct alfa__metrics *alfa__metrics_new(char *(*name)(int));
void alfa__metrics_free(struct alfa__metrics *metrics);

/* A request of a route (its index, or -1 when there was none) that got a status (0: the connection was lost).
 */
void alfa__metrics_count(struct alfa__metrics *metrics, int route, unsigned status, double seconds);

/* An image that was judged; decision as in struct alfa__opinion. */
void alfa__metrics_judged(struct alfa__metrics *metrics, const char *class_name, double score, int decision);

/* Appends all of it. */
void alfa__metrics_write(struct alfa__metrics *metrics, struct alfa__string *out);

/* A single number with its help line. */
void alfa__metrics_gauge(struct alfa__string *out, const char *name, const char *help, double value);

#endif
