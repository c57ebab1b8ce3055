/* What is remembered with a model that has a stem: its rows and no windows, which need no blocks. */
#include "clip/features.h"
#include "detect/bank.h"
#include "unit/fixture.h"

#include <string.h>

static struct alfa_error err;

/* The parts of a new bank, with commas. */
static void assert_parts(const struct fixture *f, enum alfa_method method, enum alfa_fusion fusion,
                         const char *wanted)
{
    struct alfa_detector_options seen = ALFA_DETECTOR_OPTIONS_INIT;
    struct alfa_bank_options kept = ALFA_BANK_OPTIONS_INIT;
    struct alfa_bank *bank;
    char names[128] = "";
    seen.method = method;
    kept.fusion = fusion;
    struct alfa_detector *detector = fixture_detector(f, &seen);
    assert_int_equal(alfa_bank_new(&bank, detector, &kept, &err), ALFA_OK);
    for (int p = 0; p < bank->store.part_count; p++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", p ? "," : "",
                 bank->store.parts[p].name);
    assert_string_equal(names, wanted);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
}

static void test_windows_are_for_the_papers_fusion(void **state)
{
    assert_parts(*state, ALFA_METHOD_ALFA, ALFA_FUSION_AUTO, "stem");
    assert_parts(*state, ALFA_METHOD_ALFA, ALFA_FUSION_ODDS, "stem");
    assert_parts(*state, ALFA_METHOD_ALFA, ALFA_FUSION_PAPER, "window2,window3,stem");
    assert_parts(*state, ALFA_METHOD_WINCLIP, ALFA_FUSION_AUTO, "window2,window3,stem");
}

/* Layers of noise, with half of the patches, in an arena. */
static void look(const struct alfa_model *model, struct alfa__features *out, const char *second, bool unused,
                 struct alfa__arena *arena)
{
    const size_t numbers = 3 * (size_t)model->info.image_size * (size_t)model->info.image_size;
    struct alfa__feature_request request = {.layer_count = 2, .whole_unused = unused};
    float *pixels = alfa__arena_array(arena, numbers, sizeof *pixels);
    unsigned char *inside = alfa__arena_array(arena, (size_t)(model->info.grid * model->info.grid), 1);
    unsigned noise = 1;
    for (size_t i = 0; i < numbers; i++) {
        noise = noise * 1664525u + 1013904223u;
        pixels[i] = (float)(noise >> 8) / (1 << 23) - 1;
    }
    for (int i = 0; i < model->info.grid * model->info.grid; i++)
        inside[i] = (unsigned char)(i % 2);
    request.inside = inside;
    assert_int_equal(alfa__layer_find(model, &request.layers[0], "stem", &err), ALFA_OK);
    assert_int_equal(alfa__layer_find(model, &request.layers[1], second, &err), ALFA_OK);
    assert_int_equal(alfa__features_from_pixels(model, out, pixels, &request, arena, &err), ALFA_OK);
}

static void test_rows_without_blocks_are_the_same(void **state)
{
    static const char *const second[] = {"stem8", "block1"};
    const struct fixture *f = *state;
    for (int i = 0; i < 2; i++) {
        struct alfa__features all, rows;
        struct alfa__arena arena = {0};
        look(f->model, &all, second[i], false, &arena);
        look(f->model, &rows, second[i], true, &arena);
        assert_non_null(all.image);
        assert_true((rows.image == NULL) == (i == 0));
        for (int k = 0; k < 2; k++) {
            const struct alfa__dense *a = &all.layers[k], *b = &rows.layers[k];
            assert_true(a->count == b->count && a->count > 0 && a->dim == b->dim);
            assert_memory_equal(a->rows, b->rows, (size_t)a->count * (size_t)a->dim * sizeof *a->rows);
            assert_memory_equal(a->places, b->places, (size_t)a->count * sizeof *a->places);
        }
        alfa__arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows_are_for_the_papers_fusion),
        cmocka_unit_test(test_rows_without_blocks_are_the_same),
    };
    return cmocka_run_group_tests(tests, fixture_open_plates, fixture_close_plates);
}
