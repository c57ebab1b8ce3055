#include "clip/stem.h"
#include "clip/context.h"
#include "clip/transformer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS 32 /* of the first convolution */
#define MAX_BLOCKS 16

/* EfficientNet-Lite0 as published: repeats, kernel, stride of the first, expansion, outputs. */
static const struct {
    int repeats, kernel, stride, expand, outputs;
} stages[] = {{1, 3, 1, 1, 16},  {2, 3, 2, 6, 24},  {2, 5, 2, 6, 40}, {3, 3, 2, 6, 80},
              {3, 5, 1, 6, 112}, {4, 5, 2, 6, 192}, {1, 3, 1, 6, 320}};

struct bottleneck {
    int inputs, middle, outputs, stride;
    struct alfa__convolution *expand; /* NULL where the expansion is 1 */
    struct alfa__convolution *depthwise, *project;
};

struct alfa__stem {
    struct alfa__stem_config config;
    int image_size, patch_size, features;
    struct alfa__convolution *first;
    struct bottleneck blocks[MAX_BLOCKS];
    int map_channels[33]; /* channels of the last map of a stride */
    int last_block[33];   /* the block that makes it */
    float *mean, *std;    /* features each */
    struct alfa__context context;
    struct alfa__linear *projection;
    enum alfa__type type;
    int width;
};

/* ------------------------------------------------------------------ loading */

static enum alfa_status load_convolution(struct alfa__convolution **out, const struct alfa__weights *weights,
                                         const struct alfa__convolution_shape *shape, const char *name,
                                         struct alfa_error *err)
{
    char full[128];
    float *weight, *bias;
    const size_t dims[4] = {(size_t)shape->outputs, (size_t)(shape->inputs / shape->groups),
                            (size_t)shape->kernel, (size_t)shape->kernel};
    snprintf(full, sizeof full, "visual.stem.%s.weight", name);
    ALFA__TRY(alfa__weights_read(weights, &weight, full, 4, dims, err));
    snprintf(full, sizeof full, "visual.stem.%s.bias", name);
    enum alfa_status status = alfa__vector_load(&bias, weights, full, shape->outputs, err);
    if (status == ALFA_OK && weight)
        status = alfa__convolution_new(out, shape, weight, bias, err);
    free(weight);
    free(bias);
    return status;
}

static enum alfa_status load_bottleneck(struct bottleneck *block, const struct alfa__weights *weights,
                                        int index, int kernel, bool same, struct alfa_error *err)
{
    const struct alfa__convolution_shape expand = {block->middle, block->inputs, 1, 1, 1, same, true};
    const struct alfa__convolution_shape depthwise = {block->middle, block->middle, block->middle, kernel,
                                                      block->stride, same,          true};
    const struct alfa__convolution_shape project = {block->outputs, block->middle, 1, 1, 1, same, false};
    char name[64];
    if (block->middle != block->inputs) {
        snprintf(name, sizeof name, "blocks.%d.expand", index);
        ALFA__TRY(load_convolution(&block->expand, weights, &expand, name, err));
    }
    snprintf(name, sizeof name, "blocks.%d.depthwise", index);
    ALFA__TRY(load_convolution(&block->depthwise, weights, &depthwise, name, err));
    snprintf(name, sizeof name, "blocks.%d.project", index);
    return load_convolution(&block->project, weights, &project, name, err);
}

/* All blocks in order; notes which block ends a stride. */
static enum alfa_status load_blocks(struct alfa__stem *stem, const struct alfa__weights *weights,
                                    struct alfa_error *err)
{
    int index = 0, channels = CHANNELS, stride = 2;
    for (size_t s = 0; s < sizeof stages / sizeof *stages; s++)
        for (int r = 0; r < stages[s].repeats && index < stem->config.blocks; r++, index++) {
            struct bottleneck *block = &stem->blocks[index];
            block->inputs = channels;
            block->middle = channels * stages[s].expand;
            block->outputs = channels = stages[s].outputs;
            block->stride = r == 0 ? stages[s].stride : 1;
            stride *= block->stride;
            stem->map_channels[stride] = channels;
            stem->last_block[stride] = index;
            ALFA__TRY(
                load_bottleneck(block, weights, index, stages[s].kernel, stem->config.same_padding, err));
        }
    return ALFA_OK;
}

/* Features of one stride that follow each other are one group. */
static void add_to_context(struct alfa__context *context, bool same, int features)
{
    if (!same)
        context->groups[context->group_count++] = 0;
    context->groups[context->group_count - 1] += features;
}

static enum alfa_status load_all(struct alfa__stem *stem, const struct alfa__weights *weights,
                                 struct alfa_error *err)
{
    const struct alfa__convolution_shape first = {CHANNELS, 3, 1, 3, 2, stem->config.same_padding, true};
    ALFA__TRY(load_convolution(&stem->first, weights, &first, "conv", err));
    ALFA__TRY(load_blocks(stem, weights, err));
    for (int i = 0; i < stem->config.feature_count; i++) {
        int stride = stem->config.features[i].stride;
        if (stem->map_channels[stride] == 0)
            return alfa__fail(err, ALFA_ERROR_MODEL, weights->path,
                              "the stem's %d blocks have no map of stride %d", stem->config.blocks, stride);
        stem->features += stem->map_channels[stride];
        add_to_context(&stem->context, i > 0 && stem->config.features[i - 1].stride == stride,
                       stem->map_channels[stride]);
    }
    ALFA__TRY(alfa__vector_load(&stem->mean, weights, "visual.stem.mean", stem->features, err));
    ALFA__TRY(alfa__vector_load(&stem->std, weights, "visual.stem.std", stem->features, err));
    const struct alfa__linear_source projection = {"visual.stem.proj.weight", NULL, stem->width,
                                                   alfa__stem_features(stem), stem->type};
    return alfa__linear_load(&stem->projection, weights, &projection, err);
}

enum alfa_status alfa__stem_load(struct alfa__stem **out, const struct alfa__weights *weights,
                                 const struct alfa__config *config, enum alfa__type type,
                                 struct alfa_error *err)
{
    *out = NULL;
    struct alfa__stem *stem = calloc(1, sizeof *stem);
    if (!stem)
        return alfa__fail_memory(err, sizeof *stem);
    stem->config = config->stem;
    stem->image_size = config->image_size;
    stem->patch_size = config->patch_size;
    stem->width = config->vision.width;
    stem->type = type;
    stem->context.nearest_count = stem->config.nearest_count;
    memcpy(stem->context.nearest, stem->config.nearest, sizeof stem->context.nearest);
    enum alfa_status status = load_all(stem, weights, err);
    if (status != ALFA_OK || weights->check_only)
        alfa__stem_free(stem);
    else
        *out = stem;
    return status;
}

void alfa__stem_free(struct alfa__stem *stem)
{
    if (!stem)
        return;
    alfa__convolution_free(stem->first);
    for (int i = 0; i < MAX_BLOCKS; i++) {
        alfa__convolution_free(stem->blocks[i].expand);
        alfa__convolution_free(stem->blocks[i].depthwise);
        alfa__convolution_free(stem->blocks[i].project);
    }
    alfa__linear_free(stem->projection);
    free(stem->mean);
    free(stem->std);
    free(stem);
}

int alfa__stem_features(const struct alfa__stem *stem)
{
    return alfa__context_features(&stem->context);
}

int alfa__stem_channels(const struct alfa__stem *stem, int stride)
{
    return stride >= 2 && stride <= 32 ? stem->map_channels[stride] : 0;
}

/* ------------------------------------------------------------------ running */

/* One side x side x channels map. */
struct map {
    const float *values;
    int side, channels;
};

static float *new_map(struct alfa__arena *arena, int side, int channels)
{
    return alfa__arena_array(arena, (size_t)side * (size_t)side * (size_t)channels, sizeof(float));
}

/* Runs a convolution into a new map of the arena. */
static enum alfa_status convolve(struct map *out, const struct alfa__convolution *convolution,
                                 const struct map *in, int channels, struct alfa__arena *arena,
                                 struct alfa_error *err)
{
    int side = alfa__convolution_side(convolution, in->side);
    float *values = new_map(arena, side, channels);
    if (!values)
        return alfa__fail_memory(err, (size_t)side * (size_t)side * (size_t)channels * sizeof *values);
    const struct alfa__convolution_call call = {in->values, in->side, values, false};
    ALFA__TRY(alfa__convolution_run(convolution, &call, arena, err));
    *out = (struct map){values, side, channels};
    return ALFA_OK;
}

/* out must be a map of the block's output shape; temporary maps are given back. */
static enum alfa_status run_bottleneck(const struct bottleneck *block, const struct map *in, float *out,
                                       struct alfa__arena *arena, struct alfa_error *err)
{
    struct alfa__mark mark = alfa__arena_mark(arena);
    struct map expanded = *in, mixed = *in;
    bool residual = block->stride == 1 && block->inputs == block->outputs;
    enum alfa_status status = ALFA_OK;
    if (block->expand)
        status = convolve(&expanded, block->expand, in, block->middle, arena, err);
    if (status == ALFA_OK)
        status = convolve(&mixed, block->depthwise, &expanded, block->middle, arena, err);
    if (status == ALFA_OK) {
        if (residual)
            memcpy(out, in->values, (size_t)in->side * (size_t)in->side * (size_t)in->channels * sizeof *out);
        const struct alfa__convolution_call call = {mixed.values, mixed.side, out, residual};
        status = alfa__convolution_run(block->project, &call, arena, err);
    }
    alfa__arena_reset(arena, mark);
    return status;
}

/* Pools a map over every patch into columns [offset, offset + channels) of features. */
static void pool(const struct alfa__stem *stem, const struct map *map, bool max, int offset, float *features)
{
    const int grid = stem->image_size / stem->patch_size, cell = map->side / grid, channels = map->channels;
    for (int p = 0; p < grid * grid; p++) {
        float *out = features + (size_t)p * (size_t)stem->features + offset;
        const int top = p / grid * cell, left = p % grid * cell;
        for (int i = 0; i < cell * cell; i++) {
            const float *in =
                map->values +
                ((size_t)(top + i / cell) * (size_t)map->side + (size_t)(left + i % cell)) * (size_t)channels;
            for (int c = 0; c < channels; c++)
                out[c] = i == 0 ? in[c] : !max ? out[c] + in[c] : in[c] > out[c] ? in[c] : out[c];
        }
        for (int c = 0; c < channels && !max; c++)
            out[c] /= (float)(cell * cell);
    }
}

static void standardise(const struct alfa__stem *stem, int patches, float *features)
{
    for (int p = 0; p < patches; p++)
        for (int i = 0; i < stem->features; i++) {
            float *x = &features[(size_t)p * (size_t)stem->features + (size_t)i];
            float value = (*x - stem->mean[i]) / stem->std[i], clamp = stem->config.clamp;
            *x = value > clamp ? clamp : value < -clamp ? -clamp : value;
        }
}

static size_t map_size(int side, int channels)
{
    return (size_t)side * (size_t)side * (size_t)channels * sizeof(float);
}

/* Bytes of the maps that run_maps() holds at most: those of all blocks so far, and the temporary ones of one.
 */
static size_t largest_room(const struct alfa__stem *stem)
{
    int side = alfa__convolution_side(stem->first, stem->image_size);
    size_t held = 0, largest = 0, before = map_size(stem->image_size, 3) + map_size(side, CHANNELS);
    for (int i = 0; i < stem->config.blocks; i++) {
        const struct bottleneck *block = &stem->blocks[i];
        const size_t expanded = block->expand ? map_size(side, block->middle) : 0;
        side = alfa__convolution_side(block->depthwise, side);
        held += map_size(side, block->outputs);
        const size_t now = held + before + expanded + map_size(side, block->middle);
        largest = now > largest ? now : largest;
        before = 0;
    }
    return largest;
}

/* The first convolution of pixels, 3 planes. */
static enum alfa_status run_first(const struct alfa__stem *stem, const float *pixels, struct map *out,
                                  struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t plane = (size_t)stem->image_size * (size_t)stem->image_size;
    float *image = new_map(arena, stem->image_size, 3);
    if (!image)
        return alfa__fail_memory(err, map_size(stem->image_size, 3));
    for (size_t i = 0; i < plane; i++) /* planar to channels-last */
        for (size_t c = 0; c < 3; c++)
            image[3 * i + c] = pixels[c * plane + i];
    const struct map planes = {image, stem->image_size, 3};
    return convolve(out, stem->first, &planes, CHANNELS, arena, err);
}

/* All maps of the strides that features are taken from. */
static enum alfa_status run_maps(const struct alfa__stem *stem, const float *pixels, struct map maps[33],
                                 struct alfa__arena *arena, struct alfa_error *err)
{
    struct map map = {.side = alfa__convolution_side(stem->first, stem->image_size)};
    int stride = 2;
    if (!alfa__arena_reserve(arena, largest_room(stem)))
        return alfa__fail_memory(err, largest_room(stem));
    for (int i = 0; i < stem->config.blocks; i++) {
        const struct bottleneck *block = &stem->blocks[i];
        const int side = alfa__convolution_side(block->depthwise, map.side);
        float *out = new_map(arena, side, block->outputs);
        if (!out)
            return alfa__fail_memory(err, map_size(side, block->outputs));
        const struct alfa__mark mark = alfa__arena_mark(arena);
        if (i == 0)
            ALFA__TRY(run_first(stem, pixels, &map, arena, err));
        ALFA__TRY(run_bottleneck(block, &map, out, arena, err));
        alfa__arena_reset(arena, mark);
        map = (struct map){out, side, block->outputs};
        stride *= block->stride;
        if (stem->last_block[stride] == i)
            maps[stride] = map;
    }
    return ALFA_OK;
}

static void keep_maps(const struct map *maps, const struct alfa__stem_maps *kept)
{
    for (int i = 0; kept && i < kept->count; i++) {
        const struct map *map = &maps[kept->maps[i].stride];
        memcpy(kept->maps[i].out, map->values,
               (size_t)map->side * (size_t)map->side * (size_t)map->channels * sizeof(float));
    }
}

static enum alfa_status make_tokens(const struct alfa__stem *stem, const struct map *maps,
                                    const struct alfa__stem_out *out, struct alfa__arena *arena,
                                    struct alfa_error *err)
{
    const int grid = stem->image_size / stem->patch_size, patches = grid * grid;
    const size_t numbers = (size_t)patches * (size_t)alfa__stem_features(stem);
    float *pooled = alfa__arena_array(arena, (size_t)patches * (size_t)stem->features, sizeof *pooled);
    float *own = stem->context.nearest_count ? alfa__arena_array(arena, numbers, sizeof *own) : pooled;
    void *typed = alfa__arena_array(arena, numbers, alfa__type_size(stem->type));
    if (!pooled || !own || !typed)
        return alfa__fail_memory(err, numbers * sizeof *own);
    for (int i = 0, offset = 0; i < stem->config.feature_count; i++) {
        const struct map *map = &maps[stem->config.features[i].stride];
        pool(stem, map, stem->config.features[i].max, offset, pooled);
        offset += map->channels;
    }
    standardise(stem, patches, pooled);
    if (own != pooled)
        ALFA__TRY(alfa__context_append(&stem->context, grid, pooled, own, arena, err));
    if (out->features)
        memcpy(out->features, own, numbers * sizeof *own);
    alfa__convert(own, numbers, typed, stem->type);
    const struct alfa__linear_call call = {
        .x = typed, .y = out->tokens, .rows = patches, .part = ALFA__SHARED_PART};
    return alfa__linear_run(stem->projection, &call, arena, err);
}

enum alfa_status alfa__stem_run(const struct alfa__stem *stem, const float *pixels,
                                const struct alfa__stem_out *out, struct alfa__arena *arena,
                                struct alfa_error *err)
{
    struct alfa__mark mark = alfa__arena_mark(arena);
    struct map maps[33] = {0};
    enum alfa_status status = run_maps(stem, pixels, maps, arena, err);
    if (status == ALFA_OK)
        keep_maps(maps, out->kept);
    if (status == ALFA_OK && out->tokens)
        status = make_tokens(stem, maps, out, arena, err);
    alfa__arena_reset(arena, mark);
    return status;
}

/* ------------------------------------------------------------------ patch features for the memory */

/* Where the mean-pooled feature of a stride begins in a patch's vector, and so in mean and std; -1 when there
 * is none. */
static int feature_offset(const struct alfa__stem *stem, int stride)
{
    for (int i = 0, offset = 0; i < stem->config.feature_count; i++) {
        if (stem->config.features[i].stride == stride && !stem->config.features[i].max)
            return offset;
        offset += stem->map_channels[stem->config.features[i].stride];
    }
    return -1;
}

bool alfa__stem_has_patches(const struct alfa__stem *stem)
{
    return feature_offset(stem, 8) >= 0 && feature_offset(stem, 16) >= 0;
}

/* Standardises a map and averages every cell with its neighbours; at the border with those that exist. */
static void smooth(const struct alfa__stem *stem, const struct map *map, int offset, float *out)
{
    const int side = map->side, channels = map->channels;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            float *cell = out + ((size_t)y * (size_t)side + (size_t)x) * (size_t)channels;
            int cells = 0;
            memset(cell, 0, (size_t)channels * sizeof *cell);
            for (int v = y > 0 ? y - 1 : 0; v <= y + 1 && v < side; v++)
                for (int u = x > 0 ? x - 1 : 0; u <= x + 1 && u < side; u++, cells++) {
                    const float *in = map->values + ((size_t)v * (size_t)side + (size_t)u) * (size_t)channels;
                    for (int c = 0; c < channels; c++)
                        cell[c] += in[c];
                }
            for (int c = 0; c < channels; c++)
                cell[c] = (cell[c] / (float)cells - stem->mean[offset + c]) / stem->std[offset + c];
        }
}

/* out[y, x] of a map of side cells at the place of cell (y, x) of a map of twice the side. */
static void enlarge_cell(const float *map, int side, int channels, int y, int x, float *out)
{
    const float v = 0.5f * ((float)y + 0.5f) - 0.5f, u = 0.5f * ((float)x + 0.5f) - 0.5f;
    const int top = v < 0 ? 0 : (int)v, left = u < 0 ? 0 : (int)u;
    const int bottom = top + 1 < side ? top + 1 : top, right = left + 1 < side ? left + 1 : left;
    const float dy = v < 0 ? 0 : v - (float)top, dx = u < 0 ? 0 : u - (float)left;
    const float *a = map + ((size_t)top * (size_t)side + (size_t)left) * (size_t)channels;
    const float *b = map + ((size_t)top * (size_t)side + (size_t)right) * (size_t)channels;
    const float *c = map + ((size_t)bottom * (size_t)side + (size_t)left) * (size_t)channels;
    const float *d = map + ((size_t)bottom * (size_t)side + (size_t)right) * (size_t)channels;
    for (int i = 0; i < channels; i++)
        out[i] = (1 - dy) * ((1 - dx) * a[i] + dx * b[i]) + dy * ((1 - dx) * c[i] + dx * d[i]);
}

enum alfa_status alfa__stem_patches(const struct alfa__stem *stem, const float *fine, const float *coarse,
                                    float *out, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct map maps[2] = {{fine, stem->image_size / 8, stem->map_channels[8]},
                                {coarse, stem->image_size / 16, stem->map_channels[16]}};
    const size_t cells = (size_t)maps[0].side * (size_t)maps[0].side;
    const size_t fine_dim = (size_t)maps[0].channels, dim = fine_dim + (size_t)maps[1].channels;
    struct alfa__mark mark = alfa__arena_mark(arena);
    float *a = new_map(arena, maps[0].side, maps[0].channels),
          *b = new_map(arena, maps[1].side, maps[1].channels);
    if (!a || !b)
        return alfa__fail_memory(err, cells * dim * sizeof *a);
    smooth(stem, &maps[0], feature_offset(stem, 8), a);
    smooth(stem, &maps[1], feature_offset(stem, 16), b);
    for (size_t i = 0; i < cells; i++) {
        memcpy(out + i * dim, a + i * fine_dim, fine_dim * sizeof *out);
        enlarge_cell(b, maps[1].side, maps[1].channels, (int)i / maps[0].side, (int)i % maps[0].side,
                     out + i * dim + fine_dim);
    }
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}
