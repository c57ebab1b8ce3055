/* Names of output files. What the folders of all images have in common is dropped, then the extension; images
 * that would then share a name (a.jpg and a.png) keep theirs, and a path that was given twice gets a number:
 *     data/new/a.jpg  data/new/b/a.jpg  data/new/b/a.png  ->  a  b/a.jpg  b/a.png */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "cli/paths.h"
#include "cli/talk.h"

/* A path without "", "." and ".." parts: "../a//b.png" -> "a/b.png". */
static char *clean(const char *path)
{
    char *out = alfa__must(calloc(1, strlen(path) + sizeof "image")), *end = out;
    while (*path) {
        size_t size = strcspn(path, "/");
        if (size > 2 || strncmp(path, "..", size) != 0) {
            if (end > out)
                *end++ = '/';
            memcpy(end, path, size);
            end += size;
        }
        path += size + (path[size] == '/');
    }
    return end > out ? out : strcpy(out, "image");
}

/* Length of the folders, slash included, at the beginning of a and b; at most limit. */
static size_t shared_folders(const char *a, const char *b, size_t limit)
{
    size_t shared = 0;
    for (size_t i = 0; i < limit && a[i] && a[i] == b[i]; i++)
        if (a[i] == '/')
            shared = i + 1;
    return shared;
}

static bool is_stdin(const struct alfa__input *input)
{
    return strcmp(input->path, "-") == 0;
}

/* Names without the folders that all images are in. */
static void name_below_shared(struct alfa__inputs *inputs)
{
    const char *first = NULL;
    size_t shared = SIZE_MAX;
    for (int i = 0; i < inputs->count; i++) {
        struct alfa__input *input = &inputs->items[i];
        if (input->error)
            continue;
        input->name = is_stdin(input) ? alfa__must(alfa__strdup("stdin")) : clean(input->path);
        if (is_stdin(input))
            continue;
        first = first ? first : input->name;
        shared = shared_folders(first, input->name, shared);
    }
    for (int i = 0; i < inputs->count; i++) {
        struct alfa__input *input = &inputs->items[i];
        if (input->name && !is_stdin(input))
            memmove(input->name, input->name + shared, strlen(input->name + shared) + 1);
    }
}

struct place {
    const char *name;
    int index;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order ? order : x->index - y->index;
}

/* repeated[i]: names[i] is not NULL and another name is the same. */
static void find_repeated(bool *repeated, char *const *names, int count)
{
    struct place *places = alfa__must(calloc((size_t)count + 1, sizeof *places));
    int used = 0;
    for (int i = 0; i < count; i++) {
        repeated[i] = false;
        if (names[i])
            places[used++] = (struct place){names[i], i};
    }
    qsort(places, (size_t)used, sizeof *places, compare_places);
    for (int i = 0; i + 1 < used; i++)
        if (strcmp(places[i].name, places[i + 1].name) == 0)
            repeated[places[i].index] = repeated[places[i + 1].index] = true;
    free(places);
}

static char *without_extension(const char *name)
{
    char *stem = alfa__must(alfa__strdup(name));
    char *dot = strrchr(stem, '.');
    if (dot && dot > alfa__path_name(stem))
        *dot = 0;
    return stem;
}

static int compare_name(const void *name, const void *place)
{
    return strcmp(name, ((const struct place *)place)->name);
}

/* Names that are the same become name-1, name-2 ... whichever no other input has. */
static void number_repeated(char **names, int count)
{
    struct place *places = alfa__must(calloc((size_t)count + 1, sizeof *places));
    char **fresh = alfa__must(calloc((size_t)count + 1, sizeof *fresh));
    int used = 0, number = 0;
    for (int i = 0; i < count; i++)
        if (names[i])
            places[used++] = (struct place){names[i], i};
    qsort(places, (size_t)used, sizeof *places, compare_places);
    for (int i = 0; i < used; i++) {
        const char *name = places[i].name;
        const bool follows = i > 0 && strcmp(places[i - 1].name, name) == 0;
        number = follows ? number : 0;
        if (!follows && (i + 1 == used || strcmp(places[i + 1].name, name) != 0))
            continue;
        char **own = &fresh[places[i].index];
        do {
            free(*own);
            *own = alfa__must(alfa__format("%s-%d", name, ++number));
        } while (bsearch(*own, places, (size_t)used, sizeof *places, compare_name));
    }
    for (int i = 0; i < count; i++)
        if (fresh[i]) {
            free(names[i]);
            names[i] = fresh[i];
        }
    free(fresh);
    free(places);
}

void alfa__inputs_name(struct alfa__inputs *inputs)
{
    int count = inputs->count;
    bool *repeated = alfa__must(calloc((size_t)count + 1, sizeof *repeated));
    char **names = alfa__must(calloc((size_t)count + 1, sizeof *names));
    name_below_shared(inputs);
    for (int i = 0; i < count; i++)
        names[i] = inputs->items[i].name ? without_extension(inputs->items[i].name) : NULL;
    find_repeated(repeated, names, count);
    for (int i = 0; i < count; i++) {
        char *whole = inputs->items[i].name;
        inputs->items[i].name = NULL;
        free(repeated[i] ? names[i] : whole);
        names[i] = repeated[i] ? whole : names[i];
    }
    number_repeated(names, count);
    for (int i = 0; i < count; i++)
        inputs->items[i].name = names[i];
    free(names);
    free(repeated);
}
