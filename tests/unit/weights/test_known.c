#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "weights/known.h"

static void assert_means(const char *name, const char *tag)
{
    const struct alfa__known *known = alfa__known_find(name);
    assert_non_null(known);
    assert_string_equal(known->tag, tag);
}

static void a_shape_alone_means_its_first_row(void **state)
{
    (void)state;
    assert_means("ViT-B-16-plus-240", "laion400m_e31");
    assert_means("ViT-B-32", "openai");
    assert_means("ViT-L-14-336", "openai");
    assert_true(alfa__known_find("ViT-B-16-plus-240")->paper);
}

static void names_are_taken_as_people_write_them(void **state)
{
    (void)state;
    assert_means("vit_b_16_plus_240:LAION400M-E32", "laion400m_e32");
    assert_means("ViT-B/16:dfn2b", "dfn2b");
    assert_means("ViT-B-32-quickgelu:metaclip_400m", "metaclip_400m");
    assert_means("ViT-H-14-378-quickgelu", "dfn5b");
}

static void what_is_not_there_is_not_guessed(void **state)
{
    static const char *const names[] = {"",
                                        ":",
                                        "ViT",
                                        "ViT-B-3",
                                        "ViT-B-322",
                                        "ViT-B-32:",
                                        "ViT-B-32:open",
                                        "RN50",
                                        "-quickgelu",
                                        "ViT-g-14-quickgelu",
                                        "ViT-B-32-quickgelu:laion2b_e16",
                                        "ViT-B-32:openai:x"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_null(alfa__known_find(names[i]));
}

static void every_row_is_found_by_its_name_and_repository(void **state)
{
    char name[128];
    int papers = 0;
    (void)state;
    for (const struct alfa__known *row = alfa__known_models; row->shape; row++) {
        snprintf(name, sizeof name, "%s:%s", row->shape, row->tag);
        assert_ptr_equal(alfa__known_find(name), row);
        assert_ptr_equal(alfa__known_repository(row->repository), row);
        papers += row->paper;
    }
    assert_int_equal(papers, 1);
}

/* Counted by torch in open_clip 3.3.0's models (tests/reference/check_known.py). */
static void parameters_are_those_of_the_original(void **state)
{
    static const struct {
        const char *shape;
        long long parameters;
    } counts[] = {
        {"ViT-B-32", 151277313},     {"ViT-B-32-256", 151288833},      {"ViT-B-16", 149620737},
        {"ViT-L-14", 427616513},     {"ViT-B-16-plus-240", 208377345}, {"ViT-L-14-336", 427944193},
        {"ViT-H-14", 986109441},     {"ViT-H-14-378", 986714881},      {"ViT-g-14", 1366678273},
        {"ViT-bigG-14", 2539567105},
    };
    struct alfa__config config;
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        alfa__known_config(&config, alfa__known_find(counts[i].shape));
        assert_int_equal(alfa__known_parameters(&config), counts[i].parameters);
    }
}

static void the_config_carries_activation_and_pixels(void **state)
{
    struct alfa__config config;
    (void)state;
    alfa__known_config(&config, alfa__known_find("ViT-B-32:openai"));
    assert_true(config.quick_gelu);
    assert_true(config.mean[0] > 0.48f && config.mean[0] < 0.482f);
    alfa__known_config(&config, alfa__known_find("ViT-L-14:laion2b_s32b_b82k"));
    assert_false(config.quick_gelu);
    assert_true(config.mean[2] == 0.5f && config.std[0] == 0.5f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shape_alone_means_its_first_row),
        cmocka_unit_test(names_are_taken_as_people_write_them),
        cmocka_unit_test(what_is_not_there_is_not_guessed),
        cmocka_unit_test(every_row_is_found_by_its_name_and_repository),
        cmocka_unit_test(parameters_are_those_of_the_original),
        cmocka_unit_test(the_config_carries_activation_and_pixels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
