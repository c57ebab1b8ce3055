#include "cli/hand.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/talk.h"

struct list {
    struct alfa__errand *first, **last;
};

struct alfa__hand {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct list waiting, done;
    void (*work)(void *context, struct alfa__errand *errand);
    void *context;
    int wake;
    bool closing;
};

static void append(struct list *list, struct alfa__errand *errand)
{
    errand->next = NULL;
    *list->last = errand;
    list->last = &errand->next;
}

static struct alfa__errand *take_first(struct list *list)
{
    struct alfa__errand *errand = list->first;
    if (errand)
        list->first = errand->next;
    if (!list->first)
        list->last = &list->first;
    return errand;
}

static void *run(void *context)
{
    struct alfa__hand *hand = context;
    const uint64_t one = 1;
    pthread_mutex_lock(&hand->lock);
    for (;;) {
        while (!hand->waiting.first && !hand->closing)
            pthread_cond_wait(&hand->changed, &hand->lock);
        if (hand->closing)
            break;
        struct alfa__errand *errand = take_first(&hand->waiting);
        pthread_mutex_unlock(&hand->lock);
        hand->work(hand->context, errand);
        pthread_mutex_lock(&hand->lock);
        append(&hand->done, errand);
        (void)!write(hand->wake, &one, sizeof one);
    }
    pthread_mutex_unlock(&hand->lock);
    return NULL;
}

enum alfa_status alfa__hand_open(struct alfa__hand **out,
                                 void (*work)(void *context, struct alfa__errand *errand), void *context,
                                 struct alfa_error *err)
{
    struct alfa__hand *hand = *out = alfa__must(calloc(1, sizeof *hand));
    sigset_t all, before;
    hand->work = work;
    hand->context = context;
    hand->waiting.last = &hand->waiting.first;
    hand->done.last = &hand->done.first;
    hand->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&hand->lock, NULL);
    pthread_cond_init(&hand->changed, NULL);
    sigfillset(&all); /* signals are for the program's own thread */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool good = hand->wake >= 0 && pthread_create(&hand->thread, NULL, run, hand) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (good)
        return ALFA_OK;
    if (hand->wake >= 0)
        close(hand->wake);
    free(hand);
    *out = NULL;
    return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "no thread can be started");
}

void alfa__hand_close(struct alfa__hand *hand)
{
    if (!hand)
        return;
    pthread_mutex_lock(&hand->lock);
    hand->closing = true;
    pthread_cond_signal(&hand->changed);
    pthread_mutex_unlock(&hand->lock);
    pthread_join(hand->thread, NULL);
    pthread_cond_destroy(&hand->changed);
    pthread_mutex_destroy(&hand->lock);
    close(hand->wake);
    free(hand);
}

void alfa__hand_give(struct alfa__hand *hand, struct alfa__errand *errand)
{
    pthread_mutex_lock(&hand->lock);
    append(&hand->waiting, errand);
    pthread_cond_signal(&hand->changed);
    pthread_mutex_unlock(&hand->lock);
}

struct alfa__errand *alfa__hand_take(struct alfa__hand *hand)
{
    uint64_t count;
    pthread_mutex_lock(&hand->lock);
    struct alfa__errand *errand = take_first(&hand->done);
    if (!hand->done.first)
        (void)!read(hand->wake, &count, sizeof count);
    pthread_mutex_unlock(&hand->lock);
    return errand;
}

struct alfa__errand *alfa__hand_take_back(struct alfa__hand *hand)
{
    pthread_mutex_lock(&hand->lock);
    struct alfa__errand *errand = take_first(&hand->waiting);
    pthread_mutex_unlock(&hand->lock);
    return errand;
}

int alfa__hand_wake(const struct alfa__hand *hand)
{
    return hand->wake;
}
