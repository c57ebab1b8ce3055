/* What the files of the judge share. */
#ifndef ALFA_SERVE_JUDGE_INSIDE_H
#define ALFA_SERVE_JUDGE_INSIDE_H

#include <pthread.h>

#include "base/status.h"
#include "report/descriptors.h"
#include "serve/desk.h"
#include "serve/judge.h"

enum { ALFA__JUDGE_DETECTORS = 8, ALFA__JUDGE_MOST = 256 };

/* A detector and what it is made of. */
struct alfa__seat {
    char *key; /* NULL: empty */
    struct alfa_prompts *prompts;
    char *note; /* that there are none for the class; or NULL */
    struct alfa_detector *detector;
    struct alfa_bank *bank;
    struct alfa__descriptors *descriptors; /* NULL: none, or a method that explains nothing */
    unsigned long long used;
};

struct alfa__judge {
    const struct alfa_model *model;
    char *prompts; /* folder */
    pthread_mutex_t lock;
    struct alfa__desk *desk; /* where judging is done */
    struct alfa__seat seats[ALFA__JUDGE_MOST];
    int room; /* seats that are used */
    unsigned long long clock;
};

/* The sentences of a class; prompts as in struct alfa__question. note, when not NULL, gets one of the generic
 * ones (freed by the caller), or NULL. */
enum alfa_status alfa__judge_prompts(const struct alfa__judge *judge, struct alfa_prompts **out, char **note,
                                     const char *class_name, const char *prompts, enum alfa_method method,
                                     struct alfa_error *err);

/* A detector for the question, with the lock held; lent until the next call. */
enum alfa_status alfa__judge_seat(struct alfa__judge *judge, struct alfa__seat **out,
                                  const struct alfa__question *question, struct alfa_error *err);
void alfa__seat_clear(struct alfa__seat *seat);

#endif
