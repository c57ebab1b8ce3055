/* alfa worker: takes jobs from a broker, judges, and answers, until it is told to end.
 *
 * The program's own thread speaks with the broker, whom silence would make believe that the worker is gone;
 * another one judges (hand.h). A job is acknowledged only when the broker has confirmed that its answer is
 * safe: whatever is killed or cut in between, the job is delivered again. */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/threads.h"
#include "cli/commands.h"
#include "cli/fetching.h"
#include "cli/hand.h"
#include "cli/service.h"
#include "cli/session.h"
#include "cli/stock.h"
#include "cli/talk.h"

enum { WARM = 3 };     /* jobs that are done before more than one is held */
#define FULL_PAUSE 1.0 /* seconds until a queue that was full is asked again */
#define LONGEST_PAUSE 30.0

enum fate { ANSWER, AGAIN, DEAD };

struct task {
    struct alfa__errand errand; /* first */
    struct task *next;          /* all that are held */
    unsigned long long tag;
    int connection; /* whose tag it is */
    int tries;
    char id[256], answer_to[256], about[256];
    char *body;
    size_t size;
    /* what came of it */
    enum fate fate;
    char key[256], reason[800];
    char *answer;
    bool done; /* by the hand */
    /* on its way to the broker */
    unsigned long long answer_number, dead_number; /* 0: not on its way */
    bool answer_safe, dead_safe;
    bool settled;  /* while leaving: to be acknowledged with all others */
    bool returned; /* nobody has the queue that the answer was for, */
    bool unasked;  /* so it goes where those go that nobody asked for */
    double due;    /* nothing happens before */
};

struct worker {
    const struct alfa__options *options;
    struct alfa__session session;
    struct alfa__stock *stock;
    struct alfa__fetching *fetching;
    struct alfa__hand *hand;
    struct task *tasks;
    char *name;
    int ahead; /* jobs held at once */
    int held, answered, failed, dead;
    int readers; /* 0, 1: for one job, 2: for all others too */
    bool blocked, leaving, full;
    double watched;
};

/* ------------------------------------------------------------------ judging: on the hand's thread */

static void give_answer(struct task *t, json_t *answer)
{
    if (answer) {
        alfa__answer_key(t->key, answer);
        t->answer = json_dumps(answer, JSON_COMPACT | JSON_REAL_PRECISION(9));
    }
    json_decref(answer);
    alfa__must(t->answer);
}

static void give_failure(const struct worker *w, struct task *t, const struct alfa__job *job,
                         const struct alfa_error *problem)
{
    give_answer(t, alfa__answer_failed(job, t->id, w->name, problem));
}

static void give_map(json_t **answer, const struct alfa__opinion *opinion)
{
    if (!opinion->map)
        return;
    char *text = alfa__base64_write(opinion->map,
                                    sizeof(float) * (size_t)opinion->map_width * (size_t)opinion->map_height);
    alfa__json_set(answer, "map",
                   text ? json_pack("{s:i, s:i, s:s}", "width", opinion->map_width, "height",
                                    opinion->map_height, "base64", text)
                        : NULL);
    free(text);
}

static enum alfa_status look(const struct worker *w, struct task *t, const struct alfa__job *job,
                             struct alfa_error *err)
{
    char *path;
    ALFA__TRY(alfa__fetching_place(&path, w->fetching, job, err));
    enum alfa_status status = alfa__stock_look(w->stock, job, path, err);
    free(path);
    if (status == ALFA_OK)
        give_answer(t, alfa__answer_begin(job, t->id, w->name));
    return status;
}

static enum alfa_status judge(const struct worker *w, struct task *t, const struct alfa__job *job,
                              struct alfa_error *err)
{
    struct alfa_image *image;
    struct alfa__opinion opinion;
    ALFA__TRY(alfa__fetching_load(&image, w->fetching, job, err));
    enum alfa_status status = alfa__stock_judge(w->stock, &opinion, job, image, err);
    alfa_image_free(image);
    if (status != ALFA_OK)
        return status;
    json_t *answer = alfa__answer_begin(job, t->id, w->name);
    if (answer && json_object_update(answer, opinion.report) != 0) {
        json_decref(answer);
        answer = NULL;
    }
    if (job->map)
        give_map(&answer, &opinion);
    alfa__opinion_free(&opinion);
    give_answer(t, answer);
    return ALFA_OK;
}

/* Whether it is worth another try: the job is not to blame. */
static bool is_passing(enum alfa_status status)
{
    return status == ALFA_ERROR_RUNTIME || status == ALFA_ERROR_MEMORY || status == ALFA_ERROR_OUTPUT ||
           status == ALFA_ERROR_STOPPED;
}

static void settle(const struct worker *w, struct task *t, const struct alfa__job *job,
                   enum alfa_status status, const struct alfa_error *err)
{
    t->fate = !is_passing(status) ? ANSWER : t->tries + 1 < w->options->tries ? AGAIN : DEAD;
    snprintf(t->reason, sizeof t->reason, "%s%s%s", err->source, *err->source ? ": " : "", err->message);
    if (t->fate != AGAIN)
        give_failure(w, t, job, err);
}

static void work(void *context, struct alfa__errand *errand)
{
    struct worker *w = context;
    struct task *t = (struct task *)errand;
    struct alfa__job job;
    struct alfa_error err;
    enum alfa_status status = alfa__job_read(&job, t->body, t->size, &err);
    if (job.id)
        snprintf(t->id, sizeof t->id, "%s", job.id);
    if (status == ALFA_ERROR_MEMORY) {
        settle(w, t, &job, status, &err);
    } else if (status != ALFA_OK) {
        t->fate = DEAD;
        snprintf(t->reason, sizeof t->reason, "%s", err.message);
        give_failure(w, t, &job, &err);
    } else if (t->tries >= w->options->tries) {
        alfa__fail(&err, ALFA_ERROR_RUNTIME, NULL,
                   "was tried %d times, and each time the worker or its connection ended", t->tries);
        t->fate = DEAD;
        snprintf(t->reason, sizeof t->reason, "%s", err.message);
        give_failure(w, t, &job, &err);
    } else {
        t->fate = ANSWER;
        status = job.look ? look(w, t, &job, &err) : judge(w, t, &job, &err);
        if (status != ALFA_OK)
            settle(w, t, &job, status, &err);
    }
    alfa__job_free(&job);
}

/* ------------------------------------------------------------------ what is held */

static void free_task(struct task *t)
{
    free(t->body);
    free(t->answer);
    free(t);
}

static void remove_task(struct worker *w, struct task *t)
{
    struct task **at = &w->tasks;
    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    w->held--;
    free_task(t);
}

static void take_letter(struct worker *w, const struct alfa__event *event)
{
    if (w->leaving) /* it goes to another worker when this one is gone */
        return;
    struct task *t = alfa__must(calloc(1, sizeof *t)), **last = &w->tasks;
    t->tag = event->tag;
    t->connection = w->session.connections;
    t->tries = event->tries;
    snprintf(t->id, sizeof t->id, "%s", event->id);
    snprintf(t->answer_to, sizeof t->answer_to, "%s", event->answer_to);
    snprintf(t->about, sizeof t->about, "%s", event->about);
    t->body = alfa__must(malloc(event->size + 1));
    memcpy(t->body, event->body, event->size);
    t->size = event->size;
    while (*last)
        last = &(*last)->next;
    *last = t;
    w->held++;
    alfa__hand_give(w->hand, &t->errand);
}

/* What came over a connection that is gone comes again over the next; the one in work is dropped when it is
 * done. */
static void forget_tasks(struct worker *w)
{
    for (struct alfa__errand *errand; (errand = alfa__hand_take_back(w->hand));)
        remove_task(w, (struct task *)errand);
    for (struct task *t = w->tasks, *next; t; t = next) {
        next = t->next;
        if (t->done)
            remove_task(w, t);
    }
    w->blocked = false;
    w->readers = 0;
}

static void lose(struct worker *w, const struct alfa_error *err)
{
    alfa__session_lost(&w->session, err);
    forget_tasks(w);
}

/* ------------------------------------------------------------------ answers */

static enum alfa_status send_answer(struct worker *w, struct task *t, struct alfa_error *err)
{
    const bool asked = *t->answer_to && !t->unasked;
    const struct alfa__letter letter = {.exchange = asked ? "" : w->session.fleet.results,
                                        .key = asked ? t->answer_to : t->key,
                                        .id = *t->id ? t->id : NULL,
                                        .about = *t->about ? t->about : NULL,
                                        .body = t->answer,
                                        .size = strlen(t->answer)};
    return alfa__link_send(w->session.link, &t->answer_number, &letter, err);
}

static enum alfa_status send_dead(struct worker *w, struct task *t, struct alfa_error *err)
{
    const struct alfa__letter letter = {.exchange = w->session.fleet.dead,
                                        .key = "",
                                        .id = *t->id ? t->id : NULL,
                                        .answer_to = *t->answer_to ? t->answer_to : NULL,
                                        .about = *t->about ? t->about : NULL,
                                        .reason = t->reason,
                                        .body = t->body,
                                        .size = t->size};
    return alfa__link_send(w->session.link, &t->dead_number, &letter, err);
}

static void say(const struct task *t)
{
    static const char *const what[] = {"failed", "trying again", "given up"};
    if (*t->reason)
        alfa__talk_note(*t->id ? t->id : "a job", "%s (%s)", t->reason, what[t->fate]);
}

/* The answer is safe, or another try is due: the broker may forget the job, or give it to another worker. */
static enum alfa_status release(struct worker *w, struct task *t, struct alfa_error *err)
{
    if (t->fate == AGAIN)
        ALFA__TRY(alfa__link_again(w->session.link, t->tag, err));
    else
        ALFA__TRY(alfa__link_done(w->session.link, t->tag, false, err));
    w->answered += t->fate == ANSWER;
    w->failed += t->fate == ANSWER && *t->reason;
    w->dead += t->fate == DEAD;
    remove_task(w, t);
    return ALFA_OK;
}

/* What there is to do for a task that the hand has done with. One that is released makes room for a new one,
 * so a worker that leaves keeps all of them until the last is settled. */
static enum alfa_status advance(struct worker *w, struct task *t, struct alfa_error *err)
{
    if (!t->done || t->settled || w->blocked || (alfa__clock() < t->due && !w->leaving))
        return ALFA_OK;
    if (t->fate == DEAD && !t->dead_safe && !t->dead_number)
        ALFA__TRY(send_dead(w, t, err));
    if (t->fate != AGAIN && !t->answer_safe && !t->answer_number)
        ALFA__TRY(send_answer(w, t, err));
    t->settled = t->fate == AGAIN || (t->answer_safe && (t->fate == ANSWER || t->dead_safe));
    return t->settled && !w->leaving ? release(w, t, err) : ALFA_OK;
}

static enum alfa_status release_all(struct worker *w, struct alfa_error *err)
{
    for (const struct task *t = w->tasks; t; t = t->next)
        if (!t->settled)
            return ALFA_OK;
    while (w->tasks)
        ALFA__TRY(release(w, w->tasks, err));
    return ALFA_OK;
}

static enum alfa_status advance_all(struct worker *w, struct alfa_error *err)
{
    for (struct task *t = w->tasks, *next; t; t = next) {
        next = t->next;
        ALFA__TRY(advance(w, t, err));
    }
    return ALFA_OK;
}

static void take_confirmed(struct worker *w, const struct alfa__event *event)
{
    for (struct task *t = w->tasks; t; t = t->next) {
        if (alfa__event_covers(event, t->dead_number)) {
            t->dead_safe = true;
            t->dead_number = 0;
        }
        if (alfa__event_covers(event, t->answer_number)) {
            t->answer_number = 0;
            t->answer_safe = !t->returned;
            t->unasked |= t->returned;
            t->returned = false;
        }
    }
    w->full = false;
}

static void take_returned(struct worker *w, const struct alfa__event *event)
{
    for (struct task *t = w->tasks; t; t = t->next)
        t->returned |= t->answer_number && !t->unasked && *t->answer_to && strcmp(t->id, event->id) == 0;
}

/* The queue is full: the job is held, and so are those behind it. */
static void take_refused(struct worker *w, const struct alfa__event *event)
{
    for (struct task *t = w->tasks; t; t = t->next) {
        const bool dead = alfa__event_covers(event, t->dead_number),
                   answer = alfa__event_covers(event, t->answer_number);
        if (dead)
            t->dead_number = 0;
        if (answer)
            t->answer_number = 0;
        if (dead || answer)
            t->due = alfa__clock() + FULL_PAUSE;
        if ((dead || answer) && !w->full)
            alfa__talk_note(alfa__link_place(w->session.link),
                            "the queue for %s is full: waiting, nothing is lost",
                            dead ? "dead letters" : "answers");
        w->full |= dead || answer;
    }
}

/* ------------------------------------------------------------------ the broker */

/* More than one job is held once some were done: a job that lets the worker die soon after each start is then
 * alone each time, and takes no other one along to the dead letters. */
static enum alfa_status read_jobs(struct worker *w, struct alfa_error *err)
{
    const bool warm = w->answered + w->dead >= WARM;
    const int readers = warm && w->ahead > 1 ? 2 : 1;
    if (w->readers == 0) {
        ALFA__TRY(alfa__link_read(w->session.link, w->session.fleet.workers, 1, err));
        ALFA__TRY(alfa__link_read(w->session.link, w->session.fleet.jobs, 1, err));
    }
    if (w->readers < 2 && readers == 2)
        ALFA__TRY(alfa__link_read(w->session.link, w->session.fleet.jobs, w->ahead - 1, err));
    w->readers = readers;
    return ALFA_OK;
}

static enum alfa_status begin(void *context, struct alfa_error *err)
{
    struct worker *w = context;
    const bool first = !w->session.was_up;
    ALFA__TRY(alfa__fleet_declare(&w->session.fleet, w->session.link, err));
    if (!w->leaving)
        ALFA__TRY(read_jobs(w, err));
    if (first)
        alfa__talk_note(alfa__link_place(w->session.link), "working for %s", w->session.fleet.jobs);
    if (first)
        alfa__service_say("READY=1");
    return ALFA_OK;
}

static enum alfa_status take_event(struct worker *w, const struct alfa__event *event, struct alfa_error *err)
{
    switch (event->kind) {
    case ALFA__EVENT_LETTER:
        take_letter(w, event);
        break;
    case ALFA__EVENT_CONFIRMED:
        take_confirmed(w, event);
        break;
    case ALFA__EVENT_REFUSED:
        take_refused(w, event);
        break;
    case ALFA__EVENT_RETURNED:
        take_returned(w, event);
        break;
    case ALFA__EVENT_BLOCKED:
    case ALFA__EVENT_UNBLOCKED:
        w->blocked = event->kind == ALFA__EVENT_BLOCKED;
        alfa__talk_note(alfa__link_place(w->session.link),
                        w->blocked ? "is short of memory or disk: answers wait" : "takes answers again");
        break;
    case ALFA__EVENT_NONE:
        return ALFA_OK;
    }
    return advance_all(w, err);
}

/* The hand is done with some. */
static void take_done(struct worker *w)
{
    for (struct alfa__errand *errand; (errand = alfa__hand_take(w->hand));) {
        struct task *t = (struct task *)errand;
        t->done = true;
        if (t->connection != w->session.connections || !alfa__link_is_up(w->session.link)) {
            remove_task(w, t);
            continue;
        }
        if (t->fate == AGAIN)
            t->due = alfa__clock() + fmin(LONGEST_PAUSE, 1 << (t->tries < 5 ? t->tries : 5));
        say(t);
    }
}

static enum alfa_status step(struct worker *w, struct alfa_error *err)
{
    struct alfa__event event;
    const double seconds = w->held > 0 ? 0.25 : 1; /* what is due is looked at so often */
    ALFA__TRY(alfa__link_next(w->session.link, &event, alfa__hand_wake(w->hand), seconds, err));
    take_done(w);
    ALFA__TRY(take_event(w, &event, err));
    ALFA__TRY(advance_all(w, err));
    return w->leaving ? release_all(w, err) : read_jobs(w, err);
}

static void wait_down(struct worker *w)
{
    struct pollfd wake = {.fd = alfa__hand_wake(w->hand), .events = POLLIN};
    const double left = w->session.next - alfa__clock();
    poll(&wake, 1, (int)(1000 * fmax(0, fmin(1, left))));
    take_done(w);
}

static void tell_system(struct worker *w)
{
    if (alfa__clock() < w->watched)
        return;
    w->watched = alfa__clock() + 1;
    alfa__service_say("WATCHDOG=1");
}

/* After a signal what is held is finished, if the broker is there to be told. */
static enum alfa_status run(struct worker *w, struct alfa_error *err)
{
    for (;;) {
        if (!w->leaving && alfa__signals_caught()) {
            alfa__service_say("STOPPING=1");
            w->leaving = true;
        }
        if (w->leaving && (w->held == 0 || w->full || w->blocked || !alfa__link_is_up(w->session.link)))
            return ALFA_OK; /* what is not acknowledged goes to others */
        ALFA__TRY(alfa__session_keep(&w->session, begin, w, err));
        tell_system(w);
        if (!alfa__link_is_up(w->session.link))
            wait_down(w);
        else if (step(w, err) != ALFA_OK)
            lose(w, err);
    }
}

/* ------------------------------------------------------------------ beginning and end */

/* So many that the next job is there when one is done, also while answers wait for their confirmation, and no
 * more than other workers could do meanwhile. */
static int choose_ahead(const struct alfa__options *options)
{
    const int threads = alfa__threads_of(options->threads);
    return options->prefetch ? options->prefetch : threads < 2 ? 4 : threads > 32 ? 64 : 2 * threads;
}

static enum alfa_status open_all(struct worker *w, struct alfa_error *err)
{
    const struct alfa__options *o = w->options;
    const struct alfa__fetching_options how = {
        .root = o->root, .urls = o->allow_url, .most = (size_t)(o->limit * 1e6)};
    char host[256] = "";
    if (o->argument_count > 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, o->arguments[0],
                          "'alfa worker' takes options only; 'alfa submit' sends it pictures");
    if (o->features)
        ALFA__TRY(alfa__folder_make(o->features, err));
    ALFA__TRY(alfa__session_open(&w->session, o, err));
    ALFA__TRY(alfa__fetching_open(&w->fetching, &how, err));
    ALFA__TRY(alfa__stock_open(&w->stock, o, o->banks, o->memory * 1e9, err));
    gethostname(host, sizeof host - 1);
    w->name = alfa__must(alfa__format("%s:%ld", host, (long)getpid()));
    w->ahead = choose_ahead(o);
    return alfa__hand_open(&w->hand, work, w, err);
}

static void close_all(struct worker *w)
{
    alfa__session_close(&w->session);
    alfa__hand_close(w->hand);
    while (w->tasks)
        remove_task(w, w->tasks);
    alfa__stock_free(w->stock);
    alfa__fetching_free(w->fetching);
    free(w->name);
}

int alfa__cmd_worker(const struct alfa__options *options)
{
    struct worker w = {.options = options};
    struct alfa_error err;
    enum alfa_status status = open_all(&w, &err);
    if (status == ALFA_OK) {
        status = run(&w, &err);
        if (status == ALFA_OK)
            alfa__talk_note(NULL, "ended: %d job%s, %d failed, %d given up", w.answered,
                            w.answered == 1 ? "" : "s", w.failed, w.dead);
    }
    close_all(&w);
    if (status != ALFA_OK)
        return alfa__talk_fail(&err);
    alfa__signals_forget();
    return 0;
}
