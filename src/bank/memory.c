/* The nearest row is found through matrix products of a block of queries and a block of rows with a running
 * maximum of the cosine: the matrix of all distances never exists. The distance to the winner is then
 * computed again as |x - m|^2 / 4, which equals (1 - <x, m>) / 2 for unit vectors and does not suffer from 1
 * - 1. */
#include "bank/memory.h"
#include "base/vector.h"
#include "nn/layers.h"
#include "nn/product.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define QUERY_BLOCK 512
#define ROW_BLOCK 2048
#define LANES 4      /* of a sum in double */
#define MAX_LANES 64 /* of a maximum */

enum alfa_status alfa__memory_init(struct alfa__memory *out, const char *name, int window, int dim,
                                   struct alfa_error *err)
{
    *out = (struct alfa__memory){.window = window, .dim = dim};
    size_t length = strlen(name);
    if (length < 1 || length > ALFA__MEMORY_MAX_NAME)
        return alfa__fail(err, ALFA_ERROR_USAGE, name, "a memory's name has 1 to %d bytes",
                          ALFA__MEMORY_MAX_NAME);
    if (window < 0 || window > ALFA__MEMORY_MAX_DIM || dim < 1 || dim > ALFA__MEMORY_MAX_DIM)
        return alfa__fail(err, ALFA_ERROR_USAGE, name, "a memory cannot have window %d and %d numbers a row",
                          window, dim);
    memcpy(out->name, name, length + 1);
    return ALFA_OK;
}

void alfa__memory_free(struct alfa__memory *memory)
{
    free(memory->vectors);
    free(memory->origins);
    *memory = (struct alfa__memory){0};
}

/* |row|^2, summed in LANES lanes so that wide registers may be used. */
static inline double square_of(const float *row, int dim)
{
    double sums[LANES] = {0};
    int i = 0;
    for (; i + LANES <= dim; i += LANES)
        for (int j = 0; j < LANES; j++)
            sums[j] += (double)row[i + j] * (double)row[i + j];
    for (; i < dim; i++)
        sums[0] += (double)row[i] * (double)row[i];
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

ALFA__VECTORISED bool alfa__unit_row(float *out, const float *row, int dim)
{
    const double square = square_of(row, dim), length = sqrt(square), alike = 1 / sqrt(dim);
    if (!isfinite(square))
        return false;
#pragma omp simd
    for (int i = 0; i < dim; i++)
        out[i] = (float)(square > 0 ? row[i] / length : alike);
    return true;
}

/* ------------------------------------------------------------------ rows */

static float *row_of(const struct alfa__memory *memory, int row)
{
    return memory->vectors + (size_t)row * (size_t)memory->dim;
}

enum alfa_status alfa__memory_reserve(struct alfa__memory *memory, int rows, struct alfa_error *err)
{
    if (rows <= memory->capacity)
        return ALFA_OK;
    size_t size = (size_t)rows * (size_t)memory->dim * sizeof(float);
    float *vectors = realloc(memory->vectors, size);
    if (!vectors)
        return alfa__fail_memory(err, size);
    memory->vectors = vectors;
    struct alfa__origin *origins = realloc(memory->origins, (size_t)rows * sizeof *origins);
    if (!origins)
        return alfa__fail_memory(err, (size_t)rows * sizeof *origins);
    memory->origins = origins;
    memory->capacity = rows;
    return ALFA_OK;
}

static enum alfa_status grow(struct alfa__memory *memory, int rows, struct alfa_error *err)
{
    int larger = memory->capacity + memory->capacity / 2;
    if (rows <= memory->capacity)
        return ALFA_OK;
    return alfa__memory_reserve(memory, rows > larger ? rows : larger, err);
}

enum alfa_status alfa__memory_add(struct alfa__memory *memory, const float *rows, int count,
                                  struct alfa__origin first, struct alfa_error *err)
{
    assert(count >= 0 && first.image >= 0 && first.place >= 0);
    if (count > ALFA__MEMORY_MAX_ROWS - memory->rows)
        return alfa__fail(err, ALFA_ERROR_LIMIT, memory->name,
                          "would have more than %d rows: use fewer images", ALFA__MEMORY_MAX_ROWS);
    if (first.image >= ALFA__MEMORY_MAX_IMAGES || first.place > INT_MAX - count)
        return alfa__fail(err, ALFA_ERROR_LIMIT, memory->name, "would have more than %d images",
                          ALFA__MEMORY_MAX_IMAGES);
    ALFA__TRY(grow(memory, memory->rows + count, err));
    for (int i = 0; i < count; i++) {
        const float *row = rows + (size_t)i * (size_t)memory->dim;
        if (!alfa__unit_row(row_of(memory, memory->rows + i), row, memory->dim))
            return alfa__fail(err, ALFA_ERROR_RUNTIME, memory->name, "row %d is not finite", i);
        memory->origins[memory->rows + i] = (struct alfa__origin){first.image, first.place + i};
    }
    memory->rows += count;
    return ALFA_OK;
}

enum alfa_status alfa__memory_keep(struct alfa__memory *memory, const int *kept, int count,
                                   struct alfa_error *err)
{
    struct alfa__memory smaller = *memory;
    smaller.rows = smaller.capacity = 0;
    smaller.vectors = NULL;
    smaller.origins = NULL;
    if (alfa__memory_reserve(&smaller, count, err) != ALFA_OK) {
        alfa__memory_free(&smaller);
        return ALFA_ERROR_MEMORY;
    }
    for (int i = 0; i < count; i++) {
        assert(kept[i] >= 0 && kept[i] < memory->rows);
        memcpy(row_of(&smaller, i), row_of(memory, kept[i]), (size_t)memory->dim * sizeof(float));
        smaller.origins[i] = memory->origins[kept[i]];
    }
    smaller.rows = count;
    alfa__memory_free(memory);
    *memory = smaller;
    return ALFA_OK;
}

/* ------------------------------------------------------------------ association */

/* A block of queries on its way through the memory. */
struct search {
    const struct alfa__memory *memory;
    int except, count;
    float *queries; /* count x dim, unit length */
    float *cosines; /* count x ROW_BLOCK, of the block of rows at hand */
    float *best;    /* count */
    int *nearest;   /* count */
};

static enum alfa_status allocate(struct search *search, int count, struct alfa__arena *arena,
                                 struct alfa_error *err)
{
    size_t queries = (size_t)(count < QUERY_BLOCK ? count : QUERY_BLOCK), dim = (size_t)search->memory->dim;
    size_t rows = (size_t)(search->memory->rows < ROW_BLOCK ? search->memory->rows : ROW_BLOCK);
    search->queries = alfa__arena_array(arena, queries * dim, sizeof(float));
    search->cosines = alfa__arena_array(arena, queries * rows, sizeof(float));
    search->best = alfa__arena_array(arena, queries, sizeof(float));
    search->nearest = alfa__arena_array(arena, queries, sizeof(int));
    if (!search->queries || !search->cosines || !search->best || !search->nearest)
        return alfa__fail_memory(err, queries * (dim + rows + 2) * sizeof(float));
    return ALFA_OK;
}

static enum alfa_status start(struct search *search, const float *queries, int count, struct alfa_error *err)
{
    const size_t dim = (size_t)search->memory->dim;
    search->count = count;
    for (int i = 0; i < count; i++) {
        if (!alfa__unit_row(search->queries + (size_t)i * dim, queries + (size_t)i * dim, (int)dim))
            return alfa__fail(err, ALFA_ERROR_RUNTIME, search->memory->name, "a query is not finite");
        search->best[i] = -INFINITY;
        search->nearest[i] = ALFA__NO_ROW;
    }
    return ALFA_OK;
}

/* cosines (count x rows) = queries * rows^T. */
static enum alfa_status multiply(const struct search *search, int first, int rows, struct alfa__arena *arena,
                                 struct alfa_error *err)
{
    const int dim = search->memory->dim;
    const struct alfa__product product = {
        .a = search->queries,
        .b = row_of(search->memory, first),
        .c = search->cosines,
        .a_strides = {(int64_t)search->count * dim, dim, 1},
        .b_strides = {(int64_t)rows * dim, 1, dim},
        .c_strides = {(int64_t)search->count * rows, rows, 1},
        .batch = 1,
        .m = search->count,
        .n = rows,
        .k = dim,
    };
    return alfa__product_run(&product, arena, err);
}

/* The largest of count numbers, in lanes that fit wide registers. */
ALFA__VECTORISED
static float largest(const float *numbers, int count)
{
    float lanes[MAX_LANES];
    for (int j = 0; j < MAX_LANES; j++)
        lanes[j] = -INFINITY;
    int i = 0;
    for (; i + MAX_LANES <= count; i += MAX_LANES)
        for (int j = 0; j < MAX_LANES; j++)
            lanes[j] = numbers[i + j] > lanes[j] ? numbers[i + j] : lanes[j];
    for (; i < count; i++)
        lanes[0] = numbers[i] > lanes[0] ? numbers[i] : lanes[0];
    for (int j = 1; j < MAX_LANES; j++)
        lanes[0] = lanes[j] > lanes[0] ? lanes[j] : lanes[0];
    return lanes[0];
}

/* Rows of the excepted image must not win. */
static void pass_over(struct search *search, int first, int rows)
{
    const struct alfa__origin *origins = search->memory->origins + first;
    for (int j = 0; j < rows && search->except != ALFA__NO_IMAGE; j++)
        for (int i = 0; i < search->count && origins[j].image == search->except; i++)
            search->cosines[(size_t)i * (size_t)rows + (size_t)j] = -INFINITY;
}

static void keep_best(struct search *search, int first, int rows)
{
    for (int i = 0; i < search->count; i++) {
        const float *cosines = search->cosines + (size_t)i * (size_t)rows;
        const float best = largest(cosines, rows);
        if (!(best > search->best[i]))
            continue;
        int j = 0;
        while (cosines[j] != best)
            j++;
        search->best[i] = best;
        search->nearest[i] = first + j;
    }
}

/* |a - b|^2 / 4, summed in LANES lanes so that wide registers may be used. */
static double distance(const float *a, const float *b, int dim)
{
    double sums[LANES] = {0};
    int i = 0;
    for (; i + LANES <= dim; i += LANES)
        for (int j = 0; j < LANES; j++)
            sums[j] += ((double)a[i + j] - (double)b[i + j]) * ((double)a[i + j] - (double)b[i + j]);
    for (; i < dim; i++)
        sums[0] += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    double square = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    return square / 4 < ALFA__MEMORY_ROUNDING ? 0 : fmin(square / 4, 1);
}

static enum alfa_status search_block(struct search *search, double *distances, int *nearest,
                                     struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__memory *memory = search->memory;
    for (int first = 0; first < memory->rows; first += ROW_BLOCK) {
        int rows = memory->rows - first < ROW_BLOCK ? memory->rows - first : ROW_BLOCK;
        ALFA__TRY(multiply(search, first, rows, arena, err));
        pass_over(search, first, rows);
        keep_best(search, first, rows);
    }
    for (int i = 0; i < search->count; i++) {
        int row = search->nearest[i];
        const float *query = search->queries + (size_t)i * (size_t)memory->dim;
        distances[i] = row == ALFA__NO_ROW ? 1 : distance(query, row_of(memory, row), memory->dim);
        if (nearest)
            nearest[i] = row;
    }
    return ALFA_OK;
}

enum alfa_status alfa__memory_associate(const struct alfa__memory *memory, double *distances, int *nearest,
                                        struct alfa__queries queries, struct alfa__arena *arena,
                                        struct alfa_error *err)
{
    struct alfa__mark mark = alfa__arena_mark(arena);
    struct search search = {.memory = memory, .except = queries.except};
    enum alfa_status status = allocate(&search, queries.count, arena, err);
    for (int first = 0; first < queries.count && status == ALFA_OK; first += QUERY_BLOCK) {
        int block = queries.count - first < QUERY_BLOCK ? queries.count - first : QUERY_BLOCK;
        status = start(&search, queries.rows + (size_t)first * (size_t)memory->dim, block, err);
        if (status == ALFA_OK)
            status = search_block(&search, distances + first, nearest ? nearest + first : NULL, arena, err);
    }
    alfa__arena_reset(arena, mark);
    return status;
}
