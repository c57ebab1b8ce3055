/* Learning from normal images on the small models: what must hold whatever the numbers are. */
#include "base/files.h"
#include "detect/detector.h"
#include "unit/bottle.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A bank of the pictures named in order, count of them. */
static struct alfa_bank *learn(struct alfa_detector *detector, const struct alfa_bank_options *options,
                               const unsigned *order, int count)
{
    struct alfa_bank *bank;
    assert_int_equal(alfa_bank_new(&bank, detector, options, &err), ALFA_OK);
    for (int i = 0; i < count; i++)
        fixture_add(bank, detector, order[i], 100, 80);
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    return bank;
}

static struct alfa_summary judge(struct alfa_detector *detector, unsigned which)
{
    struct alfa_result *result;
    struct alfa_image *image = fixture_picture(which, 100, 80);
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_OK);
    struct alfa_summary summary = *alfa_result_summary(result);
    alfa_result_free(result);
    alfa_image_free(image);
    return summary;
}

static const unsigned forward[] = {0, 1, 2, 3};

/* ------------------------------------------------------------------ judging */

static void test_reference_is_at_distance_0(void **state)
{
    static const char *const layers[] = {NULL, "post", "last", "block1"};
    (void)state;
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
        struct alfa_detector *detector = fixture_detector(&f, NULL);
        options.layers = layers[i];
        struct alfa_bank *bank = learn(detector, &options, forward, 3);
        assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
        for (unsigned k = 0; k < 3; k++) {
            struct alfa_summary summary = judge(detector, k);
            assert_true(summary.score_memory == 0);
            assert_true(isfinite(summary.score));
            assert_int_equal(summary.references, 3);
        }
        struct alfa_summary other = judge(detector, 9);
        assert_true(other.score_memory > 0 && other.score_memory <= 1);
        assert_true(other.p_value >= 0.25 && other.p_value <= 1);
        assert_true(other.threshold == alfa_bank_info(bank)->threshold);
        assert_true(other.pixel_threshold == alfa_bank_info(bank)->pixel_threshold);
        alfa_detector_free(detector);
        alfa_bank_free(bank);
    }
}

static void assert_same_scores(struct alfa_detector *detector, const struct alfa_bank *a,
                               const struct alfa_bank *b, double tolerance)
{
    for (unsigned k = 0; k < 8; k += 7) {
        assert_int_equal(alfa_detector_use_bank(detector, a, &err), ALFA_OK);
        struct alfa_summary one = judge(detector, k);
        assert_int_equal(alfa_detector_use_bank(detector, b, &err), ALFA_OK);
        struct alfa_summary two = judge(detector, k);
        assert_true(fabs(one.score - two.score) <= tolerance);
        assert_true(fabs(one.score_memory - two.score_memory) <= tolerance);
        assert_true(fabs(one.threshold - two.threshold) <= tolerance);
        assert_true(fabs(one.pixel_threshold - two.pixel_threshold) <= tolerance);
        assert_true(fabs(one.p_value - two.p_value) <= tolerance);
    }
}

static void test_order_does_not_matter(void **state)
{
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    for (int budget = 0; budget <= 40; budget += 40) { /* all rows, and a choice of them */
        options.budget = budget;
        struct alfa_bank *a = learn(detector, &options, forward, 3);
        static const unsigned other[] = {2, 0, 1};
        struct alfa_bank *b = learn(detector, &options, other, 3);
        assert_same_scores(detector, a, b, 1e-9);
        assert_int_equal(alfa_detector_use_bank(detector, NULL, &err), ALFA_OK);
        alfa_bank_free(a);
        alfa_bank_free(b);
    }
    alfa_detector_free(detector);
}

/* With few pictures their scores, each by a memory without it, are told as the whole memory would give them;
 * by hand from what the words say and from the distances of the others' banks. */
static void test_scores_are_those_of_the_whole(void **state)
{
    (void)state;
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    options.fusion = ALFA_FUSION_ODDS;
    options.memory_weight = 0.9;
    struct alfa_bank *all = learn(detector, &options, forward, 3);
    double words[3], distances[3], level = 0;
    for (unsigned k = 0; k < 3; k++) {
        const unsigned others[] = {(k + 1) % 3, (k + 2) % 3};
        struct alfa_bank *rest = learn(detector, &options, others, 2);
        words[k] = judge(detector, k).score;
        assert_int_equal(alfa_detector_use_bank(detector, rest, &err), ALFA_OK);
        distances[k] = judge(detector, k).score_memory;
        assert_int_equal(alfa_detector_use_bank(detector, NULL, &err), ALFA_OK);
        level += distances[k] / 3;
        alfa_bank_free(rest);
    }
    for (unsigned k = 0; k < 3; k++) {
        const double score = 0.1 * words[k] + 0.9 * distances[k] / (distances[k] + level);
        const double expected = 1 / (1 + (1 - score) / score * pow(3.0 / 2, ALFA__FALL));
        double nearest = 1;
        for (int i = 0; i < 3; i++)
            nearest = fmin(nearest, fabs(all->store.image.scores[i] - expected));
        assert_true(nearest < 1e-3); /* rows are kept as halves */
    }
    alfa_detector_free(detector);
    alfa_bank_free(all);
}

static void test_threshold_of_the_caller_wins(void **state)
{
    (void)state;
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    options.threshold = 0.25;
    struct alfa_detector *detector = fixture_detector(&f, &options);
    struct alfa_bank *bank = learn(detector, NULL, forward, 2);
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
    assert_true(judge(detector, 5).threshold == 0.25);
    alfa_detector_free(detector);
    alfa_bank_free(bank);
}

static void test_winclip(void **state)
{
    (void)state;
    struct alfa_prompts *own = f.prompts;
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    options.method = ALFA_METHOD_WINCLIP;
    assert_int_equal(alfa_prompts_winclip(&f.prompts, "bottle", &err), ALFA_OK);
    struct alfa_detector *detector = fixture_detector(&f, &options);
    struct alfa_bank *bank = learn(detector, NULL, forward, 2);
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
    assert_true(judge(detector, 1).score_memory == 0);
    alfa_detector_free(detector);
    alfa_bank_free(bank);
    alfa_prompts_free(f.prompts);
    f.prompts = own;
}

/* ------------------------------------------------------------------ learning */

static void test_one_image_alone(void **state)
{
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    options.false_alarm_rate = 0.4; /* four copies would be enough for it, were they images */
    struct alfa_bank *bank = learn(detector, &options, forward, 1);
    const struct alfa_bank_info *info = alfa_bank_info(bank);
    assert_int_equal(info->references, 1);
    assert_non_null(strstr(info->calibration, "supports no threshold: add a second normal image"));
    assert_true(isnan(info->threshold) && info->pixel_threshold > 0);
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
    struct alfa_summary summary = judge(detector, 5);
    assert_true(isnan(summary.threshold) && !summary.anomalous);
    assert_true(isfinite(summary.score) && summary.p_value > 0 && summary.p_value <= 1);
    alfa_detector_free(detector);
    alfa_bank_free(bank);
}

static void test_wording(void **state)
{
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    struct alfa_bank *few = learn(detector, &options, forward, 4);
    assert_non_null(strstr(alfa_bank_info(few)->calibration,
                           "4 images are too few to count out a false-alarm rate of 5 %"));
    alfa_bank_free(few);
    alfa_detector_free(detector);
}

static void test_same_picture_twice(void **state)
{
    struct alfa_bank *bank;
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    assert_int_equal(alfa_bank_new(&bank, detector, NULL, &err), ALFA_OK);
    fixture_add(bank, detector, 1, 90, 60);
    struct alfa_image *again = fixture_picture(1, 90, 60);
    assert_int_equal(alfa_bank_add(bank, detector, again, "again", &err), ALFA_ERROR_INPUT);
    assert_string_equal(err.source, "again");
    assert_non_null(strstr(err.message, "picture 1"));
    alfa_image_free(again);
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_int_equal(alfa_bank_info(bank)->references, 1);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

static void test_mixed_sizes(void **state)
{
    struct alfa_bank *bank;
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    assert_int_equal(alfa_bank_new(&bank, detector, NULL, &err), ALFA_OK);
    fixture_add(bank, detector, 1, 1, 1);
    fixture_add(bank, detector, 2, 300, 20);
    fixture_add(bank, detector, 3, 17, 200);
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
    assert_true(isfinite(judge(detector, 4).score));
    alfa_detector_free(detector);
    alfa_bank_free(bank);
}

static void test_turned_knows_turned_pictures(void **state)
{
    struct alfa_result *result;
    struct alfa_image *turned;
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    options.turned = ALFA_TURNED_ALWAYS;
    struct alfa_bank *bank = learn(detector, &options, forward, 1);
    struct alfa_image *image = fixture_picture(0, 100, 80);
    unsigned char *rgb = malloc(100 * 80 * 3);
    for (int y = 0; y < 100; y++) /* a quarter turn */
        for (int x = 0; x < 80; x++)
            memcpy(rgb + 3 * (y * 80 + x), alfa_image_rgb(image) + 3 * ((79 - x) * 100 + y), 3);
    assert_int_equal(alfa_image_from_rgb(&turned, rgb, 80, 100, 240, &err), ALFA_OK);
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
    assert_int_equal(alfa_detector_run(&result, detector, turned, &err), ALFA_OK);
    assert_true(alfa_result_summary(result)->score_memory == 0);
    alfa_result_free(result);
    alfa_image_free(turned);
    alfa_image_free(image);
    free(rgb);
    alfa_detector_free(detector);
    alfa_bank_free(bank);
}

static void test_budget(void **state)
{
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    options.budget = 10;
    struct alfa_bank *bank = learn(detector, &options, forward, 3);
    assert_int_equal(alfa_bank_info(bank)->vectors, 30); /* two scales, one layer */
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

/* ------------------------------------------------------------------ files */

static void temporary(char path[64])
{
    strcpy(path, "/tmp/alfa-test-XXXXXX");
    close(mkstemp(path));
}

static void test_round_trip(void **state)
{
    char path[64];
    struct alfa_bank *loaded;
    const unsigned char *jpeg;
    size_t size;
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    struct alfa_bank *bank = learn(detector, NULL, forward, 3);
    temporary(path);
    assert_int_equal(alfa_bank_save(bank, path, &err), ALFA_OK);
    assert_int_equal(alfa_bank_load(&loaded, path, &err), ALFA_OK);
    assert_same_scores(detector, bank, loaded, 1e-6); /* vectors are kept as halves */
    assert_string_equal(alfa_bank_info(loaded)->calibration, alfa_bank_info(bank)->calibration);
    for (int i = 0; i < 3; i++) {
        const struct alfa_picture one = *alfa_bank_picture(bank, i), two = *alfa_bank_picture(loaded, i);
        assert_string_equal(alfa_bank_reference(loaded, i, &jpeg, &size), one.name);
        assert_string_equal(one.name, two.name);
        assert_true(one.score == two.score && one.role == ALFA_ROLE_NORMAL && !two.strange);
    }
    assert_true(size > 2 && jpeg[0] == 0xff && jpeg[1] == 0xd8);
    alfa_bank_free(bank);
    alfa_bank_free(loaded);
    alfa_detector_free(detector);
    unlink(path);
}

static void test_add_to_a_loaded_bank(void **state)
{
    char path[64];
    struct alfa_bank *bank;
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    struct alfa_bank *first = learn(detector, NULL, forward, 2);
    temporary(path);
    assert_int_equal(alfa_bank_save(first, path, &err), ALFA_OK);
    assert_int_equal(alfa_bank_load(&bank, path, &err), ALFA_OK);
    assert_int_equal(alfa_bank_detector_options(&options, bank, &err), ALFA_OK);
    struct alfa_detector *same = fixture_detector(&f, &options);
    struct alfa_image *again = fixture_picture(1, 100, 80);
    assert_int_equal(alfa_bank_add(bank, same, again, "again", &err), ALFA_ERROR_INPUT);
    fixture_add(bank, same, 5, 120, 90);
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_int_equal(alfa_bank_info(bank)->references, 3);
    assert_non_null(strstr(alfa_bank_info(bank)->calibration, "3 images"));
    assert_int_equal(alfa_detector_use_bank(same, bank, &err), ALFA_OK);
    assert_true(judge(same, 1).score_memory < 1e-6); /* kept as halves */
    alfa_image_free(again);
    alfa_bank_free(first);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
    alfa_detector_free(same);
    unlink(path);
}

static char *bytes_of(const struct alfa_bank *bank, size_t *size)
{
    char path[64], *bytes;
    temporary(path);
    assert_int_equal(alfa_bank_save(bank, path, &err), ALFA_OK);
    assert_int_equal(alfa__file_read(&bytes, size, path, (size_t)1 << 30, &err), ALFA_OK);
    unlink(path);
    return bytes;
}

static void assert_bytes(const struct alfa_bank *bank, const char *wanted, size_t wanted_size)
{
    size_t size;
    char *bytes = bytes_of(bank, &size);
    assert_int_equal(size, wanted_size);
    assert_memory_equal(bytes, wanted, size);
    free(bytes);
}

/* A bank that was saved and loaded between any two parts. */
static struct alfa_bank *learn_in_parts(struct alfa_detector *detector,
                                        const struct alfa_bank_options *options, const unsigned *order,
                                        int count, int part)
{
    char path[64];
    struct alfa_bank *bank = learn(detector, options, order, part);
    temporary(path);
    for (int i = part; i < count; i += part) {
        assert_int_equal(alfa_bank_save(bank, path, &err), ALFA_OK);
        alfa_bank_free(bank);
        assert_int_equal(alfa_bank_load(&bank, path, &err), ALFA_OK);
        for (int k = i; k < i + part && k < count; k++)
            fixture_add(bank, detector, order[k], 100, 80);
        assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    }
    unlink(path);
    return bank;
}

/* At once, one by one and in parts, in any order: the same bytes, whether all rows are kept or some, of
 * upright pictures or of turned ones too. */
static void test_parts_do_not_matter(void **state)
{
    static const unsigned upwards[] = {0, 1, 2, 3, 4, 5, 6}, mixed[] = {5, 2, 6, 0, 4, 1, 3};
    static const struct {
        int budget;
        enum alfa_turned turned;
        double place;
    } cases[] = {{0, ALFA_TURNED_NEVER, 0},
                 {40, ALFA_TURNED_NEVER, 0},
                 {10, ALFA_TURNED_ALWAYS, 0},
                 {10, ALFA_TURNED_NEVER, 2}};
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
        size_t wanted_size;
        options.budget = cases[i].budget;
        options.turned = cases[i].turned;
        options.place = cases[i].place;
        struct alfa_bank *bank = learn(detector, &options, upwards, 7);
        char *wanted = bytes_of(bank, &wanted_size);
        alfa_bank_free(bank);
        for (int part = 1; part <= 7; part += 3) {
            bank = learn_in_parts(detector, &options, mixed, 7, part);
            assert_bytes(bank, wanted, wanted_size);
            alfa_bank_free(bank);
        }
        free(wanted);
    }
    alfa_detector_free(detector);
}

struct pupil {
    struct alfa_bank *bank;
    struct alfa_detector *detector;
    unsigned which;
    struct alfa_lesson *lesson;
    enum alfa_status status;
};

static void *look(void *context)
{
    struct pupil *p = context;
    char name[32];
    struct alfa_image *image = fixture_picture(p->which, 100, 80);
    snprintf(name, sizeof name, "picture %u", p->which);
    p->status = alfa_bank_look(&p->lesson, p->bank, p->detector, image, name, NULL);
    alfa_image_free(image);
    return NULL;
}

/* The same bytes as of pictures that came one after the other. */
static void test_several_threads_look(void **state)
{
    enum { OTHERS = 6 };
    static const unsigned order[] = {0, 1, 2, 3, 4, 5, 6};
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    struct pupil pupils[OTHERS + 1];
    pthread_t threads[OTHERS];
    size_t wanted_size;
    options.turned = ALFA_TURNED_ALWAYS;
    options.budget = 10;
    struct alfa_bank *bank = learn(detector, &options, order, 1 + OTHERS);
    char *wanted = bytes_of(bank, &wanted_size);
    alfa_bank_free(bank);
    assert_int_equal(alfa_bank_new(&bank, detector, &options, &err), ALFA_OK);
    pupils[OTHERS] = (struct pupil){.bank = bank, .detector = detector};
    look(&pupils[OTHERS]);
    assert_int_equal(pupils[OTHERS].status, ALFA_ERROR_USAGE); /* none was added yet */
    fixture_add(bank, detector, 0, 100, 80);
    for (unsigned i = 0; i < OTHERS; i++) {
        pupils[i] = (struct pupil){.bank = bank, .detector = detector, .which = 1 + i};
        assert_int_equal(pthread_create(&threads[i], NULL, look, &pupils[i]), 0);
    }
    for (int i = OTHERS - 1; i >= 0; i--) {
        pthread_join(threads[i], NULL);
        assert_int_equal(pupils[i].status, ALFA_OK);
        assert_int_equal(alfa_bank_take(bank, pupils[i].lesson, &err), ALFA_OK);
        assert_int_equal(alfa_bank_take(bank, pupils[i].lesson, &err), ALFA_ERROR_USAGE);
        alfa_lesson_free(pupils[i].lesson);
    }
    look(&pupils[OTHERS]); /* at number 0, which is there */
    assert_int_equal(pupils[OTHERS].status, ALFA_OK);
    assert_int_equal(alfa_bank_take(bank, pupils[OTHERS].lesson, &err), ALFA_ERROR_INPUT);
    assert_non_null(strstr(err.message, "is the same picture as picture 0"));
    alfa_lesson_free(pupils[OTHERS].lesson);
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_bytes(bank, wanted, wanted_size);
    free(wanted);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

static bool count_calls(void *context, const char *part, int done, int total)
{
    (void)part, (void)done, (void)total;
    ++*(int *)context;
    return true;
}

/* What is there already costs no look: a folder that grows is learned again as a whole. */
static void test_a_known_picture_is_not_looked_at(void **state)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    int told = 0;
    (void)state;
    options.progress = count_calls;
    options.context = &told;
    struct alfa_detector *detector = fixture_detector(&f, &options);
    struct alfa_bank *bank;
    assert_int_equal(alfa_bank_new(&bank, detector, NULL, &err), ALFA_OK);
    fixture_add(bank, detector, 0, 100, 80);
    for (unsigned which = 0; which < 2; which++) {
        struct pupil p = {.bank = bank, .detector = detector, .which = which};
        told = 0;
        look(&p);
        assert_int_equal(p.status, ALFA_OK);
        assert_true((told > 0) == (which == 1));
        assert_int_equal(alfa_bank_take(bank, p.lesson, &err), which == 0 ? ALFA_ERROR_INPUT : ALFA_OK);
        alfa_lesson_free(p.lesson);
    }
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

static void add_known(struct alfa_bank *bank, struct alfa_detector *detector, unsigned which,
                      enum alfa_role role)
{
    struct alfa_image *image = fixture_picture(which, 100, 80);
    assert_int_equal(alfa_bank_add_known(bank, detector, image, "known", role, "dent", &err), ALFA_OK);
    alfa_image_free(image);
}

/* Known images measure thresholds and leave the memory alone; the choice comes back from the file and is made
 * again. */
static void test_choice(void **state)
{
    char path[64];
    double threshold;
    struct alfa_tradeoff t;
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    struct alfa_bank *bank = learn(detector, NULL, forward, 4), *loaded;
    const long long vectors = alfa_bank_info(bank)->vectors;
    const double before = alfa_bank_info(bank)->threshold;
    assert_int_equal(alfa_bank_choose(bank, ALFA_CHOICE_F1, 0, &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa_bank_choose(bank, ALFA_CHOICE_FOUND, 0.9, &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa_bank_choose(bank, ALFA_CHOICE_GIVEN, 2, &err), ALFA_ERROR_USAGE);
    assert_true(alfa_bank_info(bank)->threshold == before);
    assert_int_equal(alfa_bank_threshold(&threshold, bank, ALFA_CHOICE_RATE, 0.01, &err), ALFA_OK);
    assert_true(threshold > before);
    for (unsigned i = 20; i < 25; i++)
        add_known(bank, detector, i, ALFA_ROLE_BAD);
    add_known(bank, detector, 30, ALFA_ROLE_GOOD);
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_int_equal(alfa_bank_info(bank)->vectors, vectors);
    assert_int_equal(alfa_bank_info(bank)->known_bad, 5);
    assert_string_equal(alfa_bank_picture(bank, 8)->kind, "dent");
    assert_int_equal(alfa_bank_choose(bank, ALFA_CHOICE_FOUND, 0.8, &err), ALFA_OK);
    alfa_bank_tradeoff(&t, bank, alfa_bank_info(bank)->threshold);
    assert_true(t.found >= 4 && t.bad == 5 && t.good == 5);
    assert_non_null(strstr(alfa_bank_info(bank)->calibration, "chosen to find 80 % of the known bad images"));
    temporary(path);
    assert_int_equal(alfa_bank_save(bank, path, &err), ALFA_OK);
    assert_int_equal(alfa_bank_load(&loaded, path, &err), ALFA_OK);
    assert_true(alfa_bank_info(loaded)->threshold == alfa_bank_info(bank)->threshold);
    assert_true(alfa_bank_info(loaded)->pixel_threshold == alfa_bank_info(bank)->pixel_threshold);
    assert_string_equal(alfa_bank_info(loaded)->calibration, alfa_bank_info(bank)->calibration);
    fixture_add(loaded, detector, 12, 100, 80);
    assert_int_equal(alfa_bank_finish(loaded, &err), ALFA_OK);
    alfa_bank_tradeoff(&t, loaded, alfa_bank_info(loaded)->threshold);
    assert_true(t.found >= 4 && t.good == 6);
    assert_int_equal(alfa_detector_use_bank(detector, loaded, &err), ALFA_OK);
    struct alfa_image *bad = fixture_picture(21, 100, 80);
    assert_string_equal(alfa_bank_find(loaded, bad), "known");
    assert_true(judge(detector, 21).score_memory > 0); /* it was not learned */
    alfa_image_free(bad);
    alfa_bank_free(loaded);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
    unlink(path);
}

/* A choice as low as that of a rate marks the places of that rate; one above the bank's leaves them. */
static void test_places_of_a_choice(void **state)
{
    double at_rate;
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    struct alfa_bank *bank = learn(detector, NULL, forward, 4);
    const double before = alfa_bank_info(bank)->pixel_threshold;
    assert_int_equal(alfa_bank_threshold(&at_rate, bank, ALFA_CHOICE_RATE, 0.3, &err), ALFA_OK);
    assert_int_equal(alfa_bank_choose(bank, ALFA_CHOICE_GIVEN, at_rate, &err), ALFA_OK);
    const double given = alfa_bank_info(bank)->pixel_threshold;
    assert_true(given < before);
    assert_int_equal(alfa_bank_choose(bank, ALFA_CHOICE_GIVEN, 0, &err), ALFA_OK);
    const double lowest = alfa_bank_info(bank)->pixel_threshold;
    assert_int_equal(alfa_bank_choose(bank, ALFA_CHOICE_GIVEN, 1, &err), ALFA_OK);
    assert_true(alfa_bank_info(bank)->pixel_threshold == before);
    assert_int_equal(alfa_bank_choose(bank, ALFA_CHOICE_RATE, 0.3, &err), ALFA_OK);
    assert_float_equal(alfa_bank_info(bank)->pixel_threshold, given, 1e-9);
    assert_int_equal(alfa_bank_choose(bank, ALFA_CHOICE_RATE, 0.5, &err), ALFA_OK);
    assert_float_equal(alfa_bank_info(bank)->pixel_threshold, lowest, 1e-9);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

/* A bank from a file needs the model and nothing else: sentences, masks and options are in it. */
static void test_open_with_the_bank_alone(void **state)
{
    char path[64];
    struct alfa_prompts *own = f.prompts, *back;
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_image *mask;
    unsigned char *white = calloc(1, 30 * 20 * 3);
    (void)state;
    memset(white + 30 * 3 * 5, 255, 30 * 10 * 3);
    assert_int_equal(alfa_image_from_rgb(&mask, white, 30, 20, 90, &err), ALFA_OK);
    assert_int_equal(alfa_prompts_open(&f.prompts, "bottle", "prompts/bottle.txt", &err), ALFA_OK);
    options.temperature = 0.1;
    struct alfa_detector *detector = fixture_detector(&f, &options), *alone;
    assert_int_equal(alfa_detector_set_roi(detector, mask, false, &err), ALFA_OK);
    struct alfa_bank *bank = learn(detector, NULL, forward, 2), *loaded;
    temporary(path);
    assert_int_equal(alfa_bank_save(bank, path, &err), ALFA_OK);
    assert_int_equal(alfa_bank_load(&loaded, path, &err), ALFA_OK);
    assert_int_equal(alfa_bank_prompts(&back, loaded, &err), ALFA_OK);
    assert_int_equal(alfa_prompts_count(back, ALFA_NORMAL), alfa_prompts_count(f.prompts, ALFA_NORMAL));
    assert_string_equal(alfa_prompts_get(back, ALFA_ABNORMAL, 80),
                        alfa_prompts_get(f.prompts, ALFA_ABNORMAL, 80));
    alfa_prompts_free(back);
    options = (struct alfa_detector_options)ALFA_DETECTOR_OPTIONS_INIT;
    options.threshold = 0.75;
    assert_int_equal(alfa_detector_open_bank(&alone, f.model, loaded, &options, &err), ALFA_OK);
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
    struct alfa_summary a = judge(detector, 7), b = judge(alone, 7);
    assert_true(fabs(a.score - b.score) < 1e-6 && b.threshold == 0.75 && b.references == 2);
    assert_int_equal(a.normal_count, b.normal_count);
    alfa_detector_free(alone);
    json_object_set_new(loaded->store.options, "masks",
                        json_pack("[{s:i, s:i, s:[i]}, n]", "width", 30, "height", 20, "runs", 599));
    assert_int_equal(alfa_detector_open_bank(&alone, f.model, loaded, NULL, &err), ALFA_ERROR_INPUT);
    assert_null(alone);
    alfa_detector_free(detector);
    alfa_bank_free(bank);
    alfa_bank_free(loaded);
    alfa_prompts_free(f.prompts);
    f.prompts = own;
    alfa_image_free(mask);
    free(white);
    unlink(path);
}

/* ------------------------------------------------------------------ refusals */

static void test_other_class_model_options(void **state)
{
    (void)state;
    struct alfa_prompts *own = f.prompts, *others;
    struct alfa_model *mine = f.model;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    struct alfa_bank *bank = learn(detector, NULL, forward, 2);
    assert_int_equal(alfa_prompts_open(&others, "cable", NULL, &err), ALFA_OK);
    f.prompts = others;
    struct alfa_detector *other_class = fixture_detector(&f, NULL);
    assert_int_equal(alfa_detector_use_bank(other_class, bank, &err), ALFA_ERROR_INPUT);
    assert_non_null(strstr(err.message, "\"bottle\", not \"cable\""));
    f.prompts = own;
    assert_int_equal(alfa_model_open(&f.model, "tests/data/models/openclip-quickgelu", NULL, &err), ALFA_OK);
    struct alfa_detector *other_model = fixture_detector(&f, NULL);
    assert_int_equal(alfa_detector_use_bank(other_model, bank, &err), ALFA_ERROR_INPUT);
    assert_non_null(strstr(err.message, "openclip-quickgelu"));
    struct alfa_model *second = f.model;
    f.model = mine;
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    options.aligner = ALFA_ALIGNER_R3;
    struct alfa_detector *other_aligner = fixture_detector(&f, &options);
    assert_int_equal(alfa_detector_use_bank(other_aligner, bank, &err), ALFA_ERROR_USAGE);
    assert_non_null(strstr(err.message, "aligner \"r4\", not \"r3\""));
    assert_int_equal(alfa_prompts_open(&f.prompts, "bottle", "prompts/bottle.txt", &err), ALFA_OK);
    struct alfa_detector *other_sentences = fixture_detector(&f, NULL);
    assert_int_equal(alfa_detector_use_bank(other_sentences, bank, &err), ALFA_ERROR_USAGE);
    assert_non_null(strstr(err.message, "other sentences"));
    alfa_detector_free(other_sentences);
    alfa_prompts_free(f.prompts);
    f.prompts = own;
    alfa_detector_free(other_aligner);
    alfa_detector_free(other_model);
    alfa_detector_free(other_class);
    alfa_detector_free(detector);
    alfa_bank_free(bank);
    alfa_prompts_free(others);
    alfa_model_free(second);
}

/* Every option that changes scores, one at a time. */
static void test_each_option_must_fit(void **state)
{
    static const char *const keys[] = {"contextual",  "aligner",     "aligner_strength",
                                       "image_score", "temperature", "resize",
                                       "scales",      "k",           "mask"};
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    struct alfa_bank *bank = learn(detector, NULL, forward, 2);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct alfa_detector_options changed[9];
        for (size_t k = 0; k < 9; k++)
            changed[k] = (struct alfa_detector_options)ALFA_DETECTOR_OPTIONS_INIT;
        changed[0].contextual = ALFA_CONTEXTUAL_OFF;
        changed[1].aligner = ALFA_ALIGNER_PROCRUSTES;
        changed[2].aligner_strength = 0.5;
        changed[3].image_score = ALFA_IMAGE_SCORE_TOP;
        changed[4].temperature = 0.02;
        changed[5].resize = ALFA_RESIZE_CROP;
        changed[6].scales[0] = 2;
        changed[7].contextual_k = 2;
        changed[8].window_mask = ALFA_WINDOW_PIXELS;
        struct alfa_detector *other = fixture_detector(&f, &changed[i]);
        char wanted[64];
        snprintf(wanted, sizeof wanted, "was learned with %s ", keys[i]);
        assert_int_equal(alfa_detector_use_bank(other, bank, &err), ALFA_ERROR_USAGE);
        assert_non_null(strstr(err.message, wanted));
        alfa_detector_free(other);
    }
    alfa_detector_free(detector);
    alfa_bank_free(bank);
}

static void test_unfinished_bank(void **state)
{
    struct alfa_bank *bank;
    (void)state;
    struct alfa_detector *detector = fixture_detector(&f, NULL);
    assert_int_equal(alfa_bank_new(&bank, detector, NULL, &err), ALFA_OK);
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa_bank_save(bank, "/tmp/never.bank", &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_ERROR_USAGE);
    alfa_bank_free(bank);
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    options.layers = "block99";
    assert_int_equal(alfa_bank_new(&bank, detector, &options, &err), ALFA_ERROR_USAGE);
    assert_null(bank);
    alfa_detector_free(detector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_is_at_distance_0),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_scores_are_those_of_the_whole),
        cmocka_unit_test(test_threshold_of_the_caller_wins),
        cmocka_unit_test(test_winclip),
        cmocka_unit_test(test_one_image_alone),
        cmocka_unit_test(test_wording),
        cmocka_unit_test(test_same_picture_twice),
        cmocka_unit_test(test_mixed_sizes),
        cmocka_unit_test(test_turned_knows_turned_pictures),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_add_to_a_loaded_bank),
        cmocka_unit_test(test_parts_do_not_matter),
        cmocka_unit_test(test_several_threads_look),
        cmocka_unit_test(test_a_known_picture_is_not_looked_at),
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_places_of_a_choice),
        cmocka_unit_test(test_open_with_the_bank_alone),
        cmocka_unit_test(test_other_class_model_options),
        cmocka_unit_test(test_each_option_must_fit),
        cmocka_unit_test(test_unfinished_bank),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
