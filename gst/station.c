#include "station.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"

/* ------------------------------------------------------------------ where things are */

static bool has_models(const char *folder)
{
    char *models = g_build_filename(folder, "models", NULL);
    const bool found = g_file_test(models, G_FILE_TEST_IS_DIR);
    g_free(models);
    return found;
}

char *alfa__station_data(const char *path)
{
    const char *chosen = g_getenv("ALFA_DATA");
    if (chosen && *chosen)
        return g_strdup(chosen);
    char *real = path ? realpath(path, NULL) : NULL; /* /lib may be a link to /usr/lib */
    char *folder = g_strdup(real), *found = NULL;
    free(real);
    while (folder && !found && strlen(folder) > 1) {
        char *above = g_path_get_dirname(folder), *share = g_build_filename(above, "share", "alfa", NULL);
        g_free(folder);
        folder = above;
        if (has_models(share))
            found = g_strdup(share);
        else if (has_models(above))
            found = g_strdup(above);
        g_free(share);
    }
    g_free(folder);
    return found;
}

/* A path as it is, or else a model that comes with alfa; NULL when it is neither. */
static char *find_model(const char *model, const char *data)
{
    if (g_file_test(model, G_FILE_TEST_EXISTS))
        return g_strdup(model);
    if (!data || strchr(model, '/'))
        return NULL;
    char *path = g_build_filename(data, "models", model, NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return path;
    g_free(path);
    return NULL;
}

/* Where the program keeps packed weights and the embeddings of sentences too; NULL: nowhere. */
static char *find_cache(void)
{
    char *folder = g_build_filename(g_get_user_cache_dir(), "alfa", NULL);
    if (g_mkdir_with_parents(folder, 0700) == 0 && g_access(folder, W_OK) == 0)
        return folder;
    g_free(folder);
    return NULL;
}

/* ------------------------------------------------------------------ opening */

static enum alfa_status check(const struct alfa__station_options *o, struct alfa_error *err)
{
    if (!o->bank && (!o->class_name || !*o->class_name))
        return alfa__fail(err, ALFA_ERROR_USAGE, "class",
                          "is needed: what the frames show, for example class=bottle, or a bank");
    if (o->bank && o->prompts)
        return alfa__fail(err, ALFA_ERROR_USAGE, "prompts", "has no meaning with a bank: it has its own");
    if (o->bank && o->roi)
        return alfa__fail(err, ALFA_ERROR_USAGE, "roi", "has no meaning with a bank: it has its own");
    return ALFA_OK;
}

static enum alfa_status open_bank(struct alfa__station *s, const struct alfa__station_options *o,
                                  struct alfa_error *err)
{
    const enum alfa_status status = alfa_bank_load(&s->bank, o->bank, err);
    if (status != ALFA_OK)
        return status;
    const struct alfa_bank_info *info = alfa_bank_info(s->bank);
    s->bits = info->bits;
    if (o->class_name && !alfa_class_same(o->class_name, info->class_name))
        return alfa__fail(err, ALFA_ERROR_USAGE, "class", "is \"%s\", but %s is a bank for \"%s\"",
                          o->class_name, o->bank, info->class_name);
    return ALFA_OK;
}

/* Without the property it is where it was when the bank was learned, or the built-in one. */
static enum alfa_status open_model(struct alfa__station *s, const struct alfa__station_options *o,
                                   struct alfa_error *err)
{
    const struct alfa_bank_info *info = s->bank ? alfa_bank_info(s->bank) : NULL;
    const char *wanted = o->model ? o->model : info ? info->model_hint : "alfa-tiny";
    char *path = find_model(wanted, o->data);
    if (!path && info && !o->model)
        path = find_model(info->model, o->data);
    if (!path)
        return alfa__fail(err, ALFA_ERROR_MODEL, o->model || !info ? wanted : o->bank,
                          o->model || !info
                              ? "is no file or folder, and no model that comes with alfa has that name"
                              : "does not say where its model is: set the property model");
    struct alfa_model_options how = ALFA_MODEL_OPTIONS_INIT;
    char *cache = find_cache();
    how.cache_dir = cache;
    const enum alfa_status status = alfa_model_open(&s->model, path, &how, err);
    g_free(cache);
    g_free(path);
    return status;
}

static enum alfa_status set_roi(struct alfa__station *s, const char *path, struct alfa_error *err)
{
    struct alfa_image *mask;
    enum alfa_status status = alfa_image_load(&mask, path, err);
    if (status != ALFA_OK)
        return status;
    status = alfa_detector_set_roi(s->detector, mask, false, err);
    if (status != ALFA_OK)
        g_strlcpy(err->source, path, sizeof err->source);
    alfa_image_free(mask);
    return status;
}

/* The sentences that come with alfa for a noun, or the generic ones, which the note says; NULL without any.
 */
static char *find_prompts(struct alfa__station *s, const char *noun, const char *data)
{
    char *folder = data ? g_build_filename(data, "prompts", NULL) : NULL, *set = NULL, *near = NULL;
    bool own = false;
    if (folder && alfa_prompts_find(&set, &near, &own, folder, noun, NULL) == ALFA_OK && !own && set)
        s->note = g_strdup_printf("no prompt set for \"%s\": using the generic set%s%s%s", noun,
                                  near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    alfa_free(near);
    g_free(folder);
    return set;
}

static enum alfa_status open_sentences(struct alfa__station *s, const struct alfa__station_options *o,
                                       struct alfa_error *err)
{
    char *set = o->prompts ? NULL : find_prompts(s, o->class_name, o->data);
    const enum alfa_status status =
        alfa_prompts_open(&s->prompts, o->class_name, o->prompts ? o->prompts : set, err);
    alfa_free(set);
    return status;
}

static enum alfa_status open_detector(struct alfa__station *s, const struct alfa__station_options *o,
                                      struct alfa_error *err)
{
    struct alfa_detector_options how = ALFA_DETECTOR_OPTIONS_INIT;
    how.threshold = o->threshold;
    how.progress = o->progress;
    how.context = o->context;
    if (s->bank)
        return alfa_detector_open_bank(&s->detector, s->model, s->bank, &how, err);
    enum alfa_status status = open_sentences(s, o, err);
    if (status == ALFA_OK)
        status = alfa_detector_open(&s->detector, s->model, s->prompts, &how, err);
    return status == ALFA_OK && o->roi ? set_roi(s, o->roi, err) : status;
}

enum alfa_status alfa__station_open(struct alfa__station *out, const struct alfa__station_options *options,
                                    struct alfa_error *err)
{
    memset(out, 0, sizeof *out);
    enum alfa_status status = check(options, err);
    if (status == ALFA_OK && options->bank)
        status = open_bank(out, options, err);
    if (status == ALFA_OK)
        status = open_model(out, options, err);
    if (status == ALFA_OK)
        status = open_detector(out, options, err);
    if (status == ALFA_OK)
        status = alfa_detector_warm_up(out->detector, err);
    if (status != ALFA_OK)
        alfa__station_close(out);
    return status;
}

void alfa__station_close(struct alfa__station *station)
{
    alfa_detector_free(station->detector);
    alfa_prompts_free(station->prompts);
    alfa_bank_free(station->bank);
    alfa_model_free(station->model);
    g_free(station->note);
    memset(station, 0, sizeof *station);
}
