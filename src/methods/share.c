#include "methods/share.h"
#include "base/strings.h"
#include "nn/linear.h"
#include "prompt/cache.h"
#include "score/contextual.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ one pass for all */

static bool same_layer(struct alfa__layer a, struct alfa__layer b)
{
    return a.stem == b.stem && a.index == b.index;
}

static enum alfa_status join_scale(struct alfa__feature_request *all, int scale, struct alfa_error *err)
{
    for (int i = 0; i < ALFA_MAX_SCALES; i++) {
        if (all->scales[i] == scale)
            return ALFA_OK;
        if (all->scales[i] == 0) {
            all->scales[i] = scale;
            return ALFA_OK;
        }
    }
    return alfa__fail(err, ALFA_ERROR_LIMIT, "scales", "are more than %d together", ALFA_MAX_SCALES);
}

static enum alfa_status join_layer(struct alfa__feature_request *all, struct alfa__layer layer,
                                   struct alfa_error *err)
{
    for (int i = 0; i < all->layer_count; i++)
        if (same_layer(all->layers[i], layer))
            return ALFA_OK;
    if (all->layer_count == ALFA__MAX_TAPS)
        return alfa__fail(err, ALFA_ERROR_LIMIT, "layers",
                          "are more than %d together: compare fewer methods at a time", ALFA__MAX_TAPS);
    all->layers[all->layer_count++] = layer;
    return ALFA_OK;
}

enum alfa_status alfa__request_join(struct alfa__feature_request *all,
                                    const struct alfa__feature_request *one, struct alfa_error *err)
{
    all->values = all->values || one->values;
    all->value_path = all->value_path || one->value_path;
    all->pixels = all->pixels || one->pixels;
    for (int i = 0; i < ALFA_MAX_SCALES && one->scales[i]; i++)
        ALFA__TRY(join_scale(all, one->scales[i], err));
    for (int i = 0; i < one->layer_count; i++)
        ALFA__TRY(join_layer(all, one->layers[i], err));
    return ALFA_OK;
}

void alfa__features_view(struct alfa__features *out, const struct alfa__features *features,
                         const struct alfa__feature_request *all, const struct alfa__feature_request *one)
{
    *out = *features;
    out->scale_count = 0;
    for (int i = 0; i < ALFA_MAX_SCALES && one->scales[i]; i++)
        for (int j = 0; j < features->scale_count; j++)
            if (features->windows[j].scale == one->scales[i])
                out->windows[out->scale_count++] = features->windows[j];
    for (int i = 0; i < one->layer_count; i++)
        for (int j = 0; j < all->layer_count; j++)
            if (same_layer(all->layers[j], one->layers[i]))
                out->layers[i] = features->layers[j];
}

/* ------------------------------------------------------------------ texts */

/* Embeddings of texts, count x dim into rows: from the model's cache where it has all of them. */
static enum alfa_status embed(float *rows, const struct alfa_model *model, const char *const *texts,
                              int count, struct alfa_error *err)
{
    const struct alfa__cache_key key = {model->info.fingerprint, model->info.precision, model->info.embed_dim,
                                        alfa__linear_packing()};
    struct alfa__cache *cache = NULL;
    bool *found = calloc((size_t)count, sizeof *found);
    if (!found)
        return alfa__fail_memory(err, (size_t)count * sizeof *found);
    if (model->cache_dir)
        (void)alfa__cache_open(&cache, model->cache_dir, NULL);
    enum alfa_status status = ALFA_OK;
    if (alfa__cache_get(cache, rows, found, &key, texts, count) < count) {
        status = alfa__model_embed_raw(model, rows, texts, count, NULL, err);
        if (status == ALFA_OK)
            (void)alfa__cache_put(cache, &key, texts, rows, found, count);
    }
    alfa__cache_close(cache);
    free(found);
    return status;
}

enum alfa_status alfa__text_prototype(double *out, const struct alfa_model *model, const char *const *texts,
                                      int count, struct alfa_error *err)
{
    const int dim = model->info.embed_dim;
    float *rows = malloc((size_t)count * (size_t)dim * sizeof *rows);
    if (!rows)
        return alfa__fail_memory(err, (size_t)count * (size_t)dim * sizeof *rows);
    enum alfa_status status = embed(rows, model, texts, count, err);
    if (status == ALFA_OK)
        alfa__prototype(out, rows, NULL, count, dim);
    free(rows);
    return status;
}

enum alfa_status alfa__text_prototypes(double **out, const struct alfa_model *model,
                                       const struct alfa__sentences sides[2], struct alfa_error *err)
{
    const size_t dim = (size_t)model->info.embed_dim;
    double *rows = malloc(2 * dim * sizeof *rows);
    *out = NULL;
    if (!rows)
        return alfa__fail_memory(err, 2 * dim * sizeof *rows);
    enum alfa_status status = ALFA_OK;
    for (size_t side = 0; side < 2 && status == ALFA_OK; side++)
        status = alfa__text_prototype(rows + side * dim, model, (const char *const *)sides[side].texts,
                                      sides[side].count, err);
    if (status == ALFA_OK)
        *out = rows;
    else
        free(rows);
    return status;
}

bool alfa__is_surface(const char *noun)
{
    static const char *const surfaces[] = {"carpet", "grid", "leather", "tile", "wood"};
    for (size_t i = 0; i < sizeof surfaces / sizeof *surfaces; i++)
        if (alfa__same_noun(surfaces[i], noun))
            return true;
    return false;
}

/* ------------------------------------------------------------------ layers and maps */

enum alfa_status alfa__layer_state_open(void **out, size_t size, const struct alfa__method_setup *setup,
                                        struct alfa_error *err)
{
    const char *name = setup->bank.layers                  ? setup->bank.layers
                       : setup->model->config.stem.present ? "stem"
                                                           : "last";
    *out = calloc(1, size);
    if (!*out)
        return alfa__fail_memory(err, size);
    if (strchr(name, ','))
        return alfa__fail(err, ALFA_ERROR_USAGE, name, "names several layers: this method looks at one");
    return alfa__layer_find(setup->model, *out, name, err);
}

void alfa__layer_state_request(const void *state, struct alfa__feature_request *out)
{
    *out = (struct alfa__feature_request){.layers = {*(const struct alfa__layer *)state}, .layer_count = 1};
}

double *alfa__verdict_map(struct alfa__verdict *out, int side, struct alfa__arena *arena)
{
    out->side = side;
    return out->map = alfa__arena_array(arena, (size_t)side * (size_t)side, sizeof *out->map);
}

double alfa__largest(const double *numbers, int count)
{
    double largest = numbers[0];
    for (int i = 1; i < count; i++)
        largest = fmax(largest, numbers[i]);
    return largest;
}

float *alfa__unit_rows(const float *rows, int count, int dim, struct alfa__arena *arena)
{
    float *out = alfa__arena_array(arena, (size_t)count * (size_t)dim, sizeof *out);
    if (out) {
        memcpy(out, rows, (size_t)count * (size_t)dim * sizeof *out);
        alfa__normalise_rows(out, count, dim);
    }
    return out;
}
