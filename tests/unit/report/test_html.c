/* The HTML report: order, escaping, pictures on disk, failures, no network. */
#include "report/html.h"
#include "unit/folder.h"
#include "unit/report/example.h"

#include "base/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct alfa_error err;
static char folder[32];

static struct alfa_image *make_photo(int width, int height)
{
    struct alfa_image *image;
    assert_int_equal(alfa__image_alloc(&image, width, height, &err), ALFA_OK);
    memset(image->rgb, 120, (size_t)width * height * 3);
    return image;
}

static void add(struct alfa__html *html, const char *path, double score, int width, int height)
{
    static const float map[4] = {0, 0.2f, 0.4f, 1};
    struct alfa_summary summary = example_summary;
    struct alfa_image *photo = make_photo(width, height);
    struct alfa__heat heat = {map, 2, 2, {0, 0, width, height}, 0};
    summary.score = score;
    summary.anomalous = score > summary.threshold;
    struct alfa__record record = {.path = path, .summary = &summary, .overlay = "sub/über 1.png"};
    assert_int_equal(alfa__html_add(html, &record, photo, &heat, &err), ALFA_OK);
    alfa_image_free(photo);
}

static char *read_page(void)
{
    char path[64], *page;
    size_t size;
    snprintf(path, sizeof path, "%s/report.html", folder);
    assert_int_equal(alfa__file_read(&page, &size, path, 1 << 20, &err), ALFA_OK);
    return page;
}

static const char *find(const char *page, const char *text)
{
    const char *found = strstr(page, text);
    if (!found)
        fail_msg("\"%s\" is not in the page", text);
    return found;
}

static struct alfa__html *new_report(void)
{
    struct alfa__html *html;
    assert_int_equal(alfa__html_new(&html, folder, &err), ALFA_OK);
    return html;
}

static void cards_are_sorted_and_failures_come_last(void **state)
{
    (void)state;
    struct alfa__html *html = new_report();
    add(html, "dir/low.png", 0.1, 40, 30);
    assert_int_equal(alfa__html_add(html,
                                    &(struct alfa__record){.path = "a/bad.png", .error = &example_error},
                                    NULL, NULL, &err),
                     ALFA_OK);
    add(html, "dir/high.png", 0.9, 40, 30);
    add(html, "dir/middle-1.png", 0.5, 40, 30);
    add(html, "dir/middle-2.png", 0.5, 40, 30);
    assert_int_equal(alfa__html_write(html, &err), ALFA_OK);
    alfa__html_free(html);
    char *page = read_page();
    static const char *const order[] = {"high.png", "middle-1.png", "middle-2.png",          "low.png",
                                        "Failed",   "a/bad.png",    "is empty: not an image"};
    for (int i = 1; i < 7; i++)
        assert_true(find(page, order[i - 1]) < find(page, order[i]));
    find(page, "<b>5</b>images");
    find(page, "<b>1</b>anomaly");
    find(page, "<b>3</b>normal");
    find(page, "<b>1</b>failed");
    find(page, "metal nut");
    find(page, "model alfa-tiny · method alfa");
    find(page, "12/120 normal, 34/130 abnormal");
    find(page, ">0.900<");
    find(page, "width:90.000%");
    free(page);
}

static int occurrences(const char *page, const char *text)
{
    int count = 0;
    for (const char *at = page; (at = strstr(at, text)); at++)
        count++;
    return count;
}

static void texts_are_escaped(void **state)
{
    (void)state;
    struct alfa__html *html = new_report();
    struct alfa_error error = {ALFA_ERROR_INPUT, "", "is <b>bad</b> & 'odd'"};
    add(html, "<script>alert(1)</script>/\"x\"&y\xff.png", 0.4, 10, 10);
    assert_int_equal(
        alfa__html_add(html, &(struct alfa__record){.path = "<i>", .error = &error}, NULL, NULL, &err),
        ALFA_OK);
    assert_int_equal(alfa__html_write(html, &err), ALFA_OK);
    alfa__html_free(html);
    char *page = read_page();
    assert_null(strstr(page, "alert(1)<"));
    assert_int_equal(occurrences(page, "<script"), 1);
    assert_null(strstr(page, "<i>&"));
    find(page, "script&gt;/</small>");
    find(page, "&quot;x&quot;&amp;y\xef\xbf\xbd.png");
    find(page, "<b>&lt;i&gt;</b>");
    find(page, "is &lt;b&gt;bad&lt;/b&gt; &amp; &#39;odd&#39;");
    find(page, "href=\"sub/%C3%BCber%201.png\"");
    free(page);
}

static void regions_have_numbers_and_descriptors(void **state)
{
    static const struct alfa__likeness likenesses[] = {
        {{{"a dent \xff", 0.25, 0.75}, {"mould", -0.125, 0.1}}, 2},
        {{{"chips <i>broken</i> out", 0.5, 1}}, 1},
        {{{"a second one", 0.5, 1}}, 1},
    };
    static const struct alfa_region regions[] = {
        {.x = 320, .y = 240, .width = 42, .height = 17, .peak = 0.731}, {.width = 5, .height = 6}};
    static const float map[4] = {0, 0.2f, 0.4f, 1};
    const struct alfa__heat heat = {map, 2, 2, {0, 0, 640, 480}, 0};
    struct alfa_image *photo = make_photo(640, 480);
    struct alfa_summary summary = example_summary;
    struct alfa__html *html = new_report();
    (void)state;
    struct alfa__record record = {.path = "a.png",
                                  .summary = &summary,
                                  .regions = regions,
                                  .region_count = 2,
                                  .likenesses = likenesses};
    assert_int_equal(alfa__html_add(html, &record, photo, &heat, &err), ALFA_OK);
    summary.score = 0.4;
    summary.anomalous = false;
    record.region_count = 1;
    assert_int_equal(alfa__html_add(html, &record, photo, &heat, &err), ALFA_OK);
    record.likenesses = NULL;
    record.region_count = 0;
    assert_int_equal(alfa__html_add(html, &record, photo, &heat, &err), ALFA_OK);
    assert_int_equal(alfa__html_write(html, &err), ALFA_OK);
    alfa__html_free(html);
    alfa_image_free(photo);
    char *page = read_page();
    find(page, "<b class=\"no over\" style=\"left:min(50.000%,100% - 1.1rem);top:min(50.000%,100% - "
               "1.1rem)\">1</b>");
    find(page,
         "<b class=\"no\" style=\"left:min(0.000%,100% - 1.1rem);top:min(0.000%,100% - 1.1rem)\">2</b>");
    find(page, "a dent \xef\xbf\xbd</p><span class=\"rod\"><i style=\"width:25.000%\"></i></span>"
               "<span class=\"says\">0.250</span><span class=\"rod\"><i style=\"width:75.000%\"></i></span>"
               "<span class=\"says\">75.0 %</span>");
    find(page,
         "<p>mould</p><span class=\"rod\"><i style=\"width:0.000%\"></i></span><span class=\"says\">-0.125<");
    find(page, "<b class=\"no\">1</b> 42 × 17 at 320, 240, highest 0.731 "
               "<span>most like chips &lt;i&gt;broken&lt;/i&gt; out</span>");
    assert_int_equal(occurrences(page, "<details>"), 5);
    assert_int_equal(occurrences(page, "<details class=\"facts\">"), 3);
    assert_int_equal(occurrences(page, "class=\"like\""), 2);
    free(page);
}

static void weaker_regions_are_counted(void **state)
{
    enum { REGIONS = 15 };
    static const struct alfa__likeness likenesses[REGIONS + 1];
    static const struct alfa_region regions[REGIONS];
    static const float map[1] = {1};
    const struct alfa__heat heat = {map, 1, 1, {0, 0, 10, 10}, 0};
    struct alfa_image *photo = make_photo(10, 10);
    struct alfa__html *html = new_report();
    (void)state;
    struct alfa__record record = {.path = "a.png",
                                  .summary = &example_summary,
                                  .regions = regions,
                                  .region_count = REGIONS,
                                  .likenesses = likenesses};
    assert_int_equal(alfa__html_add(html, &record, photo, &heat, &err), ALFA_OK);
    assert_int_equal(alfa__html_write(html, &err), ALFA_OK);
    alfa__html_free(html);
    alfa_image_free(photo);
    char *page = read_page();
    find(page, ">12</b> 0 ×");
    assert_null(strstr(page, ">13</b>"));
    find(page, "and 3 weaker regions");
    free(page);
}

static const struct alfa__origin origin = {.place = 77, .size = 1000, .modified = 123456789};

/* A card for the origin in a report that is opened, and written. */
static void add_again(double score, const char *key, long long modified, bool known)
{
    struct alfa_summary summary = example_summary;
    struct alfa__html *html = new_report();
    struct alfa__record record = {.path = "same.png", .summary = &summary, .origin = origin};
    struct alfa_image *photo = make_photo(30, 20);
    summary.score = score;
    record.origin.modified = modified;
    assert_int_equal(alfa__html_begin(html, key, "bank <b>", &err), ALFA_OK);
    assert_true(alfa__html_knows(html, &record.origin) == known);
    assert_int_equal(alfa__html_add(html, &record, photo, NULL, &err), ALFA_OK);
    assert_true(alfa__html_knows(html, &record.origin));
    assert_int_equal(alfa__html_write(html, &err), ALFA_OK);
    alfa_image_free(photo);
    alfa__html_free(html);
}

static void what_is_there_stays_and_a_file_has_one_card(void **state)
{
    (void)state;
    struct alfa__html *html = new_report();
    add(html, "other.png", 0.4, 10, 10);
    add(html, "other.png", 0.3, 10, 10); /* no origin: another one */
    alfa__html_free(html);               /* never written: the journal has it */
    add_again(0.61, "a", 5, false);
    add_again(0.62, "a", 5, true);
    add_again(0.63, "b", 5, false);
    add_again(0.64, "b", 6, false);
    char *page = read_page();
    assert_int_equal(occurrences(page, "<article class"), 3);
    find(page, ">0.640<");
    find(page, "<b>3</b>images");
    find(page, "1 image: class metal nut, model alfa-tiny · method alfa<br>bank &lt;b&gt;");
    find(page, "00003-photo.jpg");
    assert_null(strstr(page, "00004-photo.jpg"));
    free(page);
}

/* Adds a card of the file in a report that is opened, where pictures are called as. */
static void add_called(struct alfa__origin file, const char *wanted, const char *as)
{
    struct alfa__html *html = new_report();
    char *name = alfa__html_name(html, &file, wanted);
    const struct alfa__record record = {
        .path = "1.png", .summary = &example_summary, .name = name, .origin = file};
    struct alfa_image *photo = make_photo(30, 20);
    assert_string_equal(name, as);
    assert_int_equal(alfa__html_add(html, &record, photo, NULL, &err), ALFA_OK);
    assert_int_equal(alfa__html_write(html, &err), ALFA_OK);
    alfa_image_free(photo);
    alfa__html_free(html);
    free(name);
}

static void a_name_belongs_to_one_file(void **state)
{
    (void)state;
    const struct alfa__origin monday = {.place = 1, .size = 1}, tuesday = {.place = 2, .size = 1},
                              pipe = {.place = 0};
    add_called(monday, "1", "1");
    add_called(tuesday, "1", "1-2");
    add_called(monday, "1", "1"); /* again, in its place */
    add_called(tuesday, "1", "1-2");
    add_called(pipe, "1-2", "1-2-3");
    add_called(pipe, "1", "1-4"); /* no origin: another one */
    add_called(tuesday, "tuesday/1", "tuesday/1");
    char *page = read_page();
    assert_int_equal(occurrences(page, "<article class"), 4);
    free(page);
}

static void add_failed(struct alfa__origin file)
{
    struct alfa__html *html = new_report();
    const struct alfa_error damaged = {.code = ALFA_ERROR_INPUT, .message = "is damaged"};
    const struct alfa__record record = {.path = "1.png", .error = &damaged, .origin = file};
    assert_int_equal(alfa__html_add(html, &record, NULL, NULL, &err), ALFA_OK);
    alfa__html_free(html);
}

static void another_picture_under_an_old_name_has_a_card_of_its_own(void **state)
{
    (void)state;
    struct alfa__origin file = {.place = 9, .size = 5, .modified = 5, .once = true};
    add_called(file, "1", "1");
    add_called(file, "1", "1"); /* the same one */
    file.modified++;
    add_called(file, "1", "1-2");
    add_called(file, "1", "1-2");
    file.modified++;
    add_failed(file);
    file.modified++;
    add_called(file, "1", "1-3");
    add_failed((struct alfa__origin){.place = 8, .once = true}); /* not there, and then it was */
    add_called((struct alfa__origin){.place = 8, .size = 5, .once = true}, "8", "8");
    char *page = read_page();
    assert_int_equal(occurrences(page, "<article class"), 4);
    find(page, "<b>5</b>images");
    find(page, "<b>1</b>failed");
    find(page, "00002-photo.jpg");
    free(page);
}

static void many_files_are_found_again(void **state)
{
    (void)state;
    enum { MANY = 500 };
    for (int round = 0; round < 2; round++) {
        struct alfa__html *html = new_report();
        for (int i = 0; i < MANY; i++) {
            struct alfa__record record = {.path = "a.png", .summary = &example_summary};
            record.origin =
                (struct alfa__origin){.place = (unsigned long long)i * 4096 + 1, .size = i, .modified = i};
            assert_true(alfa__html_knows(html, &record.origin) == (round == 1));
            assert_int_equal(alfa__html_add(html, &record, NULL, NULL, &err), ALFA_OK);
        }
        assert_int_equal(alfa__html_write(html, &err), ALFA_OK);
        alfa__html_free(html);
    }
    char path[64], *page;
    size_t size;
    snprintf(path, sizeof path, "%s/report.html", folder);
    assert_int_equal(alfa__file_read(&page, &size, path, 1 << 24, &err), ALFA_OK);
    assert_int_equal(occurrences(page, "<article class"), MANY);
    free(page);
}

static void nothing_is_fetched(void **state)
{
    (void)state;
    struct alfa__html *html = new_report();
    add(html, "a.png", 0.4, 10, 10);
    assert_int_equal(alfa__html_write(html, &err), ALFA_OK);
    alfa__html_free(html);
    char *page = read_page();
    assert_null(strstr(page, "http"));
    assert_null(strstr(page, "//"));
    assert_null(strstr(page, "@import"));
    find(page, "prefers-color-scheme:dark");
    find(page, "name=\"viewport\"");
    free(page);
}

static void assert_thumbnail(const char *name, int width, int height)
{
    char path[96];
    struct alfa_image *image;
    snprintf(path, sizeof path, "%s/report_files/%s", folder, name);
    if (alfa_image_load(&image, path, &err) != ALFA_OK)
        fail_msg("%s %s", err.source, err.message);
    assert_int_equal(image->width, width);
    assert_int_equal(image->height, height);
    alfa_image_free(image);
}

static void pictures_are_small_files_beside_the_page(void **state)
{
    (void)state;
    struct alfa__html *html = new_report();
    add(html, "wide.png", 0.4, 2000, 1000);
    add(html, "tiny.png", 0.4, 7, 5);
    add(html, "strip.png", 0.4, 2000, 1);
    assert_int_equal(alfa__html_write(html, &err), ALFA_OK);
    alfa__html_free(html);
    assert_thumbnail("00001-photo.jpg", 480, 240);
    assert_thumbnail("00001-map.jpg", 480, 240);
    assert_thumbnail("00002-photo.jpg", 7, 5);
    assert_thumbnail("00003-map.jpg", 480, 1);
    char *page = read_page();
    find(page, "src=\"report_files/00001-photo.jpg\" width=\"480\" height=\"240\"");
    find(page, "src=\"report_files/00003-map.jpg\"");
    free(page);
}

static void an_empty_report_is_a_page(void **state)
{
    (void)state;
    struct alfa__html *html = new_report();
    assert_int_equal(alfa__html_write(html, &err), ALFA_OK);
    alfa__html_free(html);
    char *page = read_page();
    find(page, "<b>0</b>images");
    assert_null(strstr(page, "class=\"cards\""));
    find(page, "</html>");
    free(page);
}

static void a_folder_that_cannot_be_made_is_said(void **state)
{
    (void)state;
    struct alfa__html *html = (struct alfa__html *)&err;
    assert_int_equal(alfa__html_new(&html, "/dev/null/report", &err), ALFA_ERROR_OUTPUT);
    assert_null(html);
    assert_true(strlen(err.message) > 0);
    alfa__html_free(NULL);
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/alfa-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return folder_remove(folder);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cards_are_sorted_and_failures_come_last),
        TEST(texts_are_escaped),
        TEST(regions_have_numbers_and_descriptors),
        TEST(weaker_regions_are_counted),
        TEST(what_is_there_stays_and_a_file_has_one_card),
        TEST(a_name_belongs_to_one_file),
        TEST(another_picture_under_an_old_name_has_a_card_of_its_own),
        TEST(many_files_are_found_again),
        TEST(nothing_is_fetched),
        TEST(pictures_are_small_files_beside_the_page),
        TEST(an_empty_report_is_a_page),
        TEST(a_folder_that_cannot_be_made_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
