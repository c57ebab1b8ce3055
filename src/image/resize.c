/* PIL's resize: a filter (bicubic with a = -0.5, or Hamming), widened by the scale when shrinking, horizontal
 * then vertical, weights in fixed point with 22 bits, rounded and clipped to 8 bits after each pass. */
#include "image/resize.h"

#include "base/strings.h"
#include "base/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PRECISION_BITS (32 - 8 - 2)

struct filter {
    double (*weight)(double x);
    double support;
};

static double bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2)
        return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

/* PIL's two constants are floats. */
static double hamming(double x)
{
    const double pi = 3.14159265358979323846;
    x = fabs(x);
    return x == 0 ? 1 : x >= 1 ? 0 : sin(pi * x) / (pi * x) * (0.54f + 0.46f * cos(pi * x));
}

static const struct filter filters[] = {
    [ALFA__RESIZE_BICUBIC] = {bicubic, 2}, [ALFA__RESIZE_HAMMING] = {hamming, 1}};

/* What is wanted: outputs start .. start + outputs - 1 of in positions resized to full. And by filling: for
 * each the first input position that counts, how many count, and their weights. */
struct kernel {
    const struct filter *filter;
    int in, full, start, outputs;
    int taps; /* weights stored an output */
    int *first, *count, *weights;
};

/* The weights of one output position that lies at center of the input. */
static void fill_weights(struct kernel *kernel, int i, double center, double scale, double *scratch)
{
    double support = kernel->filter->support * scale, sum = 0;
    int first = (int)fmax(center - support + 0.5, 0);
    int count = (int)fmin(center + support + 0.5, kernel->in) - first;
    for (int t = 0; t < count; t++)
        sum += scratch[t] = kernel->filter->weight((t + first - center + 0.5) * (1 / scale));
    for (int t = 0; t < count; t++) {
        double weight = (sum != 0 ? scratch[t] / sum : scratch[t]) * (1 << PRECISION_BITS);
        kernel->weights[(size_t)i * kernel->taps + t] = (int)(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    kernel->first[i] = first;
    kernel->count[i] = count;
}

static enum alfa_status kernel_fill(struct kernel *kernel, struct alfa_error *err)
{
    const int count = kernel->outputs;
    const double ratio = (double)kernel->in / kernel->full, scale = ratio < 1 ? 1 : ratio;
    kernel->taps = (int)ceil(kernel->filter->support * scale) * 2 + 1;
    size_t weights = (size_t)kernel->taps * count;
    double *scratch = malloc((size_t)kernel->taps * sizeof *scratch);
    kernel->first = malloc((2 * (size_t)count + weights) * sizeof(int));
    if (!scratch || !kernel->first) {
        free(scratch);
        free(kernel->first);
        return alfa__fail_memory(err, weights * sizeof(int));
    }
    kernel->count = kernel->first + count;
    kernel->weights = kernel->count + count;
    for (int i = 0; i < count; i++)
        fill_weights(kernel, i, (kernel->start + i + 0.5) * ratio, scale, scratch);
    free(scratch);
    return ALFA_OK;
}

static unsigned char to_8_bits(int sum)
{
    sum >>= PRECISION_BITS;
    return (unsigned char)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* Rows are worked on so many at once, lying side by side: then one weight counts for a whole vector. */
enum { TOGETHER = 16 };

typedef unsigned char samples __attribute__((vector_size(TOGETHER)));

/* Every other sample of two rows, and of what is left of both. */
#define FIRST_HALVES 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define LAST_HALVES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31

/* Rows become columns: merging the upper half of the rows with the lower one moves a bit of a sample's place
 * from its row to its column, and there are four. */
static void turn(unsigned char *out, const unsigned char *const *rows, size_t at)
{
    samples square[TOGETHER], merged[TOGETHER];
    for (int r = 0; r < TOGETHER; r++)
        memcpy(&square[r], rows[r] + at, sizeof *square);
    for (int side = 1; side < TOGETHER; side *= 2) {
        for (int r = 0; r < TOGETHER / 2; r++) {
            merged[2 * r] = __builtin_shufflevector(square[r], square[r + TOGETHER / 2], FIRST_HALVES);
            merged[2 * r + 1] = __builtin_shufflevector(square[r], square[r + TOGETHER / 2], LAST_HALVES);
        }
        memcpy(square, merged, sizeof square);
    }
    memcpy(out, square, sizeof square);
}

/* Sample i of row r goes to TOGETHER i + r; beyond the last row it comes again. */
static void lay_side_by_side(unsigned char *out, const unsigned char *rows, size_t stride, int count)
{
    const unsigned char *each[TOGETHER];
    size_t i = 0;
    for (int r = 0; r < TOGETHER; r++)
        each[r] = rows + (size_t)(r < count ? r : count - 1) * stride;
    for (; i + TOGETHER <= stride; i += TOGETHER)
        turn(out + i * TOGETHER, each, i);
    for (; i < stride; i++)
        for (int r = 0; r < TOGETHER; r++)
            out[i * TOGETHER + (size_t)r] = each[r][i];
}

/* count rows from rows that lie side by side. One weight counts for all colours of all rows. */
ALFA__VECTORISED
static void resize_rows(unsigned char *out, const unsigned char *rows, const struct kernel *kernel, int count)
{
    enum { PIXELS = 3 * TOGETHER };
    const int width = kernel->outputs;
    for (int x = 0; x < width; x++) {
        const int taps = kernel->count[x];
        const int *weight = kernel->weights + (size_t)x * kernel->taps;
        const unsigned char *in = rows + (size_t)kernel->first[x] * PIXELS;
        int sums[PIXELS];
        unsigned char bytes[PIXELS];
        for (int i = 0; i < PIXELS; i++)
            sums[i] = 1 << (PRECISION_BITS - 1);
        for (int t = 0; t < taps; t++)
#pragma omp simd
            for (int i = 0; i < PIXELS; i++)
                sums[i] += in[PIXELS * t + i] * weight[t];
#pragma omp simd
        for (int i = 0; i < PIXELS; i++)
            bytes[i] = to_8_bits(sums[i]);
        for (int r = 0; r < count; r++)
            for (int c = 0; c < 3; c++)
                out[((size_t)r * width + x) * 3 + c] = bytes[c * TOGETHER + r];
    }
}

/* One output row from the rows that count; stride is the length of a row. In blocks, so that the sums stay in
 * registers and cache. */
ALFA__VECTORISED
static void resize_column(unsigned char *out, const unsigned char *rows, const int *weight, int count,
                          size_t stride)
{
    enum { BLOCK = 256 };
    int sums[BLOCK];
    for (size_t start = 0; start < stride; start += BLOCK) {
        int size = stride - start < BLOCK ? (int)(stride - start) : BLOCK;
        for (int i = 0; i < size; i++)
            sums[i] = 1 << (PRECISION_BITS - 1);
        for (int t = 0; t < count; t++)
            for (int i = 0; i < size; i++)
                sums[i] += rows[(size_t)t * stride + start + i] * weight[t];
        for (int i = 0; i < size; i++)
            out[start + i] = to_8_bits(sums[i]);
    }
}

/* The rows that the second pass needs, from row first on. */
static enum alfa_status resize_across(unsigned char *out, const struct alfa_image *image, int first, int rows,
                                      const struct kernel *across, struct alfa_error *err)
{
    const size_t stride = (size_t)image->width * 3, out_stride = (size_t)across->outputs * 3;
    bool failed = false;
#pragma omp parallel reduction(|| : failed)
    {
        unsigned char *together = malloc(stride * TOGETHER);
        failed = !together;
#pragma omp for schedule(static)
        for (int y = 0; y < rows; y += TOGETHER) {
            const int count = rows - y < TOGETHER ? rows - y : TOGETHER;
            if (!together)
                continue;
            lay_side_by_side(together, image->rgb + ((size_t)first + y) * stride, stride, count);
            resize_rows(out + (size_t)y * out_stride, together, across, count);
        }
        free(together);
    }
    return failed ? alfa__fail_memory(err, stride * TOGETHER) : ALFA_OK;
}

static enum alfa_status resize(unsigned char *out, const struct alfa_image *image,
                               const struct kernel *across, const struct kernel *down, struct alfa_error *err)
{
    const int height = down->outputs;
    int first = down->first[0], rows = down->first[height - 1] + down->count[height - 1] - first;
    size_t stride = (size_t)across->outputs * 3, size;
    unsigned char *middle = alfa__multiply(&size, stride, (size_t)rows) ? malloc(size) : NULL;
    if (!middle)
        return alfa__fail_memory(err, size);
    enum alfa_status status = resize_across(middle, image, first, rows, across, err);
    if (status == ALFA_OK) {
#pragma omp parallel for schedule(static)
        for (int y = 0; y < height; y++)
            resize_column(out + y * stride, middle + (size_t)(down->first[y] - first) * stride,
                          down->weights + (size_t)y * down->taps, down->count[y], stride);
    }
    free(middle);
    return status;
}

/* At its own size every weight is 0 or 1. */
static void copy_rectangle(unsigned char *out, const struct kernel *across, const struct kernel *down,
                           const struct alfa_image *image)
{
    const size_t row = (size_t)across->outputs * 3;
    for (int r = 0; r < down->outputs; r++)
        memcpy(out + (size_t)r * row,
               image->rgb + (((size_t)down->start + r) * image->width + across->start) * 3, row);
}

static enum alfa_status resize_by(unsigned char *out, struct kernel *across, struct kernel *down,
                                  const struct alfa_image *image, struct alfa_error *err)
{
    if (across->in == across->full && down->in == down->full) {
        copy_rectangle(out, across, down, image);
        return ALFA_OK;
    }
    ALFA__TRY(kernel_fill(across, err));
    enum alfa_status status = kernel_fill(down, err);
    if (status == ALFA_OK) {
        status = resize(out, image, across, down, err);
        free(down->first);
    }
    free(across->first);
    return status;
}

enum alfa_status alfa__resize_rgb(unsigned char *out, int width, int height, const struct alfa_image *image,
                                  const struct alfa__view *view, struct alfa_error *err)
{
    const struct filter *filter = &filters[ALFA__RESIZE_BICUBIC];
    if (width < 1 || height < 1 || view->x < 0 || view->y < 0 || width > view->width - view->x ||
        height > view->height - view->y)
        return alfa__fail(err, ALFA_ERROR_USAGE, NULL,
                          "a %d x %d rectangle at %d, %d is outside a view of %d x %d", width, height,
                          view->x, view->y, view->width, view->height);
    struct kernel across = {
        .filter = filter, .in = image->width, .full = view->width, .start = view->x, .outputs = width};
    struct kernel down = {
        .filter = filter, .in = image->height, .full = view->height, .start = view->y, .outputs = height};
    return resize_by(out, &across, &down, image, err);
}

/* Python's round(n / 2): halves go to the even neighbour. */
static int half_to_even(int n)
{
    return n / 2 + (n % 4 == 3);
}

struct alfa__view alfa__resize_view(int width, int height, int side, enum alfa__fit fit)
{
    struct alfa__view view = {side, side, 0, 0};
    if (fit == ALFA__FIT_SQUASH)
        return view;
    if (width > height)
        view.width = (int)((long long)side * width / height);
    else
        view.height = (int)((long long)side * height / width);
    view.x = fit == ALFA__FIT_CROP ? half_to_even(view.width - side) : (view.width - side) / 2;
    view.y = fit == ALFA__FIT_CROP ? half_to_even(view.height - side) : (view.height - side) / 2;
    return view;
}

struct alfa__box alfa__resize_box(int width, int height, int side, enum alfa__fit fit)
{
    struct alfa__view view = alfa__resize_view(width, height, side, fit);
    double across = (double)width / view.width, down = (double)height / view.height;
    return (struct alfa__box){view.x * across, view.y * down, side * across, side * down};
}

enum alfa_status alfa__resize_fit(struct alfa_image **out, const struct alfa_image *image, int longest,
                                  enum alfa__resize_filter filter, struct alfa_error *err)
{
    const int side = image->width > image->height ? image->width : image->height;
    const double scale = side > longest ? (double)longest / side : 1;
    const int width = (int)fmax(image->width * scale + 0.5, 1),
              height = (int)fmax(image->height * scale + 0.5, 1);
    struct kernel across = {.filter = &filters[filter], .in = image->width, .full = width, .outputs = width};
    struct kernel down = {.filter = &filters[filter], .in = image->height, .full = height, .outputs = height};
    ALFA__TRY(alfa__image_alloc(out, width, height, err));
    enum alfa_status status = resize_by((*out)->rgb, &across, &down, image, err);
    if (status != ALFA_OK) {
        alfa_image_free(*out);
        *out = NULL;
    }
    return status;
}
