#include "cli/kit.h"
#include "image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/language.h"
#include "cli/locate.h"
#include "cli/progress.h"
#include "cli/reading.h"
#include "cli/talk.h"

/* ------------------------------------------------------------------ before any work */

static enum alfa_status check_class(const struct alfa__options *options, struct alfa_error *err)
{
    const char *noun = options->class_name;
    bool blank = true;
    if (!noun)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--class",
                          "is needed: what the images show, for example: alfa %s %s --class bottle",
                          options->verb->name,
                          options->verb->bit == ALFA__VERB_LEARN   ? "normal/ -o bottle.bank"
                          : options->verb->bit == ALFA__VERB_WATCH ? "incoming/"
                                                                   : "photo.jpg");
    if (strlen(noun) > ALFA_MAX_CLASS)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--class",
                          "has %zu bytes, the limit is %d: a noun is enough", strlen(noun), ALFA_MAX_CLASS);
    for (const char *p = noun; *p; p++) {
        if ((unsigned char)*p < 32 || *p == 127)
            return alfa__fail(err, ALFA_ERROR_USAGE, "--class", "has a control character in it");
        blank = blank && (*p == ' ' || *p == '_');
    }
    if (blank)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--class",
                          "is blank; say what the images show, for example bottle");
    return ALFA_OK;
}

#define METHOD(name) (1u << ALFA_METHOD_##name)
#define FAMILY (METHOD(ALFA) | METHOD(WINCLIP))
#define LEARNERS (FAMILY | METHOD(PATCHCORE) | METHOD(PADIM) | METHOD(SPADE))
#define SENTENCES (METHOD(ALFA) | METHOD(ONE_CLASS))
#define MAPS (~(METHOD(CLIP_AC) | METHOD(ONE_CLASS)))

/* Options that mean something to some methods only. */
static const struct {
    const char *name;
    unsigned methods;
} special[] = {{"prompts", SENTENCES},
               {"prompt-sets", SENTENCES},
               {"templates", SENTENCES},
               {"domain", SENTENCES},
               {"llm", SENTENCES},
               {"contextual", METHOD(ALFA)},
               {"k", METHOD(ALFA)},
               {"paper", METHOD(ALFA)},
               {"aligner", METHOD(ALFA)},
               {"aligner-strength", METHOD(ALFA)},
               {"image-score", METHOD(ALFA)},
               {"explain-prompts", METHOD(ALFA)},
               {"descriptors", FAMILY},
               {"scales", FAMILY},
               {"mask", FAMILY},
               {"stride", FAMILY},
               {"tiles", FAMILY},
               {"align", FAMILY},
               {"roi", FAMILY},
               {"ignore", FAMILY},
               {"turned", FAMILY},
               {"place", FAMILY},
               {"bank-budget", FAMILY},
               {"fusion", FAMILY},
               {"memory-weight", FAMILY},
               {"map-weight", FAMILY},
               {"temperature", FAMILY | METHOD(CLIP_AC) | METHOD(MASKCLIP)},
               {"bad", FAMILY},
               {"normal", LEARNERS},
               {"layers", LEARNERS},
               {"false-alarm-rate", LEARNERS},
               {"keep-all", LEARNERS},
               {"save-maps", MAPS},
               {"place-threshold", LEARNERS | METHOD(MASKCLIP) | METHOD(ANOVL)},
               {"min-area", LEARNERS | METHOD(MASKCLIP) | METHOD(ANOVL)}};

static enum alfa_status check_special(const struct alfa__options *options, struct alfa_error *err)
{
    /* 'alfa threshold' learns nothing: its normal images are known ones, as those of --bad are. */
    const unsigned most = options->verb->bit == ALFA__VERB_THRESHOLD ? FAMILY : UINT_MAX;
    char dashed[64];
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (!((special[i].methods & most) >> options->method & 1) &&
            alfa__options_given(options, special[i].name)) {
            snprintf(dashed, sizeof dashed, "--%s", special[i].name);
            return alfa__fail(err, ALFA_ERROR_USAGE, dashed, "has no meaning with --method %s",
                              alfa_method_info((enum alfa_method)options->method)->name);
        }
    return ALFA_OK;
}

/* Normal images for those that learn from them alone, a threshold for a decision. */
static enum alfa_status check_needs(const struct alfa__options *options, struct alfa_error *err)
{
    const struct alfa_method_info *info = alfa_method_info((enum alfa_method)options->method);
    if (options->verb->bit != ALFA__VERB_DETECT)
        return ALFA_OK;
    if (info->needs_bank && !options->bank && !options->normal)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--method",
                          "%s needs normal images: give --normal DIR, or --bank FILE", info->name);
    if (options->fail_on_anomaly && !info->decides && !info->needs_bank &&
        !alfa__options_given(options, "threshold"))
        return alfa__fail(err, ALFA_ERROR_USAGE, "--fail-on-anomaly",
                          "needs --threshold NUMBER: --method %s has none of its own", info->name);
    return ALFA_OK;
}

static enum alfa_status check_method(const struct alfa__kit *kit, struct alfa_error *err)
{
    const struct alfa__options *options = &kit->options;
    const unsigned verb = options->verb->bit;
    if (options->llm && options->prompts)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--prompts", "and --llm exclude each other");
    ALFA__TRY(alfa__language_check(options, err));
    if (!alfa_method_info((enum alfa_method)options->method)->windows &&
        (verb == ALFA__VERB_EXPLAIN || verb == ALFA__VERB_BENCH))
        return alfa__fail(err, ALFA_ERROR_INPUT, kit->bank_path,
                          "is a bank of the method %s: 'alfa %s' works with alfa and winclip",
                          alfa_method_info((enum alfa_method)options->method)->name, options->verb->name);
    ALFA__TRY(check_special(options, err));
    return check_needs(options, err);
}

enum alfa_status alfa__kit_tiles(int *out, const char *text, struct alfa_error *err)
{
    char *end;
    *out = ALFA_TILES_AUTO;
    if (strcmp(text, "auto") == 0)
        return ALFA_OK;
    const long n = strtol(text, &end, 10);
    if (end == text || *end || n < 1 || n > ALFA_MAX_TILES)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--tiles",
                          "\"%s\" is neither auto nor a whole number from 1 to %d", text, ALFA_MAX_TILES);
    *out = n == 1 ? 0 : (int)n;
    return ALFA_OK;
}

/* ------------------------------------------------------------------ options of a bank */

static void set_scales(int out[ALFA_MAX_SCALES], const int scales[ALFA_MAX_SCALES])
{
    memcpy(out, scales, ALFA_MAX_SCALES * sizeof *out);
}

static bool same_scales(const int a[ALFA_MAX_SCALES], const int b[ALFA_MAX_SCALES])
{
    return memcmp(a, b, ALFA_MAX_SCALES * sizeof *a) == 0;
}

/* The option that was typed with another value than the bank has, or NULL. */
static const char *find_conflict(const struct alfa__options *typed, int tiles, const char *noun,
                                 const struct alfa_detector_options *learned, int bits)
{
    const struct {
        const char *name;
        bool same;
    } rows[] = {
        {"class", !typed->class_name || alfa__same_noun(typed->class_name, noun)},
        {"method", typed->method == (int)learned->method},
        {"contextual", typed->contextual == (int)learned->contextual},
        {"k", typed->contextual_k == learned->contextual_k},
        {"stride", typed->window_stride == (int)learned->window_stride},
        {"mask", typed->window_mask == (int)learned->window_mask},
        {"aligner", typed->aligner == (int)learned->aligner},
        {"aligner-strength", typed->aligner_strength == learned->aligner_strength},
        {"image-score", typed->image_score == (int)learned->image_score},
        {"temperature", typed->temperature == learned->temperature},
        {"resize", typed->resize == (int)learned->resize},
        {"scales", same_scales(typed->scales, learned->scales)},
        {"bits", typed->bits == bits},
        {"align", typed->align == learned->align},
        {"tiles", tiles == ALFA_TILES_AUTO || tiles == learned->tiles},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (alfa__options_given(typed, rows[i].name) && !rows[i].same)
            return rows[i].name;
    return NULL;
}

/* Completes the options by those that the bank was learned with. */
static enum alfa_status follow_bank(struct alfa__kit *kit, struct alfa_error *err)
{
    const struct alfa_bank_info *info = alfa_bank_info(kit->bank);
    struct alfa__options *o = &kit->options;
    struct alfa_detector_options learned = ALFA_DETECTOR_OPTIONS_INIT;
    char dashed[64];
    if (alfa_bank_detector_options(&learned, kit->bank, NULL) != ALFA_OK)
        return alfa__fail(err, ALFA_ERROR_INPUT, kit->bank_path,
                          "does not say how it was learned: learn it again");
    const char *conflict = find_conflict(o, kit->tiles, info->class_name, &learned, info->bits);
    if (conflict && strcmp(conflict, "class") == 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, kit->bank_path, "is a bank for the class \"%s\", not \"%s\"",
                          info->class_name, o->class_name);
    if (conflict) {
        snprintf(dashed, sizeof dashed, "--%s", conflict);
        return alfa__fail(err, ALFA_ERROR_USAGE, dashed,
                          "differs from what %s was learned with: leave it out, or learn again",
                          kit->bank_path);
    }
    o->class_name = info->class_name;
    o->method = (int)learned.method;
    o->contextual = (int)learned.contextual;
    o->contextual_k = learned.contextual_k;
    o->window_mask = (int)learned.window_mask;
    o->window_stride = (int)learned.window_stride;
    o->aligner = (int)learned.aligner;
    o->aligner_strength = learned.aligner_strength;
    o->image_score = (int)learned.image_score;
    o->temperature = learned.temperature;
    o->resize = (int)learned.resize;
    set_scales(o->scales, learned.scales);
    kit->tiles = learned.tiles;
    o->align = learned.align;
    o->bits = info->bits;
    return ALFA_OK;
}

void alfa__kit_follow_paper(struct alfa__options *o)
{
    static const int windows[ALFA_MAX_SCALES] = {2, 3};
    if (!alfa__options_given(o, "aligner"))
        o->aligner = ALFA_ALIGNER_R4;
    if (!alfa__options_given(o, "image-score"))
        o->image_score = ALFA_IMAGE_SCORE_EQ12;
    if (!alfa__options_given(o, "scales"))
        set_scales(o->scales, windows);
    if (!alfa__options_given(o, "fusion"))
        o->fusion = ALFA_FUSION_PAPER;
}

enum alfa_status alfa__kit_plan(struct alfa__kit *kit, const struct alfa__options *options,
                                const char *bank_path, struct alfa_error *err)
{
    kit->options = *options;
    kit->bank_path = bank_path;
    if (options->paper && bank_path)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--paper",
                          "comes too late: %s has the readings that it was learned with", bank_path);
    if (options->paper)
        alfa__kit_follow_paper(&kit->options);
    if (options->tiles)
        ALFA__TRY(alfa__kit_tiles(&kit->tiles, options->tiles, err));
    if (bank_path) {
        ALFA__TRY(alfa_bank_load(&kit->bank, bank_path, err));
        ALFA__TRY(alfa__digest_file(kit->bank_digest, bank_path, ALFA__DIGEST_SHA256, NULL, NULL, err));
        ALFA__TRY(follow_bank(kit, err));
    }
    ALFA__TRY(check_class(&kit->options, err));
    return check_method(kit, err);
}

static bool is_file(const struct stat *known, const char *path)
{
    struct stat now;
    return stat(path, &now) == 0 && now.st_dev == known->st_dev && now.st_ino == known->st_ino;
}

/* Who writes a bank gives its name to a new file, so that the one that is locked may be the old one by then.
 * Some file systems know no locks. */
enum alfa_status alfa__kit_hold(const char *bank_path, const char *target, struct alfa_error *err)
{
    struct stat info;
    for (;;) {
        const int file = open(bank_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* closed by the end */
        if (file < 0 || fstat(file, &info) != 0 || !S_ISREG(info.st_mode) || !is_file(&info, target)) {
            if (file >= 0)
                close(file);
            return ALFA_OK; /* what is wrong with it is said by who reads it */
        }
        if (flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            close(file);
            return alfa__fail(err, ALFA_ERROR_OUTPUT, bank_path,
                              "is being changed by another alfa; wait for it, and do this again");
        }
        if (is_file(&info, bank_path))
            return ALFA_OK;
        close(file);
    }
}

enum alfa_status alfa__kit_decides(const struct alfa__kit *kit, const char *option, struct alfa_error *err)
{
    if (!kit->bank || !isnan(alfa_bank_info(kit->bank)->threshold) ||
        alfa__options_given(&kit->options, "threshold"))
        return ALFA_OK;
    return alfa__fail(
        err, ALFA_ERROR_USAGE, option,
        "needs a threshold, and one normal image supports none: learn from two or more, or give "
        "--threshold NUMBER");
}

/* ------------------------------------------------------------------ opening */

/* Whether what the bank carries is asked for rather than something else. */
static bool follows(const struct alfa__kit *kit, const char *const *names)
{
    for (; *names; names++)
        if (alfa__options_given(&kit->options, *names))
            return false;
    return kit->bank != NULL;
}

static const char *const of_sentences[] = {"prompts", "templates", "domain", "llm", NULL};
static const char *const of_masks[] = {"roi", "ignore", NULL};

static enum alfa_status open_prompts(struct alfa__kit *kit, struct alfa_error *err)
{
    const struct alfa__options *options = &kit->options;
    if (follows(kit, of_sentences))
        return alfa_bank_prompts(&kit->prompts, kit->bank, err);
    if (!(SENTENCES >> options->method & 1)) /* of which most only take the noun */
        return alfa_prompts_winclip(&kit->prompts, options->class_name, err);
    struct alfa_prompts_options how = ALFA_PROMPTS_OPTIONS_INIT;
    char *path = NULL;
    if (options->llm)
        ALFA__TRY(alfa__language_prompts(&path, NULL, options, kit->model, err));
    else
        path = alfa__locate_prompts(options, NULL);
    how.set = path;
    how.templates = options->templates;
    how.domain = options->domain;
    enum alfa_status status = alfa_prompts_compose(&kit->prompts, options->class_name, &how, err);
    free(path);
    return status;
}

/* A message about the bank names its file. */
static void name_bank(const struct alfa__kit *kit, struct alfa_error *err)
{
    if (kit->bank_path && strcmp(err->source, "bank") == 0)
        snprintf(err->source, sizeof err->source, "%s", kit->bank_path);
}

/* Learning may take minutes in one call. */
static bool goes_on(void *context, const char *part, int done, int total)
{
    (void)context, (void)part, (void)done, (void)total;
    return !alfa__signals_caught();
}

static enum alfa_status open_detector(struct alfa__kit *kit, struct alfa_error *err)
{
    const struct alfa__options *options = &kit->options;
    struct alfa_detector_options how = ALFA_DETECTOR_OPTIONS_INIT;
    how.method = (enum alfa_method)options->method;
    how.contextual = (enum alfa_contextual)options->contextual;
    how.contextual_k = options->contextual_k;
    how.window_stride = options->window_stride;
    how.window_mask = (enum alfa_window_mask)options->window_mask;
    how.aligner = (enum alfa_aligner)options->aligner;
    how.aligner_strength = options->aligner_strength;
    how.image_score = (enum alfa_image_score)options->image_score;
    how.temperature = options->temperature;
    how.resize = (enum alfa_resize)options->resize;
    if (alfa__options_given(options, "threshold")) /* or else the bank's, or 0.5 */
        how.threshold = options->threshold;
    how.tiles = kit->tiles;
    how.align = options->align;
    how.min_area = options->min_area;
    if (alfa__options_given(options, "place-threshold"))
        how.place_threshold = options->place_threshold;
    set_scales(how.scales, options->scales);
    if (options->verb->bit & (ALFA__VERB_LEARN | ALFA__VERB_THRESHOLD))
        how.progress = goes_on;
    alfa__progress_say("reading the prompts");
    enum alfa_status status = follows(kit, of_sentences) && follows(kit, of_masks)
                                  ? alfa_detector_open_bank(&kit->detector, kit->model, kit->bank, &how, err)
                                  : alfa_detector_open(&kit->detector, kit->model, kit->prompts, &how, err);
    alfa__progress_hide();
    if (status == ALFA_ERROR_STOPPED)
        return alfa__fail(err, status, NULL, "stopped");
    if (status != ALFA_OK)
        name_bank(kit, err);
    if (status == ALFA_OK && alfa_detector_truncated(kit->detector) > 0)
        alfa__talk_note(NULL, "%d of %d prompts are longer than the model's %d tokens: their ends were cut",
                        alfa_detector_truncated(kit->detector),
                        alfa_prompts_count(kit->prompts, ALFA_NORMAL) +
                            alfa_prompts_count(kit->prompts, ALFA_ABNORMAL),
                        alfa_model_info(kit->model)->context_length);
    return status;
}

static enum alfa_status set_mask(struct alfa__kit *kit, const char *path, bool invert, struct alfa_error *err)
{
    struct alfa_image *mask;
    struct alfa__mask_values values;
    if (!path)
        return ALFA_OK;
    ALFA__TRY(alfa__image_load_mask(&mask, path, &values, err));
    if (values.most > 0 && values.most < values.from) {
        alfa_image_free(mask);
        return alfa__fail(err, ALFA_ERROR_INPUT, path,
                          "has values from 0 to %d, and of a JPEG %d and more count: save it as PNG",
                          values.most, values.from);
    }
    if (values.most > 0 && (values.most < 128 || values.faintest < 16) && !alfa__mask_lacks_black(&values))
        alfa__talk_note(path, "has values from %d to %d: what is not 0 counts", values.least, values.most);
    alfa__reading_mask(path, mask->width, mask->height);
    enum alfa_status status = alfa_detector_set_roi(kit->detector, mask, invert, err);
    if (status == ALFA_OK && alfa__mask_lacks_black(&values))
        status =
            alfa__fail(err, ALFA_ERROR_INPUT, path,
                       "has values from %d to %d and none that is 0: what does not count has to be black",
                       values.least, values.most);
    if (status != ALFA_OK)
        snprintf(err->source, sizeof err->source, "%s", path);
    alfa_image_free(mask);
    return status;
}

/* Without --model the model is where it was when the bank was learned, or has the name that it had. */
static enum alfa_status find_model(struct alfa__kit *kit, struct alfa_error *err)
{
    const struct alfa_bank_info *info = kit->bank ? alfa_bank_info(kit->bank) : NULL;
    struct alfa__located located;
    if (!info || alfa__options_given(&kit->options, "model"))
        return ALFA_OK;
    kit->options.model = *info->model_hint ? info->model_hint : info->model;
    if (alfa__locate_model(&located, &kit->options, err) != ALFA_OK) {
        kit->options.model = info->model;
        if (alfa__locate_model(&located, &kit->options, err) != ALFA_OK)
            return alfa__fail(
                err, ALFA_ERROR_MODEL, kit->bank_path,
                "was learned with the model %s, which is not at %s: say where it is with --model",
                info->model, *info->model_hint ? info->model_hint : "any known place");
    }
    alfa__located_free(&located);
    return ALFA_OK;
}

enum alfa_status alfa__kit_open(struct alfa__kit *kit, struct alfa_error *err)
{
    ALFA__TRY(find_model(kit, err));
    if (kit->options.llm) /* whose sentences have to fit into the model's context */
        ALFA__TRY(alfa__open_model(&kit->model, &kit->options, err));
    ALFA__TRY(open_prompts(kit, err));
    if (!kit->model)
        ALFA__TRY(alfa__open_model(&kit->model, &kit->options, err));
    ALFA__TRY(open_detector(kit, err));
    ALFA__TRY(set_mask(kit, kit->options.roi, false, err));
    return set_mask(kit, kit->options.ignore, true, err);
}

enum alfa_status alfa__kit_use_bank(struct alfa__kit *kit, struct alfa_error *err)
{
    enum alfa_status status = alfa_detector_use_bank(kit->detector, kit->bank, err);
    if (status != ALFA_OK)
        name_bank(kit, err);
    return status;
}

void alfa__kit_close(struct alfa__kit *kit)
{
    alfa_detector_free(kit->detector);
    alfa_bank_free(kit->bank);
    alfa_prompts_free(kit->prompts);
    alfa_model_free(kit->model);
    *kit = (struct alfa__kit){0};
}
