#include "serve/archive_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wctype.h>

#include "base/files.h"

/* Two servers in one folder would clean up each other's files. The lock ends with the program. */
static enum alfa_status take_lock(struct alfa__archive *archive, struct alfa_error *err)
{
    char *path = alfa__format("%s/lock", archive->folder);
    if (!path)
        return alfa__fail_memory(err, strlen(archive->folder) + 6);
    archive->lock_file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(path);
    if (archive->lock_file < 0)
        return alfa__fail(err, ALFA_ERROR_OUTPUT, archive->folder, "cannot be written to: %s",
                          strerror(errno));
    if (flock(archive->lock_file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return alfa__fail(err, ALFA_ERROR_USAGE, archive->folder,
                          "is in use by another 'alfa serve': stop it, or give another folder with --data");
    return ALFA_OK;
}

static enum alfa_status open_database(struct alfa__archive *archive, struct alfa_error *err)
{
    char *path = alfa__format("%s/alfa.db", archive->folder);
    if (!path)
        return alfa__fail_memory(err, strlen(archive->folder) + 9);
    const int flags = archive->writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
    const int code = sqlite3_open_v2(path, &archive->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    enum alfa_status status = ALFA_OK;
    if (code != SQLITE_OK)
        status = alfa__fail(err, archive->writable ? ALFA_ERROR_OUTPUT : ALFA_ERROR_INPUT, path,
                            "cannot be opened: %s", archive->db ? sqlite3_errmsg(archive->db) : "memory");
    free(path);
    return status;
}

/* SQL's fold(text): small letters of every script below U+10000, where lower() knows those of ASCII only. */
static void fold(sqlite3_context *context, int count, sqlite3_value **values)
{
    const locale_t unicode = sqlite3_user_data(context);
    const unsigned short *text = sqlite3_value_text16(values[0]);
    const int size = sqlite3_value_bytes16(values[0]);
    (void)count;
    if (!text)
        return; /* NULL stays NULL */
    unsigned short *folded = sqlite3_malloc(size + 2);
    if (!folded) {
        sqlite3_result_error_nomem(context);
        return;
    }
    for (int i = 0; i < size / 2; i++) {
        const wint_t small = towlower_l(text[i], unicode);
        folded[i] = small < 0x10000 ? (unsigned short)small : text[i];
    }
    sqlite3_result_text16(context, folded, size, sqlite3_free);
}

static void free_locale(void *unicode)
{
    freelocale(unicode);
}

static enum alfa_status add_fold(struct alfa__archive *archive, struct alfa_error *err)
{
    locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (!unicode)
        unicode = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
    if (!unicode || sqlite3_create_function_v2(archive->db, "fold", 1, SQLITE_UTF16 | SQLITE_DETERMINISTIC,
                                               unicode, fold, NULL, NULL, free_locale) != SQLITE_OK)
        return alfa__fail_memory(err, sizeof unicode);
    return ALFA_OK;
}

/* NORMAL loses nothing when the program is killed; when the machine loses power, the last moments may be
 * missing, but never a half of one. */
static enum alfa_status set_up(struct alfa__archive *archive, struct alfa_error *err)
{
    sqlite3_busy_timeout(archive->db, 10000);
    const int code = sqlite3_exec(
        archive->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;",
        NULL, NULL, NULL);
    if (code == SQLITE_NOTADB)
        return alfa__fail(err, ALFA_ERROR_INPUT, archive->folder,
                          "holds an alfa.db that is no database of alfa: %s", sqlite3_errmsg(archive->db));
    if (code != SQLITE_OK)
        return alfa__fail(
            err, archive->writable ? ALFA_ERROR_OUTPUT : ALFA_ERROR_INPUT, archive->folder,
            "its alfa.db cannot be opened (reading needs the right to write there, too): %s%s%s",
            sqlite3_errmsg(archive->db), sqlite3_system_errno(archive->db) ? ", " : "",
            sqlite3_system_errno(archive->db) ? strerror(sqlite3_system_errno(archive->db)) : "");
    ALFA__TRY(add_fold(archive, err));
    return alfa__archive_migrate(archive, err);
}

static enum alfa_status make_folders(struct alfa__archive *archive, struct alfa_error *err)
{
    char *files = alfa__format("%s/files", archive->folder);
    if (!files)
        return alfa__fail_memory(err, strlen(archive->folder) + 7);
    enum alfa_status status = alfa__folder_make(archive->folder, err);
    if (status == ALFA_OK)
        status = alfa__folder_make(files, err);
    if (status == ALFA_OK)
        chmod(archive->folder, 0700);
    free(files);
    return status;
}

static enum alfa_status open_all(struct alfa__archive *archive, struct alfa_error *err)
{
    if (archive->writable) {
        ALFA__TRY(make_folders(archive, err));
        ALFA__TRY(take_lock(archive, err));
    }
    ALFA__TRY(open_database(archive, err));
    ALFA__TRY(set_up(archive, err));
    if (archive->writable) {
        ALFA__TRY(alfa__archive_sweep(archive, err));
        alfa__archive_clean(archive);
    }
    return ALFA_OK;
}

enum alfa_status alfa__archive_open(struct alfa__archive **out, const char *folder,
                                    enum alfa__archive_use use, struct alfa_error *err)
{
    struct alfa__archive *archive = calloc(1, sizeof *archive);
    *out = NULL;
    if (!archive)
        return alfa__fail_memory(err, sizeof *archive);
    pthread_mutex_init(&archive->lock, NULL);
    archive->lock_file = -1;
    archive->writable = use == ALFA__ARCHIVE_SERVE;
    archive->folder = alfa__strdup(folder);
    enum alfa_status status =
        archive->folder ? open_all(archive, err) : alfa__fail_memory(err, strlen(folder) + 1);
    if (status != ALFA_OK)
        alfa__archive_close(archive);
    else
        *out = archive;
    return status;
}

void alfa__archive_close(struct alfa__archive *archive)
{
    if (!archive)
        return;
    sqlite3_close(archive->db);
    if (archive->lock_file >= 0)
        close(archive->lock_file);
    pthread_mutex_destroy(&archive->lock);
    free(archive->folder);
    free(archive);
}
