/* Statements, their rows, and how they end. */
#include "serve/archive_inside.h"

#include <math.h>

enum alfa_status alfa__archive_fail(struct alfa__archive *archive, struct alfa_error *err)
{
    const int code = sqlite3_errcode(archive->db) & 0xff;
    return alfa__fail(err, code == SQLITE_NOMEM ? ALFA_ERROR_MEMORY : ALFA_ERROR_OUTPUT, archive->folder,
                      code == SQLITE_FULL ? "is full: %s; make room, or lower --keep-gb"
                                          : "the database answers: %s",
                      sqlite3_errmsg(archive->db));
}

sqlite3_stmt *alfa__archive_prepare(struct alfa__archive *archive, const char *sql, struct alfa_error *err)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(archive->db, sql, -1, &statement, NULL) == SQLITE_OK)
        return statement;
    (void)alfa__archive_fail(archive, err);
    return NULL;
}

void alfa__bind_text(sqlite3_stmt *statement, int place, const char *text)
{
    sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

void alfa__bind_number(sqlite3_stmt *statement, int place, double number)
{
    if (isfinite(number))
        sqlite3_bind_double(statement, place, number);
}

void alfa__bind_id(sqlite3_stmt *statement, int place, long long id)
{
    if (id)
        sqlite3_bind_int64(statement, place, id);
}

json_t *alfa__text_at(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? json_string(text) : json_null();
}

json_t *alfa__number_at(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? json_null()
               : json_real(sqlite3_column_double(statement, column));
}

enum alfa_status alfa__archive_step(struct alfa__archive *archive, sqlite3_stmt *statement,
                                    struct alfa_error *err)
{
    if (!statement)
        return err ? err->code : ALFA_ERROR_OUTPUT;
    const int code = sqlite3_step(statement);
    enum alfa_status status =
        code == SQLITE_DONE || code == SQLITE_ROW ? ALFA_OK : alfa__archive_fail(archive, err);
    sqlite3_finalize(statement);
    return status;
}

enum alfa_status alfa__archive_do(struct alfa__archive *archive, const char *sql, struct alfa_error *err)
{
    return sqlite3_exec(archive->db, sql, NULL, NULL, NULL) == SQLITE_OK ? ALFA_OK
                                                                         : alfa__archive_fail(archive, err);
}

long long alfa__archive_whole(struct alfa__archive *archive, const char *sql, long long missing)
{
    sqlite3_stmt *statement = alfa__archive_prepare(archive, sql, NULL);
    if (statement && sqlite3_step(statement) == SQLITE_ROW &&
        sqlite3_column_type(statement, 0) != SQLITE_NULL)
        missing = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return missing;
}

enum alfa_status alfa__archive_finish(struct alfa__archive *archive, enum alfa_status status,
                                      struct alfa_error *err)
{
    if (status == ALFA_OK)
        status = alfa__archive_do(archive, "COMMIT", err);
    if (status != ALFA_OK && !sqlite3_get_autocommit(archive->db))
        sqlite3_exec(archive->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}
