#include "base/files.h"
#include "base/strings.h"
#include "prompt/cache.h"

#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define DIM 5
#define COUNT 3

static const struct alfa__cache_key key = {"0123456789abcdef", "f32", DIM, 1};
static const char *const texts[COUNT] = {"a bottle", "", "an \"abnormal\" bottle'; -- é"};
static const float vectors[COUNT * DIM] = {1, 2, 3, 4, 5, -1, 0, 0.5f, 1e-30f, 7, 9, 8, 7, 6, 5};

struct folder {
    char path[64], file[128];
};

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    strcpy(folder->path, "/tmp/alfa-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    snprintf(folder->file, sizeof folder->file, "%s/%s", folder->path, ALFA__CACHE_FILE);
    *state = folder;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    char journal[160];
    snprintf(journal, sizeof journal, "%s-journal", folder->file);
    unlink(journal);
    unlink(folder->file);
    rmdir(folder->path);
    free(folder);
    return 0;
}

static struct alfa__cache *open_cache(const struct folder *folder)
{
    struct alfa__cache *cache;
    struct alfa_error err;
    if (alfa__cache_open(&cache, folder->path, &err) != ALFA_OK)
        fail_msg("%s: %s", err.source, err.message);
    return cache;
}

/* Opens, looks all texts up, closes; checks that those found are right. Returns how many. */
static int look_up(const struct folder *folder, const struct alfa__cache_key *with)
{
    struct alfa__cache *cache = open_cache(folder);
    float out[COUNT * DIM];
    bool found[COUNT];
    int hits = alfa__cache_get(cache, out, found, with, texts, COUNT);
    for (int i = 0; i < COUNT; i++)
        if (found[i])
            assert_memory_equal(out + i * DIM, vectors + i * DIM, DIM * sizeof(float));
    alfa__cache_close(cache);
    return hits;
}

static void fill(const struct folder *folder)
{
    struct alfa__cache *cache = open_cache(folder);
    assert_true(alfa__cache_put(cache, &key, texts, vectors, NULL, COUNT));
    alfa__cache_close(cache);
}

static void test_keeps(void **state)
{
    struct alfa__cache_key other_model = key, other_precision = key, other_dim = key, other_rounding = key;
    other_model.fingerprint = "fedcba9876543210";
    other_precision.precision = "bf16";
    other_dim.dim = DIM - 1;
    other_rounding.rounding = 7;
    assert_int_equal(look_up(*state, &key), 0);
    fill(*state);
    assert_int_equal(look_up(*state, &key), COUNT);
    assert_int_equal(look_up(*state, &other_model), 0);
    assert_int_equal(look_up(*state, &other_precision), 0);
    assert_int_equal(look_up(*state, &other_dim), 0);
    assert_int_equal(look_up(*state, &other_rounding), 0);
    fill(*state); /* again: replaces */
    assert_int_equal(look_up(*state, &key), COUNT);
}

static void test_skip(void **state)
{
    static const bool skip[COUNT] = {false, true, false};
    struct alfa__cache *cache = open_cache(*state);
    float out[COUNT * DIM] = {0};
    bool found[COUNT];
    assert_true(alfa__cache_put(cache, &key, texts, vectors, skip, COUNT));
    assert_int_equal(alfa__cache_get(cache, out, found, &key, texts, COUNT), 2);
    assert_true(found[0] && !found[1] && found[2]);
    assert_true(out[DIM] == 0);
    alfa__cache_close(cache);
}

static void test_no_cache(void **state)
{
    bool found[COUNT] = {true, true, true};
    float out[COUNT * DIM];
    struct alfa__cache *cache;
    struct alfa_error err;
    (void)state;
    assert_int_equal(alfa__cache_get(NULL, out, found, &key, texts, COUNT), 0);
    assert_false(found[0] || found[1] || found[2]);
    assert_false(alfa__cache_put(NULL, &key, texts, vectors, NULL, COUNT));
    alfa__cache_close(NULL);
    assert_int_equal(alfa__cache_open(&cache, "/proc/self/nothing", &err), ALFA_ERROR_OUTPUT);
    assert_null(cache);
    assert_int_equal(alfa__cache_open(&cache, "/dev/null", &err), ALFA_ERROR_OUTPUT);
    assert_null(cache);
}

static void overwrite(const char *path, long offset, size_t size, uint32_t seed)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, offset, SEEK_SET);
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525u + 1013904223u;
        fputc((int)(seed >> 24), file);
    }
    fclose(file);
}

static void test_damaged_file(void **state)
{
    const struct folder *folder = *state;
    for (uint32_t round = 0; round < 40; round++) {
        fill(folder);
        overwrite(folder->file, round * 397 % 12000, 1 + round * 29 % 700, round);
        look_up(folder, &key); /* finds less, or nothing, but nothing wrong */
        fill(folder);
        assert_int_equal(look_up(folder, &key), COUNT);
    }
    assert_int_equal(truncate(folder->file, 1000), 0);
    assert_int_equal(look_up(folder, &key), 0);
    fill(folder);
    overwrite(folder->file, 0, 20000, 1);
    assert_int_equal(look_up(folder, &key), 0);
    fill(folder);
    assert_int_equal(look_up(folder, &key), COUNT);
}

/* Damage that only shows while the cache is open. */
static void test_damaged_while_open(void **state)
{
    const struct folder *folder = *state;
    float out[COUNT * DIM];
    bool found[COUNT];
    fill(folder);
    struct alfa__cache *cache = open_cache(folder);
    overwrite(folder->file, 0, 30000, 3);
    alfa__cache_get(cache, out, found, &key, texts, COUNT);
    alfa__cache_put(cache, &key, texts, vectors, NULL, COUNT);
    alfa__cache_put(cache, &key, texts, vectors, NULL, COUNT);
    alfa__cache_close(cache);
    fill(folder);
    assert_int_equal(look_up(folder, &key), COUNT);
}

static void execute(const struct folder *folder, const char *sql)
{
    sqlite3 *database;
    assert_int_equal(sqlite3_open(folder->file, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static void test_wrong_rows(void **state)
{
    fill(*state);
    execute(*state, "UPDATE embeddings SET vector = zeroblob(20) WHERE text = 'a bottle'");
    assert_int_equal(look_up(*state, &key), COUNT - 1);
    execute(*state, "UPDATE embeddings SET vector = 'x', checksum = 'y'");
    assert_int_equal(look_up(*state, &key), 0);
    execute(*state, "DROP TABLE embeddings; CREATE TABLE embeddings (other INTEGER)");
    assert_int_equal(look_up(*state, &key), 0);
    fill(*state);
    assert_int_equal(look_up(*state, &key), COUNT);
}

/* A row moved to another key is not believed. */
static void test_moved_row(void **state)
{
    fill(*state);
    execute(
        *state,
        "DELETE FROM embeddings WHERE text = ''; UPDATE embeddings SET text = '' WHERE text = 'a bottle'");
    assert_int_equal(look_up(*state, &key), 1);
}

/* ------------------------------------------------------------------ at once */

static void work(struct alfa__cache *cache, int seed)
{
    for (int round = 0; round < 20; round++) {
        char name[32];
        const char *text = name;
        float vector[DIM], out[DIM];
        bool found;
        snprintf(name, sizeof name, "text %d", (round * 7 + seed) % 25);
        for (int i = 0; i < DIM; i++)
            vector[i] = (float)((round * 7 + seed) % 25 * DIM + i);
        if (alfa__cache_get(cache, out, &found, &key, &text, 1))
            assert_memory_equal(out, vector, sizeof out);
        else
            alfa__cache_put(cache, &key, &text, vector, NULL, 1);
    }
}

static void test_processes(void **state)
{
    pid_t children[3];
    for (int i = 0; i < 3; i++)
        if ((children[i] = fork()) == 0) {
            struct alfa__cache *cache = open_cache(*state);
            work(cache, i);
            alfa__cache_close(cache);
            _exit(0);
        }
    for (int i = 0; i < 3; i++) {
        int status = 1;
        waitpid(children[i], &status, 0);
        assert_int_equal(status, 0);
    }
}

struct job {
    struct alfa__cache *cache;
    int seed;
};

static void *thread_work(void *argument)
{
    const struct job *job = argument;
    work(job->cache, job->seed);
    return NULL;
}

static void test_threads(void **state)
{
    struct alfa__cache *cache = open_cache(*state);
    pthread_t threads[3];
    struct job jobs[3];
    for (int i = 0; i < 3; i++) {
        jobs[i] = (struct job){cache, i};
        assert_int_equal(pthread_create(&threads[i], NULL, thread_work, &jobs[i]), 0);
    }
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    alfa__cache_close(cache);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_keeps),
        TEST(test_skip),
        TEST(test_no_cache),
        TEST(test_damaged_file),
        TEST(test_damaged_while_open),
        TEST(test_wrong_rows),
        TEST(test_moved_row),
        TEST(test_processes),
        TEST(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
