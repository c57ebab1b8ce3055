#include "report/histogram.h"
#include "image/text.h"
#include "image/write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    WIDTH = 720,
    HEIGHT = 400,
    LEFT = 20,
    RIGHT = 700,
    TOP = 60,
    LINE = 210,
    BOTTOM = 340,
    BINS = 40,
    TEXT = 14
};

static const unsigned char blue[3] = {43, 108, 176}, orange[3] = {217, 130, 43}, grey[3] = {120, 120, 120},
                           dark[3] = {30, 30, 30}, red[3] = {190, 30, 45};

static void fill(struct alfa_image *picture, int left, int top, int right, int bottom,
                 const unsigned char colour[3])
{
    for (int y = top < 0 ? 0 : top; y < bottom && y < picture->height; y++)
        for (int x = left < 0 ? 0 : left; x < right && x < picture->width; x++)
            memcpy(picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x), colour, 3);
}

/* The range of all scores and of the threshold, with room at the ends. */
static void find_range(const struct alfa__histogram *h, double *low, double *high)
{
    const double *lists[2] = {h->good, h->bad};
    const int counts[2] = {h->good_count, h->bad_count};
    *low = isnan(h->threshold) ? 1 : h->threshold;
    *high = isnan(h->threshold) ? 0 : h->threshold;
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < counts[k]; i++) {
            *low = fmin(*low, lists[k][i]);
            *high = fmax(*high, lists[k][i]);
        }
    const double room = fmax(0.02, 0.05 * (*high - *low));
    *low = fmax(0, *low - room);
    *high = fmin(1, *high + room);
    if (*high <= *low)
        *high = *low + room;
}

static int at(double score, double low, double high)
{
    return LEFT + (int)lround((score - low) / (high - low) * (RIGHT - LEFT));
}

/* Counts of the bins; returns the largest. */
static int count_bins(int bins[BINS], const double *scores, int count, double low, double high)
{
    int most = 0;
    memset(bins, 0, BINS * sizeof *bins);
    for (int i = 0; i < count; i++) {
        const int bin = (int)((scores[i] - low) / (high - low) * BINS);
        const int within = bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
        most = ++bins[within] > most ? bins[within] : most;
    }
    return most;
}

/* Bars above the line, or below it. */
static void draw_bars(struct alfa_image *picture, const int bins[BINS], int most, bool up,
                      const unsigned char colour[3])
{
    const int room = up ? LINE - TOP : BOTTOM - LINE;
    for (int b = 0; b < BINS && most > 0; b++) {
        const int left = LEFT + b * (RIGHT - LEFT) / BINS + 1,
                  right = LEFT + (b + 1) * (RIGHT - LEFT) / BINS - 1;
        const int size = bins[b] ? 2 + bins[b] * (room - 2) / most : 0;
        fill(picture, left, up ? LINE - size : LINE + 1, right, up ? LINE : LINE + 1 + size, colour);
    }
}

static void write_label(struct alfa_image *picture, int x, int y, const unsigned char colour[3],
                        const char *format, double number)
{
    char text[64];
    snprintf(text, sizeof text, format, number);
    const int width = alfa__text_width(text, TEXT), most = WIDTH - width - 4;
    alfa__text_draw(picture, x < 4 ? 4 : x > most ? most : x, y, TEXT, text, colour);
}

static void draw(struct alfa_image *picture, const struct alfa__histogram *h)
{
    double low, high;
    int bins[BINS];
    memset(picture->rgb, 255, (size_t)WIDTH * HEIGHT * 3);
    find_range(h, &low, &high);
    int most = count_bins(bins, h->good, h->good_count, low, high);
    draw_bars(picture, bins, most, true, blue);
    most = count_bins(bins, h->bad, h->bad_count, low, high);
    draw_bars(picture, bins, most, false, orange);
    fill(picture, LEFT, LINE, RIGHT, LINE + 1, dark);
    for (int tick = 0; tick <= 4; tick++) {
        const double score = low + (high - low) * tick / 4;
        fill(picture, at(score, low, high), BOTTOM + 8, at(score, low, high) + 1, BOTTOM + 14, grey);
        write_label(picture, at(score, low, high) - 18, BOTTOM + 22, grey, "%.2f", score);
    }
    write_label(picture, LEFT, 12, blue, "%.0f normal", h->good_count);
    write_label(picture, LEFT + 180, 12, orange, "%.0f bad", h->bad_count);
    if (isnan(h->threshold))
        return;
    const int x = at(h->threshold, low, high);
    fill(picture, x - 1, TOP - 10, x + 1, BOTTOM + 4, red);
    write_label(picture, x - 70, 36, red, "threshold %.3f", h->threshold);
}

enum alfa_status alfa__histogram_write(const struct alfa__histogram *histogram, const char *path,
                                       struct alfa_error *err)
{
    struct alfa_image *picture;
    ALFA__TRY(alfa__image_alloc(&picture, WIDTH, HEIGHT, err));
    draw(picture, histogram);
    enum alfa_status status = alfa__image_write_png(path, picture->rgb, WIDTH, HEIGHT, err);
    alfa_image_free(picture);
    return status;
}
