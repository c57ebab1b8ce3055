#include "cli/afar.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include <poll.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/afar_letters.h"
#include "cli/session.h"
#include "cli/talk.h"

#define PATIENCE 5.0 /* seconds that a broker may be away until those who ask are told */
#define LONGEST 60.0 /* seconds without an answer, likewise */
#define LOOK 2.0     /* seconds between looks at the queues */
enum { KNOWN = 64 }; /* banks whose hash is remembered */

/* A question on its way: lies with the thread that waits for it. The broker's thread has it from the bell on
 * until it is done. */
struct asked {
    struct asked *next;
    char id[48], *body;
    size_t size;
    unsigned long long number; /* of the letter; 0: it is to be sent */
    bool safe;                 /* the broker has it */
    double since;
    /* under the lock */
    bool done;
    enum alfa_status status; /* of a question that was given up */
    struct alfa_error *err;
    char *answer; /* of one that was answered */
    size_t answer_size;
};

struct known {
    long long bank;
    char digest[ALFA__DIGEST_TEXT];
};

struct alfa__afar {
    const struct alfa__options *options;
    const char *model;
    struct alfa__session session;
    char queue[256], run[17];
    pthread_t thread;
    bool started;
    int bell; /* an eventfd: somebody asks, or it is over */
    struct asked *asked;
    double down_since, look_at;
    bool blocked;
    /* under the lock */
    pthread_mutex_t lock;
    pthread_cond_t answered;
    struct asked *fresh;
    unsigned long long count;
    bool closing, away; /* away: the broker was not there for some time */
    long long waiting, readers, workers;
    struct known known[KNOWN];
    unsigned next_known;
};

/* ------------------------------------------------------------------ who waits: the broker's thread */

static void unlink_asked(struct alfa__afar *a, const struct asked *one)
{
    struct asked **at = &a->asked;
    while (*at != one)
        at = &(*at)->next;
    *at = one->next;
}

/* The question may be gone from here on. */
static void wake(struct alfa__afar *a, struct asked *one)
{
    unlink_asked(a, one);
    pthread_mutex_lock(&a->lock);
    one->done = true;
    pthread_cond_broadcast(&a->answered);
    pthread_mutex_unlock(&a->lock);
}

static void give_up(struct alfa__afar *a, struct asked *one, const char *why)
{
    one->status = alfa__fail(one->err, ALFA_ERROR_STOPPED, alfa__link_place(a->session.link), "%s", why);
    wake(a, one);
}

static void give_up_all(struct alfa__afar *a, bool unsafe_alone, const char *why)
{
    for (struct asked *one = a->asked, *next; one; one = next) {
        next = one->next;
        if (!unsafe_alone || !one->safe)
            give_up(a, one, why);
    }
}

static void take_fresh(struct alfa__afar *a)
{
    eventfd_t rung;
    (void)!eventfd_read(a->bell, &rung);
    pthread_mutex_lock(&a->lock);
    while (a->fresh) {
        struct asked *one = a->fresh;
        a->fresh = one->next;
        one->next = a->asked;
        a->asked = one;
    }
    pthread_mutex_unlock(&a->lock);
}

static void give_up_late(struct alfa__afar *a)
{
    for (struct asked *one = a->asked, *next; one; one = next) {
        next = one->next;
        if (alfa__clock() - one->since > LONGEST)
            give_up(a, one, "no worker has answered for a minute: come again later");
    }
}

/* ------------------------------------------------------------------ letters */

static enum alfa_status send_all(struct alfa__afar *a, struct alfa_error *err)
{
    for (struct asked *one = a->asked; one && !a->blocked; one = one->next) {
        const struct alfa__letter letter = {.exchange = "",
                                            .key = a->session.fleet.jobs,
                                            .id = one->id,
                                            .answer_to = a->queue,
                                            .body = one->body,
                                            .size = one->size};
        if (!one->safe && !one->number)
            ALFA__TRY(alfa__link_send(a->session.link, &one->number, &letter, err));
    }
    return ALFA_OK;
}

static struct asked *find(const struct alfa__afar *a, const char *id)
{
    struct asked *one = a->asked;
    while (one && strcmp(one->id, id) != 0)
        one = one->next;
    return one;
}

/* One that nobody waits for came twice, or too late. */
static enum alfa_status take_answer(struct alfa__afar *a, const struct alfa__event *event,
                                    struct alfa_error *err)
{
    struct asked *one = find(a, event->id);
    if (one) {
        one->answer = malloc(event->size + 1);
        one->answer_size = event->size;
        if (one->answer)
            memcpy(one->answer, event->body, event->size);
        else
            one->status = alfa__fail_memory(one->err, event->size);
        wake(a, one);
    }
    return alfa__link_done(a->session.link, event->tag, false, err);
}

static void take_verdict(struct alfa__afar *a, const struct alfa__event *event)
{
    for (struct asked *one = a->asked, *next; one; one = next) {
        next = one->next;
        if (!alfa__event_covers(event, one->number))
            continue;
        one->number = 0;
        one->safe = event->kind == ALFA__EVENT_CONFIRMED;
        if (!one->safe)
            give_up(a, one, "the queue of jobs is full: come again later");
    }
}

static enum alfa_status take_event(void *context, const struct alfa__event *event, struct alfa_error *err)
{
    struct alfa__afar *a = context;
    switch (event->kind) {
    case ALFA__EVENT_LETTER:
        return take_answer(a, event, err);
    case ALFA__EVENT_CONFIRMED:
    case ALFA__EVENT_REFUSED:
        take_verdict(a, event);
        return ALFA_OK;
    case ALFA__EVENT_BLOCKED:
    case ALFA__EVENT_UNBLOCKED:
        a->blocked = event->kind == ALFA__EVENT_BLOCKED;
        alfa__talk_note(alfa__link_place(a->session.link),
                        a->blocked ? "is short of memory or disk: pictures are refused" : "takes jobs again");
        return ALFA_OK;
    case ALFA__EVENT_RETURNED: /* somebody removed the queue: it is declared again with the next connection */
        return alfa__fail(err, ALFA_ERROR_INPUT, a->session.fleet.jobs, "is gone");
    case ALFA__EVENT_NONE:
        return ALFA_OK;
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ the broker */

/* How many jobs wait, and whether anybody takes them. */
static enum alfa_status look_around(struct alfa__afar *a, struct alfa_error *err)
{
    long long waiting, readers, workers, letters;
    if (alfa__clock() < a->look_at)
        return ALFA_OK;
    a->look_at = alfa__clock() + LOOK;
    ALFA__TRY(alfa__link_count(a->session.link, a->session.fleet.jobs, &waiting, &readers, err));
    ALFA__TRY(alfa__link_count(a->session.link, a->session.fleet.workers, &letters, &workers, err));
    pthread_mutex_lock(&a->lock);
    a->waiting = waiting;
    a->readers = readers;
    a->workers = workers;
    pthread_mutex_unlock(&a->lock);
    return ALFA_OK;
}

static void set_away(struct alfa__afar *a, bool away)
{
    pthread_mutex_lock(&a->lock);
    a->away = away;
    pthread_mutex_unlock(&a->lock);
}

static enum alfa_status begin(void *context, struct alfa_error *err)
{
    struct alfa__afar *a = context;
    a->blocked = false;
    a->look_at = 0;
    for (struct asked *one = a->asked; one; one = one->next)
        one->number = 0;
    ALFA__TRY(alfa__fleet_declare(&a->session.fleet, a->session.link, err));
    ALFA__TRY(alfa__fleet_declare_answers(a->session.link, a->queue, err));
    ALFA__TRY(alfa__link_read(a->session.link, a->queue, 2 * a->options->at_once, err));
    ALFA__TRY(look_around(a, err));
    a->down_since = 0;
    set_away(a, false);
    return ALFA_OK;
}

static enum alfa_status step(struct alfa__afar *a, struct alfa_error *err)
{
    ALFA__TRY(send_all(a, err));
    ALFA__TRY(alfa__session_take(&a->session, a->bell, 0.5, take_event, a, err));
    if (a->blocked)
        give_up_all(a, true, "the broker is short of memory or disk: come again later");
    return look_around(a, err);
}

static void wait_down(struct alfa__afar *a)
{
    struct pollfd wait = {.fd = a->bell, .events = POLLIN};
    if (a->down_since <= 0)
        a->down_since = alfa__clock();
    if (alfa__clock() - a->down_since > PATIENCE || !a->session.was_up) {
        set_away(a, true);
        give_up_all(a, false, "the broker is away: come again later");
    }
    poll(&wait, 1, 100);
}

static bool is_closing(struct alfa__afar *a)
{
    pthread_mutex_lock(&a->lock);
    const bool closing = a->closing;
    pthread_mutex_unlock(&a->lock);
    return closing;
}

/* What the first connection is refused for is refused at the start; here it may be mended at the broker. */
static void *run(void *context)
{
    struct alfa__afar *a = context;
    struct alfa_error err;
    while (!is_closing(a)) {
        take_fresh(a);
        give_up_late(a);
        if (alfa__session_keep(&a->session, begin, a, &err) != ALFA_OK)
            alfa__session_lost(&a->session, &err);
        if (!alfa__link_is_up(a->session.link))
            wait_down(a);
        else if (step(a, &err) != ALFA_OK)
            alfa__session_lost(&a->session, &err);
    }
    take_fresh(a);
    give_up_all(a, false, "this server ends");
    if (alfa__link_is_up(a->session.link))
        (void)!alfa__link_remove(a->session.link, a->queue, &err);
    return NULL;
}

/* ------------------------------------------------------------------ banks */

static bool recall(struct alfa__afar *a, char digest[ALFA__DIGEST_TEXT], long long bank)
{
    bool found = false;
    pthread_mutex_lock(&a->lock);
    for (int i = 0; i < KNOWN && !found; i++)
        if (a->known[i].bank == bank) {
            memcpy(digest, a->known[i].digest, ALFA__DIGEST_TEXT);
            found = true;
        }
    pthread_mutex_unlock(&a->lock);
    return found;
}

static void remember(struct alfa__afar *a, const char digest[ALFA__DIGEST_TEXT], long long bank)
{
    pthread_mutex_lock(&a->lock);
    struct known *known = &a->known[a->next_known++ % KNOWN];
    known->bank = bank;
    memcpy(known->digest, digest, ALFA__DIGEST_TEXT);
    pthread_mutex_unlock(&a->lock);
}

/* The bank under its hash, where workers look for it. */
static enum alfa_status share(struct alfa__afar *a, char digest[ALFA__DIGEST_TEXT],
                              const struct alfa__question *question, struct alfa_error *err)
{
    if (!a->options->share)
        return alfa__fail(err, ALFA_ERROR_USAGE, "bank",
                          "cannot be given to the workers: 'alfa serve' needs --share DIR, the folder that "
                          "they have as --banks");
    if (!recall(a, digest, question->bank)) {
        ALFA__TRY(alfa__digest_file(digest, question->bank_path, ALFA__DIGEST_SHA256, NULL, NULL, err));
        remember(a, digest, question->bank);
    }
    char *path = alfa__format("%s/%s.bank", a->options->share, digest);
    enum alfa_status status = !path                     ? alfa__fail_memory(err, 256)
                              : alfa__file_exists(path) ? ALFA_OK
                                                        : alfa__file_copy(question->bank_path, path, err);
    free(path);
    return status;
}

/* ------------------------------------------------------------------ asking: any thread */

/* Whether it makes sense to ask now; *one is taken then. */
static enum alfa_status hand_over(struct alfa__afar *a, struct asked *one, struct alfa_error *err)
{
    const char *place = alfa__link_place(a->session.link);
    enum alfa_status status = ALFA_OK;
    pthread_mutex_lock(&a->lock);
    if (a->away)
        status = alfa__fail(err, ALFA_ERROR_STOPPED, place, "the broker is away: come again later");
    else if (a->readers == 0)
        status =
            alfa__fail(err, ALFA_ERROR_STOPPED, a->session.fleet.jobs, "has no worker: come again later");
    if (status == ALFA_OK) {
        one->next = a->fresh;
        a->fresh = one;
        (void)!eventfd_write(a->bell, 1);
        while (!one->done)
            pthread_cond_wait(&a->answered, &a->lock);
        status = one->status;
    }
    pthread_mutex_unlock(&a->lock);
    return status;
}

static enum alfa_status ask(struct alfa__afar *a, struct asked *one, const struct alfa__question *question,
                            const struct alfa__content *picture, struct alfa_error *err)
{
    char digest[ALFA__DIGEST_TEXT];
    if ((double)picture->size > a->options->limit * 1e6)
        return alfa__fail(err, ALFA_ERROR_LIMIT, picture->name, "has more than %.0f bytes (--limit)",
                          a->options->limit * 1e6);
    if (question->bank)
        ALFA__TRY(share(a, digest, question, err));
    pthread_mutex_lock(&a->lock);
    snprintf(one->id, sizeof one->id, "serve-%s-%llu", a->run, ++a->count);
    pthread_mutex_unlock(&a->lock);
    ALFA__TRY(alfa__afar_write(&one->body, one->id, question, question->bank ? digest : NULL, picture, err));
    one->size = strlen(one->body);
    one->since = alfa__clock();
    return hand_over(a, one, err);
}

static enum alfa_status judge(void *context, struct alfa__opinion *out, const struct alfa__question *question,
                              const struct alfa__content *picture, struct alfa_error *err)
{
    struct alfa__afar *a = context;
    struct asked one = {.err = err};
    enum { LONGEST_NAME = 4096 };
    struct alfa__content named = *picture;
    if (strlen(named.name) > LONGEST_NAME)
        named.name = "image";
    *out = (struct alfa__opinion){0};
    enum alfa_status status = ask(a, &one, question, &named, err);
    if (status == ALFA_OK)
        status = alfa__afar_read(out, one.answer, one.answer_size, named.name, a->model, err);
    free(one.body);
    free(one.answer);
    return status;
}

static bool count(void *context, long long *waiting, long long *workers)
{
    struct alfa__afar *a = context;
    pthread_mutex_lock(&a->lock);
    const bool there = !a->away;
    *waiting = there ? a->waiting : 0;
    *workers = there ? a->workers : 0;
    pthread_mutex_unlock(&a->lock);
    return there;
}

struct alfa__elsewhere alfa__afar_judges(struct alfa__afar *a)
{
    return (struct alfa__elsewhere){judge, count, a, a->options->at_once};
}

/* ------------------------------------------------------------------ beginning and end */

static void choose_names(struct alfa__afar *a)
{
    uint64_t random = 0;
    while (getrandom(&random, sizeof random, 0) != sizeof random)
        ;
    snprintf(a->run, sizeof a->run, "%016" PRIx64, random);
    alfa__fleet_answers(a->queue, a->options->fleet, a->run);
}

/* Signals are for the program's own thread. */
static enum alfa_status start(struct alfa__afar *a, struct alfa_error *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    a->started = pthread_create(&a->thread, NULL, run, a) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return a->started ? ALFA_OK : alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "no thread can be started");
}

static enum alfa_status open_all(struct alfa__afar *a, struct alfa_error *err)
{
    const struct alfa__options *o = a->options;
    if (o->share && !alfa__folder_exists(o->share))
        return alfa__fail(err, ALFA_ERROR_INPUT, o->share, "is no folder");
    ALFA__TRY(alfa__session_open(&a->session, o, err));
    choose_names(a);
    a->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (a->bell < 0)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, "--amqp", "no handle is left");
    ALFA__TRY(alfa__session_keep(&a->session, begin, a, err));
    if (alfa__link_is_up(a->session.link))
        alfa__talk_note(alfa__link_place(a->session.link), "the workers of %s judge", a->session.fleet.jobs);
    return start(a, err);
}

enum alfa_status alfa__afar_open(struct alfa__afar **out, const struct alfa__options *options,
                                 const char *model, struct alfa_error *err)
{
    struct alfa__afar *a = alfa__must(calloc(1, sizeof *a));
    *out = NULL;
    a->options = options;
    a->model = model;
    a->bell = -1;
    a->away = true;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->answered, NULL);
    enum alfa_status status = open_all(a, err);
    if (status == ALFA_OK)
        *out = a;
    else
        alfa__afar_close(a);
    return status;
}

void alfa__afar_close(struct alfa__afar *a)
{
    if (!a)
        return;
    pthread_mutex_lock(&a->lock);
    a->closing = true;
    pthread_mutex_unlock(&a->lock);
    if (a->bell >= 0)
        (void)!eventfd_write(a->bell, 1);
    if (a->started)
        pthread_join(a->thread, NULL);
    alfa__session_close(&a->session);
    if (a->bell >= 0)
        close(a->bell);
    pthread_cond_destroy(&a->answered);
    pthread_mutex_destroy(&a->lock);
    free(a);
}
