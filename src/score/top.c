#include "score/top.h"
#include "image/upsample.h"

#define STEP 16 /* places a side of a patch */

/* Brings the k largest of count values to the front, in no order (Hoare's selection). */
static void select_largest(float *values, int count, int k)
{
    int low = 0, high = count - 1;
    while (low < high) {
        const float pivot = values[low + (high - low) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (values[i] > pivot)
                i++;
            while (values[j] < pivot)
                j--;
            if (i <= j) {
                const float swapped = values[i];
                values[i++] = values[j];
                values[j--] = swapped;
            }
        }
        if (k - 1 <= j)
            high = j;
        else if (k - 1 >= i)
            low = i;
        else
            return;
    }
}

static double mean_of_largest(float *values, int count, int k)
{
    double sum = 0;
    select_largest(values, count, k);
    for (int i = 0; i < k; i++)
        sum += (double)values[i];
    return sum / k;
}

/* Moves the places of patches inside to the front; returns how many they are. */
static int keep_inside(float *places, const unsigned char *inside, int grid)
{
    const int side = grid * STEP;
    int kept = 0;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            if (!inside || inside[y / STEP * grid + x / STEP])
                places[kept++] = places[y * side + x];
    return kept;
}

enum alfa_status alfa__top_score(double *out, const double *map, struct alfa__top top,
                                 struct alfa__arena *arena, struct alfa_error *err)
{
    const int grid = top.grid, patches = grid * grid, side = grid * STEP;
    const struct alfa__mark mark = alfa__arena_mark(arena);
    float *small = alfa__arena_array(arena, (size_t)patches, sizeof *small),
          *places = alfa__arena_array(arena, (size_t)side * (size_t)side, sizeof *places);
    if (!small || !places)
        return alfa__fail_memory(err, (size_t)side * (size_t)side * sizeof *places);
    for (int p = 0; p < patches; p++)
        small[p] = (float)map[p];
    alfa__upsample_bilinear(places, side, side, (struct alfa__grid){small, grid, grid});
    const int count = keep_inside(places, top.inside, grid), k = (int)(top.share * count);
    *out = mean_of_largest(places, count, k > 0 ? k : 1);
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}
