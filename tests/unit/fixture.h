/* A small model with sentences about a noun, and pictures to show to it: what most tests of the detector
 * begin with. A test includes this first; it brings cmocka along. */
#ifndef ALFA_TESTS_FIXTURE_H
#define ALFA_TESTS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alfa.h"
#include "base/strings.h"
#include "unit/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fixture {
    struct alfa_model *model;
    struct alfa_prompts *prompts;
    char cache[32]; /* folder: many detectors, few sentences */
};

/* One of tests/data/models, in f32 on one thread, so that numbers do not depend on the machine. */
static inline struct alfa_model *fixture_model(const char *name, const char *cache)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa_model *model;
    struct alfa_error err;
    char path[256];
    options.precision = ALFA_PRECISION_F32;
    options.threads = 1;
    options.cache_dir = cache;
    snprintf(path, sizeof path, "tests/data/models/%s", name);
    assert_int_equal(alfa_model_open(&model, path, &options, &err), ALFA_OK);
    return model;
}

static inline void fixture_open(struct fixture *f, const char *model, const char *noun)
{
    struct alfa_error err;
    snprintf(f->cache, sizeof f->cache, "/tmp/alfa-cache-XXXXXX");
    assert_non_null(mkdtemp(f->cache));
    f->model = fixture_model(model, f->cache);
    assert_int_equal(alfa_prompts_open(&f->prompts, noun, NULL, &err), ALFA_OK);
}

static inline void fixture_close(struct fixture *f)
{
    alfa_prompts_free(f->prompts);
    alfa_model_free(f->model);
    assert_int_equal(folder_remove(f->cache), 0);
}

/* Setup and teardown of a group of tests about plates, with alfa-tiny: *state is the fixture. */
static inline int fixture_open_plates(void **state)
{
    static struct fixture fixture;
    fixture_open(&fixture, "../../../models/alfa-tiny", "plate");
    *state = &fixture;
    return 0;
}

static inline int fixture_close_plates(void **state)
{
    fixture_close(*state);
    return 0;
}

static inline struct alfa_detector *fixture_detector(const struct fixture *f,
                                                     const struct alfa_detector_options *options)
{
    struct alfa_detector *detector;
    struct alfa_error err;
    assert_int_equal(alfa_detector_open(&detector, f->model, f->prompts, options, &err), ALFA_OK);
    return detector;
}

/* A picture of noise over a slope; which gives another one each. */
static inline struct alfa_image *fixture_picture(unsigned which, int width, int height)
{
    struct alfa_image *image;
    struct alfa_error err;
    unsigned char *rgb = malloc((size_t)width * (size_t)height * 3);
    unsigned noise = 12345u + 977u * which;
    for (int i = 0; i < width * height * 3; i++) {
        noise = noise * 1664525u + 1013904223u;
        rgb[i] = (unsigned char)((i / 3 % width) * 120 / width + (int)(noise >> 25) + 5 * (int)(which % 3));
    }
    assert_int_equal(alfa_image_from_rgb(&image, rgb, width, height, (size_t)width * 3, &err), ALFA_OK);
    free(rgb);
    return image;
}

/* Adds such a picture to a bank. */
static inline void fixture_add(struct alfa_bank *bank, struct alfa_detector *detector, unsigned which,
                               int width, int height)
{
    char name[32];
    struct alfa_error err;
    struct alfa_image *image = fixture_picture(which, width, height);
    snprintf(name, sizeof name, "picture %u", which);
    assert_int_equal(alfa_bank_add(bank, detector, image, name, &err), ALFA_OK);
    alfa_image_free(image);
}

#endif
