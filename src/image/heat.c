#include "image/heat.h"

#include "image/text.h"
#include "image/upsample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- colours */

/* From the place threshold (0) to a score of 1 (1). Between two neighbours colours and opacities are mixed.
 */
static const struct {
    double part;
    struct alfa__colour colour;
} stops[] = {{0.0, {{255, 225, 50}, 120}}, {0.5, {{255, 130, 20}, 165}}, {1.0, {{215, 0, 40}, 205}}};

static unsigned char mix(int a, int b, double part)
{
    return (unsigned char)(a + part * (b - a) + 0.5);
}

static double begin(double threshold)
{
    return threshold > 0 ? threshold : 0.5;
}

struct alfa__colour alfa__heat_colour(double score, double threshold)
{
    const double from = begin(threshold), part = fmin((score - from) / fmax(1 - from, 1e-6), 1);
    struct alfa__colour colour = {.opacity = 0};
    if (!(score > from))
        return colour;
    const int i = part < stops[1].part ? 0 : 1;
    const double between = (part - stops[i].part) / (stops[i + 1].part - stops[i].part);
    for (int c = 0; c < 3; c++)
        colour.rgb[c] = mix(stops[i].colour.rgb[c], stops[i + 1].colour.rgb[c], between);
    colour.opacity = mix(stops[i].colour.opacity, stops[i + 1].colour.opacity, between);
    return colour;
}

static void cover(unsigned char *out, const unsigned char *in, const struct alfa__colour *colour)
{
    for (int c = 0; c < 3; c++)
        out[c] =
            (unsigned char)((in[c] * (255 - colour->opacity) + colour->rgb[c] * colour->opacity + 127) / 255);
}

/* ---------------------------------------------------------------- overlay */

enum { LEVELS = 1024, CHUNK = 512 };

struct overlay {
    const struct alfa__heat *heat;
    struct alfa__colour table[LEVELS + 1];
    int left, right;     /* columns that the map covers */
    double across, down; /* cells of the map a pixel */
};

/* NaN fails both comparisons and becomes 0. */
static const struct alfa__colour *look_up(const struct overlay *overlay, float score)
{
    float at = score * LEVELS + 0.5f;
    return &overlay->table[at > 0 ? at < LEVELS ? (int)at : LEVELS : 0];
}

static void dim(unsigned char *out, const unsigned char *in, int pixels)
{
    for (size_t i = 0; i < 3 * (size_t)pixels; i++)
        out[i] = (unsigned char)(in[i] / 3);
}

/* The first pixel whose middle is not left of the position. */
static int first_pixel(double position, int size)
{
    double first = ceil(position - 0.5);
    return first < 0 ? 0 : first > size ? size : (int)first;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int within(int value, int least, int most)
{
    return larger(least, smaller(value, most));
}

/* The columns, of those that the map covers, in which the row may have colours: between four cells a score is
 * at most the largest of theirs. row is the row's position in the map. */
static void find_colours(int *left, int *right, const struct overlay *overlay, double row, int width)
{
    const struct alfa__heat *heat = overlay->heat;
    const int above = within((int)floor(row), 0, heat->height - 1), last = heat->width - 1;
    const float *upper = heat->map + (size_t)above * heat->width;
    const float *lower = above < heat->height - 1 ? upper + heat->width : upper;
    int from = 0, to = last;
    while (from <= last && !look_up(overlay, fmaxf(upper[from], lower[from]))->opacity)
        from++;
    while (to >= from && !look_up(overlay, fmaxf(upper[to], lower[to]))->opacity)
        to--;
    if (from > 0)
        *left = within(first_pixel(heat->box.x + (from - 0.5) / overlay->across, width), *left, *right);
    if (to < last)
        *right = within(first_pixel(heat->box.x + (to + 1.5) / overlay->across, width), *left, *right);
}

static void draw_row(unsigned char *out, const unsigned char *in, int width, int y,
                     const struct overlay *overlay)
{
    const struct alfa__heat *heat = overlay->heat;
    float scores[CHUNK];
    double row = (y + 0.5 - heat->box.y) * overlay->down - 0.5;
    bool covered = y + 0.5 >= heat->box.y && y + 0.5 < heat->box.y + heat->box.height;
    int left = covered ? overlay->left : width, right = covered ? overlay->right : width;
    dim(out, in, left);
    dim(out + 3 * (size_t)right, in + 3 * (size_t)right, width - right);
    memcpy(out + 3 * (size_t)left, in + 3 * (size_t)left, 3 * (size_t)(right - left));
    if (covered)
        find_colours(&left, &right, overlay, row, width);
    for (int x = left; x < right; x += CHUNK) {
        int count = right - x < CHUNK ? right - x : CHUNK;
        alfa__upsample_row(scores, count, (x + 0.5 - heat->box.x) * overlay->across - 0.5, overlay->across,
                           row, (struct alfa__grid){heat->map, heat->width, heat->height});
        for (int i = 0; i < count; i++)
            cover(out + 3 * ((size_t)x + i), in + 3 * ((size_t)x + i), look_up(overlay, scores[i]));
    }
}

/* stride is the distance of two rows of out in pixels. */
static void draw(unsigned char *out, int stride, const struct alfa_image *photo,
                 const struct alfa__heat *heat)
{
    struct overlay overlay = {.heat = heat};
    for (int i = 0; i <= LEVELS; i++)
        overlay.table[i] = alfa__heat_colour((double)i / LEVELS, heat->threshold);
    overlay.left = first_pixel(heat->box.x, photo->width);
    overlay.right = first_pixel(heat->box.x + heat->box.width, photo->width);
    overlay.across = heat->width / heat->box.width;
    overlay.down = heat->height / heat->box.height;
#pragma omp parallel for schedule(static)
    for (int y = 0; y < photo->height; y++)
        draw_row(out + (size_t)y * stride * 3, photo->rgb + (size_t)y * photo->width * 3, photo->width, y,
                 &overlay);
}

void alfa__heat_overlay(unsigned char *out, const struct alfa_image *photo, const struct alfa__heat *heat)
{
    draw(out, photo->width, photo, heat);
}

/* ---------------------------------------------------------------- legend */

static const unsigned char paper[3] = {250, 250, 250}, ink[3] = {32, 33, 36}, faint[3] = {95, 99, 104};
static const unsigned char red[3] = {200, 0, 40}, green[3] = {20, 110, 60};

/* Everything is measured in the height of a digit. */
struct legend {
    int digit; /* height of a digit */
    int width, height;
    bool stacked; /* words above the scale instead of beside it */
    char score[24];
    const char *decision;
    const unsigned char *decision_colour;
};

/* With the space behind it. */
static int decision_width(const struct legend *legend)
{
    return *legend->decision ? alfa__text_width(legend->decision, legend->digit) + 2 * legend->digit : 0;
}

static int words_width(const struct legend *legend)
{
    return decision_width(legend) + alfa__text_width(legend->score, legend->digit);
}

static struct legend plan_legend(int width, int height, double score, double threshold)
{
    const bool anomalous = score > threshold;
    struct legend legend = {.decision = isnan(threshold) ? ""
                                        : anomalous      ? "anomaly"
                                                         : "normal",
                            .decision_colour = anomalous ? red : green};
    int thousandths = (int)(fmin(fmax(score, 0), 1) * 1000 + 0.5);
    snprintf(legend.score, sizeof legend.score, "score %d.%03d", thousandths / 1000, thousandths % 1000);
    legend.digit = larger(smaller(width / 48, height / 24), 9);
    legend.stacked = width < words_width(&legend) + 20 * legend.digit;
    legend.width = larger(width, words_width(&legend) + 3 * legend.digit);
    legend.height = (legend.stacked ? 15 : 10) * legend.digit / 2;
    return legend;
}

static void fill(struct alfa_image *canvas, int x, int y, int width, int height,
                 const unsigned char colour[3])
{
    for (int row = y; row < y + height; row++)
        for (int column = x; column < x + width; column++)
            memcpy(canvas->rgb + ((size_t)row * canvas->width + column) * 3, colour, 3);
}

/* The colours as they look over a light grey, with ticks and labels at 0, where colour begins, and at 1. */
static void draw_scale(struct alfa_image *canvas, int x, int y, int width, int digit, double threshold)
{
    static const unsigned char grey[3] = {205, 205, 205};
    char middle[24];
    const char *const labels[] = {"0", middle, "1"};
    const double places[] = {0, fmin(begin(threshold), 1), 1};
    int line = larger(digit / 9, 1), least = x;
    snprintf(middle, sizeof middle, "%.3g", begin(threshold));
    for (int i = 0; i < width; i++) {
        struct alfa__colour colour = alfa__heat_colour((i + 0.5) / width, threshold);
        unsigned char seen[3];
        cover(seen, grey, &colour);
        fill(canvas, x + i, y, 1, digit, seen);
    }
    for (int i = 0; i < 3; i++) {
        const int tick = x + (int)((width - line) * places[i]), label = alfa__text_width(labels[i], digit);
        const int at = larger(x, smaller(tick - label / 2, x + width - label));
        const int end = x + width - alfa__text_width("1", digit) - digit / 2;
        fill(canvas, tick, y, line, digit + digit / 2, ink);
        if (i == 1 && (at < least || at + label > end))
            continue; /* no room beside 0 and 1 */
        alfa__text_draw(canvas, at, y + 2 * digit, digit, labels[i], faint);
        least = at + label + digit / 2;
    }
}

static void draw_legend(struct alfa_image *canvas, int top, const struct legend *legend, double threshold)
{
    int digit = legend->digit, x = digit * 3 / 2, beside = x + words_width(legend) + 3 * digit;
    int y = top + (legend->stacked ? digit * 5 / 4 : 2 * digit);
    fill(canvas, 0, top, canvas->width, canvas->height - top, paper);
    alfa__text_draw(canvas, x, y, digit, legend->decision, legend->decision_colour);
    alfa__text_draw(canvas, x + decision_width(legend), y, digit, legend->score, ink);
    if (legend->stacked)
        draw_scale(canvas, x, y + digit * 9 / 4, legend->width - 2 * x, digit, threshold);
    else
        draw_scale(canvas, beside, top + digit, legend->width - beside - x, digit, threshold);
}

enum alfa_status alfa__heat_picture(struct alfa_image **out, const struct alfa_image *photo,
                                    const struct alfa__heat *heat, double score, double threshold,
                                    struct alfa_error *err)
{
    struct legend legend = plan_legend(photo->width, photo->height, score, threshold);
    ALFA__TRY(alfa__image_alloc(out, legend.width, photo->height + legend.height, err));
    fill(*out, photo->width, 0, legend.width - photo->width, photo->height, paper);
    draw((*out)->rgb, legend.width, photo, heat);
    draw_legend(*out, photo->height, &legend, heat->threshold);
    return ALFA_OK;
}
