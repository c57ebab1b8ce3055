#include "serve/serve.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "base/status.h"
#include "base/threads.h"
#include "serve/events.h"
#include "serve/intake.h"
#include "serve/server.h"
#include "serve/teacher.h"

enum { BESIDE = 2 /* workers that decode and store while all processors judge */ };
enum { FINISH_SECONDS = 60 };

static void answer(struct alfa__request *request)
{
    request->route->answer(request);
}

/* Connections, pictures and SQLite need more files than the usual 1024. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    const rlim_t wanted = ALFA__GUESTS_MOST + 1024;
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Each thread would have a heap of its own otherwise, most of it empty: 5 of 110 MB on two processors, and no
 * slower. */
static void share_heaps(int processors)
{
    mallopt(M_ARENA_MAX, processors);
}

static enum alfa_status check(const struct alfa__serve_options *options, struct alfa_error *err)
{
    if (options->cert && !options->key)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--key", "is needed with --cert");
    if (options->key && !options->cert)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--cert", "is needed with --key");
    if (options->cert && MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--cert", "this libmicrohttpd was built without TLS");
    return ALFA_OK;
}

static enum alfa_status open_all(struct alfa__server *server, struct alfa_error *err)
{
    const struct alfa__serve_options *options = server->options;
    const int threads = options->elsewhere ? options->elsewhere->at_once : alfa__threads_of(options->threads);
    ALFA__TRY(check(options, err));
    raise_file_limit();
    share_heaps(threads);
    server->metrics = alfa__metrics_new(alfa__route_name);
    server->guests = alfa__guests_new();
    server->events = alfa__events_new();
    if (!server->metrics || !server->guests || !server->events)
        return alfa__fail_memory(err, sizeof *server);
    ALFA__TRY(alfa__archive_open(&server->archive, options->folder, ALFA__ARCHIVE_SERVE, err));
    ALFA__TRY(alfa__judge_open(&server->judge, options->model, options->prompts, options->threads, err));
    ALFA__TRY(alfa__teacher_open(&server->teacher, server->archive, server->judge, server->events,
                                 options->folder, err));
    if (options->banks)
        ALFA__TRY(alfa__intake_folder(server, options->banks, err));
    ALFA__TRY(alfa__queue_open(&server->queue, options->queue, threads + BESIDE, answer, err));
    return alfa__http_open(server, err);
}

static void close_all(struct alfa__server *server)
{
    alfa__queue_close(server->queue); /* first: the daemon must not end with connections that are suspended */
    alfa__http_close(server);
    alfa__teacher_close(server->teacher);
    alfa__events_free(server->events);
    alfa__judge_close(server->judge);
    alfa__archive_close(server->archive);
    alfa__guests_free(server->guests);
    alfa__metrics_free(server->metrics);
}

static void announce(const struct alfa__server *server)
{
    char line[256];
    const char *host = server->options->host ? server->options->host : "127.0.0.1";
    const bool v6 = strchr(host, ':') != NULL;
    snprintf(line, sizeof line, "ready at %s://%s%s%s:%d/ (the store is in %s)",
             server->options->cert ? "https" : "http", v6 ? "[" : "", host, v6 ? "]" : "", server->port,
             server->options->folder);
    server->options->say(line);
}

/* ------------------------------------------------------------------ while it runs */

static void rest(void)
{
    const struct timespec tenth = {.tv_nsec = 100000000};
    nanosleep(&tenth, NULL); /* a signal ends it early */
}

/* A clock that jumps ahead would make everything old: nothing is removed by age then. */
static double days_kept(struct alfa__server *server)
{
    const bool held = !server->calendar.is_moved;
    const bool holds =
        alfa__calendar_holds(&server->calendar, (double)alfa__archive_now() / 1000, alfa__clock());
    if (held && !holds && server->options->keep_days > 0)
        server->options->say(
            "the clock of this machine was moved: nothing is removed by age until it is moved back, "
            "or for a day");
    return holds ? server->options->keep_days : 0;
}

static void look_at_disk(struct alfa__server *server)
{
    const int before = atomic_load(&server->trouble);
    const bool doubt = atomic_exchange(&server->refused, false) || before;
    const int now = alfa__archive_trouble(server->archive, doubt);
    char line[512];
    atomic_store(&server->trouble, now);
    if (now && now != before)
        snprintf(line, sizeof line, "%.300s: %s: pictures that are to be kept are refused until it has room",
                 server->options->folder, strerror(now));
    else
        snprintf(line, sizeof line, "%.300s: can be written to again", server->options->folder);
    if (now != before)
        server->options->say(line);
}

/* Retention is looked after once a minute, sooner while there is more to remove. */
static void tidy(struct alfa__server *server, double *next)
{
    struct alfa_error err;
    int removed;
    if (++server->beats % 15 == 0)
        alfa__events_beat(server->events);
    if (server->beats % 5 == 1)
        look_at_disk(server);
    if (alfa__clock() < *next)
        return;
    *next = alfa__clock() + 60;
    if (alfa__archive_tidy(server->archive, days_kept(server), server->options->keep_gb, &removed, &err) !=
        ALFA_OK)
        server->options->say(err.message);
    else if (removed > 0)
        *next = alfa__clock() + 1;
}

static void run(struct alfa__server *server)
{
    double next = 0;
    while (!server->options->stop()) {
        for (int i = 0; i < 10 && !server->options->stop(); i++) {
            rest();
            alfa__guests_tidy(server->guests);
        }
        if (server->options->beat)
            server->options->beat(server->options->context);
        tidy(server, &next);
    }
}

/* What was accepted is answered; who keeps an idle connection is not waited for. */
static void finish(struct alfa__server *server)
{
    const double end = alfa__clock() + FINISH_SECONDS;
    alfa__http_quiesce(server);
    alfa__events_end(server->events);
    while (atomic_load(&server->open) > 0 && alfa__clock() < end)
        rest();
}

enum alfa_status alfa__serve(const struct alfa__serve_options *options, struct alfa_error *err)
{
    struct alfa__server server = {.options = options};
    enum alfa_status status = open_all(&server, err);
    if (status == ALFA_OK) {
        announce(&server);
        run(&server);
        finish(&server);
    }
    close_all(&server);
    return status;
}
