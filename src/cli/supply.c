#include "cli/supply.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/paths.h"
#include "cli/talk.h"
#include "cli/walk.h"

enum { DEEPEST = 64 };

/* A folder that is being read. */
struct level {
    DIR *folder;
    dev_t device;
    ino_t inode;
    size_t length; /* of path up to this folder */
};

struct alfa__supply {
    char **arguments;
    int count, next;
    const char *list;
    FILE *lines;
    char *line;
    size_t line_room;
    struct level levels[DEEPEST];
    int depth;
    struct alfa__string path;
    int failed;
    struct alfa_error err;
    long long left_out;
    char *left; /* the first of those */
};

/* ------------------------------------------------------------------ folders */

static void fail(struct alfa__supply *s, const char *path, const char *why)
{
    s->failed++;
    alfa__fail(&s->err, ALFA_ERROR_INPUT, path, "cannot be searched: %s", why);
}

/* Links may lead back to a folder above. */
static bool is_above(const struct alfa__supply *s, const struct stat *info)
{
    for (int i = 0; i < s->depth; i++)
        if (s->levels[i].device == info->st_dev && s->levels[i].inode == info->st_ino)
            return true;
    return false;
}

static void enter(struct alfa__supply *s)
{
    struct stat info;
    const char *path = s->path.text;
    if (stat(path, &info) != 0) {
        fail(s, path, strerror(errno));
        return;
    }
    if (is_above(s, &info) || alfa__walk_is_report(path))
        return;
    if (s->depth == DEEPEST) {
        fail(s, path, "too deep");
        return;
    }
    DIR *folder = opendir(path);
    if (!folder) {
        fail(s, path, strerror(errno));
        return;
    }
    s->levels[s->depth++] = (struct level){folder, info.st_dev, info.st_ino, s->path.size};
}

static void set_path(struct alfa__supply *s, size_t length, const char *name)
{
    s->path.size = length;
    if (s->path.text)
        s->path.text[length] = 0;
    if (length > 0 && s->path.text[length - 1] != '/')
        alfa__string_append(&s->path, "/");
    alfa__string_append(&s->path, name);
    alfa__must(alfa__string_ok(&s->path) ? s : NULL);
}

/* Whether an entry is a file, a folder or a link that leads to nothing; the system says so for most file
 * systems without being asked for each. */
static int kind_of(const struct alfa__supply *s, const struct dirent *entry)
{
    struct stat info;
    if (entry->d_type == DT_REG || entry->d_type == DT_DIR)
        return entry->d_type;
    if (stat(s->path.text, &info) != 0)
        return DT_LNK;
    return S_ISDIR(info.st_mode) ? DT_DIR : S_ISREG(info.st_mode) ? DT_REG : DT_UNKNOWN;
}

static const char *next_below(struct alfa__supply *s)
{
    while (s->depth > 0) {
        struct level *level = &s->levels[s->depth - 1];
        const struct dirent *entry = readdir(level->folder);
        if (!entry) {
            closedir(level->folder);
            s->depth--;
            continue;
        }
        if (alfa__name_is_hidden(entry->d_name))
            continue;
        set_path(s, level->length, entry->d_name);
        const int kind = kind_of(s, entry);
        if (kind == DT_DIR)
            enter(s);
        else if ((kind == DT_REG || kind == DT_LNK) && alfa__input_is_picture(s->path.text))
            return s->path.text; /* or fails, aloud, when it is opened */
        else if (kind == DT_REG && alfa__input_is_stranger(s->path.text) && s->left_out++ == 0)
            s->left = alfa__must(alfa__strdup(s->path.text));
    }
    return NULL;
}

/* ------------------------------------------------------------------ all of it */

enum alfa_status alfa__supply_open(struct alfa__supply **out, char **arguments, int count, const char *list,
                                   struct alfa_error *err)
{
    struct stat info;
    *out = NULL;
    for (int i = 0; i < count; i++)
        if (stat(arguments[i], &info) != 0)
            return alfa__fail(err, ALFA_ERROR_INPUT, arguments[i], "%s",
                              errno == ENOENT ? "there is no such file" : strerror(errno));
    FILE *lines = !list ? NULL : strcmp(list, "-") == 0 ? stdin : fopen(list, "re");
    if (list && !lines)
        return alfa__fail(err, ALFA_ERROR_INPUT, list, "cannot be opened: %s", strerror(errno));
    struct alfa__supply *s = *out = alfa__must(calloc(1, sizeof *s));
    s->arguments = arguments;
    s->count = count;
    s->list = list;
    s->lines = lines;
    return ALFA_OK;
}

void alfa__supply_free(struct alfa__supply *s)
{
    if (!s)
        return;
    while (s->depth > 0)
        closedir(s->levels[--s->depth].folder);
    if (s->lines && s->lines != stdin)
        fclose(s->lines);
    free(s->line);
    free(s->left);
    alfa__string_free(&s->path);
    free(s);
}

static const char *next_line(struct alfa__supply *s)
{
    ssize_t size;
    while (s->lines && (size = getline(&s->line, &s->line_room, s->lines)) > 0) {
        while (size > 0 && (s->line[size - 1] == '\n' || s->line[size - 1] == '\r'))
            s->line[--size] = 0;
        if (size > 0)
            return s->line;
    }
    if (s->lines && ferror(s->lines) && !alfa__signals_caught()) {
        fail(s, s->list, strerror(errno));
        clearerr(s->lines);
    }
    return NULL;
}

const char *alfa__supply_next(struct alfa__supply *s)
{
    struct stat info;
    const char *below;
    while (!(below = next_below(s)) && s->next < s->count) {
        const char *path = s->arguments[s->next++];
        if (stat(path, &info) == 0 && !S_ISDIR(info.st_mode))
            return path;
        set_path(s, 0, path);
        enter(s);
    }
    return below ? below : next_line(s);
}

int alfa__supply_failed(const struct alfa__supply *s, struct alfa_error *err)
{
    *err = s->err;
    return s->failed;
}

long long alfa__supply_left_out(const struct alfa__supply *s, const char **first)
{
    *first = s->left;
    return s->left_out;
}

long long alfa__supply_count(char **arguments, int count, const char *list)
{
    struct alfa__supply *s;
    struct alfa_error err;
    struct stat info;
    long long all = 0;
    if (list && (stat(list, &info) != 0 || !S_ISREG(info.st_mode)))
        return -1;
    if (alfa__supply_open(&s, arguments, count, list, &err) != ALFA_OK)
        return -1;
    while (!alfa__signals_caught() && alfa__supply_next(s))
        all++;
    alfa__supply_free(s);
    return all;
}
