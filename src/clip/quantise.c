#include "clip/quantise.h"

#include <math.h>

#define WIDE 512       /* width from which the products after attention are quantised */
#define WINDOW_STEP 13 /* every so many windows of a scale are watched */

/* Uniform in -1 .. 1. */
static float next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) / 8388608.0f - 1.0f;
}

/* Adds waves of one size and random direction, phase and colour. */
static void add_waves(float *pixels, int side, float waves, uint32_t *state)
{
    const float angle = 3.14159265f * next_random(state), turn = 6.2831853f * waves / (float)side;
    const float across = turn * cosf(angle), down = turn * sinf(angle);
    for (int c = 0; c < 3; c++) {
        const float phase = 3.14159265f * next_random(state), height = 0.5f * next_random(state);
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
                pixels[((size_t)c * (size_t)side + (size_t)y) * (size_t)side + (size_t)x] +=
                    height * cosf(across * (float)x + down * (float)y + phase);
    }
}

/* A normalised picture, 3 x side x side. */
static void make_picture(float *pixels, int side)
{
    uint32_t state = 1;
    for (size_t i = 0; i < 3 * (size_t)side * (size_t)side; i++)
        pixels[i] = 0.3f * next_random(&state);
    for (float waves = 0.5f; waves < (float)side / 4.0f; waves *= 1.5f)
        add_waves(pixels, side, waves, &state);
}

/* The sequences that are watched: the full image, then windows of scale 2 and 3. */
static int choose_sequences(int grid, int *index, int *starts)
{
    static const int scales[] = {2, 3};
    int count = 0, rows = 0;
    for (; rows <= grid * grid; rows++)
        index[rows] = rows;
    starts[++count] = rows;
    for (size_t s = 0; s < 2 && scales[s] < grid; s++)
        for (int w = 0; w < alfa__window_count(grid, scales[s]); w += WINDOW_STEP) {
            const int k = scales[s], across = grid - k + 1;
            index[rows++] = 0;
            for (int i = 0; i < k * k; i++)
                index[rows++] = 1 + (w / across + i / k) * grid + w % across + i % k;
            starts[++count] = rows;
        }
    return count;
}

static enum alfa_status quantise_blocks(const struct alfa__image_tower *t,
                                        const struct alfa__weights *weights, float *x,
                                        const struct alfa__sequences *sequences, struct alfa__arena *arena,
                                        struct alfa_error *err)
{
    const bool wide = t->transformer.width >= WIDE;
    for (int block = 0; block < t->transformer.layers - 1; block++) {
        const struct alfa__quantising what = {block, block > 0, wide && block >= t->transformer.layers / 4};
        ALFA__TRY(alfa__transformer_watch(&t->transformer, &what, err));
        ALFA__TRY(alfa__transformer_block(&t->transformer, block, x, sequences, arena, err));
        ALFA__TRY(
            alfa__transformer_quantise(&t->transformer, &what, weights, "visual.transformer.resblocks", err));
    }
    return ALFA_OK;
}

static enum alfa_status quantise_all(const struct alfa__image_tower *t, const struct alfa__weights *weights,
                                     struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t side = (size_t)t->image_size, width = (size_t)t->transformer.width;
    const size_t tokens = (size_t)t->grid * (size_t)t->grid + 1, most = 3 * tokens;
    struct alfa__tokens all;
    float *pixels = alfa__arena_array(arena, 3 * side * side, sizeof *pixels);
    float *x = alfa__arena_array(arena, most * width, sizeof *x);
    int *index = alfa__arena_array(arena, most, sizeof *index);
    int *starts = alfa__arena_array(arena, most, sizeof *starts);
    if (!pixels || !x || !index || !starts)
        return alfa__fail_memory(err, most * width * sizeof *x);
    make_picture(pixels, t->image_size);
    ALFA__TRY(alfa__image_tower_tokens(t, &all, pixels, NULL, arena, err));
    starts[0] = 0;
    const int count = choose_sequences(t->grid, index, starts);
    const struct alfa__sequences sequences = {
        .starts = starts, .count = count, .rows = starts[count], .part = ALFA__SHARED_PART};
    alfa__gather(all.x, index, sequences.rows, t->transformer.width, x);
    return quantise_blocks(t, weights, x, &sequences, arena, err);
}

enum alfa_status alfa__image_tower_quantise(struct alfa__image_tower *t, const struct alfa__weights *weights,
                                            struct alfa_error *err)
{
    struct alfa__arena arena = {0};
    t->transformer.qkv_type = ALFA__F32; /* bytes leave no accuracy to give away */
    enum alfa_status status = quantise_all(t, weights, &arena, err);
    alfa__arena_free(&arena);
    return status;
}
