/* Server-sent events: what happens is told to all pages that listen. */
#ifndef ALFA_SERVE_EVENTS_H
#define ALFA_SERVE_EVENTS_H

#include <jansson.h>

#include "serve/request.h"

struct alfa__events;

enum { ALFA__EVENTS_LISTENERS = 32 };

struct alfa__events *alfa__events_new(void);
/* All listeners must be gone: alfa__events_end(), then the daemon's end. */
void alfa__events_free(struct alfa__events *events);

/* Gives a request an answer that goes on until one side ends it; false when too many listen already. */
bool alfa__events_listen(struct alfa__events *events, struct alfa__request *request);

/* Tells all; takes the object, which may be NULL. A listener that does not read is dropped. */
void alfa__events_tell(struct alfa__events *events, const char *name, json_t *object);

/* A line that says nothing, so that lost connections are noticed. */
void alfa__events_beat(struct alfa__events *events);

/* Ends all answers. */
void alfa__events_end(struct alfa__events *events);

#endif
