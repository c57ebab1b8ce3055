/* Versions of banks: making, listing, taking, removing. */
#include "serve/archive_inside.h"
#include "serve/banks.h"
#include "serve/links.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"

#define DEFAULT_RATE 0.05 /* of false alarms, as alfa learn */

/* ------------------------------------------------------------------ making */

static enum alfa_status add_picture(struct alfa__archive *archive, long long bank, const char *hash,
                                    const char *name, const struct alfa__lesson_picture *picture,
                                    struct alfa_error *err)
{
    sqlite3_stmt *s = alfa__archive_prepare(
        archive,
        "INSERT INTO bank_images(bank, image, name, role, keep) VALUES(?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT DO UPDATE SET name = excluded.name, role = excluded.role, "
        "keep = excluded.keep OR (keep AND excluded.role = 'normal')",
        err);
    if (s) {
        sqlite3_bind_int64(s, 1, bank);
        alfa__bind_text(s, 2, hash);
        alfa__bind_text(s, 3, name);
        alfa__bind_text(s, 4, picture->bad ? "bad" : "normal");
        sqlite3_bind_int(s, 5, picture->keep && !picture->bad);
    }
    return alfa__archive_step(archive, s, err);
}

static enum alfa_status add_inspected(struct alfa__archive *archive, long long bank,
                                      const struct alfa__lesson_picture *picture, struct alfa_error *err)
{
    char hash[ALFA__ARCHIVE_HASH] = "", *name = NULL;
    sqlite3_stmt *s =
        alfa__archive_prepare(archive, "SELECT image, name FROM inspections WHERE id = ?1", err);
    if (!s)
        return ALFA_ERROR_OUTPUT;
    sqlite3_bind_int64(s, 1, picture->inspection);
    if (sqlite3_step(s) == SQLITE_ROW) {
        snprintf(hash, sizeof hash, "%s", (const char *)sqlite3_column_text(s, 0));
        name = alfa__strdup((const char *)sqlite3_column_text(s, 1));
    }
    sqlite3_finalize(s);
    enum alfa_status status = name ? add_picture(archive, bank, hash, name, picture, err)
                                   : alfa__fail(err, ALFA_ERROR_USAGE, "inspections",
                                                "there is no inspection %lld", picture->inspection);
    free(name);
    return status;
}

static enum alfa_status check_base(struct alfa__archive *archive, long long base, struct alfa_error *err)
{
    char sql[64];
    snprintf(sql, sizeof sql, "SELECT 1 FROM banks WHERE id = %lld", base);
    return !base || alfa__archive_whole(archive, sql, 0)
               ? ALFA_OK
               : alfa__fail(err, ALFA_ERROR_USAGE, "base", "there is no version %lld of a bank", base);
}

static enum alfa_status copy_base(struct alfa__archive *archive, long long bank,
                                  const struct alfa__lesson_plan *plan, struct alfa_error *err)
{
    sqlite3_stmt *s = alfa__archive_prepare(archive,
                                            "INSERT INTO bank_images(bank, image, name, role, keep) "
                                            "SELECT ?1, image, name, role, keep OR (?3 AND role = 'normal') "
                                            "FROM bank_images WHERE bank = ?2",
                                            err);
    if (s) {
        sqlite3_bind_int64(s, 1, bank);
        sqlite3_bind_int64(s, 2, plan->base);
        sqlite3_bind_int(s, 3, plan->keep_base);
    }
    return alfa__archive_step(archive, s, err);
}

static enum alfa_status add_pictures(struct alfa__archive *archive, long long bank,
                                     const struct alfa__lesson_plan *plan, struct alfa_error *err)
{
    if (plan->base)
        ALFA__TRY(copy_base(archive, bank, plan, err));
    for (int i = 0; i < plan->count; i++) {
        const struct alfa__lesson_picture *picture = &plan->pictures[i];
        char hash[ALFA__ARCHIVE_HASH];
        if (!picture->bytes) {
            ALFA__TRY(add_inspected(archive, bank, picture, err));
            continue;
        }
        ALFA__TRY(alfa__archive_keep(archive, hash, picture->bytes, picture->size, err));
        ALFA__TRY(add_picture(archive, bank, hash, picture->name, picture, err));
    }
    return ALFA_OK;
}

enum alfa_status alfa__version_check_name(struct alfa__archive *archive, const char *name,
                                          const char *class_name, struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    sqlite3_stmt *s = alfa__archive_prepare(
        archive, "SELECT class FROM banks WHERE name = ?1 AND class <> ?2 LIMIT 1", err);
    if (!s)
        return ALFA_ERROR_OUTPUT;
    alfa__bind_text(s, 1, name);
    alfa__bind_text(s, 2, class_name);
    if (sqlite3_step(s) == SQLITE_ROW)
        status = alfa__fail(err, ALFA_ERROR_USAGE, "name", "\"%s\" is a bank for \"%s\": choose another name",
                            name, (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    return status;
}

static enum alfa_status insert_version(struct alfa__archive *archive, const struct alfa__lesson_plan *plan,
                                       struct alfa_error *err)
{
    sqlite3_stmt *s = alfa__archive_prepare(
        archive,
        "INSERT INTO banks(name, version, class, prompts, time, state, base, rate, tiles, start, "
        "start_normal, start_bad, start_keep) SELECT ?1, "
        "(SELECT coalesce(max(version), 0) + 1 FROM banks WHERE name = ?1), ?2, "
        "(SELECT text FROM prompts WHERE class = ?2), ?3, 'waiting', ?4, coalesce(?5, b.rate, ?8), "
        "coalesce(?6, b.tiles, 0), "
        "b.start, coalesce(b.start_normal, 0), coalesce(b.start_bad, 0), coalesce(b.start_keep OR ?7, 0) "
        "FROM (SELECT 1) LEFT JOIN banks b ON b.id = ?4",
        err);
    if (s) {
        alfa__bind_text(s, 1, plan->name);
        alfa__bind_text(s, 2, plan->class_name);
        sqlite3_bind_int64(s, 3, alfa__archive_now());
        alfa__bind_id(s, 4, plan->base);
        alfa__bind_number(s, 5, plan->rate);
        if (plan->tiles >= 0)
            sqlite3_bind_int(s, 6, plan->tiles);
        sqlite3_bind_int(s, 7, plan->keep_base);
        sqlite3_bind_double(s, 8, DEFAULT_RATE);
    }
    return alfa__archive_step(archive, s, err);
}

static enum alfa_status add(long long *id, struct alfa__archive *archive,
                            const struct alfa__lesson_plan *plan, struct alfa_error *err)
{
    ALFA__TRY(alfa__version_check_name(archive, plan->name, plan->class_name, err));
    ALFA__TRY(check_base(archive, plan->base, err));
    ALFA__TRY(insert_version(archive, plan, err));
    *id = sqlite3_last_insert_rowid(archive->db);
    ALFA__TRY(add_pictures(archive, *id, plan, err));
    char sql[192];
    snprintf(
        sql, sizeof sql,
        "SELECT count(*) + (SELECT start_normal FROM banks WHERE id = %lld) FROM bank_images WHERE bank = "
        "%lld AND role = 'normal'",
        *id, *id);
    return alfa__archive_whole(archive, sql, 0) > 0
               ? ALFA_OK
               : alfa__fail(err, ALFA_ERROR_USAGE, "pictures",
                            "none of a normal thing is among them; one is enough, a few are better");
}

enum alfa_status alfa__version_add(long long *id, struct alfa__archive *archive,
                                   const struct alfa__lesson_plan *plan, struct alfa_error *err)
{
    pthread_mutex_lock(&archive->lock);
    enum alfa_status status = alfa__archive_do(archive, "BEGIN IMMEDIATE", err);
    if (status == ALFA_OK)
        status = alfa__archive_finish(archive, add(id, archive, plan, err), err);
    pthread_mutex_unlock(&archive->lock);
    return status;
}

/* ------------------------------------------------------------------ listing */

#define COLUMNS                                                                                        \
    "SELECT b.id, b.name, b.version, b.class, b.time, b.state, b.error, b.base, b.current, b.rate, "   \
    "b.threshold, b.learned_threshold, b.pixel_threshold, b.facts, b.effect, "                         \
    "b.start_normal + (SELECT count(*) FROM bank_images WHERE bank = b.id AND role = 'normal'), "      \
    "b.start_bad + (SELECT count(*) FROM bank_images WHERE bank = b.id AND role = 'bad'), b.prompts, " \
    "b.tiles, "                                                                                        \
    "b.threshold_time, "                                                                               \
    "b.start IS NOT NULL FROM banks b "

static json_t *object_at(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    json_t *object = text ? json_loads(text, 0, NULL) : NULL;
    return object ? object : json_null();
}

static json_t *version_object(sqlite3_stmt *s)
{
    char time[40], chosen[40];
    alfa__time_text(time, sqlite3_column_int64(s, 4));
    alfa__time_text(chosen, sqlite3_column_int64(s, 19));
    return json_pack(
        "{s:I, s:o, s:i, s:o, s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:o, s:i, "
        "s:o, s:b}",
        "id", sqlite3_column_int64(s, 0), "name", alfa__text_at(s, 1), "version", sqlite3_column_int(s, 2),
        "class", alfa__text_at(s, 3), "time", time, "state", alfa__text_at(s, 5), "error",
        alfa__text_at(s, 6), "base",
        sqlite3_column_type(s, 7) == SQLITE_NULL ? json_null() : json_integer(sqlite3_column_int64(s, 7)),
        "current", sqlite3_column_int(s, 8), "false_alarm_rate", alfa__number_at(s, 9), "threshold",
        alfa__number_at(s, 10), "learned_threshold", alfa__number_at(s, 11), "pixel_threshold",
        alfa__number_at(s, 12), "facts", object_at(s, 13), "effect", object_at(s, 14), "normal",
        sqlite3_column_int(s, 15), "bad", sqlite3_column_int(s, 16), "prompts", alfa__text_at(s, 17), "tiles",
        sqlite3_column_int(s, 18), "threshold_time",
        sqlite3_column_type(s, 19) == SQLITE_NULL ? json_null() : json_string(chosen), "brought",
        sqlite3_column_int(s, 20));
}

json_t *alfa__version_list(struct alfa__archive *archive)
{
    json_t *list = json_array();
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s = alfa__archive_prepare(
        archive, COLUMNS "ORDER BY b.name COLLATE NOCASE, b.name, b.version DESC", NULL);
    while (s && sqlite3_step(s) == SQLITE_ROW)
        alfa__json_push(&list, version_object(s));
    sqlite3_finalize(s);
    pthread_mutex_unlock(&archive->lock);
    return list;
}

json_t *alfa__version_get(struct alfa__archive *archive, long long id)
{
    json_t *object = NULL;
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s = alfa__archive_prepare(archive, COLUMNS "WHERE b.id = ?1", NULL);
    if (s)
        sqlite3_bind_int64(s, 1, id);
    if (s && sqlite3_step(s) == SQLITE_ROW)
        object = version_object(s);
    sqlite3_finalize(s);
    pthread_mutex_unlock(&archive->lock);
    return object;
}

json_t *alfa__version_pictures(struct alfa__archive *archive, long long id)
{
    json_t *list = json_array();
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s = alfa__archive_prepare(
        archive, "SELECT image, name, role, keep FROM bank_images WHERE bank = ?1 ORDER BY name, image",
        NULL);
    if (s)
        sqlite3_bind_int64(s, 1, id);
    while (s && sqlite3_step(s) == SQLITE_ROW)
        alfa__json_push(&list, json_pack("{s:o, s:o, s:o, s:b}", "image", alfa__text_at(s, 0), "name",
                                         alfa__text_at(s, 1), "role", alfa__text_at(s, 2), "keep",
                                         sqlite3_column_int(s, 3)));
    sqlite3_finalize(s);
    pthread_mutex_unlock(&archive->lock);
    return list;
}

enum alfa_status alfa__version_load_picture(struct alfa__archive *archive, const char *hash, char **bytes,
                                            size_t *size, struct alfa_error *err)
{
    return alfa__archive_load(archive, hash, bytes, size, err); /* files never change: no lock */
}

/* ------------------------------------------------------------------ changing */

/* Runs one statement about a bank, with up to two texts and a number; the number of rows, -1: it failed. */
static int change(struct alfa__archive *archive, const char *sql, long long id, const char *text,
                  double number, struct alfa_error *err)
{
    sqlite3_stmt *s = alfa__archive_prepare(archive, sql, err);
    if (s) {
        sqlite3_bind_int64(s, 1, id);
        alfa__bind_text(s, 2, text);
        alfa__bind_number(s, 3, number);
    }
    return alfa__archive_step(archive, s, err) == ALFA_OK ? sqlite3_changes(archive->db) : -1;
}

static enum alfa_status outcome(int changed, long long id, struct alfa_error *err)
{
    if (changed == 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "there is no version %lld of a bank that is ready",
                          id);
    return changed > 0 ? ALFA_OK : ALFA_ERROR_OUTPUT;
}

enum alfa_status alfa__version_take(struct alfa__archive *archive, long long id, struct alfa_error *err)
{
    pthread_mutex_lock(&archive->lock);
    const int changed = change(archive,
                               "UPDATE banks SET current = (id = ?1) WHERE name = (SELECT name FROM banks "
                               "WHERE id = ?1 AND state = 'ready')",
                               id, NULL, NAN, err);
    pthread_mutex_unlock(&archive->lock);
    return outcome(changed, id, err);
}

enum alfa_status alfa__version_set_threshold(struct alfa__archive *archive, long long id, double threshold,
                                             struct alfa_error *err)
{
    pthread_mutex_lock(&archive->lock);
    const int changed = change(archive,
                               "UPDATE banks SET threshold = coalesce(?3, learned_threshold), "
                               "threshold_time = iif(?3 IS NULL, NULL, 1000 * strftime('%s', 'now')) "
                               "WHERE id = ?1 AND state = 'ready'",
                               id, NULL, threshold, err);
    pthread_mutex_unlock(&archive->lock);
    return outcome(changed, id, err);
}

enum alfa_status alfa__version_remove(struct alfa__archive *archive, long long id, struct alfa_error *err)
{
    pthread_mutex_lock(&archive->lock);
    const int removed = change(archive, "DELETE FROM banks WHERE id = ?1", id, NULL, NAN, err);
    if (removed > 0)
        (void)alfa__archive_sweep(archive, NULL);
    pthread_mutex_unlock(&archive->lock);
    if (removed == 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "there is no version %lld of a bank", id);
    return removed > 0 ? ALFA_OK : ALFA_ERROR_OUTPUT;
}

enum alfa_status alfa__version_read(struct alfa__archive *archive, long long id, char **bytes, size_t *size,
                                    struct alfa_error *err)
{
    char hash[ALFA__ARCHIVE_HASH] = "";
    *bytes = NULL;
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s =
        alfa__archive_prepare(archive, "SELECT file FROM banks WHERE id = ?1 AND file IS NOT NULL", err);
    if (s)
        sqlite3_bind_int64(s, 1, id);
    if (s && sqlite3_step(s) == SQLITE_ROW)
        snprintf(hash, sizeof hash, "%s", (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    enum alfa_status status =
        *hash ? alfa__archive_load(archive, hash, bytes, size, err) : outcome(0, id, err);
    pthread_mutex_unlock(&archive->lock);
    return status;
}

/* ------------------------------------------------------------------ the teacher's */

long long alfa__version_next(struct alfa__archive *archive)
{
    pthread_mutex_lock(&archive->lock);
    const long long id = alfa__archive_whole(archive, "SELECT min(id) FROM banks WHERE state = 'waiting'", 0);
    if (id)
        change(archive, "UPDATE banks SET state = 'learning' WHERE id = ?1", id, NULL, NAN, NULL);
    pthread_mutex_unlock(&archive->lock);
    return id;
}

void alfa__version_requeue(struct alfa__archive *archive)
{
    pthread_mutex_lock(&archive->lock);
    (void)alfa__archive_do(archive, "UPDATE banks SET state = 'waiting' WHERE state = 'learning'", NULL);
    pthread_mutex_unlock(&archive->lock);
}

static enum alfa_status set_done(struct alfa__archive *archive, long long id, const char *hash,
                                 const struct alfa__version_outcome *outcome, const char *facts,
                                 struct alfa_error *err)
{
    sqlite3_stmt *s = alfa__archive_prepare(archive,
                                            "UPDATE banks SET file = ?2, threshold = ?3, learned_threshold = "
                                            "?3, pixel_threshold = ?4, facts = ?5 "
                                            "WHERE id = ?1",
                                            err);
    if (s) {
        sqlite3_bind_int64(s, 1, id);
        alfa__bind_text(s, 2, hash);
        alfa__bind_number(s, 3, outcome->threshold);
        alfa__bind_number(s, 4, outcome->pixel_threshold);
        alfa__bind_text(s, 5, facts);
    }
    ALFA__TRY(alfa__archive_step(archive, s, err));
    return sqlite3_changes(archive->db) > 0
               ? ALFA_OK
               : alfa__fail(err, ALFA_ERROR_INPUT, NULL, "the bank was removed while it was learned");
}

enum alfa_status alfa__version_done(struct alfa__archive *archive, long long id,
                                    const struct alfa__version_outcome *outcome, struct alfa_error *err)
{
    char hash[ALFA__ARCHIVE_HASH], *text = json_dumps(outcome->facts, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (!text)
        return alfa__fail_memory(err, 1024);
    pthread_mutex_lock(&archive->lock);
    enum alfa_status status = alfa__archive_do(archive, "BEGIN IMMEDIATE", err);
    if (status == ALFA_OK) {
        status = alfa__archive_keep(archive, hash, outcome->bytes, outcome->size, err);
        if (status == ALFA_OK)
            status = set_done(archive, id, hash, outcome, text, err);
        status = alfa__archive_finish(archive, status, err);
    }
    pthread_mutex_unlock(&archive->lock);
    free(text);
    return status;
}

enum alfa_status alfa__version_ready(struct alfa__archive *archive, long long id, struct alfa_error *err)
{
    pthread_mutex_lock(&archive->lock);
    const int changed = change(archive,
                               "UPDATE banks SET state = 'ready', current = NOT EXISTS(SELECT 1 FROM banks "
                               "other WHERE other.name = banks.name AND other.current) WHERE id = ?1",
                               id, NULL, NAN, err);
    pthread_mutex_unlock(&archive->lock);
    return outcome(changed, id, err);
}

void alfa__version_failed(struct alfa__archive *archive, long long id, const char *why)
{
    pthread_mutex_lock(&archive->lock);
    change(archive, "UPDATE banks SET state = 'failed', error = ?2 WHERE id = ?1", id, why, NAN, NULL);
    pthread_mutex_unlock(&archive->lock);
}

enum alfa_status alfa__version_set_effect(struct alfa__archive *archive, long long id, const json_t *effect,
                                          struct alfa_error *err)
{
    char *text = json_dumps(effect, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (!text)
        return alfa__fail_memory(err, 1024);
    pthread_mutex_lock(&archive->lock);
    const int changed = change(archive, "UPDATE banks SET effect = ?2 WHERE id = ?1", id, text, NAN, err);
    pthread_mutex_unlock(&archive->lock);
    free(text);
    return changed < 0 ? ALFA_ERROR_OUTPUT : ALFA_OK;
}
