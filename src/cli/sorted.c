#include "cli/sorted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/talk.h"

enum { MOST = 10000 }; /* of one name */

const char *const alfa__fate_names[] = {"ok", "bad", "failed"};

enum { SAID = -1 };

/* Puts source to a place where nothing is; an errno, or SAID when err says why not. */
typedef int placing(const char *source, const char *target, struct alfa_error *err);

/* Between file systems. The name is taken first, with an empty file that the whole one replaces. */
static int copy(const char *source, const char *target, struct alfa_error *err)
{
    const int taken = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (taken < 0)
        return errno;
    close(taken);
    if (alfa__file_copy(source, target, err) != ALFA_OK) {
        unlink(target);
        return SAID;
    }
    return unlink(source) == 0 ? 0 : errno;
}

static int move(const char *source, const char *target, struct alfa_error *err)
{
    if (renameat2(AT_FDCWD, source, AT_FDCWD, target, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EINVAL || errno == ENOSYS) { /* a file system that cannot be asked not to replace */
        if (link(source, target) == 0)
            return unlink(source) == 0 ? 0 : errno;
    }
    return errno == EXDEV || errno == EPERM || errno == EOPNOTSUPP ? copy(source, target, err) : errno;
}

static int point(const char *source, const char *target, struct alfa_error *err)
{
    (void)err;
    char *whole = realpath(source, NULL);
    const int problem = whole && symlink(whole, target) == 0 ? 0 : errno;
    free(whole);
    return problem;
}

/* "a/b.png" becomes "a/b-2.png". */
static char *numbered(const char *path, int number)
{
    const char *name = alfa__path_name(path), *dot = strrchr(name, '.');
    if (number == 1)
        return alfa__must(alfa__strdup(path));
    const int size = (int)((dot ? dot : path + strlen(path)) - path);
    return alfa__must(alfa__format("%.*s-%d%s", size, path, number, dot ? dot : ""));
}

static enum alfa_status place(const char *path, const char *folder, enum alfa__fate fate, const char *below,
                              placing *how, struct alfa_error *err)
{
    char *wanted = alfa__must(alfa__format("%s/%s/%s", folder, alfa__fate_names[fate], below));
    char *parent = alfa__must(alfa__format("%.*s", (int)(alfa__path_name(wanted) - wanted), wanted));
    enum alfa_status status = alfa__folder_make(parent, err);
    int problem = EEXIST;
    for (int i = 1; status == ALFA_OK && problem == EEXIST && i <= MOST; i++) {
        char *target = numbered(wanted, i);
        problem = how(path, target, err);
        free(target);
    }
    if (status == ALFA_OK && problem == SAID)
        status = err->code;
    else if (status == ALFA_OK && problem)
        status =
            alfa__fail(err, ALFA_ERROR_OUTPUT, path, "cannot be put into %s: %s", parent, strerror(problem));
    free(parent);
    free(wanted);
    return status;
}

enum alfa_status alfa__sorted_move(const char *path, const char *folder, enum alfa__fate fate,
                                   const char *below, struct alfa_error *err)
{
    return place(path, folder, fate, below, move, err);
}

enum alfa_status alfa__sorted_link(const char *path, const char *folder, enum alfa__fate fate,
                                   const char *below, struct alfa_error *err)
{
    return place(path, folder, fate, below, point, err);
}
