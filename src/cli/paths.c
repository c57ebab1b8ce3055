#include "cli/paths.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/frames.h"
#include "cli/pictures.h"
#include "cli/reading.h"
#include "cli/talk.h"
#include "cli/walk.h"
#include "image/image.h"

/* Pictures, or what holds some, that nobody reads here. */
static const char *const strangers[] = {
    "heic", "heif",  "hif", "avif", "jxl", "jp2",  "j2k",  "j2c", "jpx",  "jpf", "dcm", "dicom",
    "npy",  "npz",   "raw", "dng",  "cr2", "cr3",  "nef",  "arw", "raf",  "orf", "rw2", "exr",
    "hdr",  "pfm",   "psd", "svg",  "pdf", "tga",  "ico",  "jxr", "fits", "nii", "jls", "pam",
    "pcx",  "sgi",   "ras", "xpm",  "mat", "h5",   "hdf5", "mp4", "m4v",  "avi", "mov", "mkv",
    "webm", "mjpeg", "jpc", "jph",  "dds", "qoi",  "eps",  "xcf", "pef",  "srw", "x3f", "czi",
    "nd2",  "nrrd",  "mha", "wmv",  "mpg", "mpeg", NULL};

/* What --raw reads in folders. */
static const char *const dumps[] = {"raw", "bin", NULL};

struct search {
    struct alfa__inputs *inputs;
    struct alfa__walk walk;
};

static void *grow(void *items, int count, size_t size)
{
    if (count & (count - 1)) /* doubles whenever count is a power of two */
        return items;
    return alfa__must(realloc(items, size * (count ? 2 * (size_t)count : 1)));
}

static struct alfa__input *add(struct alfa__inputs *inputs, const char *path)
{
    inputs->items = grow(inputs->items, inputs->count, sizeof *inputs->items);
    struct alfa__input *input = &inputs->items[inputs->count++];
    *input = (struct alfa__input){.path = alfa__must(alfa__strdup(path))};
    return input;
}

static struct alfa_error *add_problem(struct alfa__inputs *inputs, const char *path)
{
    struct alfa__input *input = add(inputs, path);
    input->error = alfa__must(calloc(1, sizeof *input->error));
    return input->error;
}

bool alfa__input_is_picture(const char *path)
{
    if (*alfa__path_name(path) == '.')
        return false;
    return alfa__image_named(path);
}

bool alfa__input_is_stranger(const char *path)
{
    return !alfa__input_is_picture(path) && alfa__ends_in(path, strangers);
}

static void leave_out(struct alfa__inputs *inputs, const char *path)
{
    const int before = inputs->left_out++;
    if (before > ALFA__MOST_LEFT)
        return;
    const char *name = before == ALFA__MOST_LEFT ? "..." : alfa__path_name(path);
    if (before < ALFA__MOST_LEFT)
        inputs->left[before] = alfa__must(alfa__strdup(name));
    char *names =
        alfa__must(alfa__format("%s%s%s", before ? inputs->left_names : "", before ? ", " : "", name));
    free(inputs->left_names);
    inputs->left_names = names;
}

/* ------------------------------------------------------------------ folders */

static void take_file(void *context, const char *path, const struct stat *info)
{
    struct alfa__inputs *inputs = context;
    (void)info;
    if (alfa__frames_are_raw() ? alfa__ends_in(path, dumps) : alfa__input_is_picture(path))
        add(inputs, path);
    else if (alfa__input_is_stranger(path))
        leave_out(inputs, path);
    else if (!alfa__frames_are_raw() && *alfa__path_name(path) != '.' && alfa__image_is_unnamed(path)) {
        inputs->unnamed = true;
        leave_out(inputs, path);
    }
}

static void take_problem(void *context, const char *path, int error)
{
    struct alfa_error *err = add_problem(context, path);
    if (error == ELOOP)
        alfa__fail(err, ALFA_ERROR_LIMIT, path, "is more than %d folders deep", ALFA__WALK_DEEPEST);
    else if (error == ENOLINK)
        alfa__fail(err, ALFA_ERROR_INPUT, path, "is a link that leads to nothing");
    else
        alfa__fail(err, ALFA_ERROR_INPUT, path, "cannot be searched: %s", strerror(error));
}

/* What was typed or matched a pattern: a file is taken whatever its extension. */
static void search_path(struct search *search, const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0)
        alfa__fail(add_problem(search->inputs, path), ALFA_ERROR_INPUT, path, "%s",
                   errno == ENOENT ? "there is no such file" : strerror(errno));
    else if (S_ISDIR(info.st_mode))
        alfa__walk_into(&search->walk, path);
    else
        add(search->inputs, path);
}

/* ------------------------------------------------------------------ arguments */

static int compare_names(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

static void search_pattern(struct search *search, const char *pattern)
{
    glob_t found;
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0 || found.gl_pathc == 0) {
        alfa__fail(add_problem(search->inputs, pattern), ALFA_ERROR_INPUT, pattern, "matches no file");
    } else {
        qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, compare_names);
        for (size_t i = 0; i < found.gl_pathc; i++)
            search_path(search, found.gl_pathv[i]);
    }
    globfree(&found);
}

static void search_argument(struct alfa__inputs *inputs, const char *argument, const char *const *skip)
{
    struct search search = {.inputs = inputs,
                            .walk = {.file = take_file, .problem = take_problem, .context = inputs}};
    struct stat info;
    int before = inputs->count;
    alfa__walk_skip(&search.walk, skip);
    if (strcmp(argument, "-") == 0)
        add(inputs, argument);
    else if (lstat(argument, &info) != 0 && strpbrk(argument, "*?["))
        search_pattern(&search, argument);
    else
        search_path(&search, argument);
    if (inputs->count == before && inputs->left_out)
        alfa__fail(add_problem(inputs, argument), ALFA_ERROR_INPUT, argument,
                   "holds no images that are read (jpg, png, tif, webp, gif, bmp, ppm), but %.300s",
                   inputs->left_names);
    else if (inputs->count == before && alfa__walk_is_report(argument))
        alfa__fail(add_problem(inputs, argument), ALFA_ERROR_INPUT, argument,
                   "is a report that --out made: its pictures are heat maps, and are not looked at");
    else if (inputs->count == before)
        alfa__fail(add_problem(inputs, argument), ALFA_ERROR_INPUT, argument,
                   alfa__frames_are_raw() ? "holds no dumps (raw, bin)"
                                          : "holds no images (jpg, png, tif, webp, gif, bmp, ppm)");
    alfa__walk_end(&search.walk);
}

void alfa__inputs_expand(struct alfa__inputs *out, char **arguments, int count, const char *const *skip)
{
    *out = (struct alfa__inputs){0};
    for (int i = 0; i < count; i++)
        search_argument(out, arguments[i], skip);
    alfa__reading_spread(out);
    alfa__inputs_name(out);
    for (int i = 0; i < out->count; i++)
        out->good += !out->items[i].error;
}

void alfa__inputs_free(struct alfa__inputs *inputs)
{
    for (int i = 0; i < inputs->count; i++) {
        free(inputs->items[i].path);
        free(inputs->items[i].file);
        free(inputs->items[i].name);
        free(inputs->items[i].error);
    }
    free(inputs->items);
    for (int i = 0; i < ALFA__MOST_LEFT; i++)
        free(inputs->left[i]);
    free(inputs->left_names);
    *inputs = (struct alfa__inputs){0};
}

/* ------------------------------------------------------------------ loading */

enum alfa_status alfa__input_load_from(struct alfa_image **out, const struct alfa__input *input,
                                       struct alfa__stream *stream, struct alfa_error *err)
{
    const struct alfa_image_options how = alfa__reading_options(input);
    struct alfa__pictures *pictures = alfa__pictures_new(stream, input->path);
    const void *bytes;
    size_t size;
    *out = NULL;
    enum alfa_status status = alfa__pictures_next(&bytes, &size, pictures, err);
    if (status == ALFA_ERROR_STOPPED)
        status = alfa__fail(err, ALFA_ERROR_INPUT, input->path, "was interrupted");
    if (status == ALFA_OK)
        status = alfa_image_decode_as(out, bytes, size, input->path, &how, err);
    if (status == ALFA_OK) {
        alfa__reading_note(alfa__reading_facts(*out), input);
        if (alfa__pictures_next(&bytes, &size, pictures, NULL) == ALFA_OK && bytes)
            alfa__talk_note(input->path, "holds several pictures: only the first is looked at, alfa detect "
                                         "looks at all");
    }
    alfa__pictures_free(pictures);
    return status;
}

static enum alfa_status load_stdin(struct alfa_image **out, const struct alfa__input *input,
                                   struct alfa_error *err)
{
    struct alfa__stream *stream;
    *out = NULL;
    ALFA__TRY(alfa__stream_open(&stream, input->path, err));
    const enum alfa_status status = alfa__input_load_from(out, input, stream, err);
    alfa__stream_close(stream);
    return status;
}

enum alfa_status alfa__input_read(struct alfa_image **out, const struct alfa__input *input,
                                  struct alfa_error *err)
{
    const struct alfa_image_options how = alfa__reading_options(input);
    return alfa_image_load_as(out, input->file ? input->file : input->path, &how, err);
}

enum alfa_status alfa__input_load(struct alfa_image **out, const struct alfa__input *input,
                                  struct alfa_error *err)
{
    if (strcmp(input->path, "-") == 0)
        return load_stdin(out, input, err);
    ALFA__TRY(alfa__input_read(out, input, err));
    alfa__reading_note(alfa__reading_facts(*out), input);
    return ALFA_OK;
}
