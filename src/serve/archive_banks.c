#include "serve/archive_inside.h"
#include "serve/banks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ finding one */

/* Splits "NAME@3"; version 0 without one. */
static void split(char name[256], long long *version, const char *text)
{
    const char *at = strrchr(text, '@');
    *version = at ? strtoll(at + 1, NULL, 10) : 0;
    snprintf(name, 256, "%.*s", *version > 0 ? (int)(at - text) : 255, text);
}

static sqlite3_stmt *find(struct alfa__archive *archive, const char *text, char name[256],
                          struct alfa_error *err)
{
    long long version;
    split(name, &version, text);
    sqlite3_stmt *s =
        alfa__archive_prepare(archive,
                              "SELECT id, name, version, class, threshold, file, prompts, "
                              "json_extract(facts, '$.bits') FROM banks WHERE file IS NOT NULL AND "
                              "((name = ?1 AND (version = ?2 OR (?2 IS NULL AND current))) OR id = ?3)",
                              err);
    if (s) {
        alfa__bind_text(s, 1, name);
        alfa__bind_id(s, 2, version);
        alfa__bind_id(s, 3, strspn(text, "0123456789") == strlen(text) ? strtoll(text, NULL, 10) : 0);
    }
    return s;
}

static char *copy_text(sqlite3_stmt *s, int column)
{
    return alfa__strdup((const char *)sqlite3_column_text(s, column));
}

/* The threshold that was chosen holds, unless the request has one. */
static void fill(struct alfa__version_use *out, struct alfa__archive *archive, sqlite3_stmt *s,
                 struct alfa__question *question)
{
    out->name = copy_text(s, 1);
    out->version = sqlite3_column_int(s, 2);
    out->class_name = copy_text(s, 3);
    out->path = alfa__archive_path(archive, (const char *)sqlite3_column_text(s, 5));
    out->prompts = sqlite3_column_type(s, 6) == SQLITE_NULL ? NULL : copy_text(s, 6);
    question->prompts = out->prompts;
    question->bank = sqlite3_column_int64(s, 0);
    question->bank_path = out->path;
    question->bits = sqlite3_column_int(s, 7); /* 0 when it is not known */
    if (isnan(question->threshold) && sqlite3_column_type(s, 4) != SQLITE_NULL)
        question->threshold = sqlite3_column_double(s, 4);
}

enum alfa_status alfa__version_use_find(struct alfa__version_use *out, struct alfa__archive *archive,
                                        const char *text, struct alfa__question *question,
                                        struct alfa_error *err)
{
    char name[256];
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s = find(archive, text, name, err);
    const bool found = s && sqlite3_step(s) == SQLITE_ROW;
    if (found)
        fill(out, archive, s, question);
    sqlite3_finalize(s);
    pthread_mutex_unlock(&archive->lock);
    if (!found)
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank", "there is none called \"%s\" that is ready", text);
    if (!out->name || !out->class_name || !out->path)
        return alfa__fail_memory(err, 256);
    if (question->class_name && *question->class_name &&
        !alfa__same_noun(question->class_name, out->class_name))
        return alfa__fail(err, ALFA_ERROR_USAGE, "class",
                          "the bank \"%s\" is for \"%s\": leave the class out", out->name, out->class_name);
    question->class_name = out->class_name;
    return ALFA_OK;
}

void alfa__version_use_free(struct alfa__version_use *use)
{
    free(use->name);
    free(use->class_name);
    free(use->path);
    free(use->prompts);
    *use = (struct alfa__version_use){0};
}

/* ------------------------------------------------------------------ bringing one along */

enum { LONGEST_NAME = 64 };

bool alfa__version_is_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < 32 || strchr("@/\\\"'<>%?#&", *p))
            return false;
    return *name && strlen(name) <= LONGEST_NAME && name[strspn(name, "0123456789")];
}

static long long find_brought(struct alfa__archive *archive, const char *name, const char *hash)
{
    sqlite3_stmt *s = alfa__archive_prepare(
        archive, "SELECT id FROM banks WHERE name = ?1 AND file = ?2 AND start = ?2", NULL);
    if (s) {
        alfa__bind_text(s, 1, name);
        alfa__bind_text(s, 2, hash);
    }
    const long long id = s && sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return id;
}

static enum alfa_status insert_brought(struct alfa__archive *archive, const struct alfa__version_file *file,
                                       const char *hash, const char *facts, struct alfa_error *err)
{
    sqlite3_stmt *s = alfa__archive_prepare(
        archive,
        "INSERT INTO banks(name, version, class, time, state, rate, tiles, threshold, learned_threshold, "
        "pixel_threshold, file, start, start_normal, start_bad, facts) VALUES(?1, (SELECT "
        "coalesce(max(version), 0) + 1 FROM banks WHERE name = ?1), ?2, ?3, 'waiting', ?4, ?5, ?6, ?6, ?7, "
        "?8, "
        "?8, ?9, ?10, ?11)",
        err);
    if (s) {
        alfa__bind_text(s, 1, file->name);
        alfa__bind_text(s, 2, file->class_name);
        sqlite3_bind_int64(s, 3, alfa__archive_now());
        sqlite3_bind_double(s, 4, file->rate);
        sqlite3_bind_int(s, 5, file->tiles);
        alfa__bind_number(s, 6, file->threshold);
        alfa__bind_number(s, 7, file->pixel_threshold);
        alfa__bind_text(s, 8, hash);
        sqlite3_bind_int(s, 9, file->normal);
        sqlite3_bind_int(s, 10, file->bad);
        alfa__bind_text(s, 11, facts);
    }
    return alfa__archive_step(archive, s, err);
}

static enum alfa_status bring(long long *id, struct alfa__archive *archive,
                              const struct alfa__version_file *file, const char *facts,
                              struct alfa_error *err)
{
    char hash[ALFA__ARCHIVE_HASH];
    ALFA__TRY(alfa__version_check_name(archive, file->name, file->class_name, err));
    ALFA__TRY(alfa__archive_keep(archive, hash, file->bytes, file->size, err));
    if ((*id = find_brought(archive, file->name, hash)) > 0)
        return ALFA_OK;
    ALFA__TRY(insert_brought(archive, file, hash, facts, err));
    *id = sqlite3_last_insert_rowid(archive->db);
    return ALFA_OK;
}

enum alfa_status alfa__version_bring(long long *id, struct alfa__archive *archive,
                                     const struct alfa__version_file *file, struct alfa_error *err)
{
    char *facts = json_dumps(file->facts, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (!facts)
        return alfa__fail_memory(err, 1024);
    pthread_mutex_lock(&archive->lock);
    enum alfa_status status = alfa__archive_do(archive, "BEGIN IMMEDIATE", err);
    if (status == ALFA_OK)
        status = alfa__archive_finish(archive, bring(id, archive, file, facts, err), err);
    pthread_mutex_unlock(&archive->lock);
    free(facts);
    return status;
}

char *alfa__version_start(struct alfa__archive *archive, long long id, bool *whole, bool *keep)
{
    char *path = NULL;
    *whole = *keep = false;
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s = alfa__archive_prepare(
        archive, "SELECT start, file IS start, start_keep FROM banks WHERE id = ?1 AND start IS NOT NULL",
        NULL);
    if (s)
        sqlite3_bind_int64(s, 1, id);
    if (s && sqlite3_step(s) == SQLITE_ROW) {
        path = alfa__archive_path(archive, (const char *)sqlite3_column_text(s, 0));
        *whole = sqlite3_column_int(s, 1);
        *keep = sqlite3_column_int(s, 2);
    }
    sqlite3_finalize(s);
    pthread_mutex_unlock(&archive->lock);
    return path;
}
