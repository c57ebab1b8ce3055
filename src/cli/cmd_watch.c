/* alfa watch: judges pictures as they appear in folders, until it is told to end. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/status.h"
#include "base/strings.h"
#include "base/threads.h"
#include "cli/arrivals.h"
#include "cli/commands.h"
#include "cli/judged.h"
#include "cli/judging.h"
#include "cli/line.h"
#include "cli/locate.h"
#include "cli/messages.h"
#include "cli/reading.h"
#include "cli/service.h"
#include "cli/sorted.h"
#include "cli/talk.h"
#include "report/journal.h"
#include "report/json.h"

#define RETRY 2.0  /* seconds until what could not be written is tried again */
#define REPORT 5.0 /* seconds between reports, at least */
#define MANY 20    /* anomalies in a row: something else than the parts has changed */

struct watch {
    const struct alfa__options *typed;
    struct alfa__kit kit;
    struct alfa__outputs *outputs;
    struct alfa__arrivals *arrivals;
    struct alfa__line *line;
    struct alfa__journal *journal;
    int lock;                /* on the journal, or -1 */
    struct alfa__mqtt *mqtt; /* NULL: nobody listens */
    char *last;              /* the last message */
    GHashTable *judged;      /* struct judged by place: what is not judged again */
    int done, anomalies, failed;
    int in_a_row;     /* anomalies, up to the last picture */
    double report_at; /* when the report is written next; infinity: nothing is new */
    bool stuck;       /* the disk is full: it was said */
};

static volatile sig_atomic_t hung_up;

static void hang_up(int number)
{
    (void)number;
    hung_up = 1;
}

/* ------------------------------------------------------------------ what was judged */

struct judged {
    struct alfa__origin origin;
    enum alfa__fate fate;
};

static struct alfa__origin origin_of(const char *path)
{
    return alfa__judged_origin(&(struct alfa__input){.path = (char *)path});
}

/* The picture as it is now, or NULL when it was not judged. */
static const struct judged *find(const struct watch *w, const struct alfa__origin *now)
{
    const struct judged *then = g_hash_table_lookup(w->judged, &now->place);
    return then && then->origin.size == now->size && then->origin.modified == now->modified ? then : NULL;
}

/* For a look: what was judged and still lies here although it is to be moved is not done. */
static bool is_done(void *context, const char *path)
{
    const struct watch *w = context;
    const struct alfa__origin now = origin_of(path);
    return !w->typed->move_to && find(w, &now);
}

/* For the line: what need not be looked at. */
static bool is_judged(void *context, const struct alfa__origin *file)
{
    return find(context, file);
}

static void remember(struct watch *w, const struct alfa__origin *origin, enum alfa__fate fate)
{
    struct judged *kept = alfa__must(malloc(sizeof *kept));
    *kept = (struct judged){*origin, fate};
    g_hash_table_replace(w->judged, &kept->origin.place, kept);
}

static enum alfa_status read_line(void *context, const json_t *line, struct alfa_error *err)
{
    const char *place = json_string_value(json_object_get(line, "file")),
               *was = json_string_value(json_object_get(line, "was"));
    const struct alfa__origin origin = {.place = place ? strtoull(place, NULL, 16) : 0,
                                        .size = json_integer_value(json_object_get(line, "size")),
                                        .modified = json_integer_value(json_object_get(line, "modified"))};
    (void)err;
    for (int fate = ALFA__FATE_OK; fate <= ALFA__FATE_FAILED; fate++)
        if (was && strcmp(was, alfa__fate_names[fate]) == 0)
            remember(context, &origin, (enum alfa__fate)fate);
    return ALFA_OK;
}

static enum alfa_status write_line(struct watch *w, const struct alfa__origin *origin, const char *path,
                                   const char *fate, struct alfa_error *err)
{
    char place[17], *plain = g_utf8_make_valid(path, -1);
    snprintf(place, sizeof place, "%016llx", origin->place);
    json_t *line = json_pack("{s:s, s:s, s:s, s:I, s:I}", "path", plain, "was", fate, "file", place, "size",
                             (json_int_t)origin->size, "modified", (json_int_t)origin->modified);
    g_free(plain);
    return alfa__journal_add(w->journal, line, err);
}

/* $XDG_STATE_HOME/alfa/watch-HASH.jsonl: one a list of folders. */
static char *default_journal(const struct alfa__options *o, struct alfa_error *err)
{
    uint64_t hash = ALFA__HASH_START;
    for (int i = 0; i < o->argument_count; i++) {
        char *whole = realpath(o->arguments[i], NULL);
        hash = alfa__hash_text(hash, whole ? whole : o->arguments[i]);
        free(whole);
    }
    char *folder = alfa__locate_home("XDG_STATE_HOME", ".local/state");
    char *path = NULL;
    if (!folder)
        alfa__fail(err, ALFA_ERROR_USAGE, "--journal", "is needed: HOME is not set");
    else if (alfa__folder_make(folder, err) == ALFA_OK)
        path = alfa__must(alfa__format("%s/watch-%016llx.jsonl", folder, (unsigned long long)hash));
    free(folder);
    return path;
}

/* Two on one folder would judge all twice, and cut off what the other has noted. One that cannot be locked
 * cannot be written either, which is waited for. */
static enum alfa_status lock_journal(struct watch *w, const char *path, struct alfa_error *err)
{
    w->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (w->lock < 0 || flock(w->lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return ALFA_OK;
    return alfa__fail(err, ALFA_ERROR_OUTPUT, path,
                      "is the journal of another 'alfa watch' that runs: stop that one, or give this one a "
                      "--journal of its own");
}

static enum alfa_status open_journal(struct watch *w, const char *path, struct alfa_error *err)
{
    ALFA__TRY(lock_journal(w, path, err));
    w->judged = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free);
    enum alfa_status status = alfa__journal_open(&w->journal, path, read_line, w, err);
    if (status == ALFA_OK && g_hash_table_size(w->judged) > 0)
        alfa__talk_note(path, "knows %u pictures that were judged before", g_hash_table_size(w->judged));
    return status;
}

/* ------------------------------------------------------------------ messages */

/* The line of 'alfa detect --json', with a name of its own and the time. */
static char *make_message(const struct alfa__record *record)
{
    struct alfa__string line = {0};
    char start[128], now[32], *text = NULL;
    alfa__clock_utc(now);
    snprintf(start, sizeof start, "{\"id\": \"%016llx-%llx\", \"time\": \"%s\", ", record->origin.place,
             (unsigned long long)record->origin.modified, now);
    alfa__json_line(&line, record);
    if (alfa__string_ok(&line) && line.size > 2)
        text = alfa__format("%s%.*s", start, (int)line.size - 2,
                            line.text + 1); /* without { and the line's end */
    alfa__string_free(&line);
    return alfa__must(text);
}

static void send(void *context, const struct alfa__record *record)
{
    struct watch *w = context;
    struct alfa__record named = *record;
    named.origin = origin_of(record->path);
    char *text = make_message(&named);
    alfa__mqtt_send(w->mqtt, text);
    free(w->last);
    w->last = text;
}

/* ------------------------------------------------------------------ opening */

static enum alfa_status check_options(const struct alfa__options *o, struct alfa_error *err)
{
    if (o->argument_count == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "watch",
                          "needs a folder; for example: alfa watch incoming/ --bank part.bank");
    if (o->json && o->csv)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--csv", "and --json exclude each other");
    if (o->move_to && o->link_to)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--move-to", "and --link-to exclude each other");
    for (int i = 1; i < o->argument_count; i++)
        for (int k = 0; k < i && o->out; k++)
            if (strcmp(alfa__path_name(o->arguments[i]), alfa__path_name(o->arguments[k])) == 0)
                return alfa__fail(err, ALFA_ERROR_USAGE, o->arguments[i],
                                  "and %s have the same name, and so would their pictures in --out",
                                  o->arguments[k]);
    return ALFA_OK;
}

static enum alfa_status open_kit(struct alfa__kit *kit, const struct watch *w, struct alfa_error *err)
{
    ALFA__TRY(alfa__kit_plan(kit, w->typed, w->typed->bank, err));
    if (w->typed->move_to || w->typed->link_to)
        ALFA__TRY(alfa__kit_decides(kit, w->typed->move_to ? "--move-to" : "--link-to", err));
    ALFA__TRY(alfa__kit_open(kit, err));
    alfa_detector_explain(kit->detector, w->typed->out || w->typed->explain_prompts);
    return alfa__kit_use_bank(kit, err);
}

static enum alfa_status open_arrivals(struct watch *w, struct alfa_error *err)
{
    static const char *skip[4]; /* lent for as long as the program runs */
    const struct alfa__options *o = w->typed;
    int count = 0;
    const char *const written[] = {o->out, o->save_maps, o->move_to ? o->move_to : o->link_to};
    for (int i = 0; i < 3; i++)
        if (written[i])
            skip[count++] = written[i];
    const struct alfa__arrivals_options how = {.folders = o->arguments,
                                               .count = o->argument_count,
                                               .skip = skip,
                                               .poll = o->poll,
                                               .most = o->queue,
                                               .known = is_done,
                                               .context = w};
    return alfa__arrivals_open(&w->arrivals, &how, err);
}

/* Journal and outbox. */
static enum alfa_status open_memory(struct watch *w, struct alfa_error *err)
{
    char *path =
        w->typed->journal ? alfa__must(alfa__strdup(w->typed->journal)) : default_journal(w->typed, err);
    if (!path)
        return err->code;
    enum alfa_status status = open_journal(w, path, err);
    if (status == ALFA_OK)
        status = alfa__messages_open(&w->mqtt, w->typed, path, err);
    free(path);
    return status;
}

static enum alfa_status open_all(struct watch *w, struct alfa_error *err)
{
    static const struct alfa__inputs none; /* what will come is not known yet */
    ALFA__TRY(check_options(w->typed, err));
    ALFA__TRY(alfa__outputs_check_apart(w->typed, err));
    ALFA__TRY(alfa__reading_plan(w->typed, err));
    ALFA__TRY(open_arrivals(w, err));
    ALFA__TRY(open_memory(w, err));
    ALFA__TRY(open_kit(&w->kit, w, err));
    ALFA__TRY(alfa__outputs_open(&w->outputs, &w->kit.options, &none, err));
    if (w->mqtt)
        alfa__arrivals_set_bell(w->arrivals, alfa__mqtt_bell(w->mqtt));
    if (w->mqtt)
        alfa__outputs_tell(w->outputs, send, w);
    ALFA__TRY(alfa__outputs_describe(w->outputs, w->kit.model, alfa_prompts_class(w->kit.prompts), err));
    ALFA__TRY(alfa__judging_begin(w->outputs, &w->kit, err));
    w->line = alfa__line_new(w->arrivals, alfa__threads_of(w->typed->threads), is_judged, w);
    alfa__line_use(w->line, &w->kit, w->outputs);
    return ALFA_OK;
}

/* The bank as it is now; when that cannot be used, the old one goes on. */
static void reload(struct watch *w)
{
    struct alfa_error err;
    struct alfa__kit fresh = {0};
    hung_up = 0;
    enum alfa_status status = open_kit(&fresh, w, &err);
    if (status != ALFA_OK) {
        alfa__talk_error(&err);
        alfa__talk_note(NULL, "going on with the bank as it was");
        alfa__kit_close(&fresh);
        return;
    }
    alfa__line_halt(w->line);
    alfa__kit_close(&w->kit);
    w->kit = fresh;
    status = alfa__outputs_describe(w->outputs, w->kit.model, alfa_prompts_class(w->kit.prompts), &err);
    if (status == ALFA_OK)
        status = alfa__judging_begin(w->outputs, &w->kit, &err);
    if (status != ALFA_OK)
        alfa__talk_error(&err);
    alfa__line_use(w->line, &w->kit, w->outputs);
    alfa__talk_note(w->typed->bank, "is used from now on as it is");
}

/* ------------------------------------------------------------------ one picture */

static enum alfa_status sort(const struct watch *w, const struct alfa__arrival *arrival, enum alfa__fate fate,
                             struct alfa_error *err)
{
    const char *folder = w->typed->move_to ? w->typed->move_to : w->typed->link_to;
    if (!folder)
        return ALFA_OK;
    return (w->typed->move_to ? alfa__sorted_move : alfa__sorted_link)(arrival->path, folder, fate,
                                                                       arrival->below, err);
}

/* Says once that nothing can be written, then waits a moment. */
static void wait_for_room(struct watch *w, const struct alfa_error *err)
{
    if (!w->stuck) {
        alfa__talk_error(err);
        alfa__talk_note(NULL, "waiting until it can be written; nothing is lost");
    }
    w->stuck = true;
    alfa__service_say("WATCHDOG=1");
    for (double end = alfa__clock() + RETRY; alfa__clock() < end && !alfa__signals_caught();)
        usleep(100000);
}

static void go_on(struct watch *w)
{
    if (w->stuck)
        alfa__talk_note(NULL, "it can be written again: going on");
    w->stuck = false;
}

/* Standard output in a file waits for room like all other results; each line stays whole. */
static ssize_t write_patiently(void *context, const char *bytes, size_t size)
{
    struct watch *w = context;
    struct alfa_error err;
    size_t done = 0;
    while (done < size) {
        const ssize_t written = write(STDOUT_FILENO, bytes + done, size - done);
        if (written > 0) {
            done += (size_t)written;
            go_on(w);
            continue;
        }
        if (written < 0 && errno == EINTR)
            continue;
        if ((errno != ENOSPC && errno != EDQUOT && errno != EFBIG) || alfa__signals_caught())
            break;
        alfa__fail(&err, ALFA_ERROR_OUTPUT, "standard output", "cannot be written: %s", strerror(errno));
        wait_for_room(w, &err);
    }
    return (ssize_t)done;
}

/* A picture whose turn it is. */
struct turn {
    struct alfa__comer *comer;
    struct alfa__origin origin;
    struct alfa__found found;
    bool looked; /* found is there */
    enum alfa__fate fate;
};

/* Judges it; ALFA_ERROR_OUTPUT: the result could not be written, ALFA_ERROR_STOPPED: a signal came before. */
static enum alfa_status judge(struct watch *w, struct turn *turn, struct alfa_error *err)
{
    const struct alfa__input *input = &turn->comer->input;
    enum alfa__fate *fate = &turn->fate;
    enum alfa__verdict verdict = ALFA__VERDICT_UNSAID;
    if (!turn->looked)
        alfa__line_look(&turn->found, w->line, turn->comer, &turn->origin);
    if (turn->found.status == ALFA_ERROR_STOPPED)
        return *err = turn->found.err, ALFA_ERROR_STOPPED;
    turn->looked = true;
    enum alfa_status status = alfa__judging_write(&verdict, w->outputs, input, &turn->found, err);
    if (status == ALFA_OK) {
        *fate = verdict == ALFA__VERDICT_ANOMALY ? ALFA__FATE_BAD : ALFA__FATE_OK;
        return ALFA_OK;
    }
    if (status == ALFA_ERROR_OUTPUT || !alfa__file_exists(input->path)) /* it may have been taken away */
        return status;
    *fate = ALFA__FATE_FAILED;
    alfa__outputs_failure(w->outputs, input, err);
    alfa__talk_error(err);
    return ALFA_OK;
}

/* The steps of a picture; each is tried until it can be written. */
enum step { JUDGE, NOTE, SORT, DONE };

static enum alfa_status take_step(struct watch *w, enum step step, struct turn *turn, struct alfa_error *err)
{
    const struct alfa__arrival *arrival = &turn->comer->arrival;
    if (step == JUDGE)
        return judge(w, turn, err);
    return step == NOTE ? write_line(w, &turn->origin, arrival->path, alfa__fate_names[turn->fate], err)
                        : sort(w, arrival, turn->fate, err);
}

static void count(struct watch *w, enum step step, const struct turn *turn)
{
    go_on(w);
    if (step == NOTE)
        remember(w, &turn->origin, turn->fate);
    if (step != JUDGE)
        return;
    w->done++;
    w->anomalies += turn->fate == ALFA__FATE_BAD;
    w->in_a_row = turn->fate == ALFA__FATE_BAD ? w->in_a_row + 1 : 0;
    if (w->in_a_row == MANY)
        alfa__judging_suggest_adding("the last 20 are", &w->kit);
    w->failed += turn->fate == ALFA__FATE_FAILED;
    w->report_at = fmin(w->report_at, alfa__clock() + REPORT);
}

static char *name_input(const struct watch *w, const struct alfa__arrival *arrival)
{
    const bool several = w->typed->argument_count > 1;
    return alfa__must(alfa__format("%s%s%s",
                                   several ? alfa__path_name(w->typed->arguments[arrival->folder]) : "",
                                   several ? "/" : "", arrival->below));
}

static void take(struct watch *w, struct alfa__comer *comer)
{
    const char *path = comer->arrival.path;
    struct turn turn = {.comer = comer, .origin = origin_of(path)};
    const struct judged *before = find(w, &turn.origin);
    turn.fate = before ? before->fate : ALFA__FATE_OK;
    comer->input.name = name_input(w, &comer->arrival);
    alfa__outputs_next(w->outputs);
    enum step step = !turn.origin.place ? DONE : !before ? JUDGE : w->typed->move_to ? SORT : DONE;
    struct alfa_error err;
    /* The line is out before the journal says that the picture was judged. */
    while (step != DONE && !alfa__signals_caught() && !alfa__talk_output_failed()) {
        if (take_step(w, step, &turn, &err) == ALFA_OK)
            count(w, step++, &turn);
        else if (err.code == ALFA_ERROR_STOPPED)
            break;
        else if (alfa__file_exists(path))
            wait_for_room(w, &err);
        else
            step = DONE; /* somebody took it away */
    }
    if (turn.looked)
        alfa__found_free(&turn.found);
}

/* ------------------------------------------------------------------ until the end */

static char *describe(const struct watch *w, bool over)
{
    return alfa__must(alfa__format("%s: %d image%s, %d anomal%s, %d failed", over ? "ended" : "watching",
                                   w->done, w->done == 1 ? "" : "s", w->anomalies,
                                   w->anomalies == 1 ? "y" : "ies", w->failed));
}

static enum alfa_status write_report(struct watch *w, bool over, struct alfa_error *err)
{
    const double start = alfa__clock();
    char *about = describe(w, over);
    enum alfa_status status = alfa__outputs_finish(w->outputs, about, err);
    free(about);
    w->report_at = INFINITY;
    if (status != ALFA_OK && !over) /* later, then */
        w->report_at = alfa__clock() + REPORT;
    else if (alfa__line_waiting(w->line) > 0)
        w->report_at = alfa__clock() + fmax(REPORT, 20 * (alfa__clock() - start));
    return status;
}

/* The newest picture is judged out of its turn. */
static void answer(struct watch *w, int questions)
{
    struct alfa__comer *newest = alfa__line_last(w->line);
    if (newest)
        take(w, newest);
    alfa__mqtt_answer(w->mqtt, w->last ? w->last : "{\"error\": \"no picture has come since the start\"}",
                      questions);
}

static void watch(struct watch *w)
{
    struct alfa__comer *comer;
    struct alfa_error err;
    alfa__service_say("READY=1");
    alfa__talk_note(NULL, "watching %s%s", w->typed->arguments[0],
                    w->typed->argument_count > 2   ? " and others"
                    : w->typed->argument_count > 1 ? " and another folder"
                                                   : "");
    while (!alfa__signals_caught()) {
        if (hung_up)
            reload(w);
        if ((comer = alfa__line_first(w->line, 1))) {
            if (!comer->over)
                take(w, comer);
            alfa__line_leave(w->line, comer);
        }
        alfa__service_say("WATCHDOG=1");
        if (w->mqtt)
            alfa__mqtt_tick(w->mqtt);
        const int questions = w->mqtt ? alfa__mqtt_questions(w->mqtt) : 0;
        if (questions > 0)
            answer(w, questions);
        if (alfa__talk_output_failed())
            break;
        if (alfa__clock() >= w->report_at && write_report(w, false, &err) != ALFA_OK)
            alfa__talk_error(&err);
    }
    alfa__service_say("STOPPING=1");
}

static void close_all(struct watch *w)
{
    alfa__mqtt_close(w->mqtt);
    free(w->last);
    alfa__line_free(w->line);
    alfa__outputs_free(w->outputs);
    alfa__kit_close(&w->kit);
    alfa__arrivals_free(w->arrivals);
    alfa__journal_free(w->journal);
    if (w->lock >= 0)
        close(w->lock);
    if (w->judged)
        g_hash_table_destroy(w->judged);
}

/* A pipe or a terminal is never full. */
static FILE *patient_output(struct watch *w)
{
    struct stat info;
    if (fstat(STDOUT_FILENO, &info) != 0 || !S_ISREG(info.st_mode))
        return NULL;
    return alfa__must(fopencookie(w, "w", (cookie_io_functions_t){.write = write_patiently}));
}

static int run(struct watch *w)
{
    struct alfa_error err;
    enum alfa_status status = open_all(w, &err);
    bool lost = false;
    if (status == ALFA_OK) {
        watch(w);
        lost = alfa__talk_output_failed();
        status = write_report(w, true, &err);
        char *about = describe(w, true);
        alfa__talk_note(NULL, "%s", about);
        free(about);
    }
    close_all(w);
    if (status != ALFA_OK)
        return alfa__talk_fail(&err);
    if (lost)
        return alfa__talk_exit_code(ALFA_ERROR_OUTPUT);
    alfa__signals_forget();
    return 0;
}

int alfa__cmd_watch(const struct alfa__options *options)
{
    struct watch w = {.typed = options, .lock = -1, .report_at = INFINITY};
    FILE *const patient = patient_output(&w), *const before = stdout;
    signal(SIGHUP, hang_up);
    if (patient)
        stdout = patient;
    const int code = run(&w);
    stdout = before;
    if (patient)
        fclose(patient);
    return code;
}
