#include "cli/locate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/hub.h"
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

char *alfa__locate_home(const char *variable, const char *below)
{
    const char *folder = getenv(variable), *home = getenv("HOME");
    if (folder && *folder == '/')
        return alfa__must(alfa__format("%s/alfa", folder));
    return home && *home == '/' ? alfa__must(alfa__format("%s/%s/alfa", home, below)) : NULL;
}

char *alfa__locate_cache(const struct alfa__options *options)
{
    if (options->no_cache)
        return NULL;
    char *folder = alfa__locate_home("XDG_CACHE_HOME", ".cache");
    if (folder && (alfa__folder_make(folder, NULL) != ALFA_OK || access(folder, W_OK) != 0)) {
        free(folder);
        folder = NULL;
    }
    return folder;
}

/* ------------------------------------------------------------------ prompts */

/* Path of a folder of the data, or NULL. */
static char *data_folder(const char *name)
{
    char *data = alfa__locate_data();
    char *path = data ? alfa__must(alfa__format("%s/%s", data, name)) : NULL;
    free(data);
    return path;
}

/* The folder of the shipped sets that --prompt-sets names. */
static char *shipped_folder(const struct alfa__options *options, bool descriptors)
{
    static const char *const folders[][2] = {{"prompts", "prompts/descriptors"},
                                             {"prompts/expert", "prompts/expert/descriptors"}};
    return data_folder(folders[options->prompt_sets == 1][descriptors]);
}

char *alfa__locate_prompt_sets(const struct alfa__options *options)
{
    return shipped_folder(options, false);
}

/* The file of the noun in a folder, which may be NULL, or the generic one there; NULL when there is neither.
 * near, when not NULL, gets the name of a set that was perhaps meant (freed by the caller). */
static char *class_file(const char *folder, const char *noun, bool *generic, char **near)
{
    char *path = NULL;
    bool own = false;
    if (folder && alfa_prompts_find(&path, near, &own, folder, noun, NULL) == ALFA_ERROR_MEMORY)
        alfa__must(NULL);
    *generic = folder && !own;
    return path;
}

enum alfa_status alfa__locate_descriptors(char **out, bool *generic, const struct alfa__options *options,
                                          struct alfa_error *err)
{
    char *folder = shipped_folder(options, true);
    *generic = false;
    *out = options->descriptors ? alfa__must(alfa__strdup(options->descriptors))
                                : class_file(folder, options->class_name, generic, NULL);
    free(folder);
    if (!*out)
        return alfa__fail(err, ALFA_ERROR_INPUT, "descriptors",
                          "no file with them was found; set ALFA_DATA to the folder that holds prompts/");
    return ALFA_OK;
}

/* The noun's own file in a folder, or NULL. */
static char *own_file(const char *folder, const char *noun, char **near)
{
    bool generic;
    char *path = class_file(folder, noun, &generic, near);
    if (generic) {
        free(path);
        path = NULL;
    }
    return path;
}

/* In a folder whose sets may be for classes of a data set: that of the class, or else that of its noun. */
static char *find_own(const char *folder, const char *class_name, const char *noun, char **near)
{
    char *path = class_name ? own_file(folder, class_name, NULL) : NULL;
    return path ? path : own_file(folder, noun, near);
}

/* "; did you mean "hazelnut"?", or nothing. */
static const char *meant(char *out, size_t size, const char *near)
{
    *out = 0;
    if (near)
        snprintf(out, size, "; did you mean \"%s\"?", near);
    return out;
}

/* The shipped set, or the generic one with a note. */
static char *find_shipped(const struct alfa__options *options, const char *class_name)
{
    bool generic;
    char *near = NULL, *folder = shipped_folder(options, false), *path = NULL, question[ALFA_MAX_CLASS + 32];
    if (folder && options->prompt_sets == 1)
        path = find_own(folder, class_name, options->class_name, NULL);
    if (!path) {
        path = class_file(folder, options->class_name, &generic, &near);
        if (path && generic)
            alfa__talk_note(NULL, "no prompt set for \"%s\": using the generic set%s", options->class_name,
                            meant(question, sizeof question, near));
    }
    free(near);
    free(folder);
    if (!path)
        alfa__talk_note(NULL, "no prompt sets found: using the templates only");
    return path;
}

char *alfa__locate_prompts(const struct alfa__options *options, const char *class_name)
{
    if (options->prompts)
        return alfa__must(alfa__strdup(options->prompts));
    char *near = NULL, question[ALFA_MAX_CLASS + 32];
    char *path =
        options->prompts_dir ? find_own(options->prompts_dir, class_name, options->class_name, &near) : NULL;
    if (options->prompts_dir && !path)
        alfa__talk_note(options->prompts_dir, "has no set for \"%s\": using a shipped one%s",
                        options->class_name, meant(question, sizeof question, near));
    free(near);
    return path ? path : find_shipped(options, class_name);
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

/* A folder in the data's models/; NULL when there is none. */
static char *shipped_model(const char *data, const char *name)
{
    if (!data || strchr(name, '/'))
        return NULL;
    char *path = alfa__must(alfa__format("%s/models/%s", data, name));
    if (alfa__folder_exists(path))
        return path;
    free(path);
    return NULL;
}

/* A model of the hub: where it lies in the cache, or how to get it there. */
static enum alfa_status find_downloaded(struct alfa__located *out, const char *typed, struct alfa_error *err)
{
    struct alfa__hub_settings hub;
    struct alfa__hub_model model;
    char size[ALFA__BYTES_TEXT] = "";
    bool bare;
    ALFA__TRY(alfa__hub_model_read(&model, typed, err));
    alfa__hub_settings_read(&hub);
    out->path = alfa__hub_model_find(&bare, &hub.options, &model);
    alfa__hub_settings_free(&hub);
    if (out->path) {
        out->name = alfa__must(alfa__strdup(model.name));
        if (bare)
            out->activation = model.known->quick_gelu ? ALFA_ACTIVATION_QUICK_GELU : ALFA_ACTIVATION_GELU;
        return ALFA_OK;
    }
    if (model.known)
        alfa__hub_model_size(size, model.known);
    return alfa__fail(err, ALFA_ERROR_MODEL, typed, "is not here yet; 'alfa model pull %s' fetches it%s%s%s",
                      typed, *size ? " (" : "", size, *size ? ")" : "");
}

enum alfa_status alfa__locate_model(struct alfa__located *out, const struct alfa__options *options,
                                    struct alfa_error *err)
{
    const char *model = options->model;
    *out = (struct alfa__located){.activation = ALFA_ACTIVATION_AUTO};
    if (alfa__folder_exists(model) || alfa__file_exists(model)) {
        out->path = without_slashes(model);
        return ALFA_OK;
    }
    char *data = alfa__locate_data();
    const bool found = data;
    out->path = shipped_model(data, model);
    free(data);
    if (out->path)
        return ALFA_OK;
    if (alfa__hub_is_model(model))
        return find_downloaded(out, model, err);
    if (!found)
        return alfa__fail(err, ALFA_ERROR_MODEL, model,
                          "no such folder, and the data that comes with alfa was not "
                          "found; set ALFA_DATA to the folder that holds models/");
    return alfa__fail(err, ALFA_ERROR_MODEL, model,
                      "no such folder, and no model here has that name; "
                      "'alfa model list' shows them");
}

void alfa__located_free(struct alfa__located *located)
{
    free(located->path);
    free(located->name);
}

/* Says once, ever, what the built-in model is good for; a file in the cache remembers it. */
static void introduce(const char *name, const char *cache)
{
    if (strcmp(name, "alfa-tiny") != 0 || !cache || alfa__talk_is_quiet())
        return;
    char *marker = alfa__must(alfa__format("%s/alfa-tiny.introduced", cache));
    if (!alfa__file_exists(marker) && alfa__file_write(marker, "", 0, NULL) == ALFA_OK)
        alfa__talk_note(NULL,
                        "alfa-tiny is built in: good for a first try and for textures; for real work "
                        "'alfa model pull ViT-B-16-plus-240' fetches the paper's model (docs/models.md)");
    free(marker);
}

enum alfa_status alfa__open_model(struct alfa_model **out, const struct alfa__options *options,
                                  struct alfa_error *err)
{
    struct alfa__located located;
    char *cache = NULL;
    struct alfa_model_options how = ALFA_MODEL_OPTIONS_INIT;
    *out = NULL;
    ALFA__TRY(alfa__locate_model(&located, options, err));
    cache = alfa__locate_cache(options);
    how.precision = (enum alfa_precision)options->precision;
    how.activation = (enum alfa_activation)options->activation;
    if (how.activation == ALFA_ACTIVATION_AUTO)
        how.activation = located.activation;
    how.threads = options->threads;
    how.cache_dir = cache;
    how.name = located.name;
    alfa__progress_say("opening the model");
    enum alfa_status status = alfa_model_open(out, located.path, &how, err);
    alfa__progress_hide();
    if (status == ALFA_OK)
        introduce(alfa_model_info(*out)->name, cache);
    alfa__located_free(&located);
    free(cache);
    return status;
}
