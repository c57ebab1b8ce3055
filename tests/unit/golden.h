/* A small model with pictures as pixels, and the numbers that a reference implementation finds for them
 * (tests/reference). A test includes this first; it brings cmocka along. */
#ifndef ALFA_TESTS_GOLDEN_H
#define ALFA_TESTS_GOLDEN_H

#include "unit/fixture.h"

#include "clip/features.h"
#include "weights/safetensors.h"

struct golden {
    struct alfa_model *model;
    struct alfa__tensors pixels_file, expected;
    float *pixels; /* images x 3 x image_size x image_size, normalised */
    int images;
    struct alfa__arena arena;
};

/* The tensor "pixels" stands in the first file, the expected numbers in the second. */
static inline void golden_open(struct golden *g, const char *model, const char *pixels, const char *expected)
{
    struct alfa_error err;
    *g = (struct golden){.model = fixture_model(model, NULL)};
    assert_int_equal(alfa__safetensors_open(&g->pixels_file, pixels, &err), ALFA_OK);
    assert_int_equal(alfa__safetensors_open(&g->expected, expected, &err), ALFA_OK);
    const struct alfa__tensor *tensor = alfa__tensors_find(&g->pixels_file, "pixels");
    assert_non_null(tensor);
    g->images = (int)tensor->shape[0];
    g->pixels = malloc(tensor->count * sizeof *g->pixels);
    alfa__tensor_read(tensor, 0, tensor->count, g->pixels);
}

static inline void golden_close(struct golden *g)
{
    free(g->pixels);
    alfa__arena_free(&g->arena);
    alfa__tensors_close(&g->pixels_file);
    alfa__tensors_close(&g->expected);
    alfa_model_free(g->model);
}

/* The features of a picture, in the arena. */
static inline void golden_look(struct golden *g, struct alfa__features *out, int image,
                               const struct alfa__feature_request *request)
{
    const size_t side = (size_t)g->model->info.image_size;
    struct alfa_error err;
    assert_int_equal(alfa__features_from_pixels(g->model, out, g->pixels + (size_t)image * 3 * side * side,
                                                request, &g->arena, &err),
                     ALFA_OK);
}

#endif
