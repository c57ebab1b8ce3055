#include "cli/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strings.h"
#include "cli/talk.h"

/* ------------------------------------------------------------------ folders by identity */

/* Where a folder is in the table, or would be. */
static struct alfa__walked *find(const struct alfa__walk *walk, dev_t device, ino_t number)
{
    size_t at = (size_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 32) + (size_t)device;
    for (;; at++) {
        struct alfa__walked *folder = &walk->seen[at & (walk->room - 1)];
        if (!folder->used || (folder->device == device && folder->number == number))
            return folder;
    }
}

/* The room is 0 or a power of 2, and at most half used. */
static void enlarge(struct alfa__walk *walk)
{
    const struct alfa__walk old = *walk;
    walk->room = old.room ? 2 * old.room : 16;
    walk->seen = alfa__must(calloc(walk->room, sizeof *walk->seen));
    for (size_t i = 0; i < old.room; i++)
        if (old.seen[i].used)
            *find(walk, old.seen[i].device, old.seen[i].number) = old.seen[i];
    free(old.seen);
}

/* Remembers a folder; false when it was there already. */
static bool remember(struct alfa__walk *walk, const struct stat *info)
{
    if (2 * walk->count >= walk->room)
        enlarge(walk);
    struct alfa__walked *folder = find(walk, info->st_dev, info->st_ino);
    if (folder->used)
        return false;
    *folder = (struct alfa__walked){info->st_dev, info->st_ino, true};
    walk->count++;
    return true;
}

void alfa__walk_skip(struct alfa__walk *walk, const char *const *folders)
{
    struct stat info;
    for (; *folders; folders++)
        if (stat(*folders, &info) == 0)
            remember(walk, &info);
}

/* ------------------------------------------------------------------ a folder */

static int compare_names(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted; -1 when it cannot be read (errno says why). */
static int list_folder(char ***names, const char *path)
{
    size_t count = 0, room = 0;
    DIR *folder = opendir(path);
    *names = NULL;
    if (!folder)
        return -1;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (alfa__name_is_hidden(entry->d_name))
            continue;
        if (count == room) {
            room = room ? 2 * room : 16;
            *names = alfa__must(realloc(*names, room * sizeof **names));
        }
        (*names)[count++] = alfa__must(alfa__strdup(entry->d_name));
    }
    closedir(folder);
    if (count)
        qsort(*names, count, sizeof **names, compare_names);
    return (int)count;
}

static bool holds(const char *folder, const char *name)
{
    char *path = alfa__must(alfa__format("%s/%s", folder, name));
    const bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

bool alfa__walk_is_report(const char *folder)
{
    return holds(folder, "report.html") && holds(folder, "report_files");
}

static bool report_problem(const struct alfa__walk *walk, const char *path, int error)
{
    if (walk->problem)
        walk->problem(walk->context, path, error);
    errno = error;
    return false;
}

static void visit(struct alfa__walk *walk, const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        if (errno == ENOENT && lstat(path, &info) == 0) /* else it was taken away, or links go round */
            report_problem(walk, path, ENOLINK);
        return;
    }
    if (S_ISDIR(info.st_mode))
        alfa__walk_into(walk, path);
    else if (S_ISREG(info.st_mode))
        walk->file(walk->context, path, &info);
}

bool alfa__walk_into(struct alfa__walk *walk, const char *folder)
{
    struct stat info;
    char **names;
    if (stat(folder, &info) != 0)
        return report_problem(walk, folder, errno);
    if (!remember(walk, &info) || alfa__walk_is_report(folder))
        return true;
    if (walk->depth >= ALFA__WALK_DEEPEST)
        return report_problem(walk, folder, ELOOP);
    if (walk->enter)
        walk->enter(walk->context, folder);
    const int count = list_folder(&names, folder);
    if (count < 0)
        return report_problem(walk, folder, errno);
    const bool slash = *folder && folder[strlen(folder) - 1] == '/';
    walk->depth++;
    for (int i = 0; i < count; i++) {
        char *below = alfa__must(alfa__format("%s%s%s", folder, slash ? "" : "/", names[i]));
        visit(walk, below);
        free(below);
        free(names[i]);
    }
    walk->depth--;
    free(names);
    return true;
}

void alfa__walk_end(struct alfa__walk *walk)
{
    free(walk->seen);
    walk->seen = NULL;
    walk->count = walk->room = 0;
}
