/* What the files of the judge share. */
#ifndef ALFA_SERVE_JUDGE_INSIDE_H
#define ALFA_SERVE_JUDGE_INSIDE_H

#include <pthread.h>

#include "base/digest.h"
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
    char bank_digest[ALFA__DIGEST_TEXT];   /* SHA-256 of its file; "": none */
    struct alfa__descriptors *descriptors; /* NULL: none, or a method that explains nothing */
    bool alone;                            /* its method judges one image at a time */
    int visitors;                          /* that judge with it now: it stays */
    unsigned long long used;
};

struct alfa__judge {
    const struct alfa_model *model;
    char *prompts;           /* folder */
    pthread_mutex_t lock;    /* of what follows the desk */
    struct alfa__desk *desk; /* turns at the model */
    struct alfa__seat seats[ALFA__JUDGE_MOST];
    int room; /* seats that are used */
    unsigned long long clock;
};

/* The sentences for a question's class, prompts and method. note, when not NULL, gets one of the generic ones
 * (freed by the caller), or NULL. */
enum alfa_status alfa__judge_prompts(const struct alfa__judge *judge, struct alfa_prompts **out, char **note,
                                     const struct alfa__question *question, struct alfa_error *err);

/* A detector for the question, kept until alfa__judge_leave(). make: opens it when it is not there, which is
 * for a turn alone at the desk; without, *out is NULL then. */
enum alfa_status alfa__judge_enter(struct alfa__judge *judge, struct alfa__seat **out,
                                   const struct alfa__question *question, bool make, struct alfa_error *err);
void alfa__judge_leave(struct alfa__judge *judge, struct alfa__seat *seat);
/* Whether the detector is open, and judges several images at once. */
bool alfa__judge_shares(struct alfa__judge *judge, const struct alfa__question *question);
void alfa__seat_clear(struct alfa__seat *seat);

#endif
