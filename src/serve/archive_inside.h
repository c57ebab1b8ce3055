/* What the files of the store share. All functions here are called with the lock held. */
#ifndef ALFA_SERVE_ARCHIVE_INSIDE_H
#define ALFA_SERVE_ARCHIVE_INSIDE_H

#include <jansson.h>
#include <pthread.h>
#include <sqlite3.h>

#include "base/status.h"
#include "serve/archive.h"

struct alfa__archive {
    sqlite3 *db;
    char *folder;
    pthread_mutex_t lock;
    int lock_file;
    bool writable;
};

/* A statement with its ?1... bound by alfa__bind_*; NULL when it failed (err says why). Finished by
 * sqlite3_finalize(). */
sqlite3_stmt *alfa__archive_prepare(struct alfa__archive *archive, const char *sql, struct alfa_error *err);

/* NULL and NAN become NULL, 0 as an id too. */
void alfa__bind_text(sqlite3_stmt *statement, int place, const char *text);
void alfa__bind_number(sqlite3_stmt *statement, int place, double number);
void alfa__bind_id(sqlite3_stmt *statement, int place, long long id);

/* A column of the current row as JSON: null for NULL. */
json_t *alfa__text_at(sqlite3_stmt *statement, int column);
json_t *alfa__number_at(sqlite3_stmt *statement, int column);

/* Runs a statement that gives no rows, and finishes it. */
enum alfa_status alfa__archive_step(struct alfa__archive *archive, sqlite3_stmt *statement,
                                    struct alfa_error *err);
/* Runs text that needs nothing bound. */
enum alfa_status alfa__archive_do(struct alfa__archive *archive, const char *sql, struct alfa_error *err);
/* The first column of the first row, or missing. */
long long alfa__archive_whole(struct alfa__archive *archive, const char *sql, long long missing);

enum alfa_status alfa__archive_fail(struct alfa__archive *archive, struct alfa_error *err);

/* COMMIT when status is ALFA_OK, else ROLLBACK; begun by alfa__archive_do("BEGIN IMMEDIATE"). */
enum alfa_status alfa__archive_finish(struct alfa__archive *archive, enum alfa_status status,
                                      struct alfa_error *err);

/* Writes bytes under the name of their content, which goes into hash, and its row, inside a transaction. */
enum alfa_status alfa__archive_keep(struct alfa__archive *archive, char hash[ALFA__ARCHIVE_HASH],
                                    const void *bytes, size_t size, struct alfa_error *err);
/* FOLDER/files/3f/9a..., freed with free(). */
char *alfa__archive_path(const struct alfa__archive *archive, const char *hash);
enum alfa_status alfa__archive_load(const struct alfa__archive *archive, const char *hash, char **bytes,
                                    size_t *size, struct alfa_error *err);
/* Removes the rows, then the files, that nothing names any more; no transaction may be open. */
enum alfa_status alfa__archive_sweep(struct alfa__archive *archive, struct alfa_error *err);
/* Removes files that have no row. */
void alfa__archive_clean(struct alfa__archive *archive);

/* A name belongs to one class. */
enum alfa_status alfa__version_check_name(struct alfa__archive *archive, const char *name,
                                          const char *class_name, struct alfa_error *err);

enum alfa_status alfa__archive_migrate(struct alfa__archive *archive, struct alfa_error *err);

#endif
