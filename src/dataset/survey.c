#include "base/files.h"
#include "base/strings.h"
#include "dataset/layouts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SHOWN = 3, DEEPEST = 6, MOST_FOLDERS = 2000 };

struct survey {
    const char *top;
    struct alfa__string text;
    size_t shown, more, images, folders; /* more: images in folders that are not shown */
    char packed[128];                    /* the first archive, or table that holds images */
};

static void note_packed(struct survey *survey, const struct alfa__names *names)
{
    static const char *const ends[] = {"zip", "tar", "gz",  "tgz",     "xz",    "bz2", "zst",
                                       "7z",  "rar", "npz", "parquet", "arrow", "h5",  "tfrecord"};
    for (size_t i = 0; i < names->count && !*survey->packed; i++) {
        const char *dot = strrchr(names->items[i], '.');
        for (size_t k = 0; dot && k < sizeof ends / sizeof *ends; k++)
            if (strcasecmp(dot + 1, ends[k]) == 0)
                snprintf(survey->packed, sizeof survey->packed, "%s", names->items[i]);
    }
}

static void look(struct survey *survey, const char *path, int depth)
{
    struct alfa__folder folder;
    if (depth > DEEPEST || survey->folders++ > MOST_FOLDERS ||
        alfa__folder_read(&folder, path, NULL) != ALFA_OK)
        return;
    const size_t count = folder.images.count;
    survey->images += count;
    note_packed(survey, &folder.others);
    if (count && survey->shown < SHOWN) {
        const char *below = path + strlen(survey->top);
        alfa__string_appendf(&survey->text, "%s%zu image%s in %.80s", survey->shown++ ? ", " : "", count,
                             count == 1 ? "" : "s", *below == '/' ? below + 1 : "it");
    } else {
        survey->more += count;
    }
    for (size_t i = 0; i < folder.folders.count; i++) {
        char *below = alfa__format("%s/%s", path, folder.folders.items[i]);
        if (below)
            look(survey, below, depth + 1);
        free(below);
    }
    alfa__folder_free(&folder);
}

void alfa__survey(char *out, size_t size, const char *folder)
{
    struct survey survey = {.top = folder};
    look(&survey, folder, 0);
    if (!survey.images && *survey.packed)
        snprintf(out, size, "there are no images below it, but %.100s: unpack it into files", survey.packed);
    else if (!survey.images || !alfa__string_ok(&survey.text))
        snprintf(out, size, "there are no images below it");
    else if (survey.more)
        snprintf(out, size, "found %s and %zu more below", survey.text.text, survey.more);
    else
        snprintf(out, size, "found %s", survey.text.text);
    alfa__string_free(&survey.text);
}
