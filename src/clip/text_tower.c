#include "clip/text_tower.h"
#include "base/watch.h"
#include "nn/rows.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_ROWS 1024 /* tokens that go through the blocks together */
/* Row counts are rounded up to this. Every product is then over this many rows, so that a prompt's embedding
 * is the same whichever prompts go with it. */
#define ROW_STEP ALFA__SHARED_PART

enum alfa_status alfa__text_tower_load(struct alfa__text_tower *t, const struct alfa__weights *weights,
                                       const struct alfa__config *config, enum alfa__type type,
                                       struct alfa_error *err)
{
    const int width = config->text.width;
    const struct alfa__transformer_source blocks = {weights, config, &config->text, "transformer.resblocks",
                                                    true,    type};
    const struct alfa__linear_source projection = {"text_projection", NULL, config->embed_dim, width, type};
    *t = (struct alfa__text_tower){.context_length = config->context_length,
                                   .vocab_size = config->vocab_size,
                                   .embed_dim = config->embed_dim,
                                   .epsilon = config->epsilon};
    ALFA__TRY(alfa__weights_find(weights, &t->token_embedding, "token_embedding.weight", 2,
                                 (size_t[]){(size_t)config->vocab_size, (size_t)width}, err));
    ALFA__TRY(alfa__weights_read(weights, &t->positions, "positional_embedding", 2,
                                 (size_t[]){(size_t)config->context_length, (size_t)width}, err));
    ALFA__TRY(alfa__transformer_load(&t->transformer, &blocks, err));
    ALFA__TRY(alfa__vector_load(&t->ln_final_gain, weights, "ln_final.weight", width, err));
    ALFA__TRY(alfa__vector_load(&t->ln_final_bias, weights, "ln_final.bias", width, err));
    return alfa__linear_load(&t->projection, weights, &projection, err);
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

/* ------------------------------------------------------------------ prompts that begin alike */

/* Attention is causal, so a token's states depend on what stands before it alone: what neighbours in the
 * order of their ids have in common is computed once. */
struct prompt {
    const int *ids;
    int length, place; /* tokens; which of the caller's prompts it is */
};

static int common(const struct prompt *a, const struct prompt *b)
{
    int n = 0;
    while (n < a->length && n < b->length && a->ids[n] == b->ids[n])
        n++;
    return n;
}

static int by_ids(const void *left, const void *right)
{
    const struct prompt *a = left, *b = right;
    const int n = common(a, b);
    if (n < a->length && n < b->length)
        return a->ids[n] < b->ids[n] ? -1 : 1;
    return a->length != b->length ? (a->length < b->length ? -1 : 1)
                                  : (a->place > b->place) - (a->place < b->place);
}

/* Prompts in order as sequences that share their beginnings, and after them sequences of padding, which are
 * the first token alone and have none of their own. */
static enum alfa_status lay_out(struct alfa__sequences *out, const struct prompt *prompts, int count,
                                struct alfa__arena *arena, struct alfa_error *err)
{
    const int padded = alfa__rows_up(count, ROW_STEP);
    size_t tokens = (size_t)(padded - count);
    for (int s = 0; s < count; s++)
        tokens += (size_t)prompts[s].length;
    int *starts = alfa__arena_array(arena, (size_t)padded + 1, sizeof *starts);
    int *fresh = alfa__arena_array(arena, (size_t)padded + 1, sizeof *fresh);
    int *index = alfa__arena_array(arena, tokens, sizeof *index);
    if (!starts || !fresh || !index)
        return alfa__fail_memory(err, tokens * sizeof *index);
    starts[0] = fresh[0] = 0;
    for (int s = 0; s < count; s++) {
        const int shared = s ? common(&prompts[s - 1], &prompts[s]) : 0, length = prompts[s].length;
        for (int i = 0; i < length; i++)
            index[starts[s] + i] = i < shared ? index[starts[s - 1] + i] : fresh[s] + i - shared;
        starts[s + 1] = starts[s] + length;
        fresh[s + 1] = fresh[s] + length - shared;
    }
    for (int s = count; s < padded; s++) {
        index[starts[s]] = 0;
        starts[s + 1] = starts[s] + 1;
        fresh[s + 1] = fresh[s];
    }
    *out = (struct alfa__sequences){.starts = starts,
                                    .index = index,
                                    .fresh = fresh,
                                    .count = padded,
                                    .rows = alfa__rows_up(fresh[count], ROW_STEP),
                                    .part = ROW_STEP,
                                    .causal = true};
    return ALFA_OK;
}

/* ------------------------------------------------------------------ running */

/* x = token embedding + position for every token; rows of padding are 0. */
static void embed(const struct alfa__text_tower *t, const struct prompt *prompts,
                  const struct alfa__sequences *sequences, float *x)
{
    const size_t width = (size_t)t->transformer.width;
    const int *starts = sequences->starts, *fresh = sequences->fresh, used = fresh[sequences->count];
    for (int s = 0; s < sequences->count; s++)
        for (int row = fresh[s]; row < fresh[s + 1]; row++) {
            const size_t place = (size_t)(starts[s + 1] - starts[s] - fresh[s + 1] + row);
            const float *position = t->positions + place * width;
            float *out = x + (size_t)row * width;
            alfa__tensor_read(t->token_embedding, (size_t)prompts[s].ids[place] * width, width, out);
            for (size_t j = 0; j < width; j++)
                out[j] += position[j];
        }
    memset(x + (size_t)used * width, 0, (size_t)(sequences->rows - used) * width * sizeof *x);
}

/* The last block for the end tokens, ln_final and the projection: an embedding a sequence into out. */
static enum alfa_status finish(const struct alfa__text_tower *t, const float *x,
                               const struct alfa__sequences *sequences, float *out, struct alfa__arena *arena,
                               struct alfa_error *err)
{
    const int width = t->transformer.width, count = sequences->count;
    const size_t numbers = (size_t)count * (size_t)width;
    int *ends = alfa__arena_array(arena, (size_t)count, sizeof *ends);
    float *rows = alfa__arena_array(arena, numbers, sizeof *rows);
    void *normed = alfa__arena_array(arena, numbers, alfa__type_size(t->transformer.type));
    if (!ends || !rows || !normed)
        return alfa__fail_memory(err, numbers * sizeof *rows);
    for (int s = 0; s < count; s++)
        ends[s] = sequences->index[sequences->starts[s + 1] - 1];
    const struct alfa__chosen chosen = {ends, rows, NULL};
    ALFA__TRY(alfa__transformer_last(&t->transformer, x, sequences, &chosen, arena, err));
    alfa__layer_norm(rows, (struct alfa__norm){t->ln_final_gain, t->ln_final_bias, t->epsilon}, count, width,
                     normed, t->transformer.type);
    const struct alfa__linear_call call = {.x = normed, .y = out, .rows = count, .part = sequences->part};
    return alfa__linear_run(t->projection, &call, arena, err);
}

static enum alfa_status encode_batch(const struct alfa__text_tower *t, const struct prompt *prompts,
                                     int count, float *out, struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t dim = (size_t)t->embed_dim, width = (size_t)t->transformer.width;
    struct alfa__sequences sequences;
    ALFA__TRY(lay_out(&sequences, prompts, count, arena, err));
    float *x = alfa__arena_array(arena, (size_t)sequences.rows * width, sizeof *x);
    float *embeddings = alfa__arena_array(arena, (size_t)sequences.count * dim, sizeof *embeddings);
    if (!x || !embeddings)
        return alfa__fail_memory(err, (size_t)sequences.rows * width * sizeof *x);
    embed(t, prompts, &sequences, x);
    for (int block = 0; block < t->transformer.layers - 1; block++)
        ALFA__TRY(alfa__transformer_block(&t->transformer, block, x, &sequences, arena, err));
    ALFA__TRY(finish(t, x, &sequences, embeddings, arena, err));
    for (int s = 0; s < count; s++)
        memcpy(out + (size_t)prompts[s].place * dim, embeddings + (size_t)s * dim, dim * sizeof *out);
    return ALFA_OK;
}

enum alfa_status alfa__text_tower_encode(const struct alfa__text_tower *t, const struct alfa__texts *texts,
                                         float *out, struct alfa__arena *arena, struct alfa_error *err)
{
    const int count = texts->count;
    enum alfa_status status = ALFA_OK;
    struct prompt *prompts = alfa__arena_array(arena, (size_t)count, sizeof *prompts);
    if (!prompts)
        return alfa__fail_memory(err, (size_t)count * sizeof *prompts);
    for (int i = 0; i < count; i++)
        prompts[i] =
            (struct prompt){texts->ids + (size_t)i * (size_t)t->context_length, texts->lengths[i], i};
    qsort(prompts, (size_t)count, sizeof *prompts, by_ids);
    for (int done = 0, batch; done < count && status == ALFA_OK; done += batch) {
        const struct alfa__mark mark = alfa__arena_mark(arena);
        int rows = prompts[done].length;
        for (batch = 1; done + batch < count; batch++) {
            const struct prompt *next = &prompts[done + batch];
            rows += next->length - common(next - 1, next);
            if (rows > BATCH_ROWS)
                break;
        }
        status = alfa__watch_tell("texts", done, count, err);
        if (status == ALFA_OK)
            status = encode_batch(t, prompts + done, batch, out, arena, err);
        alfa__arena_reset(arena, mark);
    }
    return status;
}
