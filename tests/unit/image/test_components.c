/* Regions against scikit-image (tests/reference/make_metrics.py) and against a flood fill. */
#include "image/components.h"
#include "weights/safetensors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int32_t integer(const struct alfa__tensor *from, size_t index)
{
    int32_t value;
    assert_true(index < from->count);
    memcpy(&value, from->bytes + index * sizeof value, sizeof value);
    return value;
}

static void check_case(const struct alfa__tensor *mask, const struct alfa__tensor *labels)
{
    struct alfa__components got;
    unsigned char *bytes = malloc(mask->count);
    int highest = 0;
    for (size_t i = 0; i < mask->count; i++)
        bytes[i] = (unsigned char)integer(mask, i);
    assert_int_equal(alfa__components_find(&got, bytes, (int)mask->shape[1], (int)mask->shape[0], NULL),
                     ALFA_OK);
    for (size_t i = 0; i < mask->count; i++) {
        assert_int_equal(got.labels[i], integer(labels, i));
        highest = got.labels[i] > highest ? got.labels[i] : highest;
    }
    assert_int_equal(got.count, highest);
    alfa__components_free(&got);
    free(bytes);
}

static void labels_as_scikit_image(void **state)
{
    (void)state;
    struct alfa__tensors golden;
    int count = 0;
    assert_int_equal(alfa__safetensors_open(&golden, "tests/data/eval/metrics.safetensors", NULL), ALFA_OK);
    for (size_t i = 0; i + 1 < golden.count; i++)
        if (strncmp(golden.list[i].name, "components/", 11) == 0 && strstr(golden.list[i].name, "/labels")) {
            check_case(&golden.list[i + 1], &golden.list[i]); /* sorted by name: labels, mask */
            count++;
        }
    assert_int_equal(count, 9);
    alfa__tensors_close(&golden);
}

enum { WIDTH = 9, HEIGHT = 7 };

/* Takes the region of (x, y) out of the mask and measures it. */
static void flood(struct alfa__component *out, unsigned char *mask, int x, int y, int *right, int *bottom)
{
    if (x < 0 || y < 0 || x >= WIDTH || y >= HEIGHT || !mask[y * WIDTH + x])
        return;
    mask[y * WIDTH + x] = 0;
    out->area++;
    out->x = x < out->x ? x : out->x;
    out->y = y < out->y ? y : out->y;
    *right = x > *right ? x : *right;
    *bottom = y > *bottom ? y : *bottom;
    for (int i = 0; i < 9; i++)
        flood(out, mask, x + i % 3 - 1, y + i / 3 - 1, right, bottom);
}

static void boxes_and_areas_as_a_flood_fill(void **state)
{
    (void)state;
    uint32_t random = 5;
    for (int round = 0; round < 300; round++) {
        unsigned char mask[WIDTH * HEIGHT];
        struct alfa__components got;
        int found = 0;
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            random = random * 1664525 + 1013904223;
            mask[i] = random >> 24 < (uint32_t)(60 + round % 4 * 40) ? 255 : 0;
        }
        assert_int_equal(alfa__components_find(&got, mask, WIDTH, HEIGHT, NULL), ALFA_OK);
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            struct alfa__component one = {WIDTH, HEIGHT, 0, 0, 0};
            int right = 0, bottom = 0;
            if (!mask[i])
                continue;
            flood(&one, mask, i % WIDTH, i / WIDTH, &right, &bottom);
            one.width = right - one.x + 1;
            one.height = bottom - one.y + 1;
            assert_true(found < got.count);
            assert_memory_equal(&got.items[found++], &one, sizeof one);
        }
        assert_int_equal(found, got.count);
        alfa__components_free(&got);
    }
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    struct alfa__components got;
    struct alfa_error err;
    static const unsigned char mask[1] = {1};
    assert_int_equal(alfa__components_find(&got, mask, 0, 1, &err), ALFA_ERROR_INPUT);
    assert_int_equal(alfa__components_find(&got, mask, 1, -3, &err), ALFA_ERROR_INPUT);
    assert_int_equal(alfa__components_find(&got, mask, 60000, 60000, &err), ALFA_ERROR_LIMIT);
    assert_null(got.labels);
    assert_int_equal(got.count, 0);
    alfa__components_free(&got);
}

static void a_score_at_the_threshold_is_normal(void **state)
{
    (void)state;
    static const float map[5] = {0.25f, 0.5f, 0.75f, NAN, INFINITY};
    static const unsigned char expected[5] = {0, 0, 1, 0, 1};
    unsigned char out[5];
    alfa__map_threshold(out, map, 5, 0.5);
    assert_memory_equal(out, expected, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_as_scikit_image),
        cmocka_unit_test(boxes_and_areas_as_a_flood_fill),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(a_score_at_the_threshold_is_normal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
