/* A model whose files are bytes in memory: laid out in a folder of the memory file system for as long as
 * opening takes. What stays open of them is a mapping, which needs no name. */
#include "base/files.h"
#include "base/options.h"
#include "base/room.h"
#include "base/strings.h"
#include "clip/model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MEMORY "/dev/shm"
#define MOST_FILES 1000

struct lent {
    const char *const *names;
    const void *const *bytes;
    const size_t *sizes;
    int count;
};

static bool is_file_name(const char *name)
{
    return name && *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
           strlen(name) < 200;
}

static enum alfa_status check_files(const struct lent *files, struct alfa_error *err)
{
    if (files->count < 1 || files->count > MOST_FILES)
        return alfa__fail(err, ALFA_ERROR_USAGE, "count", "is %d: give 1 to %d files", files->count,
                          MOST_FILES);
    for (int i = 0; i < files->count; i++) {
        if (!is_file_name(files->names[i]))
            return alfa__fail(err, ALFA_ERROR_USAGE, "names", "file %d of %d needs a plain file name", i + 1,
                              files->count);
        if (!files->bytes[i])
            return alfa__fail(err, ALFA_ERROR_USAGE, files->names[i], "its bytes are NULL");
        for (int k = 0; k < i; k++)
            if (strcmp(files->names[i], files->names[k]) == 0)
                return alfa__fail(err, ALFA_ERROR_USAGE, files->names[i], "is given twice");
    }
    return ALFA_OK;
}

/* Writing to a full memory file system fails only when its pages are touched: asked before. */
static enum alfa_status check_room(const struct lent *files, struct alfa_error *err)
{
    struct statvfs info;
    unsigned long long need = 0;
    for (int i = 0; i < files->count; i++)
        need += files->sizes[i];
    if (statvfs(MEMORY, &info) != 0)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, MEMORY,
                          "this system has no memory file system there: open "
                          "the model from a folder");
    if (need > (unsigned long long)info.f_bavail * info.f_frsize)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, MEMORY,
                          "has no room for %llu bytes of model: make it larger (a container's --shm-size) or "
                          "open the model from a folder",
                          need);
    const long long room = alfa__room_free("");
    return room >= 0 && need > (unsigned long long)room ? alfa__fail_memory(err, (size_t)need) : ALFA_OK;
}

static enum alfa_status lay_out(const char *folder, const struct lent *files, struct alfa_error *err)
{
    for (int i = 0; i < files->count; i++) {
        char *path = alfa__format("%s/%s", folder, files->names[i]);
        const enum alfa_status status = path ? alfa__file_write(path, files->bytes[i], files->sizes[i], err)
                                             : alfa__fail_memory(err, 256);
        free(path);
        ALFA__TRY(status);
    }
    return ALFA_OK;
}

static void take_away(const char *folder, const struct lent *files)
{
    for (int i = 0; i < files->count; i++) {
        char *path = alfa__format("%s/%s", folder, files->names[i]);
        if (path)
            unlink(path);
        free(path);
    }
    rmdir(folder);
}

/* The folder means nothing to the caller: only the file's name is told. */
static void forget_folder(char *text, const char *folder)
{
    if (strncmp(text, folder, strlen(folder)) == 0)
        memmove(text, alfa__path_name(text), strlen(alfa__path_name(text)) + 1);
}

enum alfa_status alfa_model_open_memory(struct alfa_model **out, const char *const *names,
                                        const void *const *bytes, const size_t *sizes, int count,
                                        const struct alfa_model_options *given, struct alfa_error *err)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    const struct lent files = {names, bytes, sizes, count};
    char folder[64];
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(names, "names", err);
    ALFA__NEED(bytes, "bytes", err);
    ALFA__NEED(sizes, "sizes", err);
    ALFA__TRY(alfa__options_take(&options, sizeof options, given, "ALFA_MODEL_OPTIONS_INIT", err));
    ALFA__TRY(check_files(&files, err));
    ALFA__TRY(check_room(&files, err));
    snprintf(folder, sizeof folder, "%s/alfa-%ld-XXXXXX", MEMORY,
             (long)getpid()); /* whose it is, if that dies */
    if (!mkdtemp(folder))
        return alfa__fail(err, ALFA_ERROR_RUNTIME, MEMORY, "cannot make a folder: %s", strerror(errno));
    if (!options.name)
        options.name = "memory";
    enum alfa_status status = lay_out(folder, &files, err);
    if (status == ALFA_OK)
        status = alfa_model_open(out, folder, &options, err);
    take_away(folder, &files);
    if (status == ALFA_OK)
        forget_folder((*out)->weights.config_from, folder);
    else if (err)
        forget_folder(err->source, folder);
    return status;
}
