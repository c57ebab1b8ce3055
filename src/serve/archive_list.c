/* Reading inspections: pages, one, a table, scores. */
#include "serve/archive_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "serve/links.h"

#define COLUMNS                                                                                    \
    "i.id, i.time, i.name, i.class, i.method, coalesce(b.name, i.gone_name), coalesce(b.version, " \
    "i.gone_version), i.score, i.p_value, i.threshold, i.decision, i.verdict, i.width, i.height, " \
    "coalesce(i.bank, i.gone_bank), i.map IS NOT NULL, i.verdict_time "
#define FROM "FROM inspections i LEFT JOIN banks b ON b.id = i.bank "
enum { MAP_COLUMN = 15, VERDICT_COLUMN, REPORT_COLUMN, PAGE = 500 };

/* ------------------------------------------------------------------ filters */

static const char where[] = "WHERE (?1 IS NULL OR i.class = ?1) AND (?2 IS NULL OR i.decision = ?2) "
                            "AND (?3 IS NULL OR i.verdict IS (CASE ?3 WHEN 'none' THEN NULL ELSE ?3 END)) "
                            "AND (?4 IS NULL OR instr(fold(i.name), fold(?4)) > 0) "
                            "AND (?5 IS NULL OR i.score >= ?5) AND (?6 IS NULL OR i.score <= ?6) "
                            "AND (?7 IS NULL OR i.time >= ?7) AND (?8 IS NULL OR i.time < ?8) "
                            "AND (?9 IS NULL OR i.id < ?9) AND (?10 IS NULL OR i.bank = ?10) ";

static sqlite3_stmt *prepare_list(struct alfa__archive *archive, const struct alfa__filter *filter, int limit,
                                  struct alfa_error *err)
{
    char sql[1536];
    snprintf(sql, sizeof sql, "SELECT " COLUMNS FROM "%s ORDER BY i.id DESC LIMIT %d", where, limit);
    sqlite3_stmt *s = alfa__archive_prepare(archive, sql, err);
    if (!s)
        return NULL;
    alfa__bind_text(s, 1, filter->class_name);
    alfa__bind_text(s, 2, filter->decision);
    alfa__bind_text(s, 3, filter->verdict);
    alfa__bind_text(s, 4, filter->name);
    alfa__bind_number(s, 5, filter->has_low ? filter->low : NAN);
    alfa__bind_number(s, 6, filter->has_high ? filter->high : NAN);
    alfa__bind_id(s, 7, filter->since);
    alfa__bind_id(s, 8, filter->until);
    alfa__bind_id(s, 9, filter->before);
    alfa__bind_id(s, 10, filter->bank);
    return s;
}

/* ------------------------------------------------------------------ rows as JSON */

static json_t *bank_at(sqlite3_stmt *s)
{
    if (sqlite3_column_type(s, 5) == SQLITE_NULL)
        return json_null();
    return json_pack("{s:I, s:s, s:i}", "id", sqlite3_column_int64(s, 14), "name",
                     (const char *)sqlite3_column_text(s, 5), "version", sqlite3_column_int(s, 6));
}

/* "" where there is none. */
static void verdict_time(char out[40], sqlite3_stmt *s)
{
    *out = 0;
    if (sqlite3_column_type(s, VERDICT_COLUMN) != SQLITE_NULL)
        alfa__time_text(out, sqlite3_column_int64(s, VERDICT_COLUMN));
}

static json_t *row_object(sqlite3_stmt *s)
{
    char time[40], said[40];
    alfa__time_text(time, sqlite3_column_int64(s, 1));
    verdict_time(said, s);
    json_t *object = json_pack("{s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s?, s:i, s:i}",
                               "id", sqlite3_column_int64(s, 0), "time", time, "name", alfa__text_at(s, 2),
                               "class", alfa__text_at(s, 3), "method", alfa__text_at(s, 4), "bank",
                               bank_at(s), "score", alfa__number_at(s, 7), "p_value", alfa__number_at(s, 8),
                               "threshold", alfa__number_at(s, 9), "decision", alfa__text_at(s, 10),
                               "verdict", alfa__text_at(s, 11), "verdict_time", *said ? said : NULL, "width",
                               sqlite3_column_int(s, 12), "height", sqlite3_column_int(s, 13));
    if (object)
        alfa__links_add(&object, sqlite3_column_int(s, MAP_COLUMN));
    return object;
}

/* One row more than the page says whether another one follows. */
json_t *alfa__archive_list(struct alfa__archive *archive, const struct alfa__filter *filter)
{
    json_t *items = json_array(), *next = json_null();
    long long last = 0;
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s = prepare_list(archive, filter, filter->limit + 1, NULL);
    int code = s ? SQLITE_ROW : SQLITE_ERROR;
    while (code == SQLITE_ROW && (code = sqlite3_step(s)) == SQLITE_ROW) {
        if ((int)json_array_size(items) == filter->limit) {
            next = json_integer(last);
            code = SQLITE_DONE;
            break;
        }
        last = sqlite3_column_int64(s, 0);
        alfa__json_push(&items, row_object(s));
        if (!items)
            code = SQLITE_NOMEM;
    }
    sqlite3_finalize(s);
    pthread_mutex_unlock(&archive->lock);
    if (code == SQLITE_DONE)
        return json_pack("{s:o, s:o}", "items", items, "next", next);
    json_decref(items);
    json_decref(next);
    return NULL;
}

/* The row's columns over those of the report, which has more. */
static json_t *whole_object(sqlite3_stmt *s)
{
    json_t *report = json_loads((const char *)sqlite3_column_text(s, REPORT_COLUMN), 0, NULL);
    json_t *row = row_object(s);
    if (report && row && json_object_update(report, row) == 0) {
        json_decref(row);
        return report;
    }
    json_decref(report);
    return row;
}

json_t *alfa__archive_get(struct alfa__archive *archive, long long id)
{
    json_t *object = NULL;
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s =
        alfa__archive_prepare(archive, "SELECT " COLUMNS ", i.report " FROM "WHERE i.id = ?1", NULL);
    if (s)
        sqlite3_bind_int64(s, 1, id);
    if (s && sqlite3_step(s) == SQLITE_ROW)
        object = whole_object(s);
    sqlite3_finalize(s);
    pthread_mutex_unlock(&archive->lock);
    return object;
}

/* ------------------------------------------------------------------ CSV (RFC 4180) */

static const char header[] = "id,time,name,class,method,bank,bank_version,score,p_value,threshold,decision,"
                             "verdict,width,height,verdict_time\r\n";

/* A text that a spreadsheet would take for a formula gets a quote in front. */
static void csv_text(struct alfa__string *out, const char *text)
{
    const bool formula = text && strchr("=+-@\t\r", *text) && *text;
    if (!text)
        return;
    if (!formula && !strpbrk(text, ",\"\r\n")) {
        alfa__string_append(out, text);
        return;
    }
    alfa__string_append(out, formula ? "\"'" : "\"");
    for (; *text; text++)
        alfa__string_append_bytes(out, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
    alfa__string_append(out, "\"");
}

/* Nine digits and a point in every locale. */
static void csv_number(struct alfa__string *out, sqlite3_stmt *s, int column)
{
    char text[40];
    if (sqlite3_column_type(s, column) == SQLITE_NULL)
        return;
    sqlite3_snprintf(sizeof text, text, "%.9g", sqlite3_column_double(s, column));
    alfa__string_append(out, text);
}

static void csv_row(struct alfa__string *out, sqlite3_stmt *s)
{
    char time[40], said[40];
    alfa__time_text(time, sqlite3_column_int64(s, 1));
    verdict_time(said, s);
    for (int column = 0; column < 14; column++) {
        if (column > 0)
            alfa__string_append(out, ",");
        if (column == 1)
            alfa__string_append(out, time);
        else if (column >= 7 && column <= 9)
            csv_number(out, s, column);
        else
            csv_text(out, (const char *)sqlite3_column_text(s, column));
    }
    alfa__string_append(out, ",");
    alfa__string_append(out, said);
    alfa__string_append(out, "\r\n");
}

/* Rows of one page; *last gets the last id, *count how many. */
static enum alfa_status csv_page(struct alfa__archive *archive, struct alfa__string *out,
                                 const struct alfa__filter *filter, long long *last, int *count,
                                 struct alfa_error *err)
{
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s = prepare_list(archive, filter, PAGE, err);
    int code = s ? SQLITE_ROW : SQLITE_ERROR;
    *count = 0;
    while (s && (code = sqlite3_step(s)) == SQLITE_ROW) {
        csv_row(out, s);
        *last = sqlite3_column_int64(s, 0);
        ++*count;
    }
    enum alfa_status status = code == SQLITE_DONE ? ALFA_OK : alfa__archive_fail(archive, err);
    sqlite3_finalize(s);
    pthread_mutex_unlock(&archive->lock);
    return status;
}

enum alfa_status alfa__archive_csv(struct alfa__archive *archive, struct alfa__string *out,
                                   const struct alfa__filter *filter, struct alfa_error *err)
{
    struct alfa__filter page = *filter;
    int count = PAGE;
    alfa__string_append(out, header);
    while (count == PAGE)
        ALFA__TRY(csv_page(archive, out, &page, &page.before, &count, err));
    return alfa__string_ok(out) ? ALFA_OK : alfa__fail_memory(err, out->size);
}

/* ------------------------------------------------------------------ scores, classes, counts */

/* Good or bad as the operator said: an agreement confirms the decision. */
#define TRUTH                                                                           \
    "CASE WHEN verdict = 'false_alarm' THEN 'good' WHEN verdict = 'missed' THEN 'bad' " \
    "WHEN verdict = 'agree' AND decision = 'anomaly' THEN 'bad' WHEN verdict = 'agree' THEN 'good' END"

/* Rows of two texts or of an id, a score and a text, as a list of objects; NULL: no memory. */
static json_t *collect(sqlite3_stmt *s, json_t *(*object)(sqlite3_stmt *))
{
    json_t *list = json_array();
    while (s && sqlite3_step(s) == SQLITE_ROW)
        alfa__json_push(&list, object(s));
    sqlite3_finalize(s);
    return list;
}

static json_t *score_object(sqlite3_stmt *s)
{
    return json_pack("{s:I, s:o, s:o}", "id", sqlite3_column_int64(s, 0), "score", alfa__number_at(s, 1),
                     "truth", alfa__text_at(s, 2));
}

json_t *alfa__archive_scores(struct alfa__archive *archive, const char *class_name, long long bank, int most)
{
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s = alfa__archive_prepare(
        archive,
        "SELECT id, score, " TRUTH " FROM inspections WHERE class = ?1 AND coalesce(bank, gone_bank) IS ?2 "
        "ORDER BY id DESC LIMIT ?3",
        NULL);
    if (s) {
        alfa__bind_text(s, 1, class_name);
        alfa__bind_id(s, 2, bank);
        sqlite3_bind_int(s, 3, most);
    }
    json_t *list = collect(s, score_object);
    pthread_mutex_unlock(&archive->lock);
    return list;
}

static json_t *latest_object(sqlite3_stmt *s)
{
    return json_pack("{s:I, s:o, s:o, s:o}", "id", sqlite3_column_int64(s, 0), "score", alfa__number_at(s, 1),
                     "truth", alfa__text_at(s, 2), "decision", alfa__text_at(s, 3));
}

json_t *alfa__archive_latest(struct alfa__archive *archive, const char *class_name, int most)
{
    pthread_mutex_lock(&archive->lock);
    sqlite3_stmt *s = alfa__archive_prepare(archive,
                                            "SELECT id, score, " TRUTH ", decision FROM inspections WHERE "
                                            "id IN (SELECT max(id) FROM inspections WHERE class = ?1 GROUP "
                                            "BY image ORDER BY max(id) DESC LIMIT ?2) ORDER BY id DESC",
                                            NULL);
    if (s) {
        alfa__bind_text(s, 1, class_name);
        sqlite3_bind_int(s, 2, most);
    }
    json_t *list = collect(s, latest_object);
    pthread_mutex_unlock(&archive->lock);
    return list;
}

static json_t *class_object(sqlite3_stmt *s)
{
    return json_pack("{s:o, s:I}", "class", alfa__text_at(s, 0), "inspections", sqlite3_column_int64(s, 1));
}

json_t *alfa__archive_classes(struct alfa__archive *archive)
{
    pthread_mutex_lock(&archive->lock);
    json_t *list = collect(alfa__archive_prepare(archive,
                                                 "SELECT class, count(*) FROM inspections GROUP BY class "
                                                 "ORDER BY max(id) DESC LIMIT 1000",
                                                 NULL),
                           class_object);
    pthread_mutex_unlock(&archive->lock);
    return list;
}

void alfa__archive_count(struct alfa__archive *archive, long long *inspections, long long *bytes)
{
    pthread_mutex_lock(&archive->lock);
    *inspections = alfa__archive_whole(archive, "SELECT count(*) FROM inspections", 0);
    *bytes = alfa__archive_whole(archive, "SELECT sum(size) FROM files", 0);
    pthread_mutex_unlock(&archive->lock);
}
