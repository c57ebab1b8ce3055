#include "serve/desk.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/status.h"
#include "base/threads.h"

struct job {
    void (*work)(void *);
    void *context;
    bool done;
};

struct alfa__desk {
    pthread_t thread; /* the one with a team */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct job *job; /* of that thread; NULL: none */
    int threads;
    long long given, called; /* numbers of those who wait: the next one's, and whose turn it is */
    int working;             /* pieces of work that are done now */
    bool whole;              /* it is one, with all processors */
    bool closing;
};

enum turn { WAIT, SHARE, WHOLE };

/* What the one whose turn it is may do. With the lock held. */
static enum turn turn_of(const struct alfa__desk *desk, bool alone)
{
    const long long all = desk->working + desk->given - desk->called;
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
            pthread_cond_wait(&desk->changed, &desk->lock);
            continue;
        }
        pthread_mutex_unlock(&desk->lock);
        job->work(job->context);
        pthread_mutex_lock(&desk->lock);
        desk->job = NULL;
        job->done = true;
        pthread_cond_broadcast(&desk->changed);
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
    pthread_mutex_init(&desk->lock, NULL);
    pthread_cond_init(&desk->changed, NULL);
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
    pthread_cond_broadcast(&desk->changed);
    pthread_mutex_unlock(&desk->lock);
    pthread_join(desk->thread, NULL);
    pthread_cond_destroy(&desk->changed);
    pthread_mutex_destroy(&desk->lock);
    free(desk);
}

/* Hands over to the thread with the team. With the lock held. */
static void do_whole(struct alfa__desk *desk, void (*work)(void *), void *context)
{
    struct job job = {work, context, false};
    desk->whole = true;
    desk->job = &job;
    pthread_cond_broadcast(&desk->changed);
    while (!job.done)
        pthread_cond_wait(&desk->changed, &desk->lock);
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

void alfa__desk_do(struct alfa__desk *desk, bool alone, void (*work)(void *), void *context)
{
    enum turn how = WAIT;
    pthread_mutex_lock(&desk->lock);
    const long long number = desk->given++;
    pthread_cond_broadcast(&desk->changed); /* there may be enough now */
    while (number != desk->called || (how = turn_of(desk, alone)) == WAIT)
        pthread_cond_wait(&desk->changed, &desk->lock);
    desk->called++;
    desk->working++;
    pthread_cond_broadcast(&desk->changed);
    (how == WHOLE ? do_whole : do_here)(desk, work, context);
    desk->working--;
    pthread_cond_broadcast(&desk->changed);
    pthread_mutex_unlock(&desk->lock);
}

int alfa__desk_waiting(struct alfa__desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    const int waiting = (int)(desk->given - desk->called);
    pthread_mutex_unlock(&desk->lock);
    return waiting;
}
