/* A listener's connection sleeps (is suspended) while there is nothing to tell; who tells something wakes it.
 * The daemon must not be called with the lock held, since it calls back. */
#include "serve/events.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WAITING = 1 << 18 }; /* bytes that a listener has not read */

struct listener {
    struct alfa__events *events;
    struct MHD_Connection *connection;
    struct alfa__string text;
    bool asleep, over;
    struct listener *next;
};

struct alfa__events {
    pthread_mutex_t lock;
    struct listener *first;
    int count;
    bool over;
};

struct alfa__events *alfa__events_new(void)
{
    struct alfa__events *events = calloc(1, sizeof *events);
    if (events)
        pthread_mutex_init(&events->lock, NULL);
    return events;
}

void alfa__events_free(struct alfa__events *events)
{
    if (events)
        pthread_mutex_destroy(&events->lock);
    free(events);
}

/* ------------------------------------------------------------------ a listener */

/* The daemon asks for more. With nothing to give the connection sleeps: the daemon's own state has to change
 * before anybody can see that it does. */
static ssize_t read_more(void *context, uint64_t place, char *out, size_t size)
{
    struct listener *listener = context;
    ssize_t given = 0;
    (void)place;
    pthread_mutex_lock(&listener->events->lock);
    if (listener->text.size > 0) {
        given = (ssize_t)(listener->text.size < size ? listener->text.size : size);
        memcpy(out, listener->text.text, (size_t)given);
        listener->text.size -= (size_t)given;
        memmove(listener->text.text, listener->text.text + given, listener->text.size);
    } else if (listener->over) {
        given = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        MHD_suspend_connection(listener->connection);
        listener->asleep = true;
    }
    pthread_mutex_unlock(&listener->events->lock);
    return given;
}

static void leave(void *context)
{
    struct listener *listener = context;
    struct alfa__events *events = listener->events;
    pthread_mutex_lock(&events->lock);
    for (struct listener **place = &events->first; *place; place = &(*place)->next)
        if (*place == listener) {
            *place = listener->next;
            events->count--;
            break;
        }
    pthread_mutex_unlock(&events->lock);
    alfa__string_free(&listener->text);
    free(listener);
}

bool alfa__events_listen(struct alfa__events *events, struct alfa__request *request)
{
    struct listener *listener = calloc(1, sizeof *listener);
    if (!listener)
        return false;
    listener->events = events;
    listener->connection = request->connection;
    alfa__string_append(&listener->text, "retry: 2000\n\n");
    pthread_mutex_lock(&events->lock);
    const bool room = events->count < ALFA__EVENTS_LISTENERS && !events->over;
    if (room) {
        listener->next = events->first;
        events->first = listener;
        events->count++;
    }
    pthread_mutex_unlock(&events->lock);
    if (!room) {
        free(listener);
        return false;
    }
    request->response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_more, listener, leave);
    request->status = 200;
    return request->response != NULL;
}

/* ------------------------------------------------------------------ telling */

/* One listener that sleeps and has something to read, now awake; NULL when there is none. */
static struct MHD_Connection *wake_one(struct alfa__events *events)
{
    struct MHD_Connection *connection = NULL;
    pthread_mutex_lock(&events->lock);
    for (struct listener *l = events->first; l && !connection; l = l->next)
        if (l->asleep && (l->text.size > 0 || l->over)) {
            l->asleep = false;
            connection = l->connection;
        }
    pthread_mutex_unlock(&events->lock);
    return connection;
}

static void wake_all(struct alfa__events *events)
{
    for (struct MHD_Connection *connection; (connection = wake_one(events));)
        MHD_resume_connection(connection);
}

static void tell_text(struct alfa__events *events, const char *text)
{
    pthread_mutex_lock(&events->lock);
    for (struct listener *l = events->first; l; l = l->next) {
        if (l->text.size > MOST_WAITING)
            l->over = true;
        if (!l->over)
            alfa__string_append(&l->text, text);
    }
    pthread_mutex_unlock(&events->lock);
    wake_all(events);
}

void alfa__events_tell(struct alfa__events *events, const char *name, json_t *object)
{
    char *json = object ? json_dumps(object, JSON_REAL_PRECISION(9) | JSON_COMPACT) : NULL;
    char *text = json ? alfa__format("event: %s\ndata: %s\n\n", name, json) : NULL;
    if (text)
        tell_text(events, text);
    free(text);
    free(json);
    json_decref(object);
}

void alfa__events_beat(struct alfa__events *events)
{
    tell_text(events, "event: beat\ndata: {}\n\n");
}

void alfa__events_end(struct alfa__events *events)
{
    if (!events)
        return;
    pthread_mutex_lock(&events->lock);
    events->over = true;
    for (struct listener *l = events->first; l; l = l->next)
        l->over = true;
    pthread_mutex_unlock(&events->lock);
    wake_all(events);
}
