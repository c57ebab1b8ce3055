#include "bank/build.h"

#include <stdlib.h>
#include <string.h>

int alfa__offer_limit(int budget, int count)
{
    const long long share = ((long long)budget * ALFA__OVERSAMPLING + count - 1) / (count > 0 ? count : 1);
    return budget == 0                 ? 0
           : share < ALFA__LEAST_OFFER ? ALFA__LEAST_OFFER
                                       : (int)(share < 1 << 30 ? share : 1 << 30);
}

static int compare(const void *a, const void *b)
{
    const struct alfa__reference *x = a, *y = b;
    return x->role != y->role ? (x->role > y->role) - (x->role < y->role) : strcmp(x->digest, y->digest);
}

void alfa__bank_sort(struct alfa__bank_data *bank)
{
    if (bank->reference_count > 1)
        qsort(bank->references, (size_t)bank->reference_count, sizeof *bank->references, compare);
}

static struct alfa__picked offered(const struct alfa__bank_data *bank, int r, int part)
{
    return alfa__offer(&bank->references[r], part, !bank->as_they_lie, bank->offered);
}

/* All rows on offer, one reference after the other. */
static enum alfa_status add_offers(struct alfa__memory *out, const struct alfa__bank_data *bank, int part,
                                   const bool *used, struct alfa_error *err)
{
    float *row = malloc((size_t)out->dim * sizeof *row);
    enum alfa_status status = row ? ALFA_OK : alfa__fail_memory(err, (size_t)out->dim * sizeof *row);
    for (int r = 0; r < bank->reference_count && status == ALFA_OK; r++) {
        const struct alfa__picked rows = offered(bank, r, part);
        for (int i = 0; i < rows.count && used[r] && status == ALFA_OK; i++) {
            alfa__offer_get(row, &bank->references[r], part, out->dim, rows.rows ? rows.rows[i] : i);
            status = alfa__memory_add(out, row, 1, (struct alfa__origin){r, i}, err);
        }
    }
    free(row);
    return status;
}

enum alfa_status alfa__bank_gather(struct alfa__memory *out, const struct alfa__bank_data *bank, int part,
                                   const bool *used, struct alfa_error *err)
{
    const struct alfa__memory *like = &bank->parts[part];
    int rows = 0;
    ALFA__TRY(alfa__memory_init(out, like->name, like->window, like->dim, err));
    for (int r = 0; r < bank->reference_count; r++)
        rows += used[r] ? offered(bank, r, part).count : 0;
    ALFA__TRY(alfa__memory_reserve(out, rows, err));
    return add_offers(out, bank, part, used, err);
}

enum alfa_status alfa__pool_open(struct alfa__pool *out, const struct alfa__bank_data *bank, int part,
                                 const bool *used, struct alfa__arena *arena, struct alfa_error *err)
{
    *out = (struct alfa__pool){0};
    ALFA__TRY(alfa__bank_gather(&out->all, bank, part, used, err));
    return alfa__coreset_open(&out->coreset, out->all.vectors, out->all.rows, out->all.dim, arena, err);
}

void alfa__pool_free(struct alfa__pool *pool)
{
    alfa__coreset_free(&pool->coreset);
    alfa__memory_free(&pool->all);
}

static enum alfa_status copy_rows(struct alfa__memory *out, const struct alfa__memory *all, const int *rows,
                                  int count, struct alfa_error *err)
{
    ALFA__TRY(alfa__memory_init(out, all->name, all->window, all->dim, err));
    ALFA__TRY(alfa__memory_reserve(out, count, err));
    for (int i = 0; i < count; i++)
        ALFA__TRY(alfa__memory_add(out, all->vectors + (size_t)rows[i] * (size_t)all->dim, 1,
                                   all->origins[rows[i]], err));
    return ALFA_OK;
}

enum alfa_status alfa__pool_build(struct alfa__memory *out, const struct alfa__pool *pool, const bool *used,
                                  int budget, struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    const struct alfa__memory *all = &pool->all;
    int *indices = alfa__arena_array(arena, (size_t)all->rows + 1, sizeof *indices), count = 0, picked;
    int *kept = alfa__arena_array(arena, (size_t)all->rows + 1, sizeof *kept);
    *out = (struct alfa__memory){.rows = 0};
    if (!indices || !kept)
        return alfa__fail_memory(err, (size_t)all->rows * sizeof *kept);
    for (int i = 0; i < all->rows; i++)
        if (used[all->origins[i].image])
            indices[count++] = i;
    const struct alfa__choice among = {&pool->coreset, indices, count};
    ALFA__TRY(alfa__coreset_pick(kept, &picked, &among, budget ? budget : count + 1, arena, err));
    ALFA__TRY(copy_rows(out, all, kept, picked, err));
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}
