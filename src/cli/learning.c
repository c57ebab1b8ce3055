#include "cli/learning.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "base/strings.h"
#include "base/threads.h"
#include "cli/ahead.h"
#include "cli/misplaced.h"
#include "cli/progress.h"
#include "cli/reading.h"
#include "cli/talk.h"

#define OBJECTS 12 /* images in which an object is looked for, for a suggestion */

const char *const alfa__learning_options[] = {
    "keep-all", "false-alarm-rate", "bank-budget",   "layers",     "turned",
    "place",    "fusion",           "memory-weight", "map-weight", NULL};

/* Where the model is, whatever folder the program runs in: a path, or the name of one that comes with it. */
static char *place_of_model(const struct alfa__options *options)
{
    char *path = realpath(options->model, NULL);
    return path ? path : alfa__must(alfa__strdup(options->model));
}

static enum alfa_status new_bank(struct alfa__kit *kit, struct alfa_error *err)
{
    char *place = place_of_model(&kit->options);
    struct alfa_bank_options how = ALFA_BANK_OPTIONS_INIT;
    how.fusion = (enum alfa_fusion)kit->options.fusion;
    how.memory_weight = kit->options.memory_weight;
    how.map_weight = kit->options.map_weight;
    how.layers = kit->options.layers;
    how.turned = (enum alfa_turned)kit->options.turned;
    how.place = kit->options.place ? ALFA_PLACE_WEIGHT : 0;
    how.budget = kit->options.bank_budget;
    how.false_alarm_rate = kit->options.false_alarm_rate;
    how.keep_all = kit->options.keep_all;
    how.model_hint = place;
    how.bits = kit->options.bits;
    enum alfa_status status = alfa_bank_new(&kit->bank, kit->detector, &how, err);
    free(place);
    return status;
}

/* A round object has no direction; then, and where there is none, elongation is 0. */
static struct alfa_object find_direction(const struct alfa__options *options, const struct alfa_image *image,
                                         int number)
{
    struct alfa_object object;
    if (options->align || number >= OBJECTS || alfa_image_find_object(&object, image, NULL) != ALFA_OK ||
        object.elongation < 1.3)
        object.elongation = 0;
    return object;
}

static void note_direction(struct alfa__lesson *lesson, const struct alfa_object *object)
{
    if (object->elongation <= 0)
        return;
    lesson->objects++;
    lesson->across += cos(object->angle);
    lesson->down += sin(object->angle);
}

void alfa__learn_suggest_align(const struct alfa__lesson *lesson, const struct alfa__options *options)
{
    const int looked_at = lesson->done < OBJECTS ? lesson->done : OBJECTS;
    if (options->align || lesson->objects < 3 || lesson->objects < 0.8 * looked_at)
        return;
    if (hypot(lesson->across, lesson->down) < 0.8 * lesson->objects)
        alfa__talk_note(NULL, "the parts lie in different directions before a plain background: with --align "
                              "each is turned to one pose first");
}

void alfa__learn_note_poses(const struct alfa_bank *bank, const struct alfa__options *options)
{
    const struct alfa_bank_info *info = alfa_bank_info(bank);
    if (info->turned && options->turned == ALFA_TURNED_AUTO && !options->add)
        alfa__talk_note(NULL, "each image is remembered turned and mirrored as well: where a part that lies "
                              "wrongly is a defect, learn with --turned=no");
    else if (info->fixtured)
        alfa__talk_note(NULL, "the parts lie alike in all images: learned with --place, a bank knows what "
                              "belongs where and finds more");
}

/* What a folder of images shows. */
struct batch {
    const struct alfa__inputs *inputs;
    const char *folder; /* of known images, whose folders below it say what is wrong; NULL: of normal ones */
    enum alfa_role role;
    const char *what; /* for the progress bar */
};

/* "scratch" of bad/scratch/03.png in the folder bad; "" for what lies in it. */
static char *kind_of(const struct batch *batch, const char *path)
{
    const size_t size = batch->folder ? strlen(batch->folder) : 0;
    const char *rest = size && strncmp(path, batch->folder, size) == 0 ? path + size : "";
    rest += strspn(rest, "/");
    const char *end = strchr(rest, '/');
    return alfa__must(alfa__format("%.*s", end ? (int)(end - rest) : 0, rest));
}

/* What one image is to the bank, before it is taken. */
struct look {
    const char *path;
    const struct alfa__input *input;
    enum alfa_status status;
    struct alfa_error problem;
    struct alfa_image *image;   /* NULL: could not be read */
    long long bytes;            /* of it */
    struct alfa_lesson *lesson; /* NULL: was not looked at ahead */
    struct alfa_object object;
};

/* ahead: beside others, of normal images; or else it is only read. */
static void look_at(struct look *out, struct alfa__kit *kit, const struct batch *batch, int i, bool ahead)
{
    const struct alfa__input *input = &batch->inputs->items[i];
    *out = (struct look){.path = input->path, .input = input};
    if (input->error)
        out->problem = *input->error, out->status = input->error->code;
    else if (strcmp(input->path, "-") == 0)
        out->status = alfa__input_load(&out->image, input, &out->problem);
    else
        out->status = alfa__input_read(&out->image, input, &out->problem);
    out->bytes = 3LL * alfa_image_width(out->image) * alfa_image_height(out->image);
    if (out->status == ALFA_OK && batch->role == ALFA_ROLE_NORMAL)
        out->object = find_direction(&kit->options, out->image, i);
    if (out->status == ALFA_OK && ahead)
        out->status = alfa_bank_look(&out->lesson, kit->bank, kit->detector, out->image,
                                     alfa__path_name(out->path), &out->problem);
}

static enum alfa_status add(struct alfa__kit *kit, const struct batch *batch, struct look *look)
{
    const char *name = alfa__path_name(look->path); /* all that a bank needs to know of where it was */
    if (look->lesson)
        return alfa_bank_take(kit->bank, look->lesson, &look->problem);
    if (batch->role == ALFA_ROLE_NORMAL)
        return alfa_bank_add(kit->bank, kit->detector, look->image, name, &look->problem);
    char *kind = kind_of(batch, look->path);
    enum alfa_status status =
        alfa_bank_add_known(kit->bank, kit->detector, look->image, name, batch->role, kind, &look->problem);
    free(kind);
    return status;
}

static void note_failure(struct alfa__lesson *lesson, struct look *look)
{
    const int code = alfa__talk_exit_code(look->status);
    char *source = look->problem.source;
    if (!*source || strcmp(source, alfa__path_name(look->path)) == 0)
        snprintf(source, sizeof look->problem.source, "%s", look->path);
    lesson->failed++;
    lesson->code = code > lesson->code ? code : lesson->code;
    alfa__talk_error(&look->problem);
}

/* Of standard input it was said when it was read. */
static void note_picture(const struct look *look)
{
    if (strcmp(look->path, "-") != 0)
        alfa__reading_note(alfa__reading_facts(look->image), look->input);
    alfa__reading_shape(alfa_image_width(look->image), alfa_image_height(look->image), look->input);
}

#define SAME 3 /* so many are named, and then counted: a folder that grows is learned again as a whole */

static void note_same(struct alfa__lesson *lesson, const char *path, const char *same, bool kept)
{
    if (++lesson->known > SAME)
        return;
    if (kept)
        alfa__talk_note(path, "is in the bank as %s, and belongs to the others from now on", same);
    else
        alfa__talk_note(path, "is the same picture as %s: skipped, since each image counts once", same);
}

/* In the order of the images, one after the other. Whether it was added. */
static bool take(struct alfa__kit *kit, struct alfa__lesson *lesson, const struct batch *batch,
                 struct look *look)
{
    if (look->image)
        note_picture(look);
    if (look->status == ALFA_OK)
        look->status = add(kit, batch, look);
    const char *same =
        look->status == ALFA_ERROR_INPUT && look->image ? alfa_bank_find(kit->bank, look->image) : NULL;
    const bool keep = kit->options.add && kit->options.keep_all && batch->role == ALFA_ROLE_NORMAL;
    if (keep && (same || look->status == ALFA_OK))
        look->status = alfa_bank_keep(kit->bank, kit->detector, look->image, &look->problem);
    if (same && (!keep || look->status == ALFA_OK))
        note_same(lesson, look->path, same, keep);
    else if (look->status != ALFA_OK && look->status != ALFA_ERROR_STOPPED)
        note_failure(lesson, look);
    if (same || look->status == ALFA_OK)
        note_direction(lesson, &look->object);
    lesson->done += look->status != ALFA_ERROR_STOPPED;
    alfa_lesson_free(look->lesson);
    alfa_image_free(look->image);
    alfa__progress_step(lesson->done);
    return look->status == ALFA_OK;
}

/* The first image that is added is looked at by all threads; it tells whether those behind it are better
 * looked at by one thread each. */
static int threads_for(const struct alfa__kit *kit, const struct batch *batch, const struct look *first,
                       double seconds)
{
    const int threads = alfa__threads_of(kit->options.threads);
    const long long fit = ALFA__AHEAD_ROOM / first->bytes;
    if (batch->role != ALFA_ROLE_NORMAL || !alfa__ahead_pays(kit, threads, seconds))
        return 1;
    return fit < 1 ? 1 : fit < threads ? (int)fit : threads;
}

static void add_all(struct alfa__kit *kit, struct alfa__lesson *lesson, const struct batch *batch)
{
    const int count = batch->inputs->count;
    int threads = 1, i = 0;
    alfa__progress_start(count, batch->what);
    alfa__progress_say("looking at the first image");
    for (; i < count && threads == 1 && !alfa__signals_caught(); i++) {
        const double start = alfa__clock();
        struct look look;
        look_at(&look, kit, batch, i, false);
        if (take(kit, lesson, batch, &look))
            threads = threads_for(kit, batch, &look, alfa__clock() - start);
    }
    const struct alfa__team team = alfa__team_enter(threads);
#pragma omp parallel for ordered schedule(dynamic, 1)
    for (int k = i; k < count; k++) {
        struct look look;
        const bool goes_on = !alfa__signals_caught();
        if (goes_on)
            look_at(&look, kit, batch, k, true);
#pragma omp ordered
        if (goes_on)
            take(kit, lesson, batch, &look);
    }
    alfa__team_leave(team);
    alfa__progress_stop();
}

static enum alfa_status finish(struct alfa__kit *kit, const struct alfa__lesson *lesson,
                               struct alfa_error *err)
{
    if (alfa__signals_caught())
        return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "stopped after %d images", lesson->done);
    if (lesson->known > SAME)
        alfa__talk_note(NULL, "%d images in all are the same picture as another one: skipped", lesson->known);
    alfa__progress_say("choosing what to keep");
    enum alfa_status status = alfa_bank_finish(kit->bank, err);
    alfa__progress_hide();
    if (status == ALFA_ERROR_STOPPED)
        return alfa__fail(err, status, NULL, "stopped while choosing what to keep of %d images",
                          lesson->done);
    return status;
}

/* Images of a folder that are known to be good or bad. */
static void add_folder(struct alfa__kit *kit, struct alfa__lesson *lesson, const char *folder,
                       enum alfa_role role)
{
    static const char *const nothing[] = {NULL};
    char *argument = (char *)folder;
    struct alfa__inputs inputs;
    const struct batch batch = {&inputs, folder, role, role == ALFA_ROLE_BAD ? "bad images" : "good images"};
    if (!folder)
        return;
    alfa__inputs_expand(&inputs, &argument, 1, nothing);
    alfa__misplaced_note_known(&inputs, folder, role == ALFA_ROLE_BAD);
    add_all(kit, lesson, &batch);
    alfa__reading_left_out(&inputs);
    alfa__inputs_free(&inputs);
}

enum alfa_status alfa__learn_known(struct alfa__kit *kit, struct alfa__lesson *out, const char *good,
                                   const char *bad, struct alfa_error *err)
{
    *out = (struct alfa__lesson){0};
    add_folder(kit, out, good, ALFA_ROLE_GOOD);
    add_folder(kit, out, bad, ALFA_ROLE_BAD);
    return finish(kit, out, err);
}

enum alfa_status alfa__learn_images(struct alfa__kit *kit, struct alfa__lesson *out,
                                    const struct alfa__inputs *inputs, struct alfa_error *err)
{
    const struct batch batch = {inputs, NULL, ALFA_ROLE_NORMAL, "normal images"};
    *out = (struct alfa__lesson){0};
    if (!kit->bank)
        ALFA__TRY(new_bank(kit, err));
    alfa__misplaced_note(inputs, true);
    if (inputs->count > 0)
        add_all(kit, out, &batch);
    else if (kit->options.add && kit->options.keep_all)
        ALFA__TRY(alfa_bank_keep(kit->bank, kit->detector, NULL, err));
    if (inputs->count > 0 && !alfa__signals_caught() && out->done == out->failed)
        return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "no normal image is left to learn from");
    if (kit->options.verb->bit == ALFA__VERB_LEARN)
        add_folder(kit, out, kit->options.bad, ALFA_ROLE_BAD);
    return finish(kit, out, err);
}

/* ------------------------------------------------------------------ what came of it */

#define STRANGEST 3 /* so many are named */

bool alfa__learn_left_out(const struct alfa_bank *bank, int i)
{
    const struct alfa_picture *picture = alfa_bank_picture(bank, i);
    return picture && picture->strange;
}

static int stranger_first(const void *a, const void *b)
{
    const struct alfa_picture *x = a, *y = b;
    if (x->strange != y->strange)
        return y->strange - x->strange;
    return (x->score < y->score) - (x->score > y->score);
}

/* source NULL: there is no bank that they could be added to. */
static void note_keeping(bool one, const char *source)
{
    const char *they = one ? "it is" : "they are";
    if (source)
        alfa__talk_note(source, "if %s normal: alfa learn --add \"%s\" --keep-all -o \"%s\"", they, source,
                        source);
    else
        alfa__talk_note(NULL, "if %s normal: --keep-all", they);
}

/* The strangest normal images; those that do not belong, all of them, and what became of them. */
static void note_strangest(const struct alfa_bank *bank, const struct alfa_bank_info *info,
                           const char *source)
{
    struct alfa_picture *list = alfa__must(malloc((size_t)info->references * sizeof *list));
    for (int i = 0; i < info->references; i++)
        list[i] = *alfa_bank_picture(bank, i);
    qsort(list, (size_t)info->references, sizeof *list, stranger_first);
    const struct alfa_picture *rest = list + info->strange;
    for (int i = 0; i < info->strange; i++)
        alfa__talk_note(source, "%s does not look like the others (%.3f%s): it is not learned; look at it",
                        list[i].name, list[i].score,
                        list[i].score > rest[0].score ? "" : ", as others have: it differs all over");
    if (info->strange)
        note_keeping(info->strange == 1, source);
    if (info->references - info->strange >= STRANGEST)
        alfa__talk_note(source, "the strangest of the %s: %s %.3f, %s %.3f, %s %.3f",
                        info->strange ? "others" : "images", rest[0].name, rest[0].score, rest[1].name,
                        rest[1].score, rest[2].name, rest[2].score);
    free(list);
}

/* Which images show a part again: the first of them is named. */
static void note_repeats(const struct alfa_bank *bank, const char *source)
{
    const struct alfa_picture *picture;
    for (int i = 0; (picture = alfa_bank_picture(bank, i)); i++)
        if (picture->same_part) {
            alfa__talk_note(source, "%s looks like %s taken again: an image of another part is worth more",
                            picture->name, picture->same_part);
            return;
        }
}

/* What the known bad images are good for. */
static void note_known(const struct alfa_bank_info *info, const char *source)
{
    if (info->known_bad == 0 || !alfa_method_info(info->method)->windows ||
        info->references - info->strange < 2)
        return;
    char which[64] = "the known bad image";
    if (info->known_bad > 1)
        snprintf(which, sizeof which, "one of the %d known bad images", info->known_bad);
    alfa__talk_note(source, "anomalies that look like %s say so, %s", which,
                    info->known_joins
                        ? "and score more: judged without themselves, the bad ones are told from "
                          "the normal ones better so"
                        : "and score as much as without");
}

void alfa__learn_note(const struct alfa_bank *bank, const char *source)
{
    const struct alfa_bank_info *info = alfa_bank_info(bank);
    const int learned = info->references - info->strange;
    char threshold[32] = "none";
    if (!isnan(info->threshold))
        snprintf(threshold, sizeof threshold, "%.3f", info->threshold);
    alfa__talk_note(source, "%d normal image%s, %lld vectors; threshold %s, %.3f for a place", learned,
                    learned == 1 ? "" : "s", info->vectors, threshold, info->pixel_threshold);
    note_strangest(bank, info, source);
    note_repeats(bank, source);
    alfa__talk_note(source, "%s", info->calibration);
    note_known(info, source);
}
