#include "base/threads.h"
#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ------------------------------------------------------------------ processors */

/* The set grows until it is as large as the kernel's. */
static int bound_to(void)
{
    for (int room = 1024; room <= 1 << 20; room *= 2) {
        cpu_set_t *set = CPU_ALLOC(room);
        const size_t size = CPU_ALLOC_SIZE(room);
        const bool known = set && sched_getaffinity(0, size, set) == 0;
        const int count = known ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (known)
            return count;
    }
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

/* Version 2: "MAX PERIOD" or "max PERIOD" in cpu.max; version 1: two files. Processors, rounded up; 0: no
 * limit. */
static int read_quota(const char *folder)
{
    static const char *const names[] = {"cpu.max", "cpu.cfs_quota_us", "cpu.cfs_period_us"};
    long long numbers[3] = {0}, period = 0;
    for (int i = 0; i < 3; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        FILE *file = fopen(path, "re");
        if (file && fscanf(file, "%lld %lld", &numbers[i], &period) < 1)
            numbers[i] = 0;
        if (file)
            fclose(file);
    }
    const long long quota = numbers[0] > 0 ? numbers[0] : numbers[1];
    period = numbers[0] > 0 ? period : numbers[2];
    return quota > 0 && period > 0 ? (int)((quota + period - 1) / period) : 0;
}

static int smaller(int a, int b)
{
    return !a || (b && b < a) ? b : a;
}

/* A group and those above it: the tightest counts. A container sees its own group as the mount itself,
 * whatever the path says. */
static int quota_of(const char *mount, const char *group)
{
    char path[4096];
    const int length = snprintf(path, sizeof path, "%s%s", mount, group);
    int quota = read_quota(mount);
    if (length < 0 || (size_t)length >= sizeof path)
        return quota;
    for (char *slash; (slash = strrchr(path, '/')) && (size_t)(slash - path) >= strlen(mount); *slash = 0)
        quota = smaller(quota, read_quota(path));
    return quota;
}

/* Lines are NUMBER:CONTROLLERS:PATH; version 2 has the number 0 and no controllers. */
int alfa__quota(const char *groups, const char *mount)
{
    char line[4200], where[4200];
    int quota = 0;
    FILE *file = fopen(groups, "re");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path)
            continue;
        *path++ = 0;
        controllers++;
        if (*controllers && !strstr(controllers, "cpu"))
            continue;
        snprintf(where, sizeof where, "%s%s%.255s", mount, *controllers ? "/" : "", controllers);
        quota = smaller(quota, quota_of(where, path));
    }
    if (file)
        fclose(file);
    return quota;
}

int alfa__processors(void)
{
    const int bound = bound_to(), quota = alfa__quota("/proc/self/cgroup", "/sys/fs/cgroup");
    const int count = smaller(bound, quota);
    return count < 1 ? 1 : count > ALFA__MOST_THREADS ? ALFA__MOST_THREADS : count;
}

int alfa__threads_of(int wanted)
{
    return wanted > 0 ? wanted : alfa__processors();
}

/* ------------------------------------------------------------------ trying */

/* Threads that wait until all of them are there, or no more come. */
struct trial {
    pthread_mutex_t lock;
    pthread_cond_t told;
    bool over;
};

struct tried {
    struct trial *trial;
    pthread_t thread;
    pid_t id;
};

static void *wait_for_end(void *context)
{
    struct tried *own = context;
    struct trial *trial = own->trial;
    own->id = (pid_t)syscall(SYS_gettid);
    pthread_mutex_lock(&trial->lock);
    while (!trial->over)
        pthread_cond_wait(&trial->told, &trial->lock);
    pthread_mutex_unlock(&trial->lock);
    return NULL;
}

/* A thread that was joined is counted by the system until it is gone for good, a moment later. */
static void see_off(pid_t id)
{
    for (int i = 0; i < 1000 && syscall(SYS_tgkill, getpid(), id, 0) == 0; i++)
        usleep(20);
}

/* How many of wanted threads there can be beside this one. */
static int try_threads(int wanted)
{
    struct trial trial = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
    struct tried *list = calloc((size_t)wanted, sizeof *list);
    int made = 0;
    for (; list && made < wanted; made++) {
        list[made].trial = &trial;
        if (pthread_create(&list[made].thread, NULL, wait_for_end, &list[made]) != 0)
            break;
    }
    pthread_mutex_lock(&trial.lock);
    trial.over = true;
    pthread_cond_broadcast(&trial.told);
    pthread_mutex_unlock(&trial.lock);
    for (int i = 0; i < made; i++)
        pthread_join(list[i].thread, NULL);
    for (int i = 0; i < made; i++)
        see_off(list[i].id);
    free(list);
    return made;
}

bool alfa__threads_possible(int count)
{
    return try_threads(count) == count;
}

/* ------------------------------------------------------------------ teams */

/* The threads that OpenMP keeps for this one. They stay for its next region, unless it has a smaller one. */
static _Thread_local int members[ALFA__MOST_THREADS];
static _Thread_local int member_count;
static _Thread_local int depth;

static bool are_alive(int count)
{
    if (count > member_count)
        return false;
    for (int i = 1; i < count; i++)
        if (syscall(SYS_tgkill, getpid(), members[i], 0) != 0)
            return false;
    return true;
}

/* A child has none of these threads, and would wait for them for ever: before a fork() they end, and parent
 * and child make their own when they need them. */
static void end_team(void)
{
    if (member_count > 0 && omp_pause_resource_all(omp_pause_soft) == 0)
        member_count = 0;
}

static void end_teams_at_forks(void)
{
    (void)pthread_atfork(end_team, NULL, NULL);
}

/* Lets OpenMP create its threads now, right after it was seen that there can be so many. */
static void make_team(int count)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int *list = members; /* of this thread, for all of the team */
    pthread_once(&once, end_teams_at_forks);
    omp_set_num_threads(count);
#pragma omp parallel
    list[omp_get_thread_num()] = (int)syscall(SYS_gettid);
    member_count = count;
}

struct alfa__team alfa__team_enter(int threads)
{
    const struct alfa__team team = {omp_get_max_threads(), depth++ == 0};
    if (!team.outermost)
        return team;
    threads = threads < 1 ? 1 : threads > ALFA__MOST_THREADS ? ALFA__MOST_THREADS : threads;
    const bool alone = omp_get_active_level() >= omp_get_max_active_levels(); /* inside a team already */
    if (threads > 1 && !alone && !are_alive(threads)) {
        threads = 1 + try_threads(threads - 1);
        make_team(threads);
    }
    omp_set_num_threads(threads);
    return team;
}

void alfa__team_leave(struct alfa__team team)
{
    depth--;
    if (team.outermost)
        omp_set_num_threads(team.before);
}
