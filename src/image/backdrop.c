#include "image/backdrop.h"

#include <math.h>

#define TERMS ALFA__BACKDROP_TERMS
#define ROUNDS 3
#define FAR 3.0 /* typical distances; what is farther away is not background */
#define EVERY 2 /* pixels and rows: one in four is enough for a smooth surface */
#define MIN_PIXELS 50
#define MIN_NOISE 0.5 /* levels: rounding */

/* Pixel i of n to -1..1. */
static double place(int i, int n)
{
    return n > 1 ? 2.0 * i / (n - 1) - 1 : 0;
}

static void fill_terms(double t[TERMS], double x, double y)
{
    t[0] = 1, t[1] = x, t[2] = y, t[3] = x * x, t[4] = y * y, t[5] = x * y;
}

void alfa__backdrop_levels(double levels[3], const struct alfa__backdrop *backdrop, double x, double y)
{
    double t[TERMS];
    fill_terms(t, x, y);
    for (int c = 0; c < 3; c++) {
        levels[c] = 0;
        for (int i = 0; i < TERMS; i++)
            levels[c] += backdrop->terms[c][i] * t[i];
    }
}

static double distance(const struct alfa__backdrop *backdrop, const struct alfa_image *image, int x, int y)
{
    const unsigned char *pixel = image->rgb + 3 * ((size_t)y * (size_t)image->width + (size_t)x);
    double levels[3], largest = 0;
    alfa__backdrop_levels(levels, backdrop, place(x, image->width), place(y, image->height));
    for (int c = 0; c < 3; c++)
        largest = fmax(largest, fabs(pixel[c] - levels[c]));
    return largest;
}

void alfa__backdrop_distances(float *out, const struct alfa__backdrop *backdrop,
                              const struct alfa_image *image)
{
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            *out++ = (float)distance(backdrop, image, x, y);
}

/* Normal equations of the least squares fit. */
struct sums {
    double gram[TERMS][TERMS], right[3][TERMS];
    int count;
};

static void add_pixel(struct sums *sums, const struct alfa_image *image, int x, int y)
{
    const unsigned char *pixel = image->rgb + 3 * ((size_t)y * (size_t)image->width + (size_t)x);
    double t[TERMS];
    fill_terms(t, place(x, image->width), place(y, image->height));
    for (int i = 0; i < TERMS; i++) {
        for (int j = 0; j < TERMS; j++)
            sums->gram[i][j] += t[i] * t[j];
        for (int c = 0; c < 3; c++)
            sums->right[c][i] += t[i] * pixel[c];
    }
    sums->count++;
}

/* Gauss-Jordan on all three right sides; the Gram matrix is positive, up to terms that nothing determines. */
static void solve(struct alfa__backdrop *out, struct sums *s)
{
    for (int p = 0; p < TERMS; p++) {
        const double pivot = s->gram[p][p] + 1e-9 * s->count;
        for (int i = 0; i < TERMS; i++) {
            const double factor = i == p ? 0 : s->gram[i][p] / pivot;
            for (int j = p; j < TERMS; j++)
                s->gram[i][j] -= factor * s->gram[p][j];
            for (int c = 0; c < 3; c++)
                s->right[c][i] -= factor * s->right[c][p];
        }
    }
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < TERMS; i++)
            out->terms[c][i] = s->right[c][i] / (s->gram[i][i] + 1e-9 * s->count);
}

/* The median distance of the pixels of the mask from the fit, brought to a standard deviation. */
static double find_noise(const struct alfa__backdrop *b, const struct alfa_image *image,
                         const unsigned char *mask)
{
    enum { BINS = 1024 }; /* quarters of a level */
    int histogram[BINS] = {0}, count = 0, below = 0, bin = 0;
    for (int y = 0; y < image->height; y += EVERY)
        for (int x = 0; x < image->width; x += EVERY)
            if (mask[(size_t)y * (size_t)image->width + (size_t)x]) {
                const double bins = 4 * distance(b, image, x, y);
                histogram[bins < BINS ? (int)bins : BINS - 1]++;
                count++;
            }
    while (bin < BINS - 1 && below + histogram[bin] <= count / 2)
        below += histogram[bin++];
    return fmax(MIN_NOISE, 1.4826 * (bin + 0.5) / 4);
}

enum alfa_status alfa__backdrop_fit(struct alfa__backdrop *out, const struct alfa_image *image,
                                    const unsigned char *mask, struct alfa_error *err)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct sums sums = {.count = 0};
        for (int y = 0; y < image->height; y += EVERY)
            for (int x = 0; x < image->width; x += EVERY)
                if (mask[(size_t)y * (size_t)image->width + (size_t)x] &&
                    (round == 0 || distance(out, image, x, y) < FAR * out->noise))
                    add_pixel(&sums, image, x, y);
        if (sums.count < MIN_PIXELS)
            return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "has no plain background");
        solve(out, &sums);
        out->noise = find_noise(out, image, mask);
    }
    return ALFA_OK;
}
