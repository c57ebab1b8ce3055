#include "nn/rows.h"

#include <stdint.h>

int alfa__rows_up(int rows, int step)
{
    return (rows + step - 1) / step * step;
}

static int steps_in(int rows)
{
    return alfa__rows_up(rows, ALFA__PART_STEP) / ALFA__PART_STEP;
}

/* A limit below a step counts as a step. */
int alfa__part_count(int rows, int most)
{
    const int steps = most < ALFA__PART_STEP ? 1 : most / ALFA__PART_STEP;
    return most > 0 && rows > most ? (steps_in(rows) - 1) / steps + 1 : 1;
}

int alfa__part_begin(int rows, int parts, int p)
{
    const int begin = (int)((int64_t)steps_in(rows) * p / parts) * ALFA__PART_STEP;
    return begin < rows ? begin : rows;
}

int alfa__part_rows(int rows, int parts, int p)
{
    return alfa__part_begin(rows, parts, p + 1) - alfa__part_begin(rows, parts, p);
}
