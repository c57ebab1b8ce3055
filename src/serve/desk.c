#include "serve/desk.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/status.h"
#include "base/threads.h"

struct job {
    void (*work)(void *);
    void *context;
};

/* Of one who waits; only the first of them may be called. */
struct place {
    pthread_cond_t called;
    struct place *next;
};

struct alfa__desk {
    pthread_t thread; /* the one with a team */
    pthread_mutex_t lock;
    pthread_cond_t handed, done;
    struct job *job; /* of that thread; NULL: none */
    int threads;
    struct place *first, **end;
    int waiting, working; /* places; pieces of work that are done now */
    bool whole;           /* it is one, with all processors */
    bool closing;
};

enum turn { WAIT, SHARE, WHOLE };

/* What the one whose turn it is may do. With the lock held. */
static enum turn turn_of(const struct alfa__desk *desk, bool alone)
{
    const int all = desk->working + desk->waiting;
    const bool enough = all >= 2 && 2 * all >= desk->threads;
    if (desk->whole)
        return WAIT;
    if (enough && !alone)
        return desk->working < desk->threads ? SHARE : WAIT;
    return desk->working == 0 ? WHOLE : WAIT;
}

static void *run(void *context)
{
    struct alfa__desk *desk = context;
    pthread_mutex_lock(&desk->lock);
    while (!desk->closing) {
        struct job *job = desk->job;
        if (!job) {
            pthread_cond_wait(&desk->handed, &desk->lock);
            continue;
        }
        pthread_mutex_unlock(&desk->lock);
        job->work(job->context);
        pthread_mutex_lock(&desk->lock);
        desk->job = NULL;
        pthread_cond_signal(&desk->done);
    }
    pthread_mutex_unlock(&desk->lock);
    return NULL;
}

enum alfa_status alfa__desk_open(struct alfa__desk **out, int threads, struct alfa_error *err)
{
    struct alfa__desk *desk = *out = calloc(1, sizeof *desk);
    if (!desk)
        return alfa__fail_memory(err, sizeof *desk);
    desk->threads = threads;
    desk->end = &desk->first;
    pthread_mutex_init(&desk->lock, NULL);
    pthread_cond_init(&desk->handed, NULL);
    pthread_cond_init(&desk->done, NULL);
    if (pthread_create(&desk->thread, NULL, run, desk) == 0)
        return ALFA_OK;
    free(desk);
    *out = NULL;
    return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "no thread can be started");
}

void alfa__desk_close(struct alfa__desk *desk)
{
    if (!desk)
        return;
    pthread_mutex_lock(&desk->lock);
    desk->closing = true;
    pthread_cond_signal(&desk->handed);
    pthread_mutex_unlock(&desk->lock);
    pthread_join(desk->thread, NULL);
    pthread_cond_destroy(&desk->handed);
    pthread_cond_destroy(&desk->done);
    pthread_mutex_destroy(&desk->lock);
    free(desk);
}

/* Hands over to the thread with the team. With the lock held. */
static void do_whole(struct alfa__desk *desk, void (*work)(void *), void *context)
{
    struct job job = {work, context};
    desk->whole = true;
    desk->job = &job;
    pthread_cond_signal(&desk->handed);
    while (desk->job)
        pthread_cond_wait(&desk->done, &desk->lock);
    desk->whole = false;
}

/* With the lock held, which is let go meanwhile. */
static void do_here(struct alfa__desk *desk, void (*work)(void *), void *context)
{
    pthread_mutex_unlock(&desk->lock);
    const struct alfa__team team = alfa__team_enter(1);
    work(context);
    alfa__team_leave(team);
    pthread_mutex_lock(&desk->lock);
}

/* Has the first of those who wait look whether it may begin. */
static void call_first(struct alfa__desk *desk)
{
    if (desk->first)
        pthread_cond_signal(&desk->first->called);
}

/* Waits for the turn of this one. */
static enum turn wait_for_turn(struct alfa__desk *desk, bool alone)
{
    enum turn how = WAIT;
    struct place own = {PTHREAD_COND_INITIALIZER, NULL};
    *desk->end = &own;
    desk->end = &own.next;
    desk->waiting++;
    call_first(desk); /* there may be enough now */
    while (desk->first != &own || (how = turn_of(desk, alone)) == WAIT)
        pthread_cond_wait(&own.called, &desk->lock);
    desk->first = own.next;
    if (!desk->first)
        desk->end = &desk->first;
    desk->waiting--;
    pthread_cond_destroy(&own.called);
    return how;
}

void alfa__desk_do(struct alfa__desk *desk, bool alone, void (*work)(void *), void *context)
{
    pthread_mutex_lock(&desk->lock);
    const enum turn how = wait_for_turn(desk, alone);
    desk->working++;
    call_first(desk);
    (how == WHOLE ? do_whole : do_here)(desk, work, context);
    desk->working--;
    call_first(desk);
    pthread_mutex_unlock(&desk->lock);
}

int alfa__desk_waiting(struct alfa__desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    const int waiting = desk->waiting;
    pthread_mutex_unlock(&desk->lock);
    return waiting;
}
