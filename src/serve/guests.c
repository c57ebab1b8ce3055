#include "serve/guests.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "serve/request.h"

enum { READING_SECONDS = 300, CROWDED = ALFA__GUESTS_MOST * 3 / 4, SILENT_WHEN_CROWDED = 1 };

struct alfa__guest {
    int fd;
    double since, heard; /* in this state; the last byte of a request */
    enum alfa__guest_state state;
    struct alfa__guest *next, *previous;
};

struct alfa__guests {
    pthread_mutex_t lock;
    struct alfa__guest *first;
    int count;
};

struct alfa__guests *alfa__guests_new(void)
{
    struct alfa__guests *guests = calloc(1, sizeof *guests);
    if (guests)
        pthread_mutex_init(&guests->lock, NULL);
    return guests;
}

void alfa__guests_free(struct alfa__guests *guests)
{
    if (guests)
        pthread_mutex_destroy(&guests->lock);
    free(guests);
}

static void greet(struct alfa__guests *guests, struct MHD_Connection *connection, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct alfa__guest *guest = calloc(1, sizeof *guest);
    if (!guest || !info) {
        free(guest);
        return;
    }
    guest->fd = info->connect_fd;
    guest->since = guest->heard = alfa__clock();
    guest->next = guests->first;
    if (guest->next)
        guest->next->previous = guest;
    guests->first = guest;
    guests->count++;
    *context = guest;
}

static void leave(struct alfa__guests *guests, struct alfa__guest *guest)
{
    if (!guest)
        return;
    if (guest->previous)
        guest->previous->next = guest->next;
    else
        guests->first = guest->next;
    if (guest->next)
        guest->next->previous = guest->previous;
    guests->count--;
    free(guest);
}

void alfa__guests_notify(void *context, struct MHD_Connection *connection, void **socket_context,
                         enum MHD_ConnectionNotificationCode code)
{
    struct alfa__guests *guests = context;
    pthread_mutex_lock(&guests->lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        greet(guests, connection, socket_context);
    } else {
        leave(guests, *socket_context);
        *socket_context = NULL;
    }
    pthread_mutex_unlock(&guests->lock);
}

static struct alfa__guest *find(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

void alfa__guest_is(struct alfa__guests *guests, struct MHD_Connection *connection,
                    enum alfa__guest_state state)
{
    struct alfa__guest *guest = find(connection);
    if (!guest)
        return;
    pthread_mutex_lock(&guests->lock);
    if (!(guest->state == ALFA__GUEST_SILENT && state == ALFA__GUEST_SENDING))
        guest->since = alfa__clock();
    guest->state = state;
    guest->heard = alfa__clock();
    pthread_mutex_unlock(&guests->lock);
}

void alfa__guest_heard(struct alfa__guests *guests, struct MHD_Connection *connection)
{
    struct alfa__guest *guest = find(connection);
    if (!guest)
        return;
    pthread_mutex_lock(&guests->lock);
    guest->heard = alfa__clock();
    pthread_mutex_unlock(&guests->lock);
}

/* In a crowd nobody waits for who has stopped in the middle of a request. */
static bool has_stalled(const struct alfa__guest *guest, int count, double now)
{
    return count > CROWDED && guest->state == ALFA__GUEST_SENDING && now - guest->heard > SILENT_WHEN_CROWDED;
}

static double patience(const struct alfa__guest *guest, int count)
{
    switch (guest->state) {
    case ALFA__GUEST_SILENT:
        return count > CROWDED ? SILENT_WHEN_CROWDED : ALFA__REQUEST_SECONDS;
    case ALFA__GUEST_SENDING:
        return ALFA__REQUEST_SECONDS;
    case ALFA__GUEST_WAITING:
        return READING_SECONDS;
    case ALFA__GUEST_STAYING:
        break;
    }
    return 1e9;
}

/* The daemon sees the end of the connection and closes it. */
void alfa__guests_tidy(struct alfa__guests *guests)
{
    const double now = alfa__clock();
    pthread_mutex_lock(&guests->lock);
    for (struct alfa__guest *guest = guests->first; guest; guest = guest->next)
        if (now - guest->since > patience(guest, guests->count) || has_stalled(guest, guests->count, now))
            shutdown(guest->fd, SHUT_RDWR);
    pthread_mutex_unlock(&guests->lock);
}

int alfa__guests_count(struct alfa__guests *guests)
{
    pthread_mutex_lock(&guests->lock);
    const int count = guests->count;
    pthread_mutex_unlock(&guests->lock);
    return count;
}
