/* alfa serve: an HTTP API and a page, with a store of what was judged.
 *
 * The stations of a request, one file each:
 *     http.c      connections and limits, who may ask (Host, Origin, token), bodies
 *     form.c      the parts of a body
 *     routes.c    which function answers which path; quick ones answer at once,
 *     queue.c     the others wait in a bounded queue for a worker
 *     api_*.c     the functions that answer
 *     judge.c     detectors that share one model: the only place that uses alfa.h's model and detectors
 *                 (others judge when the options say elsewhere)
 *     archive*.c  SQLite and the files beside it
 *     answer.c    JSON, errors (RFC 9457), headers
 * No path of a request ever reaches the file system: files are named by their content. */
#ifndef ALFA_SERVE_SERVE_H
#define ALFA_SERVE_SERVE_H

#include "alfa.h"
#include "base/files.h"

#include <jansson.h>

struct alfa__question;
struct alfa__opinion;

/* Who judges instead of this server: others, behind a broker (alfa serve --amqp). What is learned, embedded
 * and checked stays here. All are called by several threads at once. */
struct alfa__elsewhere {
    /* alfa__judge_read() and alfa__judge_run() in one. ALFA_ERROR_STOPPED: nobody is there to do it now;
     * later it may be asked again. */
    enum alfa_status (*judge)(void *context, struct alfa__opinion *out, const struct alfa__question *question,
                              const struct alfa__content *picture, struct alfa_error *err);
    /* Pictures of anybody that wait for a worker, and workers; false: the broker is away. */
    bool (*count)(void *context, long long *waiting, long long *workers);
    void *context;
    int at_once; /* so many may be asked for at a time */
};

struct alfa__serve_options {
    int port;               /* 0: any free one */
    const char *host;       /* an address; NULL: 127.0.0.1 */
    const char *name;       /* a host name that requests may also use (a proxy's); NULL: none */
    const char *folder;     /* of the store; made when missing */
    const char *prompts;    /* folder of prompt sets, theirs of descriptors in descriptors/; NULL: none */
    const char *banks;      /* a folder of .bank files, or one, to judge with; NULL: none */
    const char *token_file; /* its first line is the token that every request needs; NULL: none */
    const char *cert, *key; /* PEM files; NULL: plain HTTP */
    double keep_days;       /* inspections older than this go; 0: none */
    double keep_gb;         /* the oldest inspections go when the store is larger; 0: never */
    int socket;             /* one that listens already (socket activation); 0: none */
    int queue;              /* requests that may wait for a worker */
    const struct alfa__elsewhere *elsewhere; /* NULL: this server judges */
    const struct alfa_model *model;
    int threads;                   /* as in struct alfa_model_options */
    bool (*stop)(void);            /* asked several times a second */
    void (*say)(const char *line); /* notes for the operator: the address, warnings */
    /* Told each result as the answer of POST /v1/detect, by any thread; NULL: nobody listens. */
    void (*hear)(void *context, const json_t *report);
    void (*beat)(void *context); /* called every second; NULL: nobody needs it */
    void *context;               /* of the two */
};

/* Serves until stop() says so; then finishes what was accepted. */
enum alfa_status alfa__serve(const struct alfa__serve_options *options, struct alfa_error *err);

#endif
