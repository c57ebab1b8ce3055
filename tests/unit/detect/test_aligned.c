/* Parts that lie anyhow: judged in one pose, answered in the picture. */
#include "detect/bank.h"
#include "detect/result.h"
#include "unit/bolt.h"
#include "unit/fixture.h"

static struct alfa_error err;

static int open_fixture(void **state)
{
    static struct fixture fixture;
    fixture_open(&fixture, "../../../models/alfa-tiny", "bolt");
    *state = &fixture;
    return 0;
}

static int close_fixture(void **state)
{
    fixture_close(*state);
    return 0;
}

static struct alfa_detector *open_aligned(const struct fixture *f)
{
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    options.align = true;
    return fixture_detector(f, &options);
}

static struct alfa_result *judge(struct alfa_detector *detector, const struct scene *scene)
{
    struct alfa_image *image = draw(scene);
    struct alfa_result *result;
    if (alfa_detector_run(&result, detector, image, &err) != ALFA_OK)
        fail_msg("%s", err.message);
    alfa_image_free(image);
    return result;
}

/* However it lies, nearly the same score; without the option it depends on how it lies. */
static void test_score_follows_the_part(void **state)
{
    struct fixture *f = *state;
    struct alfa_detector *aligned = open_aligned(f), *plain_one = fixture_detector(f, NULL);
    double spread[2] = {0, 0}, first[2] = {0, 0};
    for (int i = 0; i < 5; i++) {
        struct scene scene = plain;
        scene.angle = 1.2 * i;
        scene.x = 180 + 10 * i;
        for (int k = 0; k < 2; k++) {
            struct alfa_result *result = judge(k ? plain_one : aligned, &scene);
            const double score = alfa_result_summary(result)->score;
            first[k] = i ? first[k] : score;
            spread[k] = fmax(spread[k], fabs(score - first[k]));
            alfa_result_free(result);
        }
    }
    if (!(spread[0] < 0.5 * spread[1]))
        fail_msg("aligned %g, plain %g", spread[0], spread[1]);
    alfa_detector_free(aligned);
    alfa_detector_free(plain_one);
}

/* The map covers the picture, is 0 far from the part, and its regions lie around it. */
static void test_map_lies_in_the_picture(void **state)
{
    struct fixture *f = *state;
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    options.align = true;
    options.place_threshold = 0.01;
    struct alfa_detector *detector = fixture_detector(f, &options);
    struct scene scene = plain;
    scene.angle = 0.8;
    scene.x = 240;
    alfa_detector_explain(detector, true);
    struct alfa_result *result = judge(detector, &scene);
    int width, height;
    const float *map = alfa_result_map(result, &width, &height);
    const struct alfa_area *area = alfa_result_area(result);
    assert_true(area->x == 0 && area->y == 0 && area->width == SIDE && area->height == SIDE);
    assert_int_equal(alfa_result_summary(result)->width, SIDE);
    assert_true(map[0] == 0 && map[width * height - 1] == 0);
    assert_true(map[(int)(scene.y * height / SIDE) * width + (int)(scene.x * width / SIDE)] > 0);
    assert_true(alfa_result_region_count(result) > 0);
    const struct alfa_region *region = alfa_result_region(result, 0);
    assert_true(fabs(region->center_x - scene.x) < 40 && fabs(region->center_y - scene.y) < 40);
    assert_non_null(alfa_result_region_embedding(result, 0));
    alfa_result_free(result);
    alfa_detector_free(detector);
}

static void test_bank_remembers(void **state)
{
    struct fixture *f = *state;
    struct alfa_detector *aligned = open_aligned(f), *other = fixture_detector(f, NULL);
    struct alfa_detector_options learned = ALFA_DETECTOR_OPTIONS_INIT;
    struct scene scene = plain, bare = plain;
    struct alfa_bank *bank;
    assert_int_equal(alfa_bank_new(&bank, aligned, NULL, &err), ALFA_OK);
    for (int i = 0; i < 3; i++) {
        scene.angle = 2 * i;
        struct alfa_image *image = draw(&scene);
        assert_int_equal(alfa_bank_add(bank, aligned, image,
                                       i == 0   ? "a"
                                       : i == 1 ? "b"
                                                : "c",
                                       &err),
                         ALFA_OK);
        alfa_image_free(image);
    }
    bare.bare = true;
    struct alfa_image *nothing = draw(&bare);
    assert_int_equal(alfa_bank_add(bank, aligned, nothing, "nothing", &err), ALFA_ERROR_INPUT);
    alfa_image_free(nothing);
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_int_equal(alfa_bank_info(bank)->references, 3);
    assert_int_equal(alfa_bank_detector_options(&learned, bank, &err), ALFA_OK);
    assert_true(learned.align);
    assert_int_equal(alfa_detector_use_bank(other, bank, &err), ALFA_ERROR_USAGE);
    assert_non_null(strstr(err.message, "align"));
    assert_int_equal(alfa_detector_use_bank(aligned, bank, &err), ALFA_OK);
    scene.angle = 1;
    alfa_result_free(judge(aligned, &scene));
    json_object_set_new(bank->store.options, "align", json_true()); /* the background as it was */
    assert_int_equal(alfa_bank_detector_options(&learned, bank, &err), ALFA_ERROR_INPUT);
    alfa_detector_free(aligned);
    alfa_detector_free(other);
    alfa_bank_free(bank);
}

static void test_refused(void **state)
{
    struct fixture *f = *state;
    struct alfa_detector *detector = open_aligned(f), *none;
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    struct scene bare = plain;
    struct alfa_result *result;
    bare.bare = true;
    struct alfa_image *image = draw(&bare);
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_ERROR_INPUT);
    assert_null(result);
    assert_int_equal(alfa_detector_set_roi(detector, image, false, &err), ALFA_ERROR_USAGE);
    options.align = true;
    options.method = ALFA_METHOD_PATCHCORE;
    assert_int_equal(alfa_detector_open(&none, f->model, f->prompts, &options, &err), ALFA_ERROR_USAGE);
    alfa_image_free(image);
    alfa_detector_free(detector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_score_follows_the_part),
        cmocka_unit_test(test_map_lies_in_the_picture),
        cmocka_unit_test(test_bank_remembers),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
