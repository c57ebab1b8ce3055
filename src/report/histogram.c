#include "report/histogram.h"
#include "image/text.h"
#include "image/write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 720, HEIGHT = 400, LEFT = 20, RIGHT = 700, TOP = 60, LINE = 210, BOTTOM = 340, TEXT = 14 };

static const unsigned char blue[3] = {43, 108, 176}, orange[3] = {217, 130, 43}, grey[3] = {120, 120, 120},
                           dark[3] = {30, 30, 30}, red[3] = {190, 30, 45};

static void fill(struct alfa_image *picture, int left, int top, int right, int bottom,
                 const unsigned char colour[3])
{
    for (int y = top < 0 ? 0 : top; y < bottom && y < picture->height; y++)
        for (int x = left < 0 ? 0 : left; x < right && x < picture->width; x++)
            memcpy(picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x), colour, 3);
}

static int at(const struct alfa__bins *bins, double score)
{
    return LEFT + (int)lround(alfa__bins_place(bins, score) * (RIGHT - LEFT));
}

/* Bars above the line, or below it. */
static void draw_bars(struct alfa_image *picture, const int bins[ALFA__BINS], bool up,
                      const unsigned char colour[3])
{
    int most = 0;
    for (int b = 0; b < ALFA__BINS; b++)
        most = bins[b] > most ? bins[b] : most;
    const int room = up ? LINE - TOP : BOTTOM - LINE;
    for (int b = 0; b < ALFA__BINS && most > 0; b++) {
        const int left = LEFT + b * (RIGHT - LEFT) / ALFA__BINS + 1,
                  right = LEFT + (b + 1) * (RIGHT - LEFT) / ALFA__BINS - 1;
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

static void draw(struct alfa_image *picture, const struct alfa__bins *bins, double threshold)
{
    memset(picture->rgb, 255, (size_t)WIDTH * HEIGHT * 3);
    draw_bars(picture, bins->good, true, blue);
    draw_bars(picture, bins->bad, false, orange);
    fill(picture, LEFT, LINE, RIGHT, LINE + 1, dark);
    for (int tick = 0; tick <= 4; tick++) {
        const double score = bins->low + (bins->high - bins->low) * tick / 4;
        const int x = at(bins, score);
        fill(picture, x, BOTTOM + 8, x + 1, BOTTOM + 14, grey);
        write_label(picture, x - 18, BOTTOM + 22, grey, "%.3f", score);
    }
    write_label(picture, LEFT, 12, blue, "%.0f normal", bins->good_count);
    write_label(picture, LEFT + 180, 12, orange, "%.0f bad", bins->bad_count);
    if (isnan(threshold))
        return;
    const int x = at(bins, threshold);
    fill(picture, x - 1, TOP - 4, x + 1, BOTTOM + 4, red);
    write_label(picture, x - 70, 36, red, "threshold %.3f", threshold);
}

enum alfa_status alfa__histogram_write(const struct alfa__score *scores, size_t count, double threshold,
                                       const char *path, struct alfa_error *err)
{
    struct alfa_image *picture;
    struct alfa__bins bins;
    alfa__bins_make(&bins, scores, count, threshold);
    ALFA__TRY(alfa__image_alloc(&picture, WIDTH, HEIGHT, err));
    draw(picture, &bins, threshold);
    enum alfa_status status = alfa__image_write_png(path, picture->rgb, WIDTH, HEIGHT, err);
    alfa_image_free(picture);
    return status;
}
