/* alfa submit: sends a job for each image to the workers behind a broker and writes their answers as they
 * come.
 *
 * What is on its way at once is limited (--window), so that memory is, whatever the number of images. An
 * answer counts once: jobs and answers carry an id made of what is asked, and the number of the job in this
 * run; an answer whose job is no longer waited for came twice. An answer is acknowledged when its line is on
 * the disk. */
#include <glib.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/strings.h"
#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/ledger.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "cli/supply.h"
#include "cli/talk.h"
#include "fleet/job.h"

#define UNSAFE ((size_t)64 << 20) /* bytes of jobs that the broker has not confirmed */
#define SAVE 1.0                  /* seconds between savings */
#define FULL_PAUSE 0.5            /* seconds until a full queue is asked again, doubling to */
#define LONGEST_PAUSE 8.0

/* A job that has no answer yet. */
struct sent {
    uint64_t id; /* the key in the table */
    char *path;
    long long order;
    unsigned long long number; /* 0: not on its way to the broker */
    char *body;                /* NULL: safe there */
    bool lost;                 /* it was, and is there no more: to be made anew */
    size_t size;
    double due;
};

struct submit {
    const struct alfa__options *options;
    struct alfa__session session;
    struct alfa__asking *asking;
    struct alfa__supply *supply;
    struct alfa__ledger *ledger;
    GHashTable *sent;
    size_t unsafe; /* bytes */
    char queue[256], run[17];
    long long total, order; /* total -1: not known */
    long long done, anomalies, failed, skipped, failed_before, noted;
    bool exhausted, blocked, full, unsent, said;
    double pause, save_at, heard, start;
    unsigned long long to_acknowledge; /* tag; 0: none */
};

/* ------------------------------------------------------------------ jobs */

static void free_sent(gpointer sent)
{
    free(((struct sent *)sent)->path);
    free(((struct sent *)sent)->body);
    free(sent);
}

static void set_safe(struct submit *s, struct sent *one)
{
    if (!one->body)
        return;
    s->unsafe -= one->size;
    free(one->body);
    one->body = NULL;
    one->number = 0;
}

static enum alfa_status send_one(struct submit *s, struct sent *one, struct alfa_error *err)
{
    char id[17], about[48];
    snprintf(id, sizeof id, "%016" PRIx64, one->id);
    snprintf(about, sizeof about, "%s-%lld", s->run, one->order);
    const struct alfa__letter letter = {.exchange = "",
                                        .key = s->session.fleet.jobs,
                                        .id = id,
                                        .answer_to = s->queue,
                                        .about = about,
                                        .body = one->body,
                                        .size = one->size};
    return alfa__link_send(s->session.link, &one->number, &letter, err);
}

static enum alfa_status write_failure(struct submit *s, uint64_t id, const char *path,
                                      const struct alfa_error *problem, struct alfa_error *err)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, id);
    const struct alfa__job job = {.id = text, .name = path};
    json_t *answer = alfa__must(alfa__answer_failed(&job, text, NULL, problem));
    alfa__talk_error(problem);
    s->failed++;
    s->done++;
    enum alfa_status status = alfa__ledger_write(s->ledger, answer, err);
    json_decref(answer);
    return status;
}

/* The job as it is sent; *gone: its picture is not what it was, which is written down. */
static enum alfa_status make_body(struct submit *s, struct sent *one, bool *gone, struct alfa_error *err)
{
    struct alfa_error problem;
    enum alfa_status status = alfa__asking_write(&one->body, s->asking, one->path, one->id, &problem);
    *gone = status != ALFA_OK;
    if (*gone)
        return write_failure(s, one->id, one->path, &problem, err);
    one->lost = false;
    one->size = strlen(one->body);
    s->unsafe += one->size;
    return ALFA_OK;
}

/* Jobs that the broker has not confirmed and that are not on their way: after a connection broke, a queue was
 * full, or somebody removed it. */
static enum alfa_status send_again(struct submit *s, struct alfa_error *err)
{
    GHashTableIter at;
    gpointer value;
    bool left = false;
    if (!s->unsent || s->blocked)
        return ALFA_OK;
    g_hash_table_iter_init(&at, s->sent);
    while (g_hash_table_iter_next(&at, NULL, &value)) {
        struct sent *one = value;
        bool gone = false;
        if (one->number || (!one->body && !one->lost))
            continue;
        const bool later = alfa__clock() < one->due || (one->lost && s->unsafe >= UNSAFE);
        left |= later;
        if (later)
            continue;
        if (one->lost)
            ALFA__TRY(make_body(s, one, &gone, err));
        if (gone)
            g_hash_table_iter_remove(&at);
        else
            ALFA__TRY(send_one(s, one, err));
    }
    s->unsent = left;
    return ALFA_OK;
}

/* The next image becomes a job, if it is not finished. */
static enum alfa_status send_next(struct submit *s, const char *path, struct alfa_error *err)
{
    bool gone;
    const uint64_t id = alfa__asking_id(s->asking, path);
    if (alfa__ledger_has(s->ledger, id) || g_hash_table_contains(s->sent, &id)) {
        s->skipped++;
        s->failed_before += alfa__ledger_failed(s->ledger, id);
        return ALFA_OK;
    }
    struct sent *one = alfa__must(calloc(1, sizeof *one));
    *one = (struct sent){.id = id, .order = s->order++, .path = alfa__must(alfa__strdup(path))};
    enum alfa_status status = make_body(s, one, &gone, err);
    if (gone) {
        free_sent(one);
        return status;
    }
    if (g_hash_table_size(s->sent) == 0)
        s->heard = alfa__clock(); /* nothing was waited for: a list may come slowly */
    g_hash_table_replace(s->sent, &one->id, one);
    return send_one(s, one, err);
}

static enum alfa_status fill(struct submit *s, struct alfa_error *err)
{
    ALFA__TRY(send_again(s, err));
    for (int i = 0; i < 64 && !s->exhausted && !s->blocked && !s->full && !s->unsent && s->unsafe < UNSAFE &&
                    g_hash_table_size(s->sent) < (guint)s->options->window;
         i++) {
        const char *path = alfa__supply_next(s->supply);
        s->exhausted = !path;
        if (path)
            ALFA__TRY(send_next(s, path, err));
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ answers */

/* Whether it is one that is waited for; its job is done then. */
static bool is_wanted(struct submit *s, uint64_t id, const char *about)
{
    struct sent *one = g_hash_table_lookup(s->sent, &id);
    const size_t length = strlen(s->run);
    if (one) {
        set_safe(s, one);
        g_hash_table_remove(s->sent, &id);
        return true;
    }
    if (strncmp(about, s->run, length) == 0 && about[length] == '-') /* of this run, so it came twice */
        return false;
    return alfa__ledger_before(s->ledger) > 0 &&
           !alfa__ledger_has(s->ledger, id); /* of the run that was stopped */
}

/* What the worker says of the picture: of the first aloud. */
static void note_picture(struct submit *s, const json_t *answer, const char *path)
{
    const json_t *notes = json_object_get(answer, "notes"), *note;
    size_t i;
    if (json_array_size(notes) > 0 && s->noted++ == 0)
        json_array_foreach(notes, i, note)
            alfa__talk_note(path, "%s", json_string_value(note) ? json_string_value(note) : "");
}

static enum alfa_status write_answer(struct submit *s, json_t *answer, struct alfa_error *err)
{
    const char *decision = alfa__answer_decision(answer),
               *path = json_string_value(json_object_get(answer, "path")),
               *why = json_string_value(json_object_get(answer, "error"));
    s->done++;
    s->anomalies += strcmp(decision, "anomaly") == 0;
    s->failed += why != NULL;
    if (why) {
        struct alfa_error problem = {.code = ALFA_ERROR_INPUT};
        snprintf(problem.source, sizeof problem.source, "%s", path ? path : "");
        snprintf(problem.message, sizeof problem.message, "%s", why);
        alfa__talk_error(&problem);
    }
    note_picture(s, answer, path);
    return alfa__ledger_write(s->ledger, answer, err);
}

static enum alfa_status take_answer(struct submit *s, const struct alfa__event *event, struct alfa_error *err)
{
    json_t *answer = NULL;
    enum alfa_status status = ALFA_OK;
    s->heard = alfa__clock();
    s->to_acknowledge = event->tag;
    if (alfa__json_read(&answer, event->body, event->size, ALFA__JSON_VALUES, 0, NULL) != ALFA_OK)
        return ALFA_OK; /* not from a worker */
    const char *text = json_string_value(json_object_get(answer, "id"));
    const uint64_t id = text ? strtoull(text, NULL, 16) : 0;
    if (text && strlen(text) == 16 && is_wanted(s, id, event->about)) {
        if (alfa__ledger_before(s->ledger) > 0)
            alfa__ledger_note(s->ledger, id);
        status = write_answer(s, answer, err);
    }
    json_decref(answer);
    return status;
}

/* Lines first, then the broker may forget the answers. */
static enum alfa_status save(struct submit *s, bool now, struct alfa_error *err)
{
    if (!s->to_acknowledge || (!now && alfa__clock() < s->save_at))
        return ALFA_OK;
    s->save_at = alfa__clock() + SAVE;
    ALFA__TRY(alfa__ledger_save(s->ledger, err));
    const unsigned long long tag = s->to_acknowledge;
    s->to_acknowledge = 0;
    return alfa__link_done(s->session.link, tag, true, err);
}

/* ------------------------------------------------------------------ the broker */

static enum alfa_status begin(void *context, struct alfa_error *err)
{
    struct submit *s = context;
    GHashTableIter at;
    gpointer value;
    g_hash_table_iter_init(&at, s->sent);
    while (g_hash_table_iter_next(&at, NULL, &value))
        ((struct sent *)value)->number = 0;
    s->unsent = true;
    s->blocked = s->full = false;
    s->to_acknowledge = 0;
    s->heard = alfa__clock();
    ALFA__TRY(alfa__fleet_declare(&s->session.fleet, s->session.link, err));
    ALFA__TRY(alfa__fleet_declare_answers(s->session.link, s->queue, err));
    return alfa__link_read(s->session.link, s->queue, 2000, err);
}

/* Those that were sent first are confirmed first, nearly always; the table is small. */
static void take_verdict(struct submit *s, const struct alfa__event *event)
{
    const bool good = event->kind == ALFA__EVENT_CONFIRMED;
    GHashTableIter at;
    gpointer value;
    g_hash_table_iter_init(&at, s->sent);
    while (g_hash_table_iter_next(&at, NULL, &value)) {
        struct sent *one = value;
        if (!alfa__event_covers(event, one->number))
            continue;
        if (good) {
            set_safe(s, one);
            continue;
        }
        one->number = 0;
        one->due = alfa__clock() + s->pause;
        s->unsent = true;
    }
    if (!good && !s->said)
        alfa__talk_note(s->session.fleet.jobs, "is full: waiting for the workers");
    s->said |= !good;
    s->pause = good ? FULL_PAUSE : fmin(LONGEST_PAUSE, 2 * s->pause);
    s->full = !good;
}

static enum alfa_status take_event(void *context, const struct alfa__event *event, struct alfa_error *err)
{
    struct submit *s = context;
    switch (event->kind) {
    case ALFA__EVENT_LETTER:
        return take_answer(s, event, err);
    case ALFA__EVENT_CONFIRMED:
    case ALFA__EVENT_REFUSED:
        take_verdict(s, event);
        return ALFA_OK;
    case ALFA__EVENT_BLOCKED:
    case ALFA__EVENT_UNBLOCKED:
        s->blocked = event->kind == ALFA__EVENT_BLOCKED;
        alfa__talk_note(alfa__link_place(s->session.link),
                        s->blocked ? "is short of memory or disk: waiting" : "takes jobs again");
        return ALFA_OK;
    case ALFA__EVENT_RETURNED: /* somebody removed the queue: it is declared again with the next connection */
        return alfa__fail(err, ALFA_ERROR_INPUT, s->session.fleet.jobs, "is gone");
    case ALFA__EVENT_NONE:
        return ALFA_OK;
    }
    return ALFA_OK;
}

static enum alfa_status step(struct submit *s, struct alfa_error *err)
{
    ALFA__TRY(fill(s, err));
    const bool waiting = s->exhausted || s->full || s->blocked || s->unsent || s->unsafe >= UNSAFE ||
                         g_hash_table_size(s->sent) >= (guint)s->options->window;
    ALFA__TRY(alfa__session_take(&s->session, -1, waiting ? 0.25 : 0, take_event, s, err));
    if (s->full && !s->unsent)
        s->full = false;
    alfa__progress_step(s->done + s->skipped);
    if (g_hash_table_size(s->sent) > 0)
        ALFA__TRY(alfa__session_look_around(&s->session, s->heard, err));
    return save(s, s->exhausted && g_hash_table_size(s->sent) == 0, err);
}

/* Jobs that were at the broker are not there any more, or their answers. */
static void lose_all(struct submit *s)
{
    GHashTableIter at;
    gpointer value;
    g_hash_table_iter_init(&at, s->sent);
    while (g_hash_table_iter_next(&at, NULL, &value))
        ((struct sent *)value)->lost = !((struct sent *)value)->body;
    s->unsent = true;
}

static bool is_over(const struct submit *s)
{
    return alfa__signals_caught() || (s->exhausted && g_hash_table_size(s->sent) == 0 && !s->to_acknowledge);
}

static enum alfa_status run(struct submit *s, struct alfa_error *err)
{
    while (!is_over(s)) {
        ALFA__TRY(alfa__session_keep(&s->session, begin, s, err));
        if (!alfa__link_is_up(s->session.link)) {
            usleep(100000);
            continue;
        }
        enum alfa_status status = step(s, err);
        if (status == ALFA_ERROR_OUTPUT) /* not acknowledged, so the answers come again with the next run */
            return status;
        if (status == ALFA_ERROR_INPUT)
            lose_all(s);
        if (status != ALFA_OK)
            alfa__session_lost(&s->session, err);
    }
    if (!alfa__link_is_up(s->session.link))
        return ALFA_OK;
    if (alfa__signals_caught())
        return save(s, true, err);
    return alfa__link_remove(s->session.link, s->queue, err); /* all is here */
}

/* ------------------------------------------------------------------ beginning and end */

/* Of a file the same in every run, so that answers to a run that was stopped are found by the next. */
static void choose_names(struct submit *s)
{
    uint64_t random = 0;
    char who[40], host[256] = "";
    while (getrandom(&random, sizeof random, 0) != sizeof random)
        ;
    snprintf(s->run, sizeof s->run, "%016" PRIx64, random);
    snprintf(who, sizeof who, "%s", s->run);
    if (s->options->out) {
        char *whole = realpath(s->options->out, NULL);
        gethostname(host, sizeof host - 1);
        snprintf(who, sizeof who, "%016" PRIx64,
                 alfa__hash_text(alfa__hash_text(ALFA__HASH_START, host), whole ? whole : s->options->out));
        free(whole);
    }
    alfa__fleet_answers(s->queue, s->options->fleet, who);
}

static enum alfa_status open_all(struct submit *s, struct alfa_error *err)
{
    const struct alfa__options *o = s->options;
    if (o->argument_count == 0 && !o->list)
        return alfa__fail(
            err, ALFA_ERROR_USAGE, "submit",
            "needs an image, a folder or --list; for example: alfa submit photos/ --send --class bottle "
            "--amqp amqp://localhost");
    ALFA__TRY(alfa__session_open(&s->session, o, err));
    ALFA__TRY(alfa__asking_open(&s->asking, o, err));
    ALFA__TRY(alfa__supply_open(&s->supply, o->arguments, o->argument_count, o->list, err));
    ALFA__TRY(alfa__ledger_open(&s->ledger, o->out, (enum alfa__csv)o->csv, err));
    choose_names(s);
    s->sent = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_sent);
    s->pause = FULL_PAUSE;
    s->start = alfa__clock();
    s->total = -1;
    if (isatty(STDERR_FILENO) && !alfa__talk_is_quiet()) {
        alfa__progress_say("counting the images");
        s->total = alfa__supply_count(o->arguments, o->argument_count, o->list);
        alfa__progress_hide();
    }
    if (s->total > 1 && s->total <= INT_MAX)
        alfa__progress_start((int)s->total, "images");
    return ALFA_OK;
}

static void sum_up(struct submit *s, int *code)
{
    struct alfa_error problem;
    const double seconds = alfa__clock() - s->start;
    const int folders = alfa__supply_failed(s->supply, &problem);
    if (folders > 0)
        alfa__talk_error(&problem);
    const char *first;
    const long long left_out = alfa__supply_left_out(s->supply, &first);
    if (s->noted > 1)
        alfa__talk_note(NULL, "%lld pictures in all have notes, in JSON each its own", s->noted);
    if (left_out > 0)
        alfa__talk_note(first, "is a picture of a kind that is not read; %lld are left out", left_out);
    alfa__talk_note(
        NULL, "%lld image%s: %lld anomal%s, %lld failed, %lld finished before, in %.1f s (%.1f a second)",
        s->done, s->done == 1 ? "" : "s", s->anomalies, s->anomalies == 1 ? "y" : "ies", s->failed,
        s->skipped, seconds, (double)s->done / fmax(seconds, 1e-3));
    if (s->failed_before > 0)
        alfa__talk_note(s->options->out, "has %lld that failed before: remove their lines to ask again",
                        s->failed_before);
    if (alfa__signals_caught() && s->options->out)
        alfa__talk_note(NULL, "%u wait for an answer: the same command goes on", g_hash_table_size(s->sent));
    if (s->failed + s->failed_before > 0 || folders > 0)
        *code = alfa__talk_exit_code(ALFA_ERROR_INPUT);
}

static void close_all(struct submit *s)
{
    alfa__session_close(&s->session);
    if (s->sent)
        g_hash_table_destroy(s->sent);
    alfa__ledger_free(s->ledger);
    alfa__supply_free(s->supply);
    alfa__asking_free(s->asking);
}

int alfa__cmd_submit(const struct alfa__options *options)
{
    struct submit s = {.options = options};
    struct alfa_error err;
    int code = 0;
    enum alfa_status status = open_all(&s, &err);
    if (status == ALFA_OK) {
        status = run(&s, &err);
        alfa__progress_stop();
        if (s.session.was_up)
            sum_up(&s, &code);
    }
    close_all(&s);
    return status == ALFA_OK ? code : alfa__talk_fail(&err);
}
