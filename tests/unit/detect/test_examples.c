/* The built-in model on the example pictures: heat maps point at the defects, as make demo shows. What is
 * asked here is less than what the model does (the test prints it), so that another processor or precision
 * does not fail it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alfa.h"
#include "base/files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAR 16 /* map pixels: one patch of the 15 x 15 grid in a map of 240 x 240 */

static struct alfa_error err;

static void need(enum alfa_status status)
{
    if (status != ALFA_OK)
        fail_msg("%s: %s", err.source, err.message);
}

/* Whether the map's largest value lies on the mask or less than NEAR away from it. */
static bool points_at(const struct alfa_result *result, const struct alfa_image *mask)
{
    int width, height, best = 0;
    const float *map = alfa_result_map(result, &width, &height);
    for (int i = 0; i < width * height; i++)
        best = map[i] > map[best] ? i : best;
    for (int y = 0; y < alfa_image_height(mask); y++)
        for (int x = 0; x < alfa_image_width(mask); x++) {
            const int dx = x * width / alfa_image_width(mask) - best % width;
            const int dy = y * height / alfa_image_height(mask) - best / width;
            if (alfa_image_rgb(mask)[3 * ((size_t)y * (size_t)alfa_image_width(mask) + (size_t)x)] > 127 &&
                dx * dx + dy * dy < NEAR * NEAR)
                return true;
        }
    return false;
}

/* Judges every picture of a class that has a mask, and every good one. */
static void judge_class(const struct alfa_model *model, const char *name, int *defects, int *hits, int *order,
                        int *pairs)
{
    struct alfa_prompts *prompts;
    struct alfa_detector *detector;
    char folder[256], path[600], mask_path[600];
    double good[16], bad[16];
    int goods = 0, bads = 0;
    snprintf(path, sizeof path, "prompts/%s.txt", name);
    need(alfa_prompts_open(&prompts, name, alfa__file_exists(path) ? path : "prompts/generic.txt", &err));
    need(alfa_detector_open(&detector, model, prompts, NULL, &err));
    snprintf(folder, sizeof folder, "examples/images/%s", name);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct alfa_image *image, *mask;
        struct alfa_result *result;
        const char *dot = strrchr(entry->d_name, '.');
        if (entry->d_name[0] == '.' || !dot || (strcmp(dot, ".jpg") != 0 && strcmp(dot, ".png") != 0))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        snprintf(mask_path, sizeof mask_path, "examples/masks/%s/%.*s_mask.png", name,
                 (int)(dot - entry->d_name), entry->d_name);
        need(alfa_image_load(&image, path, &err));
        need(alfa_detector_run(&result, detector, image, &err));
        if (alfa__file_exists(mask_path)) {
            need(alfa_image_load(&mask, mask_path, &err));
            *hits += points_at(result, mask);
            ++*defects;
            bad[bads++] = alfa_result_summary(result)->score;
            alfa_image_free(mask);
        } else {
            good[goods++] = alfa_result_summary(result)->score;
        }
        alfa_result_free(result);
        alfa_image_free(image);
        assert_true(goods < 16 && bads < 16);
    }
    closedir(dir);
    for (int b = 0; b < bads; b++)
        for (int g = 0; g < goods; g++, ++*pairs)
            *order += bad[b] > good[g];
    alfa_detector_free(detector);
    alfa_prompts_free(prompts);
}

static void test_examples(void **state)
{
    struct alfa_model *model;
    int defects = 0, hits = 0, order = 0, pairs = 0;
    (void)state;
    need(alfa_model_open(&model, "models/alfa-tiny", NULL, &err));
    DIR *dir = opendir("examples/masks");
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            judge_class(model, entry->d_name, &defects, &hits, &order, &pairs);
    closedir(dir);
    alfa_model_free(model);
    print_message("largest value on the defect: %d of %d; defective above good: %d of %d pairs\n", hits,
                  defects, order, pairs);
    assert_true(defects >= 20);
    assert_true(hits * 10 >= defects * 6);
    assert_true(order * 10 >= pairs * 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
