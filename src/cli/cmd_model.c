/* alfa model info, alfa model list */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/locate.h"
#include "cli/options.h"
#include "cli/talk.h"

/* ------------------------------------------------------------------ info */

static void print_info(const struct alfa_model_info *info)
{
    alfa__talk_print("name         %s\n", info->name);
    alfa__talk_print("layout       %s\n", info->layout);
    alfa__talk_print("precision    %s\n", info->precision);
    alfa__talk_print("parameters   %.1f million\n", (double)info->parameters / 1e6);
    alfa__talk_print("embedding    %d numbers\n", info->embed_dim);
    alfa__talk_print("image        %d x %d pixels, %d x %d patches\n", info->image_size, info->image_size,
                     info->grid, info->grid);
    alfa__talk_print("stem         %s\n", info->stem);
    alfa__talk_print("image tower  %d layers of width %d, %d heads\n", info->vision_layers,
                     info->vision_width, info->vision_heads);
    alfa__talk_print("text tower   %d layers of width %d, %d heads\n", info->text_layers, info->text_width,
                     info->text_heads);
    alfa__talk_print("text         at most %d tokens, vocabulary of %d\n", info->context_length,
                     info->vocab_size);
    alfa__talk_print("activation   %s\n", info->activation);
    alfa__talk_print("fingerprint  %s\n", info->fingerprint);
}

static void print_info_json(const struct alfa_model_info *info)
{
    json_t *object = alfa__must(json_object());
    alfa__json_add_text(object, "name", info->name);
    alfa__json_add_text(object, "layout", info->layout);
    alfa__json_add_text(object, "precision", info->precision);
    alfa__json_add_text(object, "fingerprint", info->fingerprint);
    alfa__json_add_text(object, "activation", info->activation);
    alfa__json_add_text(object, "stem", info->stem);
    const struct {
        const char *key;
        long long value;
    } numbers[] = {{"embed_dim", info->embed_dim},           {"image_size", info->image_size},
                   {"patch_size", info->patch_size},         {"grid", info->grid},
                   {"vision_width", info->vision_width},     {"vision_layers", info->vision_layers},
                   {"vision_heads", info->vision_heads},     {"text_width", info->text_width},
                   {"text_layers", info->text_layers},       {"text_heads", info->text_heads},
                   {"context_length", info->context_length}, {"vocab_size", info->vocab_size},
                   {"parameters", info->parameters}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        alfa__json_add(object, numbers[i].key, json_integer(numbers[i].value));
    alfa__json_print(object);
}

static int show_info(const struct alfa__options *options)
{
    struct alfa_model *model;
    struct alfa_error err;
    if (alfa__open_model(&model, options, &err) != ALFA_OK)
        return alfa__talk_fail(&err);
    if (options->json)
        print_info_json(alfa_model_info(model));
    else
        print_info(alfa_model_info(model));
    alfa_model_free(model);
    return 0;
}

/* ------------------------------------------------------------------ list */

static int is_model(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool holds_model(const char *folder)
{
    static const char *const configs[] = {"open_clip_config.json", "config.json"};
    bool found = false;
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
        char *path = alfa__must(alfa__format("%s/%s", folder, configs[i]));
        found = found || alfa__file_exists(path);
        free(path);
    }
    return found;
}

static void print_model(const char *name, const char *folder, bool as_json)
{
    if (!as_json) {
        alfa__talk_print("%-24s %s\n", name, folder);
        return;
    }
    json_t *object = alfa__must(json_object());
    alfa__json_add_text(object, "name", name);
    alfa__json_add_text(object, "path", folder);
    alfa__json_print(object);
}

static int show_list(const struct alfa__options *options)
{
    struct alfa_error err;
    struct dirent **entries;
    char *data = alfa__locate_data();
    char *models = data ? alfa__must(alfa__format("%s/models", data)) : NULL;
    int count = models ? scandir(models, &entries, is_model, versionsort) : -1;
    if (count < 0) {
        alfa__fail(&err, ALFA_ERROR_INPUT, models ? models : "models",
                   "not found; set ALFA_DATA to the folder that holds models/");
        free(models);
        free(data);
        return alfa__talk_fail(&err);
    }
    for (int i = 0; i < count; i++) {
        char *folder = alfa__must(alfa__format("%s/%s", models, entries[i]->d_name));
        if (holds_model(folder))
            print_model(entries[i]->d_name, folder, options->json);
        free(folder);
        free(entries[i]);
    }
    free(entries);
    free(models);
    free(data);
    return 0;
}

int alfa__cmd_model(const struct alfa__options *options)
{
    struct alfa_error err;
    if (options->argument_count > 0) {
        alfa__fail(&err, ALFA_ERROR_USAGE, "model",
                   "\"%s\" is one argument too many; a folder is given with --model", options->arguments[0]);
        return alfa__talk_fail(&err);
    }
    return strcmp(options->subject, "info") == 0 ? show_info(options) : show_list(options);
}
