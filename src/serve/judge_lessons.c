#include "serve/judge_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "report/record.h"

enum { MOST_SCORES = 500 };

struct alfa__lesson {
    struct alfa__judge *judge;
    struct alfa_prompts *prompts;
    struct alfa_detector *detector;
    struct alfa_bank *bank;
};

static enum alfa_status open_parts(struct alfa__lesson *lesson, const struct alfa__subject *subject,
                                   struct alfa_error *err)
{
    const struct alfa__question question = {
        .class_name = subject->class_name, .method = ALFA_METHOD_ALFA, .prompts = subject->prompts};
    struct alfa_bank_options how = ALFA_BANK_OPTIONS_INIT;
    struct alfa_detector_options look = ALFA_DETECTOR_OPTIONS_INIT;
    look.tiles = subject->tiles;
    how.false_alarm_rate = subject->rate;
    ALFA__TRY(alfa__judge_prompts(lesson->judge, &lesson->prompts, NULL, &question, err));
    ALFA__TRY(alfa_detector_open(&lesson->detector, lesson->judge->model, lesson->prompts, &look, err));
    return alfa_bank_new(&lesson->bank, lesson->detector, &how, err);
}

/* A finished bank goes on: with its own sentences, masks and options. */
static enum alfa_status open_start(struct alfa__lesson *lesson, const struct alfa__subject *subject,
                                   struct alfa_error *err)
{
    ALFA__TRY(alfa_bank_load(&lesson->bank, subject->start, err));
    ALFA__TRY(alfa_detector_open_bank(&lesson->detector, lesson->judge->model, lesson->bank, NULL, err));
    return subject->keep_start ? alfa_bank_keep(lesson->bank, lesson->detector, NULL, err) : ALFA_OK;
}

/* What goes over the desk: to begin, or a picture. */
struct handed {
    struct alfa__lesson *lesson;
    const struct alfa__subject *subject;
    const struct alfa_image *image;
    const char *name;
    enum alfa_role role;
    bool keep;
    struct alfa_error *err;
    enum alfa_status status;
};

static void open_handed(void *context)
{
    struct handed *h = context;
    h->status = h->subject->start ? open_start(h->lesson, h->subject, h->err)
                                  : open_parts(h->lesson, h->subject, h->err);
}

static void add_handed(void *context)
{
    struct handed *h = context;
    struct alfa_bank *bank = h->lesson->bank;
    struct alfa_detector *detector = h->lesson->detector;
    h->status = alfa_bank_add_known(bank, detector, h->image, h->name, h->role, NULL, h->err);
    if (h->keep && (h->status == ALFA_OK || alfa_bank_find(bank, h->image)))
        h->status = alfa_bank_keep(bank, detector, h->image, h->err);
}

enum alfa_status alfa__lesson_open(struct alfa__lesson **out, struct alfa__judge *judge,
                                   const struct alfa__subject *subject, struct alfa_error *err)
{
    struct alfa__lesson *lesson = *out = calloc(1, sizeof *lesson);
    if (!lesson)
        return alfa__fail_memory(err, sizeof *lesson);
    lesson->judge = judge;
    struct handed handed = {.lesson = lesson, .subject = subject, .err = err};
    alfa__desk_do(judge->desk, true, open_handed, &handed);
    if (handed.status != ALFA_OK) {
        alfa__lesson_close(lesson);
        *out = NULL;
    }
    return handed.status;
}

enum alfa_status alfa__lesson_add(struct alfa__lesson *lesson, const struct alfa_image *image,
                                  const char *name, enum alfa_role role, bool keep, struct alfa_error *err)
{
    struct handed handed = {
        .lesson = lesson, .image = image, .name = name, .role = role, .keep = keep, .err = err};
    alfa__desk_do(lesson->judge->desk, true, add_handed, &handed);
    return handed.status;
}

/* Judgements go on beside it. */
enum alfa_status alfa__lesson_finish(struct alfa__lesson *lesson, const char *path, struct alfa_error *err)
{
    ALFA__TRY(alfa_bank_finish(lesson->bank, err));
    return alfa_bank_save(lesson->bank, path, err);
}

const struct alfa_bank_info *alfa__lesson_info(const struct alfa__lesson *lesson)
{
    return alfa_bank_info(lesson->bank);
}

enum alfa_status alfa__lesson_read(struct alfa_image **out, const struct alfa__lesson *lesson,
                                   const void *bytes, size_t size, const char *name, struct alfa_error *err)
{
    const struct alfa__question as_the_bank = {.bits = alfa_bank_info(lesson->bank)->bits};
    return alfa__judge_read(out, &as_the_bank, bytes, size, name, err);
}

/* Pictures that are bad, or normal ones that do not belong to the others: number in the bank, name, score. */
static json_t *list_pictures(const struct alfa__lesson *lesson, enum alfa_role role)
{
    json_t *list = json_array();
    const double threshold = alfa_bank_info(lesson->bank)->threshold;
    const struct alfa_picture *picture;
    for (int i = 0; (picture = alfa_bank_picture(lesson->bank, i)); i++)
        if (picture->role == role && (role == ALFA_ROLE_BAD || picture->strange))
            alfa__json_push(&list, json_pack("{s:i, s:o, s:o, s:b}", "picture", i, "name",
                                             alfa__json_text(picture->name), "score",
                                             alfa__json_number(picture->score), "found",
                                             picture->score > threshold));
    return list;
}

/* Scores of the pictures it knows, each judged without itself; strange ones are not among the good. */
static json_t *list_scores(const struct alfa__lesson *lesson, bool bad)
{
    json_t *list = json_array();
    const struct alfa_picture *picture;
    for (int i = 0; (picture = alfa_bank_picture(lesson->bank, i)); i++)
        if ((picture->role == ALFA_ROLE_BAD) == bad && !picture->strange && isfinite(picture->score) &&
            json_array_size(list) < MOST_SCORES)
            alfa__json_push(&list, alfa__json_number(picture->score));
    return list;
}

/* Adds those that show a part again. */
static void note_repeats(json_t **noted, const struct alfa__lesson *lesson)
{
    const struct alfa_picture *picture;
    for (int i = 0; (picture = alfa_bank_picture(lesson->bank, i)); i++)
        if (picture->same_part) {
            char text[512];
            snprintf(text, sizeof text, "looks like %s taken again: an image of another part is worth more",
                     picture->same_part);
            alfa__json_push(noted, json_pack("{s:o, s:[o]}", "name", alfa__json_text(picture->name), "notes",
                                             alfa__json_text(text)));
        }
}

json_t *alfa__lesson_facts(const struct alfa__lesson *lesson, json_t *skipped, json_t **noted)
{
    const struct alfa_bank_info *info = alfa_bank_info(lesson->bank);
    note_repeats(noted, lesson);
    return json_pack("{s:o, s:i, s:I, s:i, s:o, s:O, s:O, s:o, s:o, s:{s:o, s:o}}", "model",
                     alfa__json_text(info->model), "references", info->references, "vectors",
                     (json_int_t)info->vectors, "bits", info->bits, "calibration",
                     alfa__json_text(info->calibration), "skipped", skipped, "noted", *noted, "strange",
                     list_pictures(lesson, ALFA_ROLE_NORMAL), "bad", list_pictures(lesson, ALFA_ROLE_BAD),
                     "scores", "good", list_scores(lesson, false), "bad", list_scores(lesson, true));
}

void alfa__lesson_close(struct alfa__lesson *lesson)
{
    if (!lesson)
        return;
    alfa_bank_free(lesson->bank);
    alfa_detector_free(lesson->detector);
    alfa_prompts_free(lesson->prompts);
    free(lesson);
}
