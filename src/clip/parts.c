#include "clip/parts.h"
#include "nn/rows.h"

/* Rows of a large and of a small part: enough that a layer's weights are worth fetching for them, few enough
 * that what lies between layers stays in the second cache. */
#define LARGE_ROWS 240
#define SMALL_ROWS 160

int alfa__part_windows(int length, bool large)
{
    const int rows = large ? LARGE_ROWS : SMALL_ROWS, slack = rows / 5;
    int best = rows / length > 1 ? rows / length : 1, room = alfa__rows_up(best * length, ALFA__PART_STEP);
    for (int n = (rows - slack - 1) / length + 1; n * length <= rows + slack; n++) {
        const int own = alfa__rows_up(n * length, ALFA__PART_STEP);
        if ((int64_t)own * best < (int64_t)room * n) {
            best = n;
            room = own;
        }
    }
    return best;
}

/* Adds the large parts or the small ones of the windows from begin on. Half of the tokens are in large parts,
 * which come first: with small ones at the end, threads end together whatever their number. The last part
 * takes what is left. */
static int cut_scale(struct alfa__image_part *parts, int count, int begin,
                     const struct alfa__windows *windows, bool large)
{
    if (windows->count == 0)
        return count;
    const int each = alfa__part_windows(windows->length, true), larges = windows->count / (2 * each);
    const int small = alfa__part_windows(windows->length, false), left = windows->count - larges * each;
    const int smalls = (left + small / 2) / small > 1 ? (left + small / 2) / small : 1;
    const int end = count + (large ? larges : smalls), size = large ? each : small;
    int at = begin + (large ? 0 : larges * each);
    for (; count < end; count++, at += size)
        parts[count] = (struct alfa__image_part){at, at + size};
    if (!large)
        parts[count - 1].end = begin + windows->count;
    return count;
}

int alfa__parts_cut(struct alfa__image_part *out, const struct alfa__windows windows[ALFA_MAX_SCALES])
{
    int count = 0;
    out[count++] = (struct alfa__image_part){-1, -1};
    for (int large = 1; large >= 0; large--)
        for (int i = 0, begin = 0; i < ALFA_MAX_SCALES; begin += windows[i++].count)
            count = cut_scale(out, count, begin, &windows[i], large);
    return count;
}
