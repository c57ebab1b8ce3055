/* alfa model info */
#include "cli/model.h"

#include <stdio.h>

#include "cli/json.h"
#include "cli/locate.h"
#include "cli/options.h"
#include "cli/talk.h"

static void print_info(const struct alfa_model_info *info)
{
    alfa__talk_print("name         %s\n", info->name);
    alfa__talk_print("layout       %s\n", info->layout);
    alfa__talk_print("config       %s\n", info->config);
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
    alfa__json_add_text(object, "config", info->config);
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

int alfa__model_info(const struct alfa__options *options)
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
