#include "serve/queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/status.h"

enum { MOST_WORKERS = 300 }; /* those that wait for others cost nothing */

struct alfa__queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct alfa__request *first, **last;
    int waiting, working, limit;
    bool closing;
    void (*answer)(struct alfa__request *);
    pthread_t threads[MOST_WORKERS];
    int workers;
};

/* The oldest request, waited for; NULL when the queue is closed and empty. Takes the lock. */
static struct alfa__request *take(struct alfa__queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->first && !queue->closing)
        pthread_cond_wait(&queue->changed, &queue->lock);
    struct alfa__request *request = queue->first;
    if (request) {
        queue->first = request->next;
        if (!queue->first)
            queue->last = &queue->first;
        queue->waiting--;
        queue->working++;
    }
    pthread_mutex_unlock(&queue->lock);
    return request;
}

static void *work(void *context)
{
    struct alfa__queue *queue = context;
    for (struct alfa__request *request; (request = take(queue));) {
        queue->answer(request);
        request->done = true;
        pthread_mutex_lock(&queue->lock);
        queue->working--;
        pthread_mutex_unlock(&queue->lock);
        MHD_resume_connection(request->connection); /* the request may be gone from here on */
    }
    return NULL;
}

enum alfa_status alfa__queue_open(struct alfa__queue **out, int limit, int workers,
                                  void (*answer)(struct alfa__request *), struct alfa_error *err)
{
    struct alfa__queue *queue = *out = calloc(1, sizeof *queue);
    if (!queue)
        return alfa__fail_memory(err, sizeof *queue);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->changed, NULL);
    queue->last = &queue->first;
    queue->limit = limit;
    queue->answer = answer;
    for (; queue->workers < workers && queue->workers < MOST_WORKERS; queue->workers++)
        if (pthread_create(&queue->threads[queue->workers], NULL, work, queue) != 0)
            break;
    if (queue->workers > 0)
        return ALFA_OK;
    alfa__queue_close(queue);
    *out = NULL;
    return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "no thread can be started");
}

bool alfa__queue_push(struct alfa__queue *queue, struct alfa__request *request)
{
    pthread_mutex_lock(&queue->lock);
    const bool room = queue->waiting < queue->limit && !queue->closing;
    if (room) {
        request->next = NULL;
        *queue->last = request;
        queue->last = &request->next;
        queue->waiting++;
        pthread_cond_signal(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return room;
}

static int read_count(struct alfa__queue *queue, const int *count)
{
    pthread_mutex_lock(&queue->lock);
    const int value = *count;
    pthread_mutex_unlock(&queue->lock);
    return value;
}

int alfa__queue_waiting(struct alfa__queue *queue)
{
    return read_count(queue, &queue->waiting);
}

int alfa__queue_working(struct alfa__queue *queue)
{
    return read_count(queue, &queue->working);
}

bool alfa__queue_full(struct alfa__queue *queue)
{
    return read_count(queue, &queue->waiting) >= queue->limit;
}

void alfa__queue_close(struct alfa__queue *queue)
{
    if (!queue)
        return;
    pthread_mutex_lock(&queue->lock);
    queue->closing = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    for (int i = 0; i < queue->workers; i++)
        pthread_join(queue->threads[i], NULL);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}
