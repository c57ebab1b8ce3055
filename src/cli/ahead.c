#include "cli/ahead.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/status.h"
#include "base/threads.h"
#include "cli/talk.h"

enum { MOST_WORKERS = 64, SPARE = 2, WAIT = 50000000 /* nanoseconds between looks for a signal */ };

struct job {
    const struct alfa__input *input;
    long long number;
    int threads;
    bool done;
    struct alfa__found found;
};

/* Jobs are numbered; number n lies at n % capacity. taken <= begun <= given. */
struct alfa__ahead {
    const struct alfa__kit *kit;
    const struct alfa__outputs *outputs;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    pthread_t workers[MOST_WORKERS];
    int worker_count;
    struct job *jobs;
    long long capacity, taken, begun, given, finished; /* taken and given change on the caller's thread */
    long long largest;                                 /* picture so far, in bytes */
    bool over;
};

/* ------------------------------------------------------------------ workers */

/* How many pictures may be in work. */
static long long allowed(const struct alfa__ahead *a)
{
    const long long fit = a->largest > 0 ? ALFA__AHEAD_ROOM / a->largest : a->worker_count;
    const long long most = fit < 1 + a->finished ? fit : 1 + a->finished;
    return most < 1 ? 1 : most;
}

/* The next job; NULL at the end. */
static struct job *begin_job(struct alfa__ahead *a)
{
    struct job *job = NULL;
    pthread_mutex_lock(&a->lock);
    while (!a->over && (a->begun == a->given || a->begun - a->finished >= allowed(a)))
        pthread_cond_wait(&a->work, &a->lock);
    if (!a->over)
        job = &a->jobs[a->begun++ % a->capacity];
    pthread_mutex_unlock(&a->lock);
    return job;
}

static void end_job(struct alfa__ahead *a, struct job *job)
{
    const long long bytes = 3 * job->found.pixels;
    pthread_mutex_lock(&a->lock);
    job->done = true;
    a->finished++;
    a->largest = bytes > a->largest ? bytes : a->largest;
    pthread_cond_broadcast(&a->work);
    pthread_cond_signal(&a->done);
    pthread_mutex_unlock(&a->lock);
}

static void *work(void *context)
{
    struct alfa__ahead *a = context;
    struct job *job;
    while ((job = begin_job(a))) {
        const struct alfa__team team = alfa__team_enter(job->threads);
        alfa__judging_look(&job->found, a->kit, a->outputs, job->input);
        alfa__team_leave(team);
        end_job(a, job);
    }
    return NULL;
}

/* Signals are for the thread that started them. */
static void start_workers(struct alfa__ahead *a, int count)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (a->worker_count < count && pthread_create(&a->workers[a->worker_count], NULL, work, a) == 0)
        a->worker_count++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ------------------------------------------------------------------ giving and taking */

bool alfa__ahead_pays(const struct alfa__kit *kit, int threads, double seconds)
{
    enum { LONG = 5 }; /* seconds for one thread */
    return threads >= 2 && alfa_method_info((enum alfa_method)kit->options.method)->windows &&
           seconds * threads < LONG;
}

/* What one picture gave back the next one takes, so that the system need not be asked for it again: a tenth
 * of the time with --out. */
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 32 << 20); /* the most that glibc takes */
    mallopt(M_TRIM_THRESHOLD, 128 << 20);
}

struct alfa__ahead *alfa__ahead_start(const struct alfa__kit *kit, const struct alfa__outputs *outputs,
                                      int threads, double seconds)
{
    const int workers = threads < MOST_WORKERS ? threads : MOST_WORKERS;
    if (!alfa__ahead_pays(kit, threads, seconds))
        return NULL;
    struct alfa__ahead *a = alfa__must(calloc(1, sizeof *a));
    keep_memory();
    a->kit = kit;
    a->outputs = outputs;
    a->capacity = 2LL * workers + SPARE;
    a->jobs = alfa__must(calloc((size_t)a->capacity, sizeof *a->jobs));
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->work, NULL);
    pthread_cond_init(&a->done, NULL);
    start_workers(a, workers);
    if (a->worker_count > 0)
        return a;
    alfa__ahead_stop(a);
    return NULL;
}

bool alfa__ahead_has_room(const struct alfa__ahead *a)
{
    return a && a->given - a->taken < a->capacity;
}

void alfa__ahead_give(struct alfa__ahead *a, const struct alfa__input *input, long long number, int threads)
{
    pthread_mutex_lock(&a->lock);
    a->jobs[a->given++ % a->capacity] = (struct job){.input = input, .number = number, .threads = threads};
    pthread_cond_broadcast(&a->work);
    pthread_mutex_unlock(&a->lock);
}

/* Until the oldest job is done, with the lock held; false: a signal came. */
static bool wait_for(struct alfa__ahead *a, const struct job *job)
{
    while (!job->done && !alfa__signals_caught()) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until); /* the date may be moved meanwhile */
        until.tv_nsec += WAIT;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_clockwait(&a->done, &a->lock, CLOCK_MONOTONIC, &until);
    }
    return job->done;
}

static void drop(struct alfa__ahead *a, struct job *job)
{
    alfa__found_free(&job->found);
    a->taken++;
}

bool alfa__ahead_take(struct alfa__found *out, struct alfa__ahead *a, long long number)
{
    bool found = false;
    if (!a)
        return false;
    pthread_mutex_lock(&a->lock);
    struct job *job = &a->jobs[a->taken % a->capacity];
    while (a->taken < a->given && job->number < number && wait_for(a, job)) { /* nobody wanted them */
        drop(a, job);
        job = &a->jobs[a->taken % a->capacity];
    }
    if (a->taken < a->given && job->number == number) {
        found = true;
        if (wait_for(a, job)) {
            *out = job->found;
            job->found = (struct alfa__found){.result = NULL};
            drop(a, job);
        } else {
            *out = (struct alfa__found){.status = ALFA_ERROR_STOPPED};
            alfa__fail(&out->err, ALFA_ERROR_STOPPED, NULL, "stopped");
        }
    }
    pthread_mutex_unlock(&a->lock);
    return found;
}

void alfa__ahead_stop(struct alfa__ahead *a)
{
    if (!a)
        return;
    pthread_mutex_lock(&a->lock);
    a->over = true;
    pthread_cond_broadcast(&a->work);
    pthread_mutex_unlock(&a->lock);
    for (int i = 0; i < a->worker_count; i++)
        pthread_join(a->workers[i], NULL);
    for (long long n = a->taken; n < a->begun; n++)
        alfa__found_free(&a->jobs[n % a->capacity].found);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->work);
    pthread_cond_destroy(&a->done);
    free(a->jobs);
    free(a);
}
