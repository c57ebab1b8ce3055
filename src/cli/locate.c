#include "cli/locate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/talk.h"

static bool has_models(const char *folder)
{
    char *models = alfa__must(alfa__format("%s/models", folder));
    bool found = alfa__folder_exists(models);
    free(models);
    return found;
}

/* The folder of the running program, or NULL. */
static char *program_folder(void)
{
    char path[4096];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    if (size <= 0)
        return NULL;
    path[size] = 0;
    path[alfa__path_name(path) - path] = 0;
    return alfa__must(alfa__strdup(path));
}

/* folder/relative without the dots, as people want to read it; NULL when it is not there. */
static char *resolve(const char *folder, const char *relative)
{
    char *path = alfa__must(alfa__format("%s%s", folder, relative));
    char *plain = realpath(path, NULL);
    free(path);
    return plain;
}

char *alfa__locate_data(void)
{
    static const char *const beside[] = {"..", "../..", "../share/alfa"};
    const char *chosen = getenv("ALFA_DATA");
    if (chosen && *chosen)
        return alfa__must(alfa__strdup(chosen));
    char *program = program_folder(), *found = NULL;
    for (size_t i = 0; program && !found && i < sizeof beside / sizeof *beside; i++) {
        found = resolve(program, beside[i]);
        if (found && !has_models(found)) {
            free(found);
            found = NULL;
        }
    }
    free(program);
    return found;
}

char *alfa__locate_cache(const struct alfa__options *options)
{
    const char *caches = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char *folder = NULL;
    if (options->no_cache)
        return NULL;
    if (caches && *caches == '/')
        folder = alfa__must(alfa__format("%s/alfa", caches));
    else if (home && *home == '/')
        folder = alfa__must(alfa__format("%s/.cache/alfa", home));
    if (folder && (alfa__folder_make(folder, NULL) != ALFA_OK || access(folder, W_OK) != 0)) {
        free(folder);
        folder = NULL;
    }
    return folder;
}

/* ------------------------------------------------------------------ prompts */

/* "Metal nut" -> "metal_nut"; false when the noun has characters that no shipped file has in its name. */
static bool prompt_name(char *out, size_t size, const char *noun)
{
    size_t i = 0;
    for (; noun[i] && i + 1 < size; i++) {
        unsigned char c = (unsigned char)noun[i];
        if (!isalnum(c) && c != ' ' && c != '_' && c != '-')
            return false;
        out[i] = (char)(c == ' ' ? '_' : tolower(c));
    }
    out[i] = 0;
    return !noun[i];
}

/* The file of the noun in a folder of the data, or the generic one there; NULL when there is neither. */
static char *class_file(const char *folder, const char *noun, bool *generic)
{
    char name[256], *data = alfa__locate_data(), *path = NULL;
    *generic = false;
    if (data && prompt_name(name, sizeof name, noun))
        path = alfa__must(alfa__format("%s/%s/%s.txt", data, folder, name));
    if (data && (!path || !alfa__file_exists(path))) {
        free(path);
        path = alfa__must(alfa__format("%s/%s/generic.txt", data, folder));
        *generic = true;
    }
    free(data);
    if (path && !alfa__file_exists(path)) {
        free(path);
        path = NULL;
    }
    return path;
}

enum alfa_status alfa__locate_descriptors(char **out, bool *generic, const struct alfa__options *options,
                                          struct alfa_error *err)
{
    *generic = false;
    *out = options->descriptors ? alfa__must(alfa__strdup(options->descriptors))
                                : class_file("prompts/descriptors", options->class_name, generic);
    if (!*out)
        return alfa__fail(err, ALFA_ERROR_INPUT, "descriptors",
                          "no file with them was found; set ALFA_DATA to the folder that holds prompts/");
    return ALFA_OK;
}

char *alfa__locate_prompts(const struct alfa__options *options)
{
    bool generic;
    if (options->prompts)
        return alfa__must(alfa__strdup(options->prompts));
    char *path = class_file("prompts", options->class_name, &generic);
    if (path && generic)
        alfa__talk_note(NULL,
                        "no prompt set for \"%s\": using the generic set; 'alfa prompts \"%s\" --llm URL "
                        "--llm-model NAME' writes one",
                        options->class_name, options->class_name);
    if (!path) {
        alfa__talk_note(NULL, "no prompt sets found: using the templates only");
        return NULL;
    }
    return path;
}

/* ------------------------------------------------------------------ model */

/* A copy without closing slashes, since the folder's name is the model's. */
static char *without_slashes(const char *path)
{
    char *copy = alfa__must(alfa__strdup(path));
    for (size_t size = strlen(copy); size > 1 && copy[size - 1] == '/'; size--)
        copy[size - 1] = 0;
    return copy;
}

enum alfa_status alfa__locate_model(char **out, const struct alfa__options *options, struct alfa_error *err)
{
    const char *model = options->model;
    *out = NULL;
    if (alfa__folder_exists(model)) {
        *out = without_slashes(model);
        return ALFA_OK;
    }
    if (alfa__file_exists(model))
        return alfa__fail(err, ALFA_ERROR_MODEL, model, "is a file; --model takes the folder that holds it");
    char *data = alfa__locate_data(), *path = NULL;
    bool found = data != NULL;
    if (found && !strchr(model, '/'))
        path = alfa__must(alfa__format("%s/models/%s", data, model));
    free(data);
    if (path && alfa__folder_exists(path)) {
        *out = path;
        return ALFA_OK;
    }
    free(path);
    if (!found)
        return alfa__fail(err, ALFA_ERROR_MODEL, model,
                          "no such folder, and the data that comes with alfa was not "
                          "found; set ALFA_DATA to the folder that holds models/");
    return alfa__fail(err, ALFA_ERROR_MODEL, model,
                      "no such folder, and no model here has that name; "
                      "'alfa model list' shows them");
}

/* Says once, ever, what the built-in model is good for; a file in the cache remembers it. */
static void introduce(const char *name, const char *cache)
{
    if (strcmp(name, "alfa-tiny") != 0 || !cache || alfa__talk_is_quiet())
        return;
    char *marker = alfa__must(alfa__format("%s/alfa-tiny.introduced", cache));
    if (!alfa__file_exists(marker) && alfa__file_write(marker, "", 0, NULL) == ALFA_OK)
        alfa__talk_note(NULL,
                        "alfa-tiny is built in: good for a first try and for textures; for real work give a "
                        "CLIP folder with --model FOLDER (docs/models.md)");
    free(marker);
}

enum alfa_status alfa__open_model(struct alfa_model **out, const struct alfa__options *options,
                                  struct alfa_error *err)
{
    char *folder = NULL, *cache = NULL;
    struct alfa_model_options how = ALFA_MODEL_OPTIONS_INIT;
    *out = NULL;
    ALFA__TRY(alfa__locate_model(&folder, options, err));
    cache = alfa__locate_cache(options);
    how.precision = (enum alfa_precision)options->precision;
    how.threads = options->threads;
    how.cache_dir = cache;
    alfa__progress_say("opening the model");
    enum alfa_status status = alfa_model_open(out, folder, &how, err);
    alfa__progress_hide();
    if (status == ALFA_OK)
        introduce(alfa_model_info(*out)->name, cache);
    free(folder);
    free(cache);
    return status;
}
