#include "methods/pair.h"
#include "score/fusion.h"

#include <stdlib.h>

enum alfa_status alfa__pair_open(void **out, struct alfa__sentences sides[2], enum alfa_status filled,
                                 double temperature, const struct alfa_model *model, struct alfa_error *err)
{
    struct alfa__pair *pair = *out = calloc(1, sizeof *pair);
    enum alfa_status status = filled;
    if (status == ALFA_OK)
        status = pair ? alfa__text_prototypes(&pair->prototypes, model, sides, err)
                      : alfa__fail_memory(err, sizeof *pair);
    if (pair)
        pair->temperature = temperature;
    for (int side = 0; side < 2; side++)
        alfa__sentences_free(&sides[side]);
    return status;
}

void alfa__pair_free(void *pointer)
{
    struct alfa__pair *pair = pointer;
    if (pair)
        free(pair->prototypes);
    free(pair);
}

enum alfa_status alfa__pair_map(const struct alfa__pair *pair, struct alfa__verdict *out,
                                const struct alfa__features *features, const float *rows,
                                struct alfa__arena *arena, struct alfa_error *err)
{
    const int side = features->grid, dim = features->dim;
    double *map = alfa__verdict_map(out, side, arena);
    if (!map)
        return alfa__fail_memory(err, (size_t)side * (size_t)side * sizeof *map);
    for (int i = 0; i < side * side; i++)
        map[i] = alfa__score(rows + (size_t)i * (size_t)dim, pair->prototypes, dim, pair->temperature);
    return ALFA_OK;
}
