#include "serve/teacher.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json.h"
#include "base/status.h"
#include "report/record.h"

enum { LARGEST_BANK = 2000000000, LOOK_BACK = 60 };

struct alfa__teacher {
    struct alfa__archive *archive;
    struct alfa__judge *judge;
    struct alfa__events *events;
    char *path; /* of the file that is written */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool running, stopping, again;
    long long id;
    int done, total;
};

/* One version while it is learned. */
struct lesson {
    struct alfa__teacher *teacher;
    long long id;
    json_t *bank, *pictures;
    json_t *skipped; /* pictures that were not learned from, with the reason */
    json_t *noted;   /* those that were, about which there is something to say */
    char *start;     /* the file that it begins with; NULL: none */
    bool whole;      /* that file is all of it */
    bool keep_start; /* what it has learned belongs, however strange it looks */
};

/* ------------------------------------------------------------------ progress */

static bool stops(struct alfa__teacher *teacher)
{
    pthread_mutex_lock(&teacher->lock);
    const bool stopping = teacher->stopping;
    pthread_mutex_unlock(&teacher->lock);
    return stopping;
}

static void tell(struct alfa__teacher *teacher, long long id, const char *state, int done, int total)
{
    pthread_mutex_lock(&teacher->lock);
    teacher->id = strcmp(state, "learning") == 0 ? id : 0;
    teacher->done = done;
    teacher->total = total;
    pthread_mutex_unlock(&teacher->lock);
    alfa__events_tell(teacher->events, "bank",
                      json_pack("{s:I, s:s, s:i, s:i}", "id", (json_int_t)id, "state", state, "done", done,
                                "total", total));
}

/* ------------------------------------------------------------------ pictures */

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static enum alfa_status load(struct lesson *lesson, const struct alfa__lesson *made, const json_t *picture,
                             struct alfa_image **out, struct alfa_error *err)
{
    char *bytes;
    size_t size;
    *out = NULL;
    ALFA__TRY(
        alfa__version_load_picture(lesson->teacher->archive, text_of(picture, "image"), &bytes, &size, err));
    enum alfa_status status = alfa__lesson_read(out, made, bytes, size, text_of(picture, "name"), err);
    free(bytes);
    return status;
}

static void skip(struct lesson *lesson, const json_t *picture, const struct alfa_error *err)
{
    alfa__json_push(&lesson->skipped,
                    json_pack("{s:o, s:o}", "name", alfa__json_text(text_of(picture, "name")), "why",
                              alfa__json_text(err->message)));
}

static void note(struct lesson *lesson, const json_t *picture, const struct alfa_image *image)
{
    json_t *notes = alfa__json_facts(alfa_image_facts(image));
    if (!notes || json_array_size(notes))
        alfa__json_push(
            &lesson->noted,
            notes ? json_pack("{s:o, s:O}", "name", alfa__json_text(text_of(picture, "name")), "notes", notes)
                  : NULL);
    json_decref(notes);
}

/* A picture that cannot be learned from is named, and the others go on. True when it is something to learn:
 * bad pictures alone are not, without a bank that knows normal ones. */
static bool add_picture(struct lesson *lesson, struct alfa__lesson *made, const json_t *picture)
{
    struct alfa_image *image;
    struct alfa_error err;
    const bool bad = strcmp(text_of(picture, "role"), "bad") == 0;
    enum alfa_status status = load(lesson, made, picture, &image, &err);
    if (status == ALFA_OK)
        status =
            alfa__lesson_add(made, image, text_of(picture, "name"), bad ? ALFA_ROLE_BAD : ALFA_ROLE_NORMAL,
                             json_is_true(json_object_get(picture, "keep")), &err);
    if (status == ALFA_OK)
        note(lesson, picture, image);
    alfa_image_free(image);
    if (status != ALFA_OK)
        skip(lesson, picture, &err);
    return status == ALFA_OK && (!bad || lesson->start);
}

/* Somebody removed it meanwhile. */
static bool is_gone(const struct lesson *lesson)
{
    json_t *bank = alfa__version_get(lesson->teacher->archive, lesson->id);
    json_decref(bank);
    return !bank;
}

static enum alfa_status add_all(struct lesson *lesson, struct alfa__lesson *made, struct alfa_error *err)
{
    const int total = (int)json_array_size(lesson->pictures);
    int learned = lesson->keep_start;
    for (int i = 0; i < total; i++) {
        const json_t *picture = json_array_get(lesson->pictures, (size_t)i);
        if (stops(lesson->teacher) || is_gone(lesson))
            return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "stopped");
        learned += add_picture(lesson, made, picture);
        tell(lesson->teacher, lesson->id, "learning", i + 1, total);
    }
    return learned ? ALFA_OK
                   : alfa__fail(err, ALFA_ERROR_INPUT, NULL, "no picture could be learned from: %s",
                                json_array_size(lesson->skipped)
                                    ? text_of(json_array_get(lesson->skipped, 0), "why")
                                    : "there is none");
}

/* ------------------------------------------------------------------ what it changes */

/* A question with this version, which need not be the one in use. */
static enum alfa_status ask(struct lesson *lesson, const void *bytes, size_t size, double *score,
                            bool *anomalous, struct alfa_error *err)
{
    struct alfa_image *image = NULL;
    struct alfa__version_use use = {0};
    struct alfa__question question = {.threshold = NAN};
    struct alfa__opinion opinion = {0};
    char id[32];
    snprintf(id, sizeof id, "%lld", lesson->id);
    enum alfa_status status = alfa__version_use_find(&use, lesson->teacher->archive, id, &question, err);
    if (status == ALFA_OK)
        status = alfa__judge_read(&image, &question, bytes, size, "picture", err);
    if (status == ALFA_OK)
        status = alfa__judge_run(lesson->teacher->judge, &opinion, &question, image, err);
    alfa_image_free(image);
    *score = opinion.score;
    *anomalous = opinion.decision == 1;
    alfa__opinion_free(&opinion);
    alfa__version_use_free(&use);
    return status;
}

struct tally {
    int judged, changed, found[2], missed[2], false_alarms[2]; /* before, after */
};

static void count_truth(struct tally *tally, int after, const char *truth, bool anomaly)
{
    const bool bad = strcmp(truth, "bad") == 0;
    tally->found[after] += bad && anomaly;
    tally->missed[after] += bad && !anomaly;
    tally->false_alarms[after] += !bad && anomaly;
}

/* Judges a stored picture again; a change is listed. */
static void look_again(struct lesson *lesson, const json_t *row, struct tally *tally, json_t **changes)
{
    const long long id = json_integer_value(json_object_get(row, "id"));
    const char *before = text_of(row, "decision"), *truth = text_of(row, "truth");
    struct alfa__archived picture;
    double score;
    bool anomaly;
    if (alfa__archive_read(&picture, lesson->teacher->archive, id, ALFA__ARCHIVE_IMAGE, NULL) != ALFA_OK)
        return;
    if (ask(lesson, picture.bytes, picture.size, &score, &anomaly, NULL) == ALFA_OK) {
        const bool was = before && strcmp(before, "anomaly") == 0;
        tally->judged++;
        if (truth) {
            count_truth(tally, 0, truth, was);
            count_truth(tally, 1, truth, anomaly);
        }
        if (was != anomaly) {
            tally->changed++;
            alfa__json_push(changes,
                            json_pack("{s:I, s:o, s:O, s:s, s:o}", "id", (json_int_t)id, "before",
                                      before ? json_string(before) : json_null(), "score_before",
                                      json_object_get(row, "score"), "after", anomaly ? "anomaly" : "normal",
                                      "score_after", alfa__json_number(score)));
        }
    }
    free(picture.bytes);
}

/* The latest inspections of the class, as they would be judged now. */
static enum alfa_status find_effect(struct lesson *lesson, struct alfa_error *err)
{
    struct tally tally = {0};
    json_t *rows = alfa__archive_latest(lesson->teacher->archive, text_of(lesson->bank, "class"), LOOK_BACK);
    json_t *changes = json_array(), *row;
    size_t i;
    json_array_foreach(rows, i, row)
    {
        if (stops(lesson->teacher))
            break;
        look_again(lesson, row, &tally, &changes);
    }
    json_t *effect = json_pack(
        "{s:i, s:o, s:{s:i, s:i, s:i}, s:{s:i, s:i, s:i}}", "judged", tally.judged, "changes", changes,
        "before", "found", tally.found[0], "missed", tally.missed[0], "false_alarms", tally.false_alarms[0],
        "after", "found", tally.found[1], "missed", tally.missed[1], "false_alarms", tally.false_alarms[1]);
    enum alfa_status status =
        effect ? alfa__version_set_effect(lesson->teacher->archive, lesson->id, effect, err)
               : alfa__fail_memory(err, 1024);
    json_decref(effect);
    json_decref(rows);
    return status;
}

/* ------------------------------------------------------------------ a lesson */

/* The file goes into the store. */
static enum alfa_status keep(struct lesson *lesson, const struct alfa__lesson *made, struct alfa_error *err)
{
    char *bytes;
    size_t size;
    struct alfa__teacher *teacher = lesson->teacher;
    const struct alfa_bank_info *info = alfa__lesson_info(made);
    ALFA__TRY(alfa__file_read(&bytes, &size, teacher->path, LARGEST_BANK, err));
    json_t *facts = alfa__lesson_facts(made, lesson->skipped, &lesson->noted);
    const struct alfa__version_outcome outcome = {bytes, size, info->threshold, info->pixel_threshold, facts};
    enum alfa_status status = alfa__version_done(teacher->archive, lesson->id, &outcome, err);
    json_decref(facts);
    free(bytes);
    return status;
}

static enum alfa_status learn(struct lesson *lesson, struct alfa_error *err)
{
    struct alfa__teacher *teacher = lesson->teacher;
    const json_t *bank = lesson->bank;
    const struct alfa__subject subject = {.class_name = text_of(bank, "class"),
                                          .prompts = text_of(bank, "prompts"),
                                          .tiles = (int)json_integer_value(json_object_get(bank, "tiles")),
                                          .rate =
                                              json_number_value(json_object_get(bank, "false_alarm_rate")),
                                          .start = lesson->start,
                                          .keep_start = lesson->keep_start};
    struct alfa__lesson *made;
    ALFA__TRY(alfa__lesson_open(&made, teacher->judge, &subject, err));
    enum alfa_status status = add_all(lesson, made, err);
    if (status == ALFA_OK)
        status = alfa__lesson_finish(made, teacher->path, err);
    if (status == ALFA_OK)
        status = keep(lesson, made, err);
    unlink(teacher->path);
    alfa__lesson_close(made);
    return status;
}

/* A bank that was brought along has nothing to learn; what it changes is to be found out all the same. */
static enum alfa_status make_ready(struct lesson *lesson, struct alfa_error *err)
{
    struct alfa__teacher *teacher = lesson->teacher;
    if (!lesson->whole)
        ALFA__TRY(learn(lesson, err));
    if (stops(teacher))
        return ALFA_OK;
    ALFA__TRY(find_effect(lesson, err));
    return alfa__version_ready(teacher->archive, lesson->id, err);
}

static void teach(struct alfa__teacher *teacher, long long id)
{
    struct lesson lesson = {.teacher = teacher, .id = id};
    struct alfa_error err;
    lesson.bank = alfa__version_get(teacher->archive, id);
    lesson.pictures = alfa__version_pictures(teacher->archive, id);
    lesson.skipped = json_array();
    lesson.noted = json_array();
    lesson.start = alfa__version_start(teacher->archive, id, &lesson.whole, &lesson.keep_start);
    const int total = (int)json_array_size(lesson.pictures);
    tell(teacher, id, "learning", 0, total);
    if (make_ready(&lesson, &err) == ALFA_OK) {
        tell(teacher, id, "ready", total, total);
    } else if (!stops(teacher)) {
        alfa__version_failed(teacher->archive, id, err.message);
        tell(teacher, id, "failed", total, total);
    }
    json_decref(lesson.bank);
    json_decref(lesson.pictures);
    json_decref(lesson.skipped);
    json_decref(lesson.noted);
    free(lesson.start);
}

/* ------------------------------------------------------------------ the thread */

/* False when it is time to go home. */
static bool wait_for_work(struct alfa__teacher *teacher)
{
    pthread_mutex_lock(&teacher->lock);
    while (!teacher->again && !teacher->stopping)
        pthread_cond_wait(&teacher->woken, &teacher->lock);
    teacher->again = false;
    const bool going_on = !teacher->stopping;
    pthread_mutex_unlock(&teacher->lock);
    return going_on;
}

static void *run(void *context)
{
    struct alfa__teacher *teacher = context;
    while (wait_for_work(teacher))
        for (long long id; !stops(teacher) && (id = alfa__version_next(teacher->archive)) > 0;)
            teach(teacher, id);
    return NULL;
}

enum alfa_status alfa__teacher_open(struct alfa__teacher **out, struct alfa__archive *archive,
                                    struct alfa__judge *judge, struct alfa__events *events,
                                    const char *folder, struct alfa_error *err)
{
    struct alfa__teacher *teacher = *out = calloc(1, sizeof *teacher);
    if (!teacher)
        return alfa__fail_memory(err, sizeof *teacher);
    teacher->archive = archive;
    teacher->judge = judge;
    teacher->events = events;
    teacher->path = alfa__format("%s/learning.bank", folder);
    teacher->again = true;
    pthread_mutex_init(&teacher->lock, NULL);
    pthread_cond_init(&teacher->woken, NULL);
    alfa__version_requeue(archive);
    teacher->running = teacher->path && pthread_create(&teacher->thread, NULL, run, teacher) == 0;
    if (teacher->running)
        return ALFA_OK;
    alfa__teacher_close(teacher);
    *out = NULL;
    return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "no thread can be started");
}

void alfa__teacher_wake(struct alfa__teacher *teacher)
{
    pthread_mutex_lock(&teacher->lock);
    teacher->again = true;
    pthread_cond_signal(&teacher->woken);
    pthread_mutex_unlock(&teacher->lock);
}

long long alfa__teacher_now(struct alfa__teacher *teacher, int *done, int *total)
{
    pthread_mutex_lock(&teacher->lock);
    const long long id = teacher->id;
    *done = teacher->done;
    *total = teacher->total;
    pthread_mutex_unlock(&teacher->lock);
    return id;
}

void alfa__teacher_close(struct alfa__teacher *teacher)
{
    if (!teacher)
        return;
    pthread_mutex_lock(&teacher->lock);
    teacher->stopping = true;
    pthread_cond_signal(&teacher->woken);
    pthread_mutex_unlock(&teacher->lock);
    if (teacher->running)
        pthread_join(teacher->thread, NULL);
    pthread_cond_destroy(&teacher->woken);
    pthread_mutex_destroy(&teacher->lock);
    free(teacher->path);
    free(teacher);
}
