/* Whole numbers in 65536ths make RGB, so that the same bytes give the same image on every machine. */
#include "image/yuv.h"

#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "base/vector.h"

int alfa__yuv_shared(int pixels, int by)
{
    return pixels / by + (pixels % by != 0);
}

/* ------------------------------------------------------------------ to RGB */

struct weights {
    int black, luma;             /* value of black, and what one step of Y is of one of RGB */
    int red_v, green_u, green_v; /* what U and V, 128 less, add to a colour; to green they take */
    int blue_u;
};

static int fixed(double value)
{
    return (int)lround(65536 * value);
}

static struct weights weigh(const struct alfa__yuv *p)
{
    const double u = 2 * (1 - p->blue) * (p->full ? 1 : 255. / 224);
    const double v = 2 * (1 - p->red) * (p->full ? 1 : 255. / 224);
    const double green = 1 - p->red - p->blue;
    return (struct weights){p->full ? 0 : 16,           fixed(p->full ? 1 : 255. / 219), fixed(v),
                            fixed(u * p->blue / green), fixed(v * p->red / green),       fixed(u)};
}

static unsigned char clamp(int value)
{
    return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* Values of a plane for count pixels of a line from x on, which is even: one a pixel. */
static void spread(unsigned char *out, const struct alfa__plane *plane, int row, int by, int x, int count)
{
    const unsigned char *in = plane->first + (size_t)row * plane->stride + (size_t)(x / by) * plane->step;
    const size_t step = plane->step;
    if (by == 1)
        for (int i = 0; i < count; i++)
            out[i] = in[(size_t)i * step];
    else if (by == 2)
        for (int i = 0; i < count; i += 2)
            out[i] = out[i + 1] = in[(size_t)i / 2 * step];
    else
        for (int i = 0; i < count; i++)
            out[i] = in[(size_t)(i / by) * step];
}

ALFA__VECTORISED
static void convert(unsigned char *restrict rgb, const unsigned char *y, const unsigned char *u,
                    const unsigned char *v, int count, const struct weights *weights)
{
    const struct weights w = *weights;
    for (int i = 0; i < count; i++) {
        const int grey = w.luma * (y[i] - w.black) + 32768, cb = u[i] - 128, cr = v[i] - 128;
        rgb[3 * i] = clamp((grey + w.red_v * cr) >> 16);
        rgb[3 * i + 1] = clamp((grey - w.green_u * cb - w.green_v * cr) >> 16);
        rgb[3 * i + 2] = clamp((grey + w.blue_u * cb) >> 16);
    }
}

static void fill_row(unsigned char *rgb, const struct alfa__yuv *p, const struct weights *w, int line)
{
    enum { BLOCK = 256 };
    unsigned char y[BLOCK], u[BLOCK], v[BLOCK];
    for (int x = 0; x < p->width; x += BLOCK) {
        const int count = p->width - x < BLOCK ? p->width - x : BLOCK;
        spread(y, &p->planes[0], line, 1, x, count);
        spread(u, &p->planes[1], line / p->down, p->across, x, count);
        spread(v, &p->planes[2], line / p->down, p->across, x, count);
        convert(rgb + 3 * (size_t)x, y, u, v, count, w);
    }
}

void alfa__yuv_to_rgb(unsigned char *rgb, const struct alfa__yuv *picture)
{
    const struct weights weights = weigh(picture);
    for (int line = 0; line < picture->height; line++)
        fill_row(rgb + 3 * (size_t)line * (size_t)picture->width, picture, &weights, line);
}

/* By public functions, so that who uses this file beside the shared library gets an image of that one. */
enum alfa_status alfa__yuv_image(struct alfa_image **out, const struct alfa__yuv *picture,
                                 struct alfa_error *err)
{
    struct alfa_frame frame = ALFA_FRAME_INIT;
    const size_t pixels = (size_t)picture->width * (size_t)picture->height;
    unsigned char *rgb = calloc(pixels, 3);
    if (!rgb)
        return alfa__fail_memory(err, 3 * pixels);
    alfa__yuv_to_rgb(rgb, picture);
    frame.width = picture->width;
    frame.height = picture->height;
    frame.pixels = rgb;
    frame.release = free;
    frame.context = rgb;
    const enum alfa_status status = alfa_image_from_frame(out, &frame, err);
    if (status != ALFA_OK)
        free(rgb);
    return status;
}

/* ------------------------------------------------------------------ from RGB */

static unsigned char *value_at(const struct alfa__plane *plane, int x, int y)
{
    return plane->first + (size_t)y * plane->stride + (size_t)x * plane->step;
}

/* A colour by its three parts, 0 to 255, as Y, U and V. */
static void to_yuv(unsigned char out[3], const struct alfa__yuv *p, const double rgb[3])
{
    const double luma = p->red * rgb[0] + (1 - p->red - p->blue) * rgb[1] + p->blue * rgb[2];
    const double scale = p->full ? 0.5 : 0.5 * 224 / 255;
    out[0] = clamp((int)(p->full ? luma + 0.5 : 16.5 + luma * 219 / 255));
    out[1] = clamp((int)(128.5 + scale * (rgb[2] - luma) / (1 - p->blue)));
    out[2] = clamp((int)(128.5 + scale * (rgb[0] - luma) / (1 - p->red)));
}

/* The pixels that share a value of U and V, from (x, y) to before (right, bottom). */
static void lay(const struct alfa__yuv *p, const unsigned char *rgb, int x, int y, int right, int bottom)
{
    double sum[3] = {0};
    unsigned char yuv[3];
    for (int line = y; line < bottom; line++)
        for (int column = x; column < right; column++) {
            const unsigned char *in = rgb + 3 * ((size_t)line * (size_t)p->width + (size_t)column);
            for (int c = 0; c < 3; c++)
                sum[c] += in[c];
            to_yuv(yuv, p, (const double[]){in[0], in[1], in[2]});
            *value_at(&p->planes[0], column, line) = yuv[0];
        }
    for (int c = 0; c < 3; c++)
        sum[c] /= (right - x) * (bottom - y);
    to_yuv(yuv, p, sum);
    *value_at(&p->planes[1], x / p->across, y / p->down) = yuv[1];
    *value_at(&p->planes[2], x / p->across, y / p->down) = yuv[2];
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

void alfa__yuv_from_rgb(const struct alfa__yuv *picture, const unsigned char *rgb)
{
    for (int y = 0; y < picture->height; y += picture->down)
        for (int x = 0; x < picture->width; x += picture->across)
            lay(picture, rgb, x, y, least(x + picture->across, picture->width),
                least(y + picture->down, picture->height));
}

void alfa__yuv_whiten(const struct alfa__yuv *picture, int x, int y, int width)
{
    for (int i = x; i < x + width; i++) {
        *value_at(&picture->planes[0], i, y) = picture->full ? 255 : 235;
        *value_at(&picture->planes[1], i / picture->across, y / picture->down) = 128;
        *value_at(&picture->planes[2], i / picture->across, y / picture->down) = 128;
    }
}
