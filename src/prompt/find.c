/* Which prompt set of a folder belongs to a noun. */
#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "base/suggest.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Length of the name of a set without ".txt"; 0 when it is none. */
static size_t stem_length(const char *name)
{
    const size_t size = strlen(name);
    return size > 4 && strcmp(name + size - 4, ".txt") == 0 ? size - 4 : 0;
}

static int is_set(const struct dirent *entry)
{
    return stem_length(entry->d_name) > 0;
}

/* The name as words, or, with nothing between, as it is compared; NULL when out of memory. */
static char *words(const char *name, size_t size, const char *between)
{
    struct alfa__string out = {0};
    for (size_t i = 0; i < size; i++)
        if (strchr(" _-", name[i]))
            alfa__string_append(&out, between);
        else
            alfa__string_append_bytes(&out, name + i, 1);
    alfa__string_append(&out, "");
    if (!alfa__string_ok(&out))
        alfa__string_free(&out);
    return out.text;
}

/* The prompt sets of a folder. */
struct shelf {
    const char *folder;
    struct dirent **sets;
    int count;
};

/* The set that is nearest to the noun, and near enough to be meant, as words; NULL when none is. */
static enum alfa_status find_near(char **near, const struct shelf *shelf, const char *noun,
                                  struct alfa_error *err)
{
    const char *best = NULL;
    int edits = INT32_MAX;
    char *typed = words(noun, strlen(noun), "");
    bool failed = !typed;
    for (int i = 0; i < shelf->count && !failed; i++) {
        const char *better = NULL, *set = shelf->sets[i]->d_name;
        char *name = words(set, stem_length(set), "");
        failed = !name;
        if (name && strcmp(name, "generic") != 0)
            alfa__suggest_word(&better, &edits, name, typed);
        best = better ? set : best;
        free(name);
    }
    free(typed);
    *near = best && !failed ? words(best, stem_length(best), " ") : NULL;
    return failed || (best && !*near) ? alfa__fail_memory(err, strlen(noun) + 1) : ALFA_OK;
}

static enum alfa_status choose(char **path, char **near, bool *own, const struct shelf *shelf,
                               const char *noun, struct alfa_error *err)
{
    const char *found = NULL, *generic = NULL;
    for (int i = 0; i < shelf->count && !found; i++) {
        const char *name = shelf->sets[i]->d_name;
        found = alfa__is_noun(name, stem_length(name), noun) ? name : NULL;
        generic = strcmp(name, "generic.txt") == 0 ? name : generic;
    }
    *own = found;
    if (!found && near)
        ALFA__TRY(find_near(near, shelf, noun, err));
    found = found ? found : generic;
    *path = found ? alfa__format("%s/%s", shelf->folder, found) : NULL;
    return found && !*path ? alfa__fail_memory(err, strlen(shelf->folder) + strlen(found) + 2) : ALFA_OK;
}

enum alfa_status alfa_prompts_find(char **path, char **near, bool *own, const char *folder,
                                   const char *class_name, struct alfa_error *err)
{
    struct shelf shelf = {.folder = folder};
    ALFA__NEED_OUT(path, err);
    if (near)
        *near = NULL;
    ALFA__NEED(own, "own", err);
    *own = false;
    ALFA__NEED(folder, "folder", err);
    ALFA__NEED(class_name, "class_name", err);
    shelf.count = scandir(folder, &shelf.sets, is_set, alphasort);
    if (shelf.count < 0 && errno == ENOMEM)
        return alfa__fail_memory(err, 1024);
    if (shelf.count < 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, folder, "cannot be read: %s", strerror(errno));
    enum alfa_status status = choose(path, near, own, &shelf, class_name, err);
    for (int i = 0; i < shelf.count; i++)
        free(shelf.sets[i]);
    free(shelf.sets);
    if (status != ALFA_OK && near) {
        free(*near);
        *near = NULL;
    }
    return status;
}

bool alfa_class_same(const char *a, const char *b)
{
    return a && b && alfa__same_noun(a, b);
}
