/* One table: (model, precision, text) -> vector, checksum. A plain rollback journal rather than a write-ahead
 * log, as that also works on network folders. The checksum covers the key, so that a row that ended up under
 * another key after a crash is not believed either. */
#include "prompt/cache.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/strings.h"

#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MILLISECONDS 2000

struct alfa__cache {
    pthread_mutex_t lock; /* a transaction belongs to one thread */
    char *path;
    sqlite3 *database;
    sqlite3_stmt *select, *insert;
};

static const char schema_text[] = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                                  "CREATE TABLE IF NOT EXISTS embeddings ("
                                  " model TEXT NOT NULL, precision TEXT NOT NULL, text TEXT NOT NULL,"
                                  " vector BLOB NOT NULL, checksum INTEGER NOT NULL,"
                                  " PRIMARY KEY (model, precision, text))";
static const char select_text[] = "SELECT vector, checksum FROM embeddings"
                                  " WHERE model = ?1 AND precision = ?2 AND text = ?3";
static const char insert_text[] =
    "INSERT OR REPLACE INTO embeddings (model, precision, text, vector, checksum)"
    " VALUES (?1, ?2, ?3, ?4, ?5)";

/* ------------------------------------------------------------------ opening */

static void disconnect(struct alfa__cache *cache)
{
    sqlite3_finalize(cache->select);
    sqlite3_finalize(cache->insert);
    sqlite3_close(cache->database);
    cache->select = cache->insert = NULL;
    cache->database = NULL;
}

/* Returns SQLite's code. A file that cannot be written is opened for reading only. */
static int connect(struct alfa__cache *cache)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    int code = sqlite3_open_v2(cache->path, &cache->database, flags, NULL);
    if (code != SQLITE_OK)
        return code;
    sqlite3_busy_timeout(cache->database, BUSY_MILLISECONDS);
    code = sqlite3_exec(cache->database, schema_text, NULL, NULL, NULL);
    if (code != SQLITE_OK && code != SQLITE_READONLY)
        return code;
    code = sqlite3_prepare_v2(cache->database, select_text, -1, &cache->select, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(cache->database, insert_text, -1, &cache->insert, NULL);
    return code;
}

/* Codes that say the file is not a cache of ours (any more). */
static bool is_damage(int code)
{
    int primary = code & 0xFF;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_ERROR ||
           primary == SQLITE_FORMAT || primary == SQLITE_MISMATCH;
}

static void remove_file(const char *path)
{
    char *journal = alfa__format("%s-journal", path);
    if (journal)
        unlink(journal);
    unlink(path);
    free(journal);
}

/* Connects; throws a damaged file away once. */
static int connect_or_renew(struct alfa__cache *cache)
{
    int code = connect(cache);
    if (is_damage(code)) {
        disconnect(cache);
        remove_file(cache->path);
        code = connect(cache);
    }
    if (code != SQLITE_OK)
        disconnect(cache);
    return code;
}

/* After a call with this code: a damaged file is replaced by an empty one. */
static void renew_if_damaged(struct alfa__cache *cache, int code)
{
    if (!is_damage(code))
        return;
    disconnect(cache);
    remove_file(cache->path);
    connect_or_renew(cache);
}

enum alfa_status alfa__cache_open(struct alfa__cache **out, const char *folder, struct alfa_error *err)
{
    *out = NULL;
    ALFA__TRY(alfa__folder_make(folder, err));
    struct alfa__cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return alfa__fail_memory(err, sizeof *cache);
    pthread_mutex_init(&cache->lock, NULL);
    cache->path = alfa__format("%s/" ALFA__CACHE_FILE, folder);
    int code = cache->path ? connect_or_renew(cache) : SQLITE_NOMEM;
    if (code != SQLITE_OK) {
        enum alfa_status status = code == SQLITE_NOMEM ? ALFA_ERROR_MEMORY : ALFA_ERROR_OUTPUT;
        alfa__fail(err, status, folder,
                   "cannot hold the cache of text embeddings (%s); choose another folder",
                   sqlite3_errstr(code));
        alfa__cache_close(cache);
        return status;
    }
    *out = cache;
    return ALFA_OK;
}

void alfa__cache_close(struct alfa__cache *cache)
{
    if (!cache)
        return;
    disconnect(cache);
    pthread_mutex_destroy(&cache->lock);
    free(cache->path);
    free(cache);
}

/* ------------------------------------------------------------------ rows */

static uint64_t checksum(const struct alfa__cache_key *key, const char *text, const void *vector)
{
    uint64_t hash = alfa__hash_text(ALFA__HASH_START, key->fingerprint);
    hash = alfa__hash_text(alfa__hash_text(hash, key->precision), text);
    hash = alfa__hash(hash, &key->rounding, sizeof key->rounding);
    return alfa__hash(hash, vector, (size_t)key->dim * sizeof(float));
}

static void bind_key(sqlite3_stmt *statement, const struct alfa__cache_key *key, const char *text)
{
    char computed[48];
    snprintf(computed, sizeof computed, "%s %016" PRIx64, key->precision, key->rounding);
    sqlite3_bind_text(statement, 1, key->fingerprint, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, computed, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(statement, 3, text, -1, SQLITE_STATIC);
}

/* Returns SQLite's code: SQLITE_ROW when the row was there and good. */
static int get_row(struct alfa__cache *cache, float *out, const struct alfa__cache_key *key, const char *text)
{
    size_t size = (size_t)key->dim * sizeof(float);
    bind_key(cache->select, key, text);
    int code = sqlite3_step(cache->select);
    if (code == SQLITE_ROW) {
        const void *vector = sqlite3_column_blob(cache->select, 0);
        uint64_t expected = (uint64_t)sqlite3_column_int64(cache->select, 1);
        if (vector && (size_t)sqlite3_column_bytes(cache->select, 0) == size &&
            checksum(key, text, vector) == expected)
            memcpy(out, vector, size);
        else
            code = SQLITE_DONE;
    }
    sqlite3_reset(cache->select);
    return code;
}

static int put_row(struct alfa__cache *cache, const struct alfa__cache_key *key, const char *text,
                   const float *vector)
{
    bind_key(cache->insert, key, text);
    sqlite3_bind_blob(cache->insert, 4, vector, key->dim * (int)sizeof(float), SQLITE_STATIC);
    sqlite3_bind_int64(cache->insert, 5, (sqlite3_int64)checksum(key, text, vector));
    int code = sqlite3_step(cache->insert);
    sqlite3_reset(cache->insert);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* ------------------------------------------------------------------ batches */

static int begin(struct alfa__cache *cache, const char *how)
{
    return cache->database ? sqlite3_exec(cache->database, how, NULL, NULL, NULL) : SQLITE_MISUSE;
}

static int finish(struct alfa__cache *cache, int code)
{
    if (code == SQLITE_OK)
        code = sqlite3_exec(cache->database, "COMMIT", NULL, NULL, NULL);
    if (code != SQLITE_OK)
        sqlite3_exec(cache->database, "ROLLBACK", NULL, NULL, NULL);
    return code;
}

static int get_rows(struct alfa__cache *cache, float *out, bool *found, const struct alfa__cache_key *key,
                    const char *const *texts, int count)
{
    int code = begin(cache, "BEGIN");
    if (code != SQLITE_OK)
        return code;
    for (int i = 0; i < count && code == SQLITE_OK; i++) {
        int row = get_row(cache, out + (size_t)i * (size_t)key->dim, key, texts[i]);
        found[i] = row == SQLITE_ROW;
        code = row == SQLITE_ROW || row == SQLITE_DONE ? SQLITE_OK : row;
    }
    return finish(cache, code);
}

int alfa__cache_get(struct alfa__cache *cache, float *out, bool *found, const struct alfa__cache_key *key,
                    const char *const *texts, int count)
{
    int hits = 0;
    memset(found, 0, (size_t)count * sizeof *found);
    if (!cache)
        return 0;
    pthread_mutex_lock(&cache->lock);
    renew_if_damaged(cache, get_rows(cache, out, found, key, texts, count));
    pthread_mutex_unlock(&cache->lock);
    for (int i = 0; i < count; i++)
        hits += found[i];
    return hits;
}

static int put_rows(struct alfa__cache *cache, const struct alfa__cache_key *key, const char *const *texts,
                    const float *embeddings, const bool *skip, int count)
{
    int code = begin(cache, "BEGIN IMMEDIATE");
    if (code != SQLITE_OK)
        return code;
    for (int i = 0; i < count && code == SQLITE_OK; i++)
        if (!skip || !skip[i])
            code = put_row(cache, key, texts[i], embeddings + (size_t)i * (size_t)key->dim);
    return finish(cache, code);
}

bool alfa__cache_put(struct alfa__cache *cache, const struct alfa__cache_key *key, const char *const *texts,
                     const float *embeddings, const bool *skip, int count)
{
    if (!cache)
        return false;
    pthread_mutex_lock(&cache->lock);
    int code = put_rows(cache, key, texts, embeddings, skip, count);
    renew_if_damaged(cache, code);
    if (is_damage(code))
        code = put_rows(cache, key, texts, embeddings, skip, count);
    pthread_mutex_unlock(&cache->lock);
    return code == SQLITE_OK;
}
