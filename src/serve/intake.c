#include "serve/intake.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "serve/banks.h"
#include "serve/teacher.h"

enum { LARGEST_FILE = 2000000000, MOST_FILES = 256 };

/* ------------------------------------------------------------------ one */

/* The judge opens the bank, which lies at path as well, as it will when it is asked. */
static enum alfa_status bring(long long *id, struct alfa__server *server, const struct alfa__content *bank,
                              const char *path, struct alfa_error *err)
{
    const struct alfa__subject subject = {.start = path};
    struct alfa__lesson *lesson;
    json_t *nothing = json_array();
    enum alfa_status status = alfa__lesson_open(&lesson, server->judge, &subject, err);
    if (status != ALFA_OK) {
        json_decref(nothing);
        return status;
    }
    const struct alfa_bank_info *info = alfa__lesson_info(lesson);
    json_t *facts = alfa__lesson_facts(lesson, nothing, &nothing);
    const struct alfa__version_file file = {.name = bank->name,
                                            .class_name = info->class_name,
                                            .bytes = bank->bytes,
                                            .size = bank->size,
                                            .threshold = info->threshold,
                                            .pixel_threshold = info->pixel_threshold,
                                            .rate = info->false_alarm_rate,
                                            .tiles = info->tiles,
                                            .normal = info->references,
                                            .bad = info->known_bad,
                                            .facts = facts};
    status = facts ? alfa__version_bring(id, server->archive, &file, err) : alfa__fail_memory(err, 1024);
    json_decref(facts);
    json_decref(nothing);
    alfa__lesson_close(lesson);
    return status;
}

/* Banks are read from files: this one is in memory alone. */
static int make_file(char path[64], const void *bytes, size_t size)
{
    const int fd = memfd_create("bank", MFD_CLOEXEC);
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    if (fd >= 0 && !alfa__file_write_at(fd, bytes, size, 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

enum alfa_status alfa__intake_bytes(long long *id, struct alfa__server *server, const char *name,
                                    const void *bytes, size_t size, struct alfa_error *err)
{
    char path[64];
    if (!alfa__version_is_name(name))
        return alfa__fail(err, ALFA_ERROR_USAGE, "name", ALFA__VERSION_NAME_RULE);
    const int fd = make_file(path, bytes, size);
    if (fd < 0)
        return alfa__fail_memory(err, size);
    enum alfa_status status = bring(id, server, &(struct alfa__content){bytes, size, name}, path, err);
    if (status != ALFA_OK && (strcmp(err->source, path) == 0 || strcmp(err->source, "bank") == 0))
        snprintf(err->source, sizeof err->source, "%s", name);
    close(fd);
    if (status == ALFA_OK)
        alfa__teacher_wake(server->teacher);
    return status;
}

char *alfa__intake_name(const char *file)
{
    const char *name = alfa__path_name(file);
    const size_t size = strlen(name);
    const bool has = size > 5 && strcmp(name + size - 5, ".bank") == 0;
    return alfa__format("%.*s", (int)(has ? size - 5 : size), name);
}

/* ------------------------------------------------------------------ those of a folder */

static void say(const struct alfa__server *server, const char *path, const char *what)
{
    char *line = alfa__format("%s: %s", path, what);
    server->options->say(line ? line : what);
    free(line);
}

static enum alfa_status bring_file(long long *id, struct alfa__server *server, const char *path,
                                   const char *name, struct alfa_error *err)
{
    char *bytes;
    size_t size;
    ALFA__TRY(alfa__file_read(&bytes, &size, path, LARGEST_FILE, err));
    enum alfa_status status = alfa__intake_bytes(id, server, name, bytes, size, err);
    free(bytes);
    return status;
}

static void take_file(struct alfa__server *server, const char *path)
{
    struct alfa_error err = {0};
    long long id;
    char *name = alfa__intake_name(path), *what = NULL;
    if (!name || bring_file(&id, server, path, name, &err) == ALFA_OK) {
        free(name);
        return;
    }
    what = alfa__format("is left out: %s%s", strcmp(err.source, "name") == 0 ? "its name " : "", err.message);
    say(server, path, what ? what : err.message);
    free(what);
    free(name);
}

static int is_bank(const struct dirent *entry)
{
    const size_t size = strlen(entry->d_name);
    return entry->d_name[0] != '.' && size > 5 && strcmp(entry->d_name + size - 5, ".bank") == 0;
}

enum alfa_status alfa__intake_folder(struct alfa__server *server, const char *path, struct alfa_error *err)
{
    struct dirent **entries;
    if (!alfa__folder_exists(path)) {
        if (!alfa__file_exists(path))
            return alfa__fail(err, ALFA_ERROR_INPUT, path, "no such folder or file");
        take_file(server, path);
        return ALFA_OK;
    }
    const int count = scandir(path, &entries, is_bank, alphasort);
    if (count < 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, path, "cannot be read");
    if (count == 0)
        say(server, path, "has no .bank files");
    if (count > MOST_FILES)
        say(server, path, "has more than 256 .bank files: the first of them are taken");
    for (int i = 0; i < count; i++) {
        char *file = i < MOST_FILES ? alfa__format("%s/%s", path, entries[i]->d_name) : NULL;
        if (file)
            take_file(server, file);
        free(file);
        free(entries[i]);
    }
    free(entries);
    return ALFA_OK;
}
