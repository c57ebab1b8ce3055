/* One connection to a RabbitMQ broker (AMQP 0-9-1, librabbitmq): letters go out and are confirmed, letters
 * come in and are acknowledged. A link is used by one thread. It does not connect again by itself: any
 * failure leaves it closed, and what was neither confirmed nor acknowledged until then has to be taken as not
 * done. alfa__link_pause() is the pause before the next try.
 *
 * Nothing is printed here, and no environment is read. */
#ifndef ALFA_FLEET_LINK_H
#define ALFA_FLEET_LINK_H

#include "base/status.h"

struct alfa__link;

struct alfa__link_options {
    const char *url; /* amqp://[USER:PASSWORD@]HOST[:PORT][/VHOST], amqps:// with TLS; %XX where needed */
    const char
        *user_file;   /* first line the user, second the password, instead of those in the URL; NULL: none */
    const char *ca;   /* certificates (PEM) to trust instead of the system's; NULL: those */
    const char *name; /* how the broker lists the connection */
};

/* Reads URL and files; asks nobody yet. Fails with ALFA_ERROR_USAGE for a URL that is none, ALFA_ERROR_INPUT
 * for a file that cannot be read, and ALFA_ERROR_USAGE in a build without librabbitmq. */
enum alfa_status alfa__link_open(struct alfa__link **out, const struct alfa__link_options *options,
                                 struct alfa_error *err);
void alfa__link_free(struct alfa__link *link);

/* One try. ALFA_ERROR_USAGE: another try will not help (the broker refuses the user or the virtual host, its
 * certificate does not verify); ALFA_ERROR_RUNTIME: it may. */
enum alfa_status alfa__link_connect(struct alfa__link *link, struct alfa_error *err);
bool alfa__link_is_up(const struct alfa__link *link);
/* HOST:PORT, for messages; without user and password. */
const char *alfa__link_place(const struct alfa__link *link);

/* Says goodbye when it is up. */
void alfa__link_close(struct alfa__link *link);

/* How long to wait before the next try, seconds: doubles from 0.5 to 30 with each failure since it was last
 * up, and is spread by up to a half, so that a thousand workers do not come back in one moment. */
double alfa__link_pause(struct alfa__link *link);

/* ------------------------------------------------------------------ queues */

/* An exchange or queue as it must be. Declared when it is not there; one that is there and differs fails with
 * ALFA_ERROR_USAGE and a sentence. All are durable. */
struct alfa__queue_options {
    const char *name;
    const char *dead_letters; /* exchange for what was delivered too often; NULL: none */
    int limit;                /* deliveries that failed until then; 0: none */
    int length;      /* letters; more are refused (the publisher is told), none is dropped; 0: no limit */
    long long bytes; /* likewise */
    int expires;     /* seconds without a reader after which it is removed; 0: never */
};
enum alfa_status alfa__link_queue(struct alfa__link *link, const struct alfa__queue_options *options,
                                  struct alfa_error *err);
/* kind: "topic", "fanout". unclaimed: exchange for what no queue is bound for, or NULL. */
enum alfa_status alfa__link_exchange(struct alfa__link *link, const char *name, const char *kind,
                                     const char *unclaimed, struct alfa_error *err);
enum alfa_status alfa__link_bind(struct alfa__link *link, const char *queue, const char *exchange,
                                 const char *key, struct alfa_error *err);
/* Removes it, with what is in it. */
enum alfa_status alfa__link_remove(struct alfa__link *link, const char *queue, struct alfa_error *err);
/* Letters that wait in a queue, and who reads it. Fails with ALFA_ERROR_INPUT when there is no such queue;
 * the link is closed then. */
enum alfa_status alfa__link_count(struct alfa__link *link, const char *queue, long long *letters,
                                  long long *readers, struct alfa_error *err);

/* ------------------------------------------------------------------ letters */

/* Strings may be NULL where nothing is said. */
struct alfa__letter {
    const char *exchange, *key; /* exchange "": key is the name of a queue */
    const char *id;             /* message_id */
    const char *answer_to;      /* reply_to: queue that an answer goes to */
    const char *about;          /* correlation_id: goes back with the answer as it is */
    const char *reason;         /* header x-reason: why it lies in a dead-letter queue */
    const void *body;
    size_t size;
};

/* Hands a letter over. Its number counts up from 1 since the link was made, over all connections; it is not
 * safe at the broker before ALFA__EVENT_CONFIRMED says so. */
enum alfa_status alfa__link_send(struct alfa__link *link, unsigned long long *number,
                                 const struct alfa__letter *letter, struct alfa_error *err);

/* From now on letters of the queue come in, at most ahead of them unacknowledged. Called again it adds as
 * many. There is no way to have no more but alfa__link_close(), which gives back what is not acknowledged:
 * of RabbitMQ 3.10.8 it was seen that it goes on delivering to a reader of a quorum queue that was cancelled
 * while it held letters, or closes the connection with an internal error. */
enum alfa_status alfa__link_read(struct alfa__link *link, const char *queue, int ahead,
                                 struct alfa_error *err);

/* A letter that came is done (and all before it, with all), or is to be delivered again, which counts as a
 * try: basic.reject, as RabbitMQ from 4.3 on does not count what basic.nack gives back. */
enum alfa_status alfa__link_done(struct alfa__link *link, unsigned long long tag, bool all,
                                 struct alfa_error *err);
enum alfa_status alfa__link_again(struct alfa__link *link, unsigned long long tag, struct alfa_error *err);

/* ------------------------------------------------------------------ what happens */

enum alfa__event_kind {
    ALFA__EVENT_NONE,      /* time is over, or wake became readable */
    ALFA__EVENT_LETTER,    /* one came */
    ALFA__EVENT_CONFIRMED, /* number (and all before it, with all) is safe */
    ALFA__EVENT_REFUSED,   /* it was not taken: the queue is full */
    ALFA__EVENT_RETURNED,  /* the letter with this id reached no queue; it is confirmed next */
    ALFA__EVENT_BLOCKED,   /* the broker is short of memory or disk: nothing may be sent until */
    ALFA__EVENT_UNBLOCKED
};

/* Strings live until the next call; "" where nothing was said. */
struct alfa__event {
    enum alfa__event_kind kind;
    unsigned long long number; /* of a letter that was sent */
    bool all;
    unsigned long long tag; /* of a letter that came, for alfa__link_done() */
    int tries;              /* so often it was delivered before and not acknowledged */
    const char *id, *answer_to, *about;
    const char *body; /* size bytes, no zero behind them */
    size_t size;
};

/* Whether a confirmation or a refusal is about the letter with this number; about none with 0. */
static inline bool alfa__event_covers(const struct alfa__event *event, unsigned long long number)
{
    return number && (number == event->number || (event->all && number < event->number));
}

/* Waits for the next event, at most seconds; wake is a file descriptor that ends the wait, or -1. To be
 * called every ten seconds or so, or the broker takes the link for dead. Fails when the connection is lost;
 * it is closed then. ALFA_ERROR_INPUT: because a queue that is read was removed, with what was in it,
 * or may have been, as the broker itself failed. */
enum alfa_status alfa__link_next(struct alfa__link *link, struct alfa__event *out, int wake, double seconds,
                                 struct alfa_error *err);

#endif
