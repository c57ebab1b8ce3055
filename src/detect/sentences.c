#include "detect/sentences.h"
#include "nn/linear.h"
#include "prompt/cache.h"

#include <stdlib.h>
#include <string.h>

/* Sentences on their way to embeddings. */
struct sentences {
    const char **texts;
    float *rows; /* count x dim, */
    bool *found; /* those that the cache had */
    int count;
};

/* Embeds the texts that the cache does not have and keeps them there. */
static enum alfa_status embed_missing(const struct alfa_model *model, struct alfa__cache *cache,
                                      const struct alfa__cache_key *key, struct sentences *s,
                                      struct alfa_error *err)
{
    const int count = s->count;
    const size_t dim = (size_t)key->dim;
    int missing = 0;
    const char **list = malloc((size_t)count * sizeof *list);
    float *fresh = malloc((size_t)count * dim * sizeof *fresh);
    for (int i = 0; i < count && list; i++)
        if (!s->found[i])
            list[missing++] = s->texts[i];
    enum alfa_status status =
        list && fresh ? ALFA_OK : alfa__fail_memory(err, (size_t)count * dim * sizeof *fresh);
    if (status == ALFA_OK && missing)
        status = alfa__model_check_room(model, true, true, err);
    if (status == ALFA_OK && missing)
        status = alfa__model_embed_raw(model, fresh, list, missing, NULL, err);
    if (status == ALFA_OK && missing) {
        for (int i = 0, next = 0; i < count; i++)
            if (!s->found[i])
                memcpy(s->rows + (size_t)i * dim, fresh + (size_t)next++ * dim, dim * sizeof *s->rows);
        (void)alfa__cache_put(cache, key, s->texts, s->rows, s->found, count);
    }
    free(list);
    free(fresh);
    return status;
}

enum alfa_status alfa__detector_embed(struct alfa_detector *d, struct alfa_error *err)
{
    const struct alfa_model *model = d->model;
    const struct alfa__cache_key key = {model->info.fingerprint, model->info.precision, model->info.embed_dim,
                                        alfa__linear_packing()};
    const int *counts = d->embeddings.counts, count = counts[0] + counts[1];
    const size_t dim = (size_t)key.dim;
    struct alfa__cache *cache = NULL;
    const char **texts = malloc((size_t)count * sizeof *texts);
    bool *found = calloc((size_t)count, sizeof *found);
    float *rows = malloc((size_t)count * dim * sizeof *rows);
    enum alfa_status status =
        texts && found && rows ? ALFA_OK : alfa__fail_memory(err, (size_t)count * dim * 4);
    for (int i = 0; i < count && texts; i++)
        texts[i] = i < counts[0] ? alfa_prompts_get(d->prompts, ALFA_NORMAL, i)
                                 : alfa_prompts_get(d->prompts, ALFA_ABNORMAL, i - counts[0]);
    if (status == ALFA_OK && model->cache_dir && alfa__cache_open(&cache, model->cache_dir, NULL) == ALFA_OK)
        (void)alfa__cache_get(cache, rows, found, &key, texts, count);
    if (status == ALFA_OK)
        status = embed_missing(model, cache, &key, &(struct sentences){texts, rows, found, count}, err);
    alfa__cache_close(cache);
    free(texts);
    free(found);
    d->embeddings.rows[0] = rows;
    d->embeddings.rows[1] = rows ? rows + (size_t)counts[0] * dim : NULL;
    return status;
}

enum alfa_status alfa__detector_count_cut(struct alfa_detector *d, struct alfa_error *err)
{
    int *ids = malloc((size_t)d->model->info.context_length * sizeof *ids), count;
    enum alfa_status status = ids ? ALFA_OK : alfa__fail_memory(err, (size_t)d->model->info.context_length);
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < d->embeddings.counts[side] && status == ALFA_OK; i++) {
            bool cut = false;
            status = alfa_model_tokenize(ids, &count, &cut, d->model,
                                         alfa_prompts_get(d->prompts, (enum alfa_side)side, i), err);
            d->truncated += cut;
        }
    free(ids);
    return status;
}
