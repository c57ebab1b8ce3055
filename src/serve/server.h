/* What all answering functions reach: the parts of a running server. */
#ifndef ALFA_SERVE_SERVER_H
#define ALFA_SERVE_SERVER_H

#include <stdatomic.h>

#include "base/clock.h"
#include "serve/answer.h"
#include "serve/archive.h"
#include "serve/guests.h"
#include "serve/judge.h"
#include "serve/metrics.h"
#include "serve/queue.h"
#include "serve/serve.h"

struct alfa__server {
    const struct alfa__serve_options *options;
    struct alfa__archive *archive;
    struct alfa__judge *judge;
    struct alfa__queue *queue;
    struct alfa__metrics *metrics;
    struct alfa__events *events;
    struct alfa__teacher *teacher;
    struct alfa__guests *guests;
    struct MHD_Daemon *daemon;
    int port;
    bool loopback;        /* only this machine can reach it */
    char token[65];       /* SHA-256 of the token in hexadecimal; "" when none is needed */
    char session[65];     /* what the cookie of a page that has shown the token says */
    atomic_bool stopping; /* nothing new is accepted */
    atomic_llong uploads; /* bytes of bodies in memory */
    atomic_int trouble;   /* why the store cannot be written to, a number of the system's errors; 0: it can */
    atomic_bool refused;  /* something could not be written since one looked why */
    unsigned beats;       /* seconds since the start, about */
    struct alfa__calendar calendar;
    atomic_int open; /* requests that are not finished, without those that wait for events */
};

/* One way to be asked something. In the pattern '#' stands for a number and '*' for a noun. */
struct alfa__route {
    const char *method, *pattern;
    void (*answer)(struct alfa__request *request);
    unsigned flags;
};
enum {
    ALFA__ROUTE_WORK = 1,   /* takes a while: by a worker */
    ALFA__ROUTE_OPEN = 2,   /* needs no token */
    ALFA__ROUTE_PICTURE = 4 /* the body may be a picture */
};

/* Finds the route and fills in the number and the noun of the path. NULL: *allow gets the methods of the
 * routes that have this path, "" when none has. */
const struct alfa__route *alfa__route_find(struct alfa__request *request, const char *method,
                                           const char *path, char allow[64]);
/* Place of a route in the table, for counting; and the label of a place, freed with free(), NULL behind the
 * last. */
int alfa__route_index(const struct alfa__route *route);
char *alfa__route_name(int index);

/* Listens and answers; the daemon is stopped by alfa__http_close(). */
enum alfa_status alfa__http_open(struct alfa__server *server, struct alfa_error *err);
/* No new connections and no new requests. */
void alfa__http_quiesce(struct alfa__server *server);
void alfa__http_close(struct alfa__server *server);

/* The answers (api_*.c). */
void alfa__api_detect(struct alfa__request *request);
void alfa__api_list(struct alfa__request *request);
void alfa__api_get(struct alfa__request *request);
void alfa__api_verdict(struct alfa__request *request);
void alfa__api_delete(struct alfa__request *request);
void alfa__api_image(struct alfa__request *request);
void alfa__api_map_png(struct alfa__request *request);
void alfa__api_map_npy(struct alfa__request *request);
void alfa__api_overlay(struct alfa__request *request);
void alfa__api_thumbnail(struct alfa__request *request);
void alfa__api_scores(struct alfa__request *request);
void alfa__api_models(struct alfa__request *request);
void alfa__api_classes(struct alfa__request *request);
void alfa__api_embed(struct alfa__request *request);
void alfa__api_prompts(struct alfa__request *request);
void alfa__api_set_prompts(struct alfa__request *request);
void alfa__api_drop_prompts(struct alfa__request *request);
void alfa__api_banks(struct alfa__request *request);
void alfa__api_bank(struct alfa__request *request);
void alfa__api_learn(struct alfa__request *request);
void alfa__api_change_bank(struct alfa__request *request);
void alfa__api_drop_bank(struct alfa__request *request);
void alfa__api_bank_file(struct alfa__request *request);
void alfa__api_bank_picture(struct alfa__request *request);
void alfa__api_events(struct alfa__request *request);
void alfa__api_health(struct alfa__request *request);
void alfa__api_ready(struct alfa__request *request);
void alfa__api_metrics(struct alfa__request *request);
void alfa__api_session(struct alfa__request *request);
void alfa__api_page(struct alfa__request *request);

#endif
