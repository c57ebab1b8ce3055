#include "clip/text_tower.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_ROWS 1024 /* tokens that go through the blocks together */
#define ROW_STEP 64     /* row counts are rounded up to this, so that few shapes occur */

enum alfa_status alfa__text_tower_load(struct alfa__text_tower *t, const struct alfa__weights *weights,
                                       const struct alfa__config *config, enum alfa__type type,
                                       struct alfa_error *err)
{
    const int width = config->text.width;
    *t = (struct alfa__text_tower){.context_length = config->context_length,
                                   .vocab_size = config->vocab_size,
                                   .embed_dim = config->embed_dim,
                                   .epsilon = config->epsilon};
    ALFA__TRY(alfa__weights_find(weights, &t->token_embedding, "token_embedding.weight", 2,
                                 (size_t[]){(size_t)config->vocab_size, (size_t)width}, err));
    ALFA__TRY(alfa__weights_read(weights, &t->positions, "positional_embedding", 2,
                                 (size_t[]){(size_t)config->context_length, (size_t)width}, err));
    ALFA__TRY(alfa__transformer_load(&t->transformer, weights, config, &config->text, "transformer.resblocks",
                                     false, type, err));
    ALFA__TRY(alfa__vector_load(&t->ln_final_gain, weights, "ln_final.weight", width, err));
    ALFA__TRY(alfa__vector_load(&t->ln_final_bias, weights, "ln_final.bias", width, err));
    return alfa__linear_load(&t->projection, weights, "text_projection", NULL, config->embed_dim, width, type,
                             err);
}

void alfa__text_tower_free(struct alfa__text_tower *t)
{
    free(t->positions);
    free(t->ln_final_gain);
    free(t->ln_final_bias);
    alfa__linear_free(t->projection);
    alfa__transformer_free(&t->transformer);
    *t = (struct alfa__text_tower){0};
}

/* x = token embedding + position for every token of the batch; rows of padding are 0. */
static void embed(const struct alfa__text_tower *t, const int *ids, const int *starts, int count, int rows,
                  float *x)
{
    const size_t width = (size_t)t->transformer.width;
    for (int s = 0; s < count; s++)
        for (int i = 0; i < starts[s + 1] - starts[s]; i++) {
            float *row = x + (size_t)(starts[s] + i) * width;
            const float *position = t->positions + (size_t)i * width;
            size_t id = (size_t)ids[(size_t)s * (size_t)t->context_length + (size_t)i];
            alfa__tensor_read(t->token_embedding, id * width, width, row);
            for (size_t j = 0; j < width; j++)
                row[j] += position[j];
        }
    memset(x + (size_t)starts[count] * width, 0, (size_t)(rows - starts[count]) * width * sizeof *x);
}

/* The end tokens' rows through ln_final and the projection. */
static enum alfa_status project(const struct alfa__text_tower *t, const float *x, const int *starts,
                                int count, float *out, struct alfa__arena *arena, struct alfa_error *err)
{
    const int width = t->transformer.width;
    int *last = alfa__arena_array(arena, (size_t)count, sizeof *last);
    float *rows = alfa__arena_array(arena, (size_t)count * (size_t)width, sizeof *rows);
    void *normed =
        alfa__arena_array(arena, (size_t)count * (size_t)width, alfa__type_size(t->transformer.type));
    if (!last || !rows || !normed)
        return alfa__fail_memory(err, (size_t)count * (size_t)width * sizeof *rows);
    for (int s = 0; s < count; s++)
        last[s] = starts[s + 1] - 1;
    alfa__gather(x, last, count, width, rows);
    alfa__layer_norm(rows, t->ln_final_gain, t->ln_final_bias, t->epsilon, count, width, normed,
                     t->transformer.type);
    return alfa__linear_run(t->projection, &(struct alfa__linear_call){.x = normed, .y = out, .rows = count},
                            arena, err);
}

static enum alfa_status encode_batch(const struct alfa__text_tower *t, const int *ids, const int *lengths,
                                     int count, float *out, struct alfa__arena *arena, struct alfa_error *err)
{
    int *starts = alfa__arena_array(arena, (size_t)count + 1, sizeof *starts);
    if (!starts)
        return alfa__fail_memory(err, ((size_t)count + 1) * sizeof *starts);
    starts[0] = 0;
    for (int s = 0; s < count; s++)
        starts[s + 1] = starts[s] + lengths[s];
    const int rows = (starts[count] + ROW_STEP - 1) / ROW_STEP * ROW_STEP;
    const struct alfa__sequences sequences = {.starts = starts, .count = count, .rows = rows};
    float *x = alfa__arena_array(arena, (size_t)rows * (size_t)t->transformer.width, sizeof *x);
    if (!x)
        return alfa__fail_memory(err, (size_t)rows * (size_t)t->transformer.width * sizeof *x);
    embed(t, ids, starts, count, rows, x);
    for (int block = 0; block < t->transformer.layers; block++)
        ALFA__TRY(alfa__transformer_block(&t->transformer, block, x, NULL, &sequences, true, arena, err));
    return project(t, x, starts, count, out, arena, err);
}

enum alfa_status alfa__text_tower_encode(const struct alfa__text_tower *t, const int *ids, const int *lengths,
                                         int count, float *out, struct alfa__arena *arena,
                                         struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    for (int done = 0, batch; done < count && status == ALFA_OK; done += batch) {
        struct alfa__mark mark = alfa__arena_mark(arena);
        int rows = lengths[done];
        for (batch = 1; done + batch < count && rows + lengths[done + batch] <= BATCH_ROWS; batch++)
            rows += lengths[done + batch];
        status = encode_batch(t, ids + (size_t)done * (size_t)t->context_length, lengths + done, batch,
                              out + (size_t)done * (size_t)t->embed_dim, arena, err);
        alfa__arena_reset(arena, mark);
    }
    return status;
}
