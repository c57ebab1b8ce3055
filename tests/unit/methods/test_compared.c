/* Detectors of the compared methods: what must hold whatever the numbers are. The numbers themselves are
 * held against references in methods/test_methods.c. */
#include "unit/bottle.h"

#include "bank/file.h"
#include "detect/detector.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct alfa_detector *new_detector(enum alfa_method method)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    options.method = method;
    return fixture_detector(&f, &options);
}

static struct alfa_bank *learn(struct alfa_detector *detector, unsigned first, int count)
{
    struct alfa_bank *bank;
    assert_int_equal(alfa_bank_new(&bank, detector, NULL, &err), ALFA_OK);
    for (unsigned i = first; i < first + (unsigned)count; i++)
        fixture_add(bank, detector, i, 100, 80);
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    return bank;
}

static struct alfa_result *judge(struct alfa_detector *detector, unsigned which)
{
    struct alfa_result *result;
    struct alfa_image *image = fixture_picture(which, 100, 80);
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_OK);
    alfa_image_free(image);
    return result;
}

static const enum alfa_method learners[] = {ALFA_METHOD_PATCHCORE, ALFA_METHOD_PADIM, ALFA_METHOD_SPADE};

/* ------------------------------------------------------------------ zero-shot */

static void assert_on_scale(const struct alfa_result *result)
{
    int width, height;
    const float *map = alfa_result_map(result, &width, &height);
    const struct alfa_summary *s = alfa_result_summary(result);
    assert_true(s->score >= 0 && s->score <= 1);
    for (int i = 0; i < width * height; i++)
        assert_true(map[i] >= 0 && map[i] <= 1);
}

static void what_a_method_says_of_itself_holds(void **state)
{
    (void)state;
    for (int m = ALFA_METHOD_PATCHCORE; m <= ALFA_METHOD_ONE_CLASS; m++) {
        const struct alfa_method_info *info = alfa_method_info((enum alfa_method)m);
        struct alfa_detector *detector = new_detector((enum alfa_method)m);
        struct alfa_image *image = fixture_picture(1, 100, 80), *other = fixture_picture(2, 100, 80);
        struct alfa_result *result;
        struct alfa_bank *bank;
        int width, height;
        assert_int_equal(alfa_detector_show(detector, image, &err),
                         info->together ? ALFA_OK : ALFA_ERROR_USAGE);
        if (info->together)
            assert_int_equal(alfa_detector_show(detector, other, &err), ALFA_OK);
        assert_int_equal(alfa_detector_run(&result, detector, image, &err),
                         info->needs_bank ? ALFA_ERROR_USAGE : ALFA_OK);
        if (result) {
            assert_string_equal(alfa_result_summary(result)->method, info->name);
            assert_int_equal(alfa_result_map(result, &width, &height) != NULL, info->map);
            assert_int_equal(!isnan(alfa_result_summary(result)->threshold), info->decides);
            assert_on_scale(result);
        }
        assert_int_equal(alfa_bank_new(&bank, detector, NULL, &err),
                         info->learns ? ALFA_OK : ALFA_ERROR_USAGE);
        alfa_bank_free(bank);
        alfa_result_free(result);
        alfa_image_free(image);
        alfa_image_free(other);
        alfa_detector_free(detector);
    }
    assert_string_equal(alfa_method_info((enum alfa_method)99)->name, "");
}

static void a_threshold_that_is_given_decides(void **state)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    (void)state;
    for (int high = 0; high < 2; high++) {
        options.method = ALFA_METHOD_ONE_CLASS;
        options.threshold = high;
        struct alfa_detector *detector = fixture_detector(&f, &options);
        struct alfa_result *result = judge(detector, 0);
        assert_int_equal(alfa_result_summary(result)->anomalous, !high);
        alfa_result_free(result);
        alfa_detector_free(detector);
    }
}

/* ------------------------------------------------------------------ few-shot */

static void a_normal_image_is_normal_and_noise_of_another_kind_is_not(void **state)
{
    (void)state;
    for (size_t m = 0; m < sizeof learners / sizeof *learners; m++) {
        struct alfa_detector *detector = new_detector(learners[m]);
        struct alfa_bank *bank = learn(detector, 0, 3);
        struct alfa_image *black;
        struct alfa_result *known, *strange;
        unsigned char rgb[3 * 16] = {0};
        assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
        assert_int_equal(alfa_image_from_rgb(&black, rgb, 4, 4, 12, &err), ALFA_OK);
        known = judge(detector, 1);
        assert_int_equal(alfa_detector_run(&strange, detector, black, &err), ALFA_OK);
        const struct alfa_summary *a = alfa_result_summary(known), *b = alfa_result_summary(strange);
        assert_false(a->anomalous);
        assert_true(a->score < 0.5); /* nearer than a normal image that was left out */
        assert_true(b->score > a->score);
        assert_true(b->score_memory > a->score_memory);
        assert_int_equal(a->references, 3);
        assert_true(a->threshold == alfa_bank_info(bank)->threshold);
        assert_true(a->p_value == 1);
        assert_on_scale(known);
        assert_on_scale(strange);
        alfa_result_free(known);
        alfa_result_free(strange);
        alfa_image_free(black);
        alfa_bank_free(bank);
        alfa_detector_free(detector);
    }
}

/* The level is the mean of the scores that the calibration found, on the method's own scale. */
static void half_is_the_mean_of_those_left_out(void **state)
{
    (void)state;
    for (size_t m = 0; m < sizeof learners / sizeof *learners; m++) {
        struct alfa_detector *detector = new_detector(learners[m]);
        struct alfa_bank *all = learn(detector, 0, 6);
        double level = json_number_value(json_object_get(all->store.options, "level")), sum = 0;
        for (int i = 0; i < all->store.image.threshold.count; i++) {
            const double score = all->store.image.scores[i]; /* x / (x + level), undone */
            sum += level * score / (1 - score);
        }
        assert_int_equal(all->store.image.threshold.count, 6);
        assert_true(fabs(sum / 6 - level) < 1e-9 * level);
        alfa_bank_free(all);
        alfa_detector_free(detector);
    }
}

/* A bank from a file, and one that was added to, judge as one that was learned at once: up to halves. */
static void a_bank_outlives_its_file(void **state)
{
    char path[] = "/tmp/alfa-bank-XXXXXX";
    (void)state;
    close(mkstemp(path));
    for (size_t m = 0; m < sizeof learners / sizeof *learners; m++) {
        struct alfa_detector *detector = new_detector(learners[m]);
        struct alfa_bank *at_once = learn(detector, 0, 3), *first = learn(detector, 0, 2), *bank;
        assert_int_equal(alfa_bank_save(first, path, &err), ALFA_OK);
        assert_int_equal(alfa_bank_load(&bank, path, &err), ALFA_OK);
        fixture_add(bank, detector, 2, 100, 80);
        assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
        assert_int_equal(alfa_detector_use_bank(detector, at_once, &err), ALFA_OK);
        struct alfa_result *a = judge(detector, 7);
        assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
        struct alfa_result *b = judge(detector, 7);
        assert_true(fabs(alfa_result_summary(a)->score - alfa_result_summary(b)->score) < 1e-3);
        assert_true(fabs(alfa_result_summary(a)->threshold - alfa_result_summary(b)->threshold) < 1e-3);
        alfa_result_free(a);
        alfa_result_free(b);
        alfa_bank_free(at_once);
        alfa_bank_free(first);
        alfa_bank_free(bank);
        alfa_detector_free(detector);
    }
    unlink(path);
}

/* One image alone is judged by its copies, and more than ten in groups. */
static void one_image_and_many(void **state)
{
    (void)state;
    struct alfa_detector *detector = new_detector(ALFA_METHOD_SPADE);
    struct alfa_bank *one = learn(detector, 0, 1), *many = learn(detector, 0, 12);
    assert_int_equal(one->store.image.threshold.count, 4);
    assert_non_null(strstr(alfa_bank_info(one)->calibration, "supports no threshold"));
    assert_int_equal(many->store.image.threshold.count, 12);
    alfa_bank_free(one);
    alfa_bank_free(many);
    alfa_detector_free(detector);
}

/* A bank whose parts do not fit each other, or the model, is refused before anything is read beyond them. */
static void an_inconsistent_bank_is_refused(void **state)
{
    struct alfa_detector *detector = new_detector(ALFA_METHOD_PADIM);
    struct alfa_bank *bank = learn(detector, 0, 2);
    struct alfa__memory *layer = &bank->store.parts[1];
    struct alfa_result *result;
    struct alfa_image *image = fixture_picture(0, 100, 80);
    (void)state;
    layer->rows--;
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_ERROR_INPUT);
    layer->rows++;
    layer->dim--; /* another model's */
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_ERROR_INPUT);
    layer->dim++;
    bank->store.part_count = 1;
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_ERROR_INPUT);
    bank->store.part_count = 2;
    alfa_image_free(image);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

/* ------------------------------------------------------------------ together */

static void images_judge_each_other_in_any_order(void **state)
{
    double scores[4], middle = 0;
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        struct alfa_detector *detector = new_detector(ALFA_METHOD_MUSC);
        for (unsigned i = 0; i < 4; i++) {
            struct alfa_image *image = fixture_picture(turn ? 3 - i : i, 100, 80);
            assert_int_equal(alfa_detector_show(detector, image, &err), ALFA_OK);
            alfa_image_free(image);
        }
        for (unsigned i = 0; i < 4; i++) {
            struct alfa_result *result = judge(detector, i);
            const double score = alfa_result_summary(result)->score;
            middle += score < 0.5 ? -1 : score > 0.5 ? 1 : 0;
            if (turn)
                assert_true(fabs(score - scores[i]) < 1e-6);
            scores[i] = score;
            assert_on_scale(result);
            alfa_result_free(result);
        }
        struct alfa_result *result;
        struct alfa_image *unknown = fixture_picture(9, 100, 80);
        assert_int_equal(alfa_detector_run(&result, detector, unknown, &err), ALFA_ERROR_INPUT);
        assert_int_equal(alfa_detector_show(detector, unknown, &err), ALFA_OK);
        assert_int_equal(alfa_detector_run(&result, detector, unknown, &err), ALFA_OK);
        alfa_result_free(result);
        alfa_image_free(unknown);
        alfa_detector_free(detector);
    }
    assert_true(middle == 0); /* the median is shown as 0.5 */
}

static void one_image_alone_cannot(void **state)
{
    struct alfa_detector *detector = new_detector(ALFA_METHOD_MUSC);
    struct alfa_image *image = fixture_picture(0, 100, 80);
    struct alfa_result *result;
    (void)state;
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_ERROR_INPUT);
    assert_int_equal(alfa_detector_show(detector, image, &err), ALFA_OK);
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_ERROR_INPUT);
    alfa_image_free(image);
    alfa_detector_free(detector);
}

/* ------------------------------------------------------------------ refused */

static void what_has_no_meaning_is_refused(void **state)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_bank_options how = ALFA_BANK_OPTIONS_INIT;
    struct alfa_detector *detector, *alfa = new_detector(ALFA_METHOD_ALFA);
    struct alfa_image *image = fixture_picture(0, 100, 80);
    struct alfa_bank *bank;
    (void)state;
    options.method = ALFA_METHOD_SPADE;
    options.tiles = 2;
    assert_int_equal(alfa_detector_open(&detector, f.model, f.prompts, &options, &err), ALFA_ERROR_USAGE);
    options.method = (enum alfa_method)99;
    assert_int_equal(alfa_detector_open(&detector, f.model, f.prompts, &options, &err), ALFA_ERROR_USAGE);
    detector = new_detector(ALFA_METHOD_SPADE);
    assert_int_equal(alfa_detector_set_roi(detector, image, false, &err), ALFA_ERROR_USAGE);
    how.turned = true;
    assert_int_equal(alfa_bank_new(&bank, detector, &how, &err), ALFA_ERROR_USAGE);
    how.turned = false;
    how.place = 2;
    assert_int_equal(alfa_bank_new(&bank, detector, &how, &err), ALFA_ERROR_USAGE);
    how.place = 0;
    how.layers = "last,block1";
    assert_int_equal(alfa_bank_new(&bank, detector, &how, &err), ALFA_ERROR_USAGE);
    bank = learn(detector, 0, 2);
    assert_int_equal(alfa_detector_use_bank(alfa, bank, &err), ALFA_ERROR_USAGE);
    assert_int_equal(alfa_bank_add(bank, alfa, image, "of another method", &err), ALFA_ERROR_INPUT);
    alfa_bank_free(bank);
    alfa_image_free(image);
    alfa_detector_free(alfa);
    alfa_detector_free(detector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_method_says_of_itself_holds),
        cmocka_unit_test(a_threshold_that_is_given_decides),
        cmocka_unit_test(a_normal_image_is_normal_and_noise_of_another_kind_is_not),
        cmocka_unit_test(half_is_the_mean_of_those_left_out),
        cmocka_unit_test(a_bank_outlives_its_file),
        cmocka_unit_test(one_image_and_many),
        cmocka_unit_test(an_inconsistent_bank_is_refused),
        cmocka_unit_test(images_judge_each_other_in_any_order),
        cmocka_unit_test(one_image_alone_cannot),
        cmocka_unit_test(what_has_no_meaning_is_refused),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
