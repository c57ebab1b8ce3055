#include "cli/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/files.h"
#include "base/strings.h"
#include "cli/judged.h"
#include "cli/locate.h"
#include "cli/progress.h"
#include "cli/talk.h"
#include "image/heat.h"
#include "image/resize.h"
#include "image/write.h"
#include "report/csv.h"
#include "report/descriptors.h"
#include "report/html.h"
#include "report/json.h"
#include "report/npy.h"

#define OVERLAY_QUALITY 90 /* of JPEG */

struct alfa__outputs {
    const struct alfa__options *options;
    struct alfa__html *html;               /* with --out */
    struct alfa__descriptors *descriptors; /* for the report; NULL: none */
    int lock;                              /* on the folder of --out, or -1 */
    char bank_digest[ALFA__DIGEST_TEXT];   /* "": no bank */
    bool colored;
    off_t seen;                     /* bytes of standard output when a row was last written */
    const struct alfa__input *said; /* the last one whose record is out: nothing gets a second one */
    char *map_name;                 /* of that one's map, in 'alfa watch' without --out; NULL: none yet */
    alfa__outputs_hear *hear;       /* NULL: nobody */
    void *context;
    struct alfa_error late; /* the first problem of the report while failures were added to it */
};

/* ------------------------------------------------------------------ checks before any work */

static enum alfa_status try_folder(const char *folder, struct alfa_error *err)
{
    ALFA__TRY(alfa__folder_make(folder, err));
    char *name = alfa__must(alfa__format("%s/.alfa-XXXXXX", folder));
    int file = mkstemp(name);
    enum alfa_status status = ALFA_OK;
    if (file < 0)
        status = alfa__fail(err, ALFA_ERROR_OUTPUT, folder, "cannot be written to: %s", strerror(errno));
    else
        close(file), unlink(name);
    free(name);
    return status;
}

struct identity {
    dev_t device;
    ino_t number;
};

static int compare_identities(const void *a, const void *b)
{
    const struct identity *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Nothing that will be written may be one of the inputs (alfa detect dir/a.png --out dir). */
static enum alfa_status check_inputs_survive(const char *folder, const char *extension,
                                             const struct alfa__inputs *inputs, struct alfa_error *err)
{
    struct identity *known = alfa__must(calloc((size_t)inputs->count + 1, sizeof *known));
    enum alfa_status status = ALFA_OK;
    struct stat info;
    int count = 0;
    for (int i = 0; i < inputs->count; i++)
        if (inputs->items[i].name &&
            stat(inputs->items[i].file ? inputs->items[i].file : inputs->items[i].path, &info) == 0)
            known[count++] = (struct identity){info.st_dev, info.st_ino};
    qsort(known, (size_t)count, sizeof *known, compare_identities);
    for (int i = 0; i < inputs->count && status == ALFA_OK; i++) {
        if (!inputs->items[i].name)
            continue;
        char *target = alfa__must(alfa__format("%s/%s%s", folder, inputs->items[i].name, extension));
        if (stat(target, &info) == 0 && bsearch(&(struct identity){info.st_dev, info.st_ino}, known,
                                                (size_t)count, sizeof *known, compare_identities))
            status = alfa__fail(err, ALFA_ERROR_USAGE, target,
                                "is one of the images and would be replaced; choose "
                                "another folder");
        free(target);
    }
    free(known);
    return status;
}

enum alfa_status alfa__outputs_check_apart(const struct alfa__options *options, struct alfa_error *err)
{
    for (int i = 0; options->out && i < options->argument_count; i++)
        if (alfa__file_same(options->arguments[i], options->out))
            return alfa__fail(err, ALFA_ERROR_USAGE, "--out",
                              "%s is also searched for images; choose another folder", options->out);
    return ALFA_OK;
}

static enum alfa_status check_folder(const char *folder, const char *extension,
                                     const struct alfa__inputs *inputs, struct alfa_error *err)
{
    if (!folder)
        return ALFA_OK;
    ALFA__TRY(try_folder(folder, err));
    return check_inputs_survive(folder, extension, inputs, err);
}

static const char *overlay_extension(const struct alfa__options *options)
{
    return options->overlay == ALFA__OVERLAY_JPEG ? ".jpg" : ".png";
}

static bool wants_color(const struct alfa__options *options)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (options->color != ALFA__COLOR_AUTO)
        return options->color == ALFA__COLOR_ALWAYS;
    return isatty(STDOUT_FILENO) && !(no_color && *no_color) && !(terminal && strcmp(terminal, "dumb") == 0);
}

/* Programs that are started again write their table with ">>": it has its header already. */
static bool goes_on(void)
{
    struct stat info;
    const int flags = fcntl(STDOUT_FILENO, F_GETFL);
    return flags >= 0 && flags & O_APPEND && fstat(STDOUT_FILENO, &info) == 0 && S_ISREG(info.st_mode) &&
           info.st_size > 0;
}

/* A program that was killed in the middle of a line: the next one is not to become a part of it. */
static void end_cut_line(void)
{
    struct stat info;
    char last = '\n';
    const int file = goes_on() ? open("/proc/self/fd/1", O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0 && fstat(file, &info) == 0 && pread(file, &last, 1, info.st_size - 1) == 1 &&
        last != '\n') {
        alfa__talk_note("standard output", "ends in the middle of a line: the next one is begun");
        putchar('\n');
    }
    if (file >= 0)
        close(file);
}

static void put_header(void)
{
    struct alfa__string line = {0};
    alfa__csv_header(&line);
    alfa__talk_data(alfa__must(alfa__string_ok(&line) ? line.text : NULL));
    alfa__string_free(&line);
}

enum alfa_status alfa__outputs_open(struct alfa__outputs **out, const struct alfa__options *options,
                                    const struct alfa__inputs *inputs, struct alfa_error *err)
{
    struct alfa__html *html = NULL;
    int lock = -1;
    *out = NULL;
    ALFA__TRY(check_folder(options->out, overlay_extension(options), inputs, err));
    ALFA__TRY(check_folder(options->save_maps, ".npy", inputs, err));
    if (options->out) {
        /* two reports in one folder would show each other's pictures */
        ALFA__TRY(alfa__folder_lock(&lock, options->out, err));
        ALFA__TRY(alfa__html_new(&html, options->out, err));
    }
    *out = alfa__must(calloc(1, sizeof **out));
    (*out)->options = options;
    (*out)->html = html;
    (*out)->lock = lock;
    (*out)->colored = wants_color(options);
    end_cut_line();
    if (options->csv && !goes_on())
        put_header();
    return ALFA_OK;
}

enum alfa_status alfa__outputs_describe(struct alfa__outputs *outputs, const struct alfa_model *model,
                                        const char *noun, struct alfa_error *err)
{
    bool generic;
    char *path;
    alfa__descriptors_free(outputs->descriptors); /* of the class before */
    outputs->descriptors = NULL;
    if (!outputs->html || alfa__locate_descriptors(&path, &generic, outputs->options, err) != ALFA_OK)
        return ALFA_OK;
    alfa__progress_say("reading the descriptors");
    enum alfa_status status = alfa__descriptors_open(&outputs->descriptors, path, noun, model, err);
    alfa__progress_hide();
    free(path);
    return status;
}

void alfa__outputs_bank(struct alfa__outputs *outputs, const char *digest)
{
    snprintf(outputs->bank_digest, sizeof outputs->bank_digest, "%s", digest);
}

enum alfa_status alfa__outputs_begin(struct alfa__outputs *outputs, const char *key, const char *with,
                                     struct alfa_error *err)
{
    return outputs->html ? alfa__html_begin(outputs->html, key, with, err) : ALFA_OK;
}

void alfa__outputs_tell(struct alfa__outputs *outputs, alfa__outputs_hear *hear, void *context)
{
    outputs->hear = hear;
    outputs->context = context;
}

void alfa__outputs_next(struct alfa__outputs *outputs)
{
    outputs->said = NULL;
    free(outputs->map_name);
    outputs->map_name = NULL;
}

bool alfa__outputs_knows(const struct alfa__outputs *outputs, const struct alfa__input *input)
{
    const struct alfa__origin origin = alfa__judged_origin(input);
    return outputs->html && alfa__html_knows(outputs->html, &origin);
}

/* ------------------------------------------------------------------ files */

static struct alfa__origin origin_of(const struct alfa__outputs *outputs, const struct alfa__input *input)
{
    struct alfa__origin origin = alfa__judged_origin(input);
    origin.once = outputs->options->verb->bit == ALFA__VERB_WATCH;
    return origin;
}

/* folder/name.extension with the folders in name made. */
static enum alfa_status make_path(char **out, const char *folder, const char *name, const char *extension,
                                  struct alfa_error *err)
{
    char *path = alfa__must(alfa__format("%s/%s%s", folder, name, extension));
    char *slash = strrchr(path, '/');
    *slash = 0;
    enum alfa_status status = alfa__folder_make(path, err);
    *slash = '/';
    *out = path;
    return status;
}

/* A name that comes again is another picture for 'alfa watch', which keeps the map of the one before; tries
 * of one picture have one name. Without --out, whose report has names of its own. */
static const char *map_name(struct alfa__outputs *outputs, const struct alfa__input *input)
{
    if (outputs->options->verb->bit != ALFA__VERB_WATCH)
        return input->name;
    for (int number = 1; !outputs->map_name; number++) {
        char *name =
            alfa__must(number == 1 ? alfa__strdup(input->name) : alfa__format("%s-%d", input->name, number));
        char *path = alfa__must(alfa__format("%s/%s.npy", outputs->options->save_maps, name));
        if (access(path, F_OK) != 0)
            outputs->map_name = name;
        else
            free(name);
        free(path);
    }
    return outputs->map_name;
}

static enum alfa_status write_map(const struct alfa__outputs *outputs, const char *name,
                                  const struct alfa__heat *heat, struct alfa_error *err)
{
    char *path;
    enum alfa_status status = make_path(&path, outputs->options->save_maps, name, ".npy", err);
    if (status == ALFA_OK)
        status = alfa__npy_write(path, heat->map, heat->width, heat->height, err);
    free(path);
    return status;
}

/* heat->map NULL: the method has no map, and the report shows the photograph alone. */
static enum alfa_status write_pictures(struct alfa__outputs *outputs, const struct alfa__drawn *drawn,
                                       struct alfa__record record, struct alfa_error *err)
{
    char *path;
    if (!drawn->overlay)
        return alfa__html_add_drawn(outputs->html, &record, &drawn->small, err);
    enum alfa_status status =
        make_path(&path, outputs->options->out, record.name, overlay_extension(outputs->options), err);
    record.overlay = path + strlen(outputs->options->out) + 1;
    if (status == ALFA_OK)
        status = alfa__file_write(path, drawn->overlay, drawn->overlay_size, err);
    if (status == ALFA_OK)
        status = alfa__html_add_drawn(outputs->html, &record, &drawn->small, err);
    free(path);
    return status;
}

/* ------------------------------------------------------------------ lines */

/* The prompts that were kept, one a line, with their contextual score. */
static void put_prompts(const struct alfa__record *record)
{
    for (int i = 0; i < record->prompt_count; i++) {
        const struct alfa_prompt_score *prompt = &record->prompts[i];
        printf("  %.4f  %-8s  ", prompt->score, prompt->side == ALFA_NORMAL ? "normal" : "abnormal");
        alfa__talk_put(stdout, prompt->text);
        putchar('\n');
    }
}

static const char *decision(const struct alfa_summary *summary)
{
    return isnan(summary->threshold) ? "-" : summary->anomalous ? "ANOMALY" : "normal";
}

/*   looks like: scratch_03.png (scratch) */
static void put_known(const struct alfa_summary *summary)
{
    if (!summary->looks_like)
        return;
    printf("  looks like: ");
    alfa__talk_put(stdout, summary->looks_like);
    if (*summary->looks_like_kind) {
        printf(" (");
        alfa__talk_put(stdout, summary->looks_like_kind);
        putchar(')');
    }
    putchar('\n');
}

/* 0.731  ANOMALY   0.12 s  bottle/broken/001.jpg */
static void put_for_people(const struct alfa__outputs *outputs, const struct alfa__record *record)
{
    const struct alfa_summary *summary = record->summary;
    const bool colored = outputs->colored && !isnan(summary->threshold);
    const char *color = summary->anomalous ? "\033[1;31m" : "\033[32m";
    printf("%.3f  %s%-7s%s  %6.2f s  ", summary->score, colored ? color : "", decision(summary),
           colored ? "\033[0m" : "", summary->seconds);
    alfa__talk_put(stdout, record->path);
    putchar('\n');
    put_known(summary);
    put_prompts(record);
}

/* A table that was emptied meanwhile (logrotate's copytruncate) begins anew. */
static void notice_rotation(struct alfa__outputs *outputs)
{
    struct stat info;
    const int flags = fcntl(STDOUT_FILENO, F_GETFL);
    if (flags < 0 || !(flags & O_APPEND) || fstat(STDOUT_FILENO, &info) != 0 || !S_ISREG(info.st_mode))
        return;
    if (info.st_size < outputs->seen)
        put_header();
    outputs->seen = info.st_size;
}

static void put_record(struct alfa__outputs *outputs, const struct alfa__record *record)
{
    struct alfa__string line = {0};
    alfa__progress_hide();
    if (outputs->options->csv)
        notice_rotation(outputs);
    if (outputs->options->json)
        alfa__json_line(&line, record);
    else if (outputs->options->csv)
        (outputs->options->csv == ALFA__CSV_REGIONS ? alfa__csv_regions : alfa__csv_line)(&line, record);
    else if (record->summary)
        put_for_people(outputs, record);
    if (!alfa__string_ok(&line))
        alfa__must(NULL);
    if (line.text)
        alfa__talk_data(line.text);
    alfa__string_free(&line);
    if (outputs->hear)
        outputs->hear(outputs->context, record);
}

static struct alfa__record make_record(const struct alfa__outputs *outputs, const struct alfa__input *input,
                                       const struct alfa_result *result)
{
    struct alfa__record record;
    if (alfa__record_take(&record, result, input->path, outputs->options->explain_prompts, NULL) != ALFA_OK)
        alfa__must(NULL);
    record.bank_digest = outputs->bank_digest;
    return record;
}

static struct alfa__heat heat_of(const struct alfa_result *result)
{
    const struct alfa_area *area = alfa_result_area(result);
    struct alfa__heat heat = {.box = {area->x, area->y, area->width, area->height},
                              .threshold = alfa_result_summary(result)->pixel_threshold};
    heat.map = alfa_result_map(result, &heat.width, &heat.height);
    return heat;
}

static enum alfa_status write_files(struct alfa__outputs *outputs, const struct alfa__input *input,
                                    const struct alfa_result *result, const struct alfa__drawn *drawn,
                                    const struct alfa__likeness *likenesses, struct alfa_error *err)
{
    struct alfa__record record = make_record(outputs, input, result);
    const struct alfa__heat heat = heat_of(result);
    enum alfa_status status = ALFA_OK;
    record.likenesses = likenesses;
    record.origin = origin_of(outputs, input);
    char *name =
        outputs->html ? alfa__must(alfa__html_name(outputs->html, &record.origin, input->name)) : NULL;
    record.name = name;
    if (outputs->options->save_maps)
        status = write_map(outputs, name ? name : map_name(outputs, input), &heat, err);
    if (outputs->options->out && status == ALFA_OK)
        status = write_pictures(outputs, drawn, record, err);
    alfa__record_drop(&record);
    free(name);
    return status;
}

/* ------------------------------------------------------------------ drawing */

static enum alfa_status encode_picture(struct alfa__drawn *out, const struct alfa_image *picture, bool jpeg,
                                       struct alfa_error *err)
{
    return jpeg ? alfa__image_encode_jpeg(&out->overlay, &out->overlay_size, picture, OVERLAY_QUALITY, err)
                : alfa_image_encode_png(&out->overlay, &out->overlay_size, picture, err);
}

/* The photograph, at the size that was asked for, with map, regions and a legend. */
static enum alfa_status draw_overlay(struct alfa__drawn *out, const struct alfa__options *options,
                                     const struct alfa_image *photo, const struct alfa_result *result,
                                     struct alfa_error *err)
{
    struct alfa_image *picture;
    ALFA__TRY(alfa_result_overlay(&picture, result, photo, ALFA_OVERLAY_REPORT, err));
    enum alfa_status status = encode_picture(out, picture, options->overlay == ALFA__OVERLAY_JPEG, err);
    alfa_image_free(picture);
    return status;
}

static bool wants_overlay(const struct alfa__options *options, const struct alfa_summary *summary)
{
    return options->overlay != ALFA__OVERLAY_NONE && (!options->overlay_only || summary->anomalous);
}

/* A large photograph is made smaller once, for the overlay and for the report. */
static enum alfa_status draw_pictures(struct alfa__drawn *out, const struct alfa__outputs *outputs,
                                      const struct alfa_image *image, const struct alfa_result *result,
                                      struct alfa_error *err)
{
    const int longest = image->width > image->height ? image->width : image->height;
    const int size = outputs->options->overlay_size;
    const struct alfa__heat heat = heat_of(result);
    struct alfa_image *small = NULL;
    struct alfa__record record;
    ALFA__TRY(alfa__record_take(&record, result, NULL, false, err));
    const bool overlay = heat.map && wants_overlay(outputs->options, record.summary);
    enum alfa_status status = overlay && longest > size
                                  ? alfa__resize_fit(&small, image, size, ALFA__RESIZE_HAMMING, err)
                                  : ALFA_OK;
    const struct alfa_image *photo = small ? small : image;
    if (status == ALFA_OK && overlay)
        status = draw_overlay(out, outputs->options, photo, result, err);
    if (status == ALFA_OK)
        status = alfa__html_draw(&out->small, &record, size < ALFA__HTML_THUMBNAIL ? image : photo,
                                 heat.map ? &heat : NULL, err);
    alfa_image_free(small);
    alfa__record_drop(&record);
    return status;
}

enum alfa_status alfa__outputs_draw(struct alfa__drawn *out, const struct alfa__outputs *outputs,
                                    const struct alfa_image *image, const struct alfa_result *result,
                                    struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    *out = (struct alfa__drawn){.overlay = NULL};
    if (outputs->descriptors &&
        (alfa_result_summary(result)->anomalous || alfa_result_region_count(result) > 0))
        status = alfa__descriptors_compare(&out->likenesses, outputs->descriptors, result,
                                           outputs->options->temperature, err);
    if (status == ALFA_OK && outputs->options->out)
        status = draw_pictures(out, outputs, image, result, err);
    if (status != ALFA_OK)
        alfa__drawn_free(out);
    return status;
}

void alfa__drawn_free(struct alfa__drawn *drawn)
{
    free(drawn->overlay);
    free(drawn->likenesses);
    alfa__html_drawn_free(&drawn->small);
    *drawn = (struct alfa__drawn){.overlay = NULL};
}

/* ------------------------------------------------------------------ one picture */

enum alfa_status alfa__outputs_files(struct alfa__outputs *outputs, const struct alfa__input *input,
                                     const struct alfa_image *image, const struct alfa_result *result,
                                     const struct alfa__likeness *likenesses, struct alfa_error *err)
{
    struct alfa__drawn drawn = {.overlay = NULL};
    enum alfa_status status =
        outputs->options->out ? draw_pictures(&drawn, outputs, image, result, err) : ALFA_OK;
    if (status == ALFA_OK)
        status = write_files(outputs, input, result, &drawn, likenesses, err);
    alfa__drawn_free(&drawn);
    return status;
}

enum alfa_status alfa__outputs_result(struct alfa__outputs *outputs, const struct alfa__input *input,
                                      const struct alfa_result *result, const struct alfa__drawn *drawn,
                                      struct alfa_error *err)
{
    if (outputs->said != input) { /* first: a full disk must not cost the verdict */
        struct alfa__record record = make_record(outputs, input, result);
        record.facts = drawn->facts;
        put_record(outputs, &record);
        alfa__record_drop(&record);
    }
    outputs->said = input;
    return write_files(outputs, input, result, drawn, drawn->likenesses, err);
}

void alfa__outputs_failure(struct alfa__outputs *outputs, const struct alfa__input *input,
                           const struct alfa_error *problem)
{
    struct alfa__record record = {.path = input->path, .error = problem, .origin = origin_of(outputs, input)};
    struct alfa_error err;
    if (!record.origin.place) /* so that the report says it once, whatever comes of it later */
        record.origin = alfa__judged_absent(input);
    if (outputs->said != input)
        put_record(outputs, &record);
    if (outputs->html && alfa__html_add(outputs->html, &record, NULL, NULL, &err) != ALFA_OK &&
        outputs->late.code == ALFA_OK)
        outputs->late = err;
}

enum alfa_status alfa__outputs_finish(struct alfa__outputs *outputs, const char *about,
                                      struct alfa_error *err)
{
    if (!outputs->html)
        return ALFA_OK;
    if (outputs->late.code != ALFA_OK)
        return *err = outputs->late, err->code;
    if (about)
        ALFA__TRY(alfa__html_describe(outputs->html, about, err));
    return alfa__html_write(outputs->html, err);
}

void alfa__outputs_free(struct alfa__outputs *outputs)
{
    if (!outputs)
        return;
    if (outputs->lock >= 0)
        close(outputs->lock);
    alfa__html_free(outputs->html);
    alfa__descriptors_free(outputs->descriptors);
    free(outputs->map_name);
    free(outputs);
}
