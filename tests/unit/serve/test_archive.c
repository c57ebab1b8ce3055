#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "serve/archive.h"
#include "serve/banks.h"
#include "unit/folder.h"

static char folder[64];

static int make(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/alfa-archive-XXXXXX");
    return mkdtemp(folder) ? 0 : 1;
}

static int clear(void **state)
{
    (void)state;
    return folder_remove(folder);
}

static struct alfa__archive *open_it(void)
{
    struct alfa__archive *archive;
    struct alfa_error err;
    if (alfa__archive_open(&archive, folder, ALFA__ARCHIVE_SERVE, &err) != ALFA_OK)
        fail_msg("%s: %s", err.source, err.message);
    return archive;
}

static long long add(struct alfa__archive *archive, const char *class_name, const char *image, int decision)
{
    const struct alfa__inspection in = {.name = "a.png",
                                        .class_name = class_name,
                                        .method = "alfa",
                                        .score = 0.5,
                                        .p_value = NAN,
                                        .threshold = 0.5,
                                        .decision = decision,
                                        .width = 2,
                                        .height = 3,
                                        .report = "{}",
                                        .image = image,
                                        .image_size = strlen(image),
                                        .map = "map",
                                        .map_size = 3};
    long long id, time;
    struct alfa_error err;
    assert_int_equal(alfa__archive_add(archive, &id, &time, &in, &err), ALFA_OK);
    return id;
}

static int count_files(void)
{
    char command[128];
    int count = 0;
    snprintf(command, sizeof command, "find %s/files -type f | wc -l", folder);
    FILE *pipe = popen(command, "r");
    assert_int_equal(fscanf(pipe, "%d", &count), 1);
    pclose(pipe);
    return count;
}

static void run_sql(const char *sql)
{
    char path[96];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/alfa.db", folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s", message);
    sqlite3_close(db);
}

static void refused(const char *part)
{
    struct alfa__archive *archive;
    struct alfa_error err;
    assert_int_not_equal(alfa__archive_open(&archive, folder, ALFA__ARCHIVE_SERVE, &err), ALFA_OK);
    assert_null(archive);
    if (!strstr(err.message, part))
        fail_msg("%s", err.message);
}

/* The same picture twice is one file, and stays until the last inspection of it is gone. */
static void a_file_lives_as_long_as_it_is_named(void **state)
{
    (void)state;
    struct alfa__archive *archive = open_it();
    struct alfa_error err;
    const long long a = add(archive, "x", "picture", 1), b = add(archive, "x", "picture", 1);
    assert_int_equal(count_files(), 2); /* picture and map */
    assert_int_equal(alfa__archive_remove(archive, a, &err), ALFA_OK);
    assert_int_equal(count_files(), 2);
    assert_int_equal(alfa__archive_remove(archive, b, &err), ALFA_OK);
    assert_int_equal(count_files(), 0);
    assert_int_equal(alfa__archive_remove(archive, b, &err), ALFA_ERROR_INPUT);
    alfa__archive_close(archive);
}

static void what_was_left_half_written_is_removed(void **state)
{
    char command[512];
    (void)state;
    struct alfa__archive *archive = open_it();
    add(archive, "x", "picture", 1);
    alfa__archive_close(archive);
    snprintf(command, sizeof command,
             "mkdir -p %s/files/ab && echo x > %s/files/ab/cd && echo x > %s/files/ab/ef.tmp7", folder,
             folder, folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(count_files(), 4);
    alfa__archive_close(open_it());
    assert_int_equal(count_files(), 2);
}

static void old_inspections_go(void **state)
{
    int removed;
    long long inspections, bytes;
    struct alfa_error err;
    (void)state;
    struct alfa__archive *archive = open_it();
    add(archive, "x", "old", 1);
    add(archive, "x", "new", 1);
    run_sql("UPDATE inspections SET time = time - 86400000 * 10 WHERE id = 1");
    assert_int_equal(alfa__archive_tidy(archive, 5, 0, &removed, &err), ALFA_OK);
    assert_int_equal(removed, 1);
    assert_int_equal(count_files(), 2);
    add(archive, "x", "clock", 1); /* made while the clock was wrong, after one that is kept */
    run_sql("UPDATE inspections SET time = 0 WHERE id = 3");
    assert_int_equal(alfa__archive_tidy(archive, 5, 0, &removed, &err), ALFA_OK);
    assert_int_equal(removed, 0);
    run_sql(
        "UPDATE inspections SET time = time + 86400000 * 10 WHERE id = 2"); /* nor is that one's date right */
    assert_int_equal(alfa__archive_tidy(archive, 5, 0, &removed, &err), ALFA_OK);
    assert_int_equal(removed, 1);
    assert_int_equal(alfa__archive_tidy(archive, 0, 1e-9, &removed, &err), ALFA_OK); /* a byte */
    alfa__archive_count(archive, &inspections, &bytes);
    assert_int_equal(inspections, 0);
    assert_int_equal(bytes, 0);
    assert_int_equal(count_files(), 0);
    alfa__archive_close(archive);
}

/* A bank larger than the limit must not cost the history: it stays, and does not count. */
static void banks_do_not_push_inspections_out(void **state)
{
    int removed;
    long long inspections, bytes;
    struct alfa_error err;
    (void)state;
    struct alfa__archive *archive = open_it();
    add(archive, "x", "picture", 1);
    run_sql("INSERT INTO files VALUES('0123456789abcdef0123456789abcdef', 9000000000);"
            "INSERT INTO banks(name, version, class, time, state, rate, file) "
            "VALUES('b', 1, 'x', 0, 'ready', 0.05, '0123456789abcdef0123456789abcdef')");
    assert_int_equal(alfa__archive_tidy(archive, 0, 1, &removed, &err), ALFA_OK);
    alfa__archive_count(archive, &inspections, &bytes);
    assert_int_equal(inspections, 1);
    alfa__archive_close(archive);
}

static void says_what_judged(struct alfa__archive *archive)
{
    json_t *kept = alfa__archive_get(archive, 1), *bank = json_object_get(kept, "bank");
    assert_string_equal(json_string_value(json_object_get(bank, "name")), "b");
    assert_int_equal(json_integer_value(json_object_get(bank, "version")), 2);
    json_decref(kept);
    json_t *scores = alfa__archive_scores(archive, "x", 0, 10); /* of what words alone judged */
    assert_int_equal(json_array_size(scores), 0);
    json_decref(scores);
}

static void a_version_that_is_gone_is_still_named(void **state)
{
    (void)state;
    struct alfa__archive *archive = open_it();
    add(archive, "x", "picture", 1);
    run_sql("INSERT INTO banks(id, name, version, class, time, state, rate) "
            "VALUES(7, 'b', 2, 'x', 0, 'ready', 0.05); UPDATE inspections SET bank = 7");
    says_what_judged(archive);
    struct alfa_error err;
    assert_int_equal(alfa__version_remove(archive, 7, &err), ALFA_OK);
    says_what_judged(archive);
    alfa__archive_close(archive);
    run_sql("DROP TRIGGER banks_go; ALTER TABLE inspections DROP COLUMN gone_bank;"
            "ALTER TABLE inspections DROP COLUMN gone_name; ALTER TABLE inspections DROP COLUMN gone_version;"
            "ALTER TABLE banks DROP COLUMN threshold_time; ALTER TABLE bank_images DROP COLUMN keep;"
            "ALTER TABLE banks DROP COLUMN start_keep;"
            "UPDATE inspections SET report = json_set(report, '$.bank', json('{\"id\": 7, \"name\": \"b\", "
            "\"version\": 2}')); PRAGMA user_version = 4");
    archive = open_it(); /* of an older program, which forgot it */
    says_what_judged(archive);
    alfa__archive_close(archive);
}

/* How many of a version's pictures are kept, whatever they look like. */
static int kept(struct alfa__archive *archive, long long id)
{
    int count = 0;
    size_t i;
    json_t *list = alfa__version_pictures(archive, id), *picture;
    json_array_foreach(list, i, picture) count += json_is_true(json_object_get(picture, "keep"));
    json_decref(list);
    return count;
}

/* What was sent is kept when somebody says so, with its base; rate and tiles are the base's. */
static void a_version_goes_on_from_its_base(void **state)
{
    (void)state;
    struct alfa__archive *archive = open_it();
    struct alfa_error err;
    const struct alfa__lesson_picture sent[] = {{.name = "a", .bytes = "1", .size = 1},
                                                {.name = "b", .bytes = "2", .size = 1, .bad = true},
                                                {.name = "c", .bytes = "3", .size = 1, .keep = true}};
    struct alfa__lesson_plan plan = {
        .name = "n", .class_name = "x", .rate = 0.01, .tiles = 2, .pictures = sent, .count = 2};
    long long first, second, third, fourth;
    assert_int_equal(alfa__version_add(&first, archive, &plan, &err), ALFA_OK);
    plan = (struct alfa__lesson_plan){.name = "n",
                                      .class_name = "x",
                                      .base = first,
                                      .rate = NAN,
                                      .tiles = -1,
                                      .pictures = sent + 2,
                                      .count = 1};
    assert_int_equal(alfa__version_add(&second, archive, &plan, &err), ALFA_OK);
    plan.base = second, plan.count = 0, plan.keep_base = true;
    assert_int_equal(alfa__version_add(&third, archive, &plan, &err), ALFA_OK);
    const struct alfa__lesson_picture again[] = {{.name = "a", .bytes = "1", .size = 1},
                                                 {.name = "c", .bytes = "3", .size = 1, .bad = true}};
    plan = (struct alfa__lesson_plan){
        .name = "n", .class_name = "x", .base = third, .rate = NAN, .pictures = again, .count = 2};
    assert_int_equal(alfa__version_add(&fourth, archive, &plan, &err), ALFA_OK);
    assert_int_equal(kept(archive, first), 0);
    assert_int_equal(kept(archive, second), 1);
    assert_int_equal(kept(archive, third), 2); /* the bad one is no normal one */
    assert_int_equal(kept(archive, fourth), 1);
    json_t *made = alfa__version_get(archive, third);
    assert_true(json_number_value(json_object_get(made, "false_alarm_rate")) == 0.01);
    assert_int_equal(json_integer_value(json_object_get(made, "tiles")), 2);
    json_decref(made);
    alfa__archive_close(archive);
}

static void only_one_server_has_it(void **state)
{
    (void)state;
    struct alfa__archive *archive = open_it();
    refused("in use by another");
    struct alfa__archive *reader;
    struct alfa_error err;
    assert_int_equal(alfa__archive_open(&reader, folder, ALFA__ARCHIVE_READ, &err), ALFA_OK);
    alfa__archive_close(reader);
    alfa__archive_close(archive);
}

/* On a full disk nothing can be removed, which is not the same as that nothing is there. */
static void what_cannot_be_removed_is_said(void **state)
{
    struct rlimit before, full;
    struct alfa_error err;
    (void)state;
    struct alfa__archive *archive = open_it();
    const long long id = add(archive, "x", "picture", 1);
    run_sql("INSERT INTO banks(id, name, version, class, time, state, rate) "
            "VALUES(7, 'b', 2, 'x', 0, 'ready', 0.05)");
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    full = (struct rlimit){1, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &full);
    const enum alfa_status inspection = alfa__archive_remove(archive, id, &err),
                           version = alfa__version_remove(archive, 7, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(inspection, ALFA_ERROR_OUTPUT);
    assert_int_equal(version, ALFA_ERROR_OUTPUT);
    assert_int_equal(alfa__archive_remove(archive, id, &err), ALFA_OK);
    assert_int_equal(alfa__version_remove(archive, 7, &err), ALFA_OK);
    assert_int_equal(alfa__version_remove(archive, 7, &err), ALFA_ERROR_INPUT);
    alfa__archive_close(archive);
}

/* The first layout, as its step made it, with an inspection in it. */
static void an_older_layout_is_brought_up_to_date(void **state)
{
    (void)state;
    struct alfa__archive *archive = open_it();
    add(archive, "x", "picture", 1);
    alfa__archive_close(archive);
    run_sql("DROP TRIGGER banks_go; DROP INDEX inspections_bank; ALTER TABLE inspections DROP COLUMN bank;"
            "DROP TABLE bank_images; DROP TABLE banks;"
            "ALTER TABLE inspections DROP COLUMN gone_bank; ALTER TABLE inspections DROP COLUMN gone_name;"
            "ALTER TABLE inspections DROP COLUMN gone_version; PRAGMA user_version = 1");
    archive = open_it();
    json_t *kept = alfa__archive_get(archive, 1);
    assert_string_equal(json_string_value(json_object_get(kept, "class")), "x");
    assert_true(json_is_null(json_object_get(kept, "bank")));
    json_decref(kept);
    alfa__archive_close(archive);
}

static void a_newer_or_foreign_layout_is_refused(void **state)
{
    (void)state;
    alfa__archive_close(open_it());
    run_sql("PRAGMA user_version = 99");
    refused("newer alfa");
    run_sql("PRAGMA user_version = 0");
    refused("no database of alfa");
}

static void something_else_is_refused(void **state)
{
    char path[96];
    (void)state;
    snprintf(path, sizeof path, "%s/alfa.db", folder);
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 1000; i++)
        fputs("this is not a database\n", file);
    fclose(file);
    refused("no database of alfa");
}

/* A folder in the place of a file of SQLite's cannot be opened for writing by any user. */
static void one_that_cannot_be_written_is_said_so(void **state)
{
    char path[96];
    (void)state;
    alfa__archive_close(open_it());
    snprintf(path, sizeof path, "%s/alfa.db-wal", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    refused("cannot be opened (reading needs the right to write there, too)");
    assert_int_equal(rmdir(path), 0);
}

static void verdicts_follow_decisions(void **state)
{
    struct alfa_error err;
    (void)state;
    struct alfa__archive *archive = open_it();
    const long long bad = add(archive, "x", "a", 1), good = add(archive, "x", "b", 0);
    assert_int_equal(alfa__archive_judge(archive, bad, "false_alarm", &err), ALFA_OK);
    assert_int_equal(alfa__archive_judge(archive, bad, "missed", &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__archive_judge(archive, good, "missed", &err), ALFA_OK);
    assert_int_equal(alfa__archive_judge(archive, good, "false_alarm", &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa__archive_judge(archive, 77, "agree", &err), ALFA_ERROR_INPUT);
    json_t *scores = alfa__archive_scores(archive, "x", 0, 10);
    assert_string_equal(json_string_value(json_object_get(json_array_get(scores, 0), "truth")), "bad");
    assert_string_equal(json_string_value(json_object_get(json_array_get(scores, 1), "truth")), "good");
    json_decref(scores);
    alfa__archive_close(archive);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {TEST(a_file_lives_as_long_as_it_is_named),
                                       TEST(what_was_left_half_written_is_removed),
                                       TEST(old_inspections_go),
                                       TEST(banks_do_not_push_inspections_out),
                                       TEST(a_version_goes_on_from_its_base),
                                       TEST(only_one_server_has_it),
                                       TEST(a_version_that_is_gone_is_still_named),
                                       TEST(what_cannot_be_removed_is_said),
                                       TEST(an_older_layout_is_brought_up_to_date),
                                       TEST(a_newer_or_foreign_layout_is_refused),
                                       TEST(something_else_is_refused),
                                       TEST(one_that_cannot_be_written_is_said_so),
                                       TEST(verdicts_follow_decisions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
