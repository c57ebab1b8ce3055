/* A command line: words with zero bytes between them. What is accepted lies within the limits of its option.
 */
#include "cli/options.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 64 };

static void check(const struct alfa__options *options)
{
    for (const struct alfa__option *option = alfa__option_table; option->name; option++) {
        const void *field = (const char *)options + option->offset;
        if (option->kind == ALFA__OPTION_COUNT &&
            (option->initial || options->given[option - alfa__option_table]))
            FUZZ_HOLDS(*(const int *)field >= (int)option->minimum &&
                       *(const int *)field <= (int)option->maximum);
        if (option->kind == ALFA__OPTION_NUMBER &&
            (option->initial || options->given[option - alfa__option_table]))
            FUZZ_HOLDS(*(const double *)field >= option->minimum &&
                       *(const double *)field <= option->maximum);
    }
    for (int i = 0; i < ALFA_MAX_SCALES; i++)
        FUZZ_HOLDS(options->scales[i] >= 0 && options->scales[i] <= 4);
    for (int i = 0; i < options->argument_count; i++)
        FUZZ_HOLDS(options->arguments[i] != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct alfa__options options;
    struct alfa_error err;
    char *all = fuzz_text(data, size), *words[MOST_WORDS + 2] = {"alfa"};
    int count = 1;
    for (size_t at = 0; at < size && count <= MOST_WORDS; at += strlen(all + at) + 1)
        words[count++] = strdup(all + at); /* apart, so that reading over an end is seen */
    char *owned[MOST_WORDS + 2];
    memcpy(owned, words, sizeof owned);
    enum alfa_status status = alfa__options_parse(&options, count, words, &err);
    fuzz_holds_status(status, &err);
    if (status == ALFA_OK)
        check(&options);
    for (int i = 1; i < count; i++)
        free(owned[i]);
    free(all);
    return 0;
}
