/* Adding, judging and removing inspections; prompt sets of one's own. */
#include "serve/archive_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"

long long alfa__archive_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------ adding */

static enum alfa_status insert(struct alfa__archive *archive, const struct alfa__inspection *in,
                               long long time, const char *image, const char *map, struct alfa_error *err)
{
    sqlite3_stmt *s = alfa__archive_prepare(
        archive,
        "INSERT INTO inspections(time, name, class, method, bank, score, p_value, threshold, decision, "
        "width, "
        "height, image, map, report) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        err);
    if (s) {
        sqlite3_bind_int64(s, 1, time);
        alfa__bind_text(s, 2, in->name);
        alfa__bind_text(s, 3, in->class_name);
        alfa__bind_text(s, 4, in->method);
        alfa__bind_id(s, 5, in->bank);
        alfa__bind_number(s, 6, in->score);
        alfa__bind_number(s, 7, in->p_value);
        alfa__bind_number(s, 8, in->threshold);
        alfa__bind_text(s, 9, in->decision < 0 ? NULL : in->decision ? "anomaly" : "normal");
        sqlite3_bind_int(s, 10, in->width);
        sqlite3_bind_int(s, 11, in->height);
        alfa__bind_text(s, 12, image);
        alfa__bind_text(s, 13, map);
        alfa__bind_text(s, 14, in->report);
    }
    return alfa__archive_step(archive, s, err);
}

static enum alfa_status add(struct alfa__archive *archive, const struct alfa__inspection *in, long long time,
                            struct alfa_error *err)
{
    char image[ALFA__ARCHIVE_HASH], map[ALFA__ARCHIVE_HASH];
    ALFA__TRY(alfa__archive_do(archive, "BEGIN IMMEDIATE", err));
    enum alfa_status status = alfa__archive_keep(archive, image, in->image, in->image_size, err);
    if (status == ALFA_OK && in->map)
        status = alfa__archive_keep(archive, map, in->map, in->map_size, err);
    if (status == ALFA_OK)
        status = insert(archive, in, time, image, in->map ? map : NULL, err);
    return alfa__archive_finish(archive, status, err);
}

enum alfa_status alfa__archive_add(struct alfa__archive *archive, long long *id, long long *time,
                                   const struct alfa__inspection *inspection, struct alfa_error *err)
{
    *time = alfa__archive_now();
    pthread_mutex_lock(&archive->lock);
    enum alfa_status status = add(archive, inspection, *time, err);
    *id = sqlite3_last_insert_rowid(archive->db);
    pthread_mutex_unlock(&archive->lock);
    return status;
}

/* ------------------------------------------------------------------ one inspection */

/* A false alarm needs an alarm, a missed defect a decision that there is none. */
static enum alfa_status check_verdict(struct alfa__archive *archive, long long id, const char *verdict,
                                      struct alfa_error *err)
{
    char decision[16] = "";
    bool found = false;
    sqlite3_stmt *s = alfa__archive_prepare(archive, "SELECT decision FROM inspections WHERE id = ?1", err);
    if (!s)
        return ALFA_ERROR_OUTPUT;
    sqlite3_bind_int64(s, 1, id);
    if (sqlite3_step(s) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(s, 0);
        snprintf(decision, sizeof decision, "%s", text ? text : "");
        found = true;
    }
    sqlite3_finalize(s);
    if (!found)
        return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "there is no inspection %lld", id);
    if (verdict && strcmp(verdict, "false_alarm") == 0 && strcmp(decision, "anomaly") != 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "verdict",
                          "a false alarm needs the decision \"anomaly\"; inspection %lld has another", id);
    if (verdict && strcmp(verdict, "missed") == 0 && strcmp(decision, "anomaly") == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "verdict",
                          "inspection %lld was called an anomaly: nothing was missed", id);
    return ALFA_OK;
}

enum alfa_status alfa__archive_judge(struct alfa__archive *archive, long long id, const char *verdict,
                                     struct alfa_error *err)
{
    pthread_mutex_lock(&archive->lock);
    enum alfa_status status = check_verdict(archive, id, verdict, err);
    if (status == ALFA_OK) {
        sqlite3_stmt *s = alfa__archive_prepare(
            archive, "UPDATE inspections SET verdict = ?2, verdict_time = ?3 WHERE id = ?1", err);
        if (s) {
            sqlite3_bind_int64(s, 1, id);
            alfa__bind_text(s, 2, verdict);
            alfa__bind_id(s, 3, verdict ? alfa__archive_now() : 0);
        }
        status = alfa__archive_step(archive, s, err);
    }
    pthread_mutex_unlock(&archive->lock);
    return status;
}

enum alfa_status alfa__archive_read(struct alfa__archived *out, struct alfa__archive *archive, long long id,
                                    enum alfa__archive_kind kind, struct alfa_error *err)
{
    enum alfa_status status;
    *out = (struct alfa__archived){.bytes = NULL};
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s = alfa__archive_prepare(archive, "SELECT image, map FROM inspections WHERE id = ?1", err);
    if (s)
        sqlite3_bind_int64(s, 1, id);
    const bool found = s && sqlite3_step(s) == SQLITE_ROW;
    const char *text = found ? (const char *)sqlite3_column_text(s, kind == ALFA__ARCHIVE_MAP ? 1 : 0) : NULL;
    if (text)
        snprintf(out->hash, sizeof out->hash, "%s", text);
    sqlite3_finalize(s);
    if (!found)
        status = alfa__fail(err, ALFA_ERROR_INPUT, NULL, "there is no inspection %lld", id);
    else if (!*out->hash)
        status =
            alfa__fail(err, ALFA_ERROR_INPUT, NULL, "inspection %lld has no map: its method has none", id);
    else
        status = alfa__archive_load(archive, out->hash, &out->bytes, &out->size, err);
    pthread_mutex_unlock(&archive->lock);
    return status;
}

static enum alfa_status remove_row(struct alfa__archive *archive, long long id, struct alfa_error *err)
{
    sqlite3_stmt *s = alfa__archive_prepare(archive, "DELETE FROM inspections WHERE id = ?1", err);
    if (s)
        sqlite3_bind_int64(s, 1, id);
    return alfa__archive_step(archive, s, err);
}

enum alfa_status alfa__archive_remove(struct alfa__archive *archive, long long id, struct alfa_error *err)
{
    pthread_mutex_lock(&archive->lock);
    enum alfa_status status = remove_row(archive, id, err);
    if (status == ALFA_OK && sqlite3_changes(archive->db) == 0)
        status = alfa__fail(err, ALFA_ERROR_INPUT, NULL, "there is no inspection %lld", id);
    if (status == ALFA_OK)
        (void)alfa__archive_sweep(archive, NULL);
    pthread_mutex_unlock(&archive->lock);
    return status;
}

/* ------------------------------------------------------------------ retention */

enum { AT_ONCE = 200 }; /* so that requests do not wait long */

/* Numbers count up also while the clock is wrong: what came after one that is young is young, whatever its
 * date says (a machine that began in 1970, until it was told the time). */
static enum alfa_status remove_old(struct alfa__archive *archive, double keep_days, int *removed,
                                   struct alfa_error *err)
{
    sqlite3_stmt *s = alfa__archive_prepare(
        archive,
        "DELETE FROM inspections WHERE id IN (SELECT id FROM inspections WHERE time < ?1 AND id < "
        "coalesce((SELECT id FROM inspections WHERE +time >= ?1 AND +time <= ?2 ORDER BY id LIMIT 1), "
        "9223372036854775807) ORDER BY id LIMIT ?3)",
        err);
    const long long now = alfa__archive_now();
    if (s) {
        sqlite3_bind_int64(s, 1, now - (long long)(keep_days * 86400e3));
        sqlite3_bind_int64(s, 2, now);
        sqlite3_bind_int(s, 3, AT_ONCE);
    }
    ALFA__TRY(alfa__archive_step(archive, s, err));
    *removed += sqlite3_changes(archive->db);
    return ALFA_OK;
}

/* Banks and what they were learned from stay, and do not count. */
#define SIZE_OF_INSPECTIONS                                                                                \
    "SELECT sum(size) FROM files WHERE NOT EXISTS(SELECT 1 FROM banks WHERE file = files.hash OR start = " \
    "files.hash) "                                                                                         \
    "AND NOT EXISTS(SELECT 1 FROM bank_images WHERE image = files.hash)"

/* A few at a time until the files are small enough: pictures may be shared, so their sizes do not add up. */
static enum alfa_status remove_excess(struct alfa__archive *archive, double limit, int *removed,
                                      struct alfa_error *err)
{
    while (*removed < AT_ONCE && (double)alfa__archive_whole(archive, SIZE_OF_INSPECTIONS, 0) > limit) {
        ALFA__TRY(alfa__archive_do(archive,
                                   "DELETE FROM inspections WHERE id IN "
                                   "(SELECT id FROM inspections ORDER BY id LIMIT 10)",
                                   err));
        const int gone = sqlite3_changes(archive->db);
        if (gone == 0)
            break;
        *removed += gone;
        ALFA__TRY(alfa__archive_sweep(archive, err));
    }
    return ALFA_OK;
}

enum alfa_status alfa__archive_tidy(struct alfa__archive *archive, double keep_days, double keep_gb,
                                    int *removed, struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    *removed = 0;
    pthread_mutex_lock(&archive->lock);
    if (keep_days > 0)
        status = remove_old(archive, keep_days, removed, err);
    if (status == ALFA_OK && *removed > 0)
        status = alfa__archive_sweep(archive, err);
    if (status == ALFA_OK && keep_gb > 0)
        status = remove_excess(archive, keep_gb * 1e9, removed, err);
    pthread_mutex_unlock(&archive->lock);
    return status;
}

/* ------------------------------------------------------------------ prompt sets */

char *alfa__archive_prompts(struct alfa__archive *archive, const char *class_name)
{
    char *text = NULL;
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s = alfa__archive_prepare(archive, "SELECT text FROM prompts WHERE class = ?1", NULL);
    if (s)
        alfa__bind_text(s, 1, class_name);
    if (s && sqlite3_step(s) == SQLITE_ROW)
        text = alfa__strdup((const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    pthread_mutex_unlock(&archive->lock);
    return text;
}

enum alfa_status alfa__archive_set_prompts(struct alfa__archive *archive, const char *class_name,
                                           const char *text, struct alfa_error *err)
{
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s =
        alfa__archive_prepare(archive,
                              text ? "INSERT OR REPLACE INTO prompts(class, text, time) VALUES(?1, ?2, ?3)"
                                   : "DELETE FROM prompts WHERE class = ?1",
                              err);
    if (s) {
        alfa__bind_text(s, 1, class_name);
        if (text) {
            alfa__bind_text(s, 2, text);
            sqlite3_bind_int64(s, 3, alfa__archive_now());
        }
    }
    enum alfa_status status = alfa__archive_step(archive, s, err);
    pthread_mutex_unlock(&archive->lock);
    return status;
}

json_t *alfa__archive_prompt_classes(struct alfa__archive *archive)
{
    json_t *list = json_array();
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s = alfa__archive_prepare(
        archive, "SELECT class FROM prompts ORDER BY class COLLATE NOCASE, class", NULL);
    while (s && sqlite3_step(s) == SQLITE_ROW)
        alfa__json_push(&list, json_string((const char *)sqlite3_column_text(s, 0)));
    sqlite3_finalize(s);
    pthread_mutex_unlock(&archive->lock);
    return list;
}
