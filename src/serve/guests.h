/* The connections that are open, and since when: slow and idle ones are shown out, so that they cannot keep
 * others from being served. */
#ifndef ALFA_SERVE_GUESTS_H
#define ALFA_SERVE_GUESTS_H

#include <microhttpd.h>

#include "alfa.h"

struct alfa__guests;
struct alfa__guest;

enum { ALFA__GUESTS_MOST = 1000 };

struct alfa__guests *alfa__guests_new(void);
void alfa__guests_free(struct alfa__guests *guests);

/* For MHD_OPTION_NOTIFY_CONNECTION. */
void alfa__guests_notify(void *guests, struct MHD_Connection *connection, void **socket_context,
                         enum MHD_ConnectionNotificationCode code);

/* What the guest of a connection does. */
enum alfa__guest_state {
    ALFA__GUEST_SILENT,  /* has sent no whole header since it came or was answered */
    ALFA__GUEST_SENDING, /* its body is coming */
    ALFA__GUEST_WAITING, /* for its answer, or is reading it */
    ALFA__GUEST_STAYING  /* reads events; may stay */
};
void alfa__guest_is(struct alfa__guests *guests, struct MHD_Connection *connection,
                    enum alfa__guest_state state);

/* A piece of its request has come. */
void alfa__guest_heard(struct alfa__guests *guests, struct MHD_Connection *connection);

/* To be called several times a second: a crowd is let in and shown out as fast as this comes. */
void alfa__guests_tidy(struct alfa__guests *guests);

int alfa__guests_count(struct alfa__guests *guests);

#endif
