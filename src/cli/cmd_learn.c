/* alfa learn: normal images to a .bank file; with --show, what is in one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "base/writer.h"
#include "cli/choosing.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/learning.h"
#include "cli/progress.h"
#include "cli/reading.h"
#include "cli/talk.h"
#include "report/bank_page.h"

/* ------------------------------------------------------------------ show */

static const char *word(char out[32], const char *option, int index)
{
    for (const struct alfa__option *row = alfa__option_table; row->name; row++)
        if (strcmp(row->name, option) == 0 && alfa__choice_get(out, 32, row->argument, index))
            return out;
    return "?";
}

static void join_scales(char out[16], const int scales[ALFA_MAX_SCALES])
{
    size_t used = 0;
    out[0] = 0;
    for (int i = 0; i < ALFA_MAX_SCALES && scales[i]; i++)
        used += (size_t)snprintf(out + used, 16 - used, "%s%d", i ? "," : "", scales[i]);
}

/* How ALFA and WinCLIP judge with the bank, and what it holds for them. */
static void print_family(const struct alfa_bank_info *info, const struct alfa_detector_options *o)
{
    char scales[16], words[4][32], tiles[32];
    snprintf(tiles, sizeof tiles, " and at %d x %d tiles", info->tiles, info->tiles);
    join_scales(scales, info->scales);
    alfa__talk_print("method       %s, scales %s, ", word(words[0], "method", o->method), scales);
    if (o->method == ALFA_METHOD_ALFA)
        alfa__talk_print("contextual %s, aligner %s %g, ", word(words[1], "contextual", o->contextual),
                         word(words[2], "aligner", o->aligner), o->aligner_strength);
    alfa__talk_print("temperature %g, resize %s\n", o->temperature, word(words[3], "resize", o->resize));
    alfa__talk_print("memory       %lld vectors of normal images (layers %s), at most %d of each kind%s\n",
                     info->vectors, info->layers, info->budget,
                     info->turned      ? "; each image turned and mirrored too"
                     : info->place > 0 ? "; of layers with their places"
                                       : "");
    if (info->tiles || info->roi)
        alfa__talk_print("looks        %s%s\n",
                         info->roi ? "only at a region of interest (its masks are in the bank)"
                                   : "at the whole image",
                         info->tiles ? tiles : "");
}

static void print_compared(const struct alfa_bank_info *info, const struct alfa_detector_options *o)
{
    char words[2][32];
    alfa__talk_print("method       %s, resize %s\n", word(words[0], "method", o->method),
                     word(words[1], "resize", o->resize));
    alfa__talk_print("memory       %lld vectors of images and a layer (%s)\n", info->vectors, info->layers);
}

/* Those that thresholds are measured on. */
static void print_known(const struct alfa_bank *bank, enum alfa_role role, int count, const char *title)
{
    const struct alfa_picture *picture;
    if (count == 0)
        return;
    alfa__talk_print("%-12s %d\n", title, count);
    for (int i = 0; (picture = alfa_bank_picture(bank, i)); i++) {
        if (picture->role != role)
            continue;
        fputs("             ", stdout);
        alfa__talk_put(stdout, picture->name);
        if (*picture->kind) {
            fputs(" (", stdout);
            alfa__talk_put(stdout, picture->kind);
            fputs(")", stdout);
        }
        putchar('\n');
    }
}

static void print_reference(const struct alfa_picture *picture)
{
    fputs("             ", stdout);
    alfa__talk_put(stdout, picture->name);
    if (picture->strange)
        fputs(" (not learned: does not look like the others)", stdout);
    if (picture->kept)
        fputs(" (kept: somebody said that it belongs)", stdout);
    if (picture->same_part) {
        fputs(" (shows again what is in ", stdout);
        alfa__talk_put(stdout, picture->same_part);
        putchar(')');
    }
    putchar('\n');
}

static void print_bank(const struct alfa_bank *bank, const struct alfa_detector_options *o,
                       const char *digest)
{
    const struct alfa_bank_info *info = alfa_bank_info(bank);
    alfa__talk_print("SHA-256      %s\n", digest);
    alfa__talk_print("class        %s\n", info->class_name);
    alfa__talk_print("model        %s (%s)\n", info->model, info->fingerprint);
    if (!alfa_method_info(o->method)->windows)
        print_compared(info, o);
    else
        print_family(info, o);
    if (info->bits)
        alfa__talk_print("images       16-bit files hold %d bits\n", info->bits);
    if (isnan(info->threshold))
        alfa__talk_print("threshold    none for the image, %.4f for a place\n", info->pixel_threshold);
    else
        alfa__talk_print("threshold    %.4f for the image, %.4f for a place\n", info->threshold,
                         info->pixel_threshold);
    alfa__talk_print("calibration  %s\n", info->calibration);
    alfa__talk_print("references   %d\n", info->references - info->strange);
    for (int i = 0; i < info->references; i++)
        print_reference(alfa_bank_picture(bank, i));
    print_known(bank, ALFA_ROLE_GOOD, info->known_good, "known good");
    print_known(bank, ALFA_ROLE_BAD, info->known_bad, "known bad");
}

/* What only ALFA and WinCLIP judge with. */
static void add_family(json_t *object, const struct alfa_bank_info *info,
                       const struct alfa_detector_options *o)
{
    json_t *scales = alfa__must(json_array());
    char text[32];
    for (int i = 0; i < ALFA_MAX_SCALES && info->scales[i]; i++)
        alfa__json_append(scales, json_integer(info->scales[i]));
    alfa__json_add(object, "scales", scales);
    alfa__json_add(object, "stride", json_integer(o->window_stride));
    alfa__json_add_text(object, "contextual", word(text, "contextual", o->contextual));
    alfa__json_add(object, "k", json_real(o->contextual_k));
    alfa__json_add_text(object, "mask", word(text, "mask", o->window_mask));
    alfa__json_add_text(object, "aligner", word(text, "aligner", o->aligner));
    alfa__json_add(object, "aligner_strength", json_real(o->aligner_strength));
    alfa__json_add_text(object, "image_score", word(text, "image-score", o->image_score));
    alfa__json_add(object, "temperature", json_real(o->temperature));
}

/* What it was shown, and how much of that was kept. */
static void add_looks(json_t *object, const struct alfa_bank_info *info)
{
    alfa__json_add(object, "turned", json_boolean(info->turned));
    if (info->place > 0)
        alfa__json_add(object, "place", json_real(info->place));
    alfa__json_add(object, "budget", json_integer(info->budget));
    alfa__json_add(object, "tiles", json_integer(info->tiles));
    alfa__json_add(object, "roi", json_boolean(info->roi));
}

/* Each with the score that thresholds are made from, so that they can be made again. */
static json_t *list_pictures(const struct alfa_bank *bank)
{
    static const char *const roles[] = {
        [ALFA_ROLE_NORMAL] = "learned", [ALFA_ROLE_GOOD] = "good", [ALFA_ROLE_BAD] = "bad"};
    const struct alfa_picture *picture;
    json_t *list = alfa__must(json_array());
    for (int i = 0; (picture = alfa_bank_picture(bank, i)); i++) {
        json_t *object = alfa__must(json_object());
        alfa__json_add_text(object, "name", picture->name);
        alfa__json_add_text(object, "role", picture->strange ? "not_learned" : roles[picture->role]);
        if (*picture->kind)
            alfa__json_add_text(object, "kind", picture->kind);
        alfa__json_add(object, "score", json_real(picture->score));
        alfa__json_add(object, "peak", json_real(picture->peak));
        if (picture->same_part)
            alfa__json_add_text(object, "same_part", picture->same_part);
        if (picture->kept)
            alfa__json_add(object, "kept", json_true());
        alfa__json_append(list, object);
    }
    return list;
}

static void print_bank_json(const struct alfa_bank *bank, const struct alfa_detector_options *o,
                            const char *path, const char *digest)
{
    const struct alfa_bank_info *info = alfa_bank_info(bank);
    json_t *object = alfa__must(json_object()), *names = alfa__must(json_array()),
           *strange = alfa__must(json_array());
    char text[32];
    for (int i = 0; i < info->references; i++)
        alfa__json_append(alfa__learn_left_out(bank, i) ? strange : names,
                          json_string(alfa_bank_reference(bank, i, NULL, NULL)));
    alfa__json_add_text(object, "path", path);
    alfa__json_add_text(object, "sha256", digest);
    alfa__json_add_text(object, "class", info->class_name);
    alfa__json_add_text(object, "model", info->model);
    alfa__json_add_text(object, "fingerprint", info->fingerprint);
    alfa__json_add_text(object, "method", word(text, "method", o->method));
    if (alfa_method_info(o->method)->windows)
        add_family(object, info, o);
    alfa__json_add_text(object, "resize", word(text, "resize", o->resize));
    alfa__json_add_text(object, "layers", info->layers);
    if (alfa_method_info(o->method)->windows)
        add_looks(object, info);
    if (info->bits)
        alfa__json_add(object, "bits", json_integer(info->bits));
    alfa__json_add(object, "vectors", json_integer(info->vectors));
    alfa__json_add(object, "false_alarm_rate", json_real(info->false_alarm_rate));
    alfa__json_add(object, "threshold", isnan(info->threshold) ? json_null() : json_real(info->threshold));
    alfa__json_add(object, "pixel_threshold", json_real(info->pixel_threshold));
    alfa__json_add_text(object, "calibration", info->calibration);
    alfa__json_add(object, "images", list_pictures(bank));
    alfa__json_add(object, "references", names);
    if (json_array_size(strange))
        alfa__json_add(object, "not_learned", strange);
    else
        json_decref(strange);
    alfa__json_print(object);
}

static enum alfa_status digest_of(char out[ALFA__DIGEST_TEXT], const char *path, struct alfa_error *err)
{
    return alfa__digest_file(out, path, ALFA__DIGEST_SHA256, NULL, NULL, err);
}

static int say_bank(const struct alfa_bank *bank, const char *path, const char *digest, bool json)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    if (alfa_bank_detector_options(&options, bank, NULL) != ALFA_OK)
        options = (struct alfa_detector_options)ALFA_DETECTOR_OPTIONS_INIT;
    if (json)
        print_bank_json(bank, &options, path, digest);
    else
        print_bank(bank, &options, digest);
    return alfa__talk_output_failed() ? alfa__talk_exit_code(ALFA_ERROR_OUTPUT) : 0;
}

/* "p.bank · SHA-256 ... · page of alfa 1.0.0 · 2026-11-30T05:04:01Z" */
static enum alfa_status write_page(const struct alfa_bank *bank, const char *from, const char *digest,
                                   const char *path, struct alfa_error *err)
{
    char now[32];
    alfa__clock_utc(now);
    char *trace =
        alfa__must(alfa__format("%s · SHA-256 %s · page of alfa %s · %s", from, digest, alfa_version(), now));
    const enum alfa_status status = alfa__bank_page_write(bank, trace, path, err);
    free(trace);
    return status;
}

static bool is_page(const char *path)
{
    const size_t size = strlen(path);
    return size > 5 && strcmp(path + size - 5, ".html") == 0;
}

static int show(const struct alfa__options *options)
{
    char digest[ALFA__DIGEST_TEXT];
    struct alfa_bank *bank;
    struct alfa_error err;
    if (options->out && !is_page(options->out)) {
        (void)alfa__fail(&err, ALFA_ERROR_USAGE, "--out",
                         "with --show is a page: a name that ends in .html, for example -o bottle.html");
        return alfa__talk_fail(&err);
    }
    if (options->argument_count != 1) {
        (void)alfa__fail(&err, ALFA_ERROR_USAGE, "--show", "takes one bank: alfa learn --show bottle.bank");
        return alfa__talk_fail(&err);
    }
    if (alfa_bank_load(&bank, options->arguments[0], &err) != ALFA_OK)
        return alfa__talk_fail(&err);
    if (digest_of(digest, options->arguments[0], &err) != ALFA_OK) {
        alfa_bank_free(bank);
        return alfa__talk_fail(&err);
    }
    int code = say_bank(bank, options->arguments[0], digest, options->json);
    if (options->out && write_page(bank, options->arguments[0], digest, options->out, &err) != ALFA_OK)
        code = alfa__talk_fail(&err);
    alfa_bank_free(bank);
    return code;
}

/* ------------------------------------------------------------------ before any work */

/* What a bank that is added to has already. */
static enum alfa_status check_add(const struct alfa__options *options, struct alfa_error *err)
{
    char dashed[ALFA__OPTION_DASHED];
    if (options->add &&
        alfa__options_any(dashed, options, alfa__learning_options + 1)) /* --keep-all is for what joins */
        return alfa__fail(err, ALFA_ERROR_USAGE, dashed, "has no meaning with --add: the bank's own stays");
    return ALFA_OK;
}

/* Only a bank may be replaced: -o photo.jpg would be a slip. */
static enum alfa_status check_target(const struct alfa__options *options, struct alfa_error *err)
{
    const char *path = options->out;
    struct stat info;
    char magic[8] = "";
    if (!path)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--out",
                          "is needed: where the bank goes, for example -o bottle.bank");
    if (stat(path, &info) == 0) {
        FILE *file = S_ISREG(info.st_mode) ? fopen(path, "rb") : NULL;
        size_t got = file ? fread(magic, 1, sizeof magic, file) : 0;
        if (file)
            fclose(file);
        if (!S_ISREG(info.st_mode) || (info.st_size > 0 && (got < 8 || memcmp(magic, "ALFABANK", 8) != 0)))
            return alfa__fail(err, ALFA_ERROR_USAGE, path, "is there and is no bank; choose another name");
        if (info.st_size > 0 && !options->add)
            alfa__talk_note(path, "is there and will be replaced; with --add \"%s\" its images would stay",
                            path);
    }
    return alfa__writer_check_place(path, err);
}

static enum alfa_status plan(struct alfa__kit *kit, const struct alfa__options *options,
                             struct alfa_error *err)
{
    if (options->argument_count == 0 && !(options->add && (options->bad || options->keep_all)))
        return alfa__fail(
            err, ALFA_ERROR_USAGE, "learn",
            "needs normal images; for example: alfa learn normal/ --class bottle -o bottle.bank");
    ALFA__TRY(check_add(options, err));
    ALFA__TRY(alfa__choice_check(options->at, err));
    ALFA__TRY(alfa__plot_check(options->plot, err));
    ALFA__TRY(check_target(options, err));
    if (options->add)
        ALFA__TRY(alfa__kit_hold(options->add, options->out, err));
    return alfa__kit_plan(kit, options, options->add, err);
}

/* ------------------------------------------------------------------ learn */

static enum alfa_status learn(struct alfa__kit *kit, struct alfa__lesson *lesson,
                              const struct alfa__inputs *inputs, struct alfa_error *err)
{
    if (inputs->good == 0 && inputs->count > 0) { /* all that is left is to say what was wrong with each */
        for (int i = 0; i + 1 < inputs->count; i++)
            alfa__talk_error(inputs->items[i].error);
        return *err = *inputs->items[inputs->count - 1].error, err->code;
    }
    ALFA__TRY(alfa__kit_open(kit, err));
    ALFA__TRY(alfa__kit_use_bank(kit, err)); /* says early when it does not fit */
    ALFA__TRY(alfa_detector_use_bank(kit->detector, NULL, err));
    ALFA__TRY(alfa__learn_images(kit, lesson, inputs, err));
    ALFA__TRY(alfa__choose(kit->bank, kit->options.at, err));
    ALFA__TRY(alfa__plot(kit->bank, kit->options.plot, err));
    return alfa_bank_save(kit->bank, kit->options.out, err);
}

int alfa__cmd_learn(const struct alfa__options *options)
{
    static const char *const nothing[] = {NULL};
    struct alfa__kit kit = {0};
    struct alfa__lesson lesson = {0};
    struct alfa__inputs inputs = {0};
    struct alfa_error err;
    if (options->show)
        return show(options);
    enum alfa_status status = plan(&kit, options, &err);
    if (status == ALFA_OK)
        status = alfa__reading_plan(&kit.options, &err);
    if (status == ALFA_OK) {
        alfa__inputs_expand(&inputs, options->arguments, options->argument_count, nothing);
        status = learn(&kit, &lesson, &inputs, &err);
    }
    int code = alfa__talk_exit_code(status);
    char digest[ALFA__DIGEST_TEXT];
    if (status != ALFA_OK) {
        alfa__talk_error(&err);
    } else {
        alfa__learn_note(kit.bank, options->out);
        alfa__learn_suggest_align(&lesson, &kit.options);
        alfa__learn_note_poses(kit.bank, &kit.options);
        alfa__reading_sum_up(&inputs);
        if (lesson.failed > 0)
            alfa__talk_note(NULL, "%d of %d images %s left out", lesson.failed, lesson.done,
                            lesson.failed == 1 ? "was" : "were");
        if (options->json)
            code = digest_of(digest, options->out, &err) == ALFA_OK
                       ? say_bank(kit.bank, options->out, digest, true)
                       : alfa__talk_fail(&err);
    }
    alfa__inputs_free(&inputs);
    alfa__kit_close(&kit);
    return code > lesson.code ? code : lesson.code;
}
