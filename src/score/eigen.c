#include "score/eigen.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#define MAX_SWEEPS 30 /* six to ten are enough for 16 x 16 */

/* x = c x - s y, y = s x + c y for count elements that lie step apart. */
static void turn(double *x, double *y, int count, int step, double c, double s)
{
    for (int i = 0; i < count; i++) {
        const double before = x[i * step];
        x[i * step] = c * before - s * y[i * step];
        y[i * step] = s * before + c * y[i * step];
    }
}

/* One rotation that makes element (p, q) zero; false when it is as good as zero already. */
static bool eliminate(double *a, double *vectors, int n, int stride, int p, int q)
{
    const double app = a[p * stride + p], aqq = a[q * stride + q], apq = a[p * stride + q];
    if (fabs(apq) <= DBL_EPSILON * sqrt(fabs(app) * fabs(aqq)) || fabs(apq) < DBL_MIN)
        return false;
    const double theta = (aqq - app) / (2 * apq);
    const double tangent = copysign(1, theta) / (fabs(theta) + sqrt(1 + theta * theta));
    const double c = 1 / sqrt(1 + tangent * tangent), s = tangent * c;
    turn(a + p, a + q, n, stride, c, s);              /* columns */
    turn(a + p * stride, a + q * stride, n, 1, c, s); /* rows */
    turn(vectors + p * stride, vectors + q * stride, n, 1, c, s);
    return true;
}

void alfa__eigen_symmetric(double *matrix, double *values, double *vectors, int n, int stride)
{
    bool changed = true;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            vectors[i * stride + j] = i == j;
    for (int sweep = 0; sweep < MAX_SWEEPS && changed; sweep++) {
        changed = false;
        for (int p = 0; p < n - 1; p++)
            for (int q = p + 1; q < n; q++)
                changed |= eliminate(matrix, vectors, n, stride, p, q);
    }
    for (int i = 0; i < n; i++)
        values[i] = matrix[i * stride + i];
}
