/* Threads of a call. OpenMP's number of threads belongs to the program that calls the library: it is set for
 * the time of a call and put back. And OpenMP ends the process when a thread cannot be created (ulimit -u, a
 * container's limit), so it is tried before whether there can be as many as wanted; otherwise there are
 * fewer.
 *
 *     struct alfa__team team = alfa__team_enter(model->threads);
 *     ... parallel regions ...
 *     alfa__team_leave(team);
 *
 * Calls may be nested: the outermost decides. */
#ifndef ALFA_BASE_THREADS_H
#define ALFA_BASE_THREADS_H

#include <stdbool.h>

#define ALFA__MOST_THREADS 1024

/* How many processors the calling thread may use: those it is bound to, and no more than the quota of its
 * control group pays for. At least 1. */
int alfa__processors(void);

/* The same by a quota alone, for a process whose /proc/self/cgroup is the file given and whose control groups
 * are mounted below mount; 0 without one. */
int alfa__quota(const char *groups, const char *mount);

/* As many threads as are wanted; 0: as there are processors. */
int alfa__threads_of(int wanted);

struct alfa__team {
    int before;
    bool outermost;
};
struct alfa__team alfa__team_enter(int threads);
void alfa__team_leave(struct alfa__team team);

/* Whether count more threads can be created at this moment. */
bool alfa__threads_possible(int count);

#endif
