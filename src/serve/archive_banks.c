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
    sqlite3_stmt *s = alfa__archive_prepare(
        archive,
        "SELECT id, name, version, class, threshold, file, prompts FROM banks WHERE file IS NOT NULL AND "
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
    if (question->class_name && *question->class_name && strcmp(question->class_name, out->class_name) != 0)
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
