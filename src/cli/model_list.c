/* alfa model list: the models that lie here, then the known ones that can be fetched. */
#include "cli/model.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/hub.h"
#include "cli/json.h"
#include "cli/locate.h"
#include "cli/options.h"
#include "cli/talk.h"

/* One line. */
struct row {
    const char *name, *path; /* path NULL: not here */
    long long bytes;         /* on the disk, or what its weights will have; -1: not known */
    struct alfa__config config;
    const struct alfa__known *known; /* or NULL */
};

/* ------------------------------------------------------------------ printing */

static void print_json(const struct row *row)
{
    const struct alfa__known *known = row->known;
    json_t *object = alfa__must(json_object());
    alfa__json_add_text(object, "name", row->name);
    if (row->path)
        alfa__json_add_text(object, "path", row->path);
    else
        alfa__json_add(object, "path", json_null());
    alfa__json_add(object, "bytes", json_integer(row->bytes));
    alfa__json_add(object, "image_size", json_integer(row->config.image_size));
    alfa__json_add_text(object, "activation", row->config.quick_gelu ? "quick_gelu" : "gelu");
    if (known) {
        alfa__json_add_text(object, "repository", known->repository);
        alfa__json_add_text(object, "licence", known->licence);
        alfa__json_add(object, "paper", json_boolean(known->paper));
    }
    if (known && known->note)
        alfa__json_add_text(object, "note", known->note);
    alfa__json_print(object);
}

#define LINE "%-36s %8s  %5s  %-10s  %-12s  %s\n"

static void print_row(const struct row *row, const struct alfa__options *options)
{
    const struct alfa__known *known = row->known;
    char size[ALFA__BYTES_TEXT], pixels[16];
    if (options->json) {
        print_json(row);
        return;
    }
    alfa__format_bytes(size, row->bytes);
    snprintf(pixels, sizeof pixels, "%d", row->config.image_size);
    alfa__talk_print(LINE, row->name, size, pixels, row->config.quick_gelu ? "quick_gelu" : "gelu",
                     known ? known->licence : "",
                     row->path      ? row->path
                     : known->paper ? "- the paper's"
                                    : "-");
    if (known && known->note && !options->quiet)
        alfa__talk_print("    %s\n", known->note);
}

/* ------------------------------------------------------------------ what is here */

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Bytes of the files in a folder. */
static long long folder_size(const char *folder)
{
    struct dirent **entries;
    struct stat info;
    long long bytes = 0;
    const int count = scandir(folder, &entries, is_shown, NULL);
    for (int i = 0; i < count; i++) {
        char *path = alfa__must(alfa__format("%s/%s", folder, entries[i]->d_name));
        if (stat(path, &info) == 0 && S_ISREG(info.st_mode))
            bytes += info.st_size;
        free(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return bytes;
}

static bool read_config(struct alfa__config *out, const char *folder)
{
    static const char *const names[] = {"open_clip_config.json", "config.json"};
    bool good = false;
    for (size_t i = 0; i < sizeof names / sizeof *names && !good; i++) {
        char *path = alfa__must(alfa__format("%s/%s", folder, names[i]));
        good = alfa__config_read(out, path, NULL) == ALFA_OK;
        free(path);
    }
    return good;
}

/* A folder that is no model is left out. */
static void list_folder(const char *name, const char *folder, const struct alfa__known *known,
                        const struct alfa__options *options)
{
    struct row row = {.name = name, .path = folder, .known = known};
    if (!read_config(&row.config, folder))
        return;
    row.bytes = folder_size(folder);
    print_row(&row, options);
}

static enum alfa_status list_shipped(const struct alfa__options *options, struct alfa_error *err)
{
    struct dirent **entries;
    char *data = alfa__locate_data();
    char *models = data ? alfa__must(alfa__format("%s/models", data)) : NULL;
    const int count = models ? scandir(models, &entries, is_shown, versionsort) : -1;
    for (int i = 0; i < count; i++) {
        char *folder = alfa__must(alfa__format("%s/%s", models, entries[i]->d_name));
        list_folder(entries[i]->d_name, folder, NULL, options);
        free(folder);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    else
        alfa__fail(err, ALFA_ERROR_INPUT, models ? models : "models",
                   "not found; set ALFA_DATA to the folder that holds models/");
    free(models);
    free(data);
    return count >= 0 ? ALFA_OK : ALFA_ERROR_INPUT;
}

/* "models--ORG--REPO" -> a model; false for what else lies in the cache. */
static bool read_entry(struct alfa__hub_model *out, const char *name)
{
    char text[256];
    const char *owner = name + strlen("models--");
    const char *repository = strncmp(name, "models--", 8) == 0 ? strstr(owner, "--") : NULL;
    if (!repository)
        return false;
    snprintf(text, sizeof text, "hf:%.*s/%s", (int)(repository - owner), owner, repository + 2);
    return alfa__hub_model_read(out, text, NULL) == ALFA_OK;
}

/* Weights without a config, as open_clip leaves them; the table says what they are. */
static void list_bare(const struct alfa__hub_model *model, const char *path,
                      const struct alfa__options *options)
{
    struct stat info;
    struct row row = {.name = model->name, .path = path, .known = model->known};
    alfa__known_config(&row.config, model->known);
    row.bytes = stat(path, &info) == 0 ? (long long)info.st_size : -1;
    print_row(&row, options);
}

static void list_cached(const struct alfa__hub_options *hub, const struct alfa__options *options)
{
    struct alfa__hub_model model;
    struct dirent **entries;
    const int count = scandir(hub->cache, &entries, is_shown, versionsort);
    for (int i = 0; i < count; i++) {
        bool bare = false;
        char *path = NULL;
        if (read_entry(&model, entries[i]->d_name))
            path = alfa__hub_model_find(&bare, hub, &model);
        if (path && model.known)
            alfa__hub_model_known(&model, model.known);
        if (path && bare)
            list_bare(&model, path, options);
        else if (path)
            list_folder(model.name, path, model.known, options);
        free(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* ------------------------------------------------------------------ what can be fetched */

static void list_known(const struct alfa__hub_options *hub, const struct alfa__options *options)
{
    struct alfa__hub_model model;
    for (const struct alfa__known *known = alfa__known_models; known->shape; known++) {
        alfa__hub_model_known(&model, known);
        struct row row = {.name = model.name, .known = known};
        bool bare;
        char *path = alfa__hub_model_find(&bare, hub, &model);
        alfa__known_config(&row.config, known);
        row.bytes = 4 * alfa__known_parameters(&row.config);
        if (!path)
            print_row(&row, options);
        free(path);
    }
}

int alfa__model_list(const struct alfa__options *options)
{
    struct alfa__hub_settings hub;
    struct alfa_error err;
    const bool heads = !options->json && !options->quiet;
    if (heads)
        alfa__talk_print(LINE, "name", "size", "image", "activation", "licence", "here");
    const enum alfa_status status = list_shipped(options, &err);
    alfa__hub_settings_read(&hub);
    list_cached(&hub.options, options);
    list_known(&hub.options, options);
    if (heads)
        alfa__talk_print(
            "'alfa model pull NAME' fetches one into %s; hf:ORG/REPO takes any other CLIP of the hub.\n"
            "A name without the part behind the colon means the first of its kind. Sizes of what is not "
            "here are those of f32 weights.\n",
            hub.cache);
    alfa__hub_settings_free(&hub);
    return status == ALFA_OK ? 0 : alfa__talk_fail(&err);
}
