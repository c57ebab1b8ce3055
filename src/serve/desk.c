#include "serve/desk.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/status.h"

struct job {
    void (*work)(void *);
    void *context;
    bool done;
    struct job *next;
};

struct alfa__desk {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed, finished;
    struct job *first, **last;
    bool closing;
};

/* The oldest job, waited for; NULL: it is time to go home. With the lock held. */
static struct job *take(struct alfa__desk *desk)
{
    while (!desk->first && !desk->closing)
        pthread_cond_wait(&desk->changed, &desk->lock);
    struct job *job = desk->first;
    if (job) {
        desk->first = job->next;
        if (!desk->first)
            desk->last = &desk->first;
    }
    return job;
}

static void *run(void *context)
{
    struct alfa__desk *desk = context;
    pthread_mutex_lock(&desk->lock);
    for (struct job *job; (job = take(desk));) {
        pthread_mutex_unlock(&desk->lock);
        job->work(job->context);
        pthread_mutex_lock(&desk->lock);
        job->done = true;
        pthread_cond_broadcast(&desk->finished);
    }
    pthread_mutex_unlock(&desk->lock);
    return NULL;
}

enum alfa_status alfa__desk_open(struct alfa__desk **out, struct alfa_error *err)
{
    struct alfa__desk *desk = *out = calloc(1, sizeof *desk);
    if (!desk)
        return alfa__fail_memory(err, sizeof *desk);
    desk->last = &desk->first;
    pthread_mutex_init(&desk->lock, NULL);
    pthread_cond_init(&desk->changed, NULL);
    pthread_cond_init(&desk->finished, NULL);
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
    pthread_cond_signal(&desk->changed);
    pthread_mutex_unlock(&desk->lock);
    pthread_join(desk->thread, NULL);
    pthread_cond_destroy(&desk->changed);
    pthread_cond_destroy(&desk->finished);
    pthread_mutex_destroy(&desk->lock);
    free(desk);
}

void alfa__desk_do(struct alfa__desk *desk, void (*work)(void *), void *context)
{
    struct job job = {work, context, false, NULL};
    pthread_mutex_lock(&desk->lock);
    *desk->last = &job;
    desk->last = &job.next;
    pthread_cond_signal(&desk->changed);
    while (!job.done)
        pthread_cond_wait(&desk->finished, &desk->lock);
    pthread_mutex_unlock(&desk->lock);
}
