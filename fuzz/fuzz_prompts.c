/* Text that people edit: sentences, templates, domains, nouns, descriptors. */
#include "fuzz.h"
#include "prompt/file.h"
#include "report/descriptors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void parse(const char *text, size_t size)
{
    struct alfa__sentences sides[2] = {{0}};
    struct alfa_error err;
    fuzz_holds_status(alfa__prompt_file_parse(sides, text, size, "prompts", "metal nut", true, &err), &err);
    for (int side = 0; side < 2; side++) {
        FUZZ_HOLDS(sides[side].count <= ALFA__PROMPT_FILE_SENTENCES);
        for (int i = 0; i < sides[side].count; i++)
            FUZZ_HOLDS(strlen(sides[side].texts[i]) <= ALFA__PROMPT_SENTENCE_LIMIT);
        alfa__sentences_free(&sides[side]);
    }
}

static void compose(const char *noun, const struct alfa_prompts_options *options)
{
    struct alfa_prompts *prompts;
    struct alfa_error err;
    enum alfa_status status = alfa_prompts_compose(&prompts, noun, options, &err);
    fuzz_holds_status(status, &err);
    FUZZ_HOLDS((status == ALFA_OK) == (prompts != NULL));
    for (int side = 0; prompts && side < 2; side++) {
        FUZZ_HOLDS(alfa_prompts_count(prompts, (enum alfa_side)side) > 0);
        for (int i = 0; i < alfa_prompts_count(prompts, (enum alfa_side)side); i++)
            FUZZ_HOLDS(*alfa_prompts_get(prompts, (enum alfa_side)side, i) != 0);
    }
    alfa_prompts_free(prompts);
}

static void describe(const char *path)
{
    struct alfa__descriptors *descriptors;
    struct alfa_error err;
    enum alfa_status status = alfa__descriptors_open(&descriptors, path, "nut", fuzz_model(), &err);
    fuzz_holds_status(status, &err);
    if (status == ALFA_OK)
        FUZZ_HOLDS(alfa__descriptors_count(descriptors) > 0);
    alfa__descriptors_free(descriptors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), line[256];
    char path[256];
    snprintf(path, sizeof path, "%s", fuzz_file("prompts.txt", data, size));
    snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
    struct alfa_prompts_options options = ALFA_PROMPTS_OPTIONS_INIT;
    parse(text, size);
    options.set = path;
    compose("nut", &options);
    options.templates = path;
    options.set = NULL;
    options.domain = line;
    compose(line, &options);
    describe(path);
    free(text);
    return 0;
}
