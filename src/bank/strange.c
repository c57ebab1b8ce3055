#include "bank/strange.h"
#include "bank/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NORMAL_MAD 1.4826 /* standard deviation over MAD of a normal law */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double alfa__median(double *numbers, int count)
{
    qsort(numbers, (size_t)count, sizeof *numbers, ascending);
    return 0.5 * (numbers[(count - 1) / 2] + numbers[count / 2]);
}

static double find_limit(const double *numbers, double *room, int count, double rate)
{
    memcpy(room, numbers, (size_t)count * sizeof *room);
    const double middle = alfa__median(room, count);
    for (int i = 0; i < count; i++)
        room[i] = fabs(numbers[i] - middle);
    const double spread = NORMAL_MAD * alfa__median(room, count);
    const double variance =
        (ALFA__PRIOR_DEGREES * ALFA__STRANGE_SPREAD * ALFA__STRANGE_SPREAD + count * spread * spread) /
        (ALFA__PRIOR_DEGREES + count);
    return middle + alfa__student_quantile(ALFA__PRIOR_DEGREES + count - 1, 1 - rate / count) *
                        sqrt(variance * (1 + 1.0 / count));
}

int alfa__strange_find(bool *strange, const double *numbers, int count, double rate)
{
    int found = 0;
    memset(strange, 0, (size_t)count * sizeof *strange);
    if (count < ALFA__STRANGE_LEAST)
        return 0;
    double *room = malloc((size_t)count * sizeof *room);
    if (!room)
        return -1;
    const double limit = find_limit(numbers, room, count, rate);
    free(room);
    for (int i = 0; i < count; i++)
        found += strange[i] = numbers[i] > limit;
    if (5 * found <= count + 1)
        return found;
    memset(strange, 0, (size_t)count * sizeof *strange);
    return 0;
}
