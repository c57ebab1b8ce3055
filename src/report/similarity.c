#include "report/similarity.h"
#include "image/text.h"
#include "image/write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 720, LEFT = 24, RIGHT = 696, TOP = 88, FOOT = 62, SQUARE = 6, STEP = 8, TEXT = 14, TALL = 60 };
enum { BINS = (RIGHT - LEFT) / STEP };

/* Of the normal and the abnormal side: kept, dropped, interval. */
static const unsigned char colours[2][3][3] = {{{43, 108, 176}, {178, 204, 230}, {214, 228, 242}},
                                               {{206, 104, 20}, {243, 205, 165}, {249, 229, 207}}};
static const unsigned char dark[3] = {30, 30, 30}, grey[3] = {110, 110, 110};

/* What is drawn of a side. */
struct side {
    const struct alfa_similarity *items;
    int count, kept, most; /* most: the highest stack */
    int stacks[BINS];
    double low, high;
};

static void fill(struct alfa_image *picture, int left, int top, int right, int bottom,
                 const unsigned char colour[3])
{
    for (int y = top < 0 ? 0 : top; y < bottom && y < picture->height; y++)
        for (int x = left < 0 ? 0 : left; x < right && x < picture->width; x++)
            memcpy(picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x), colour, 3);
}

static void find_interval(struct side *side)
{
    side->low = side->high = side->items[0].cosine;
    for (int i = 0; i < side->count; i++) { /* with fmin() gcc 12 for aarch64 fails */
        const double cosine = side->items[i].cosine;
        side->low = cosine < side->low ? cosine : side->low;
        side->high = cosine > side->high ? cosine : side->high;
        side->kept += side->items[i].weight > 0;
    }
}

static int bin_of(double cosine, double low, double high)
{
    const int bin = (int)((cosine - low) / (high - low) * BINS);
    return bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
}

static void count_stacks(struct side *side, double low, double high)
{
    for (int i = 0; i < side->count; i++) {
        const int height = ++side->stacks[bin_of(side->items[i].cosine, low, high)];
        side->most = height > side->most ? height : side->most;
    }
}

/* Squares of the highest stack, share sentences each: kept and dropped ones begin squares of their own. */
static int squares_of(const struct side *side, int share)
{
    return share == 1 ? side->most : side->most / share + 2;
}

/* The stacks of a side, kept sentences next to the line. */
static void draw_side(struct alfa_image *picture, const struct side *side, int which, int line, double low,
                      double high, int share)
{
    int used[BINS] = {0};
    const int first = bin_of(side->low, low, high), last = bin_of(side->high, low, high);
    const int bar = which == 0 ? line - 8 : line + 2;
    fill(picture, LEFT + first * STEP, bar, LEFT + (last + 1) * STEP, bar + 6, colours[which][2]);
    for (int dropped = 0; dropped < 2; dropped++) {
        for (int bin = 0; bin < BINS; bin++)
            used[bin] = (used[bin] + share - 1) / share * share;
        for (int i = 0; i < side->count; i++) {
            if ((side->items[i].weight > 0) == dropped)
                continue;
            const int bin = bin_of(side->items[i].cosine, low, high), level = used[bin]++ / share;
            const int x = LEFT + bin * STEP + 1,
                      y = which == 0 ? line - 10 - (level + 1) * STEP : line + 12 + level * STEP;
            fill(picture, x, y, x + SQUARE, y + SQUARE, colours[which][dropped]);
        }
    }
}

static void write_legend(struct alfa_image *picture, int y, int which, const struct side *side)
{
    char text[96];
    fill(picture, LEFT, y + 4, LEFT + SQUARE, y + 4 + SQUARE, colours[which][0]);
    fill(picture, LEFT + STEP, y + 4, LEFT + STEP + SQUARE, y + 4 + SQUARE, colours[which][1]);
    snprintf(text, sizeof text, "%d %s sentences: %d kept, %d dropped (pale)", side->count,
             which == 0 ? "normal" : "abnormal", side->kept, side->count - side->kept);
    alfa__text_draw(picture, LEFT + 2 * STEP + 6, y, TEXT, text, dark);
}

static void write_axis(struct alfa_image *picture, int y, double low, double high, int share)
{
    char text[96];
    for (int tick = 0; tick <= 4; tick++) {
        const int x = LEFT + (RIGHT - LEFT) * tick / 4;
        snprintf(text, sizeof text, "%.3f", low + (high - low) * tick / 4);
        const int wide = alfa__text_width(text, TEXT - 1), at = x - wide / 2;
        fill(picture, x, y, x + 1, y + 6, grey);
        alfa__text_draw(picture,
                        at < 4                  ? 4
                        : at > WIDTH - wide - 4 ? WIDTH - wide - 4
                                                : at,
                        y + 10, TEXT - 1, text, grey);
    }
    snprintf(text, sizeof text,
             share == 1 ? "cosine of the image with each sentence"
                        : "cosine of the image with each sentence (a square: up to %d)",
             share);
    alfa__text_draw(picture, LEFT, y + 33, TEXT - 1, text, grey);
}

static enum alfa_status draw(struct alfa_image **out, struct side sides[2], const char *name, bool fallback,
                             struct alfa_error *err)
{
    const double first = fmin(sides[0].low, sides[1].low), last = fmax(sides[0].high, sides[1].high);
    const double room = fmax(0.02 * (last - first), 1e-4), low = first - room, high = last + room;
    char title[128];
    count_stacks(&sides[0], low, high);
    count_stacks(&sides[1], low, high);
    const int most = sides[0].most > sides[1].most ? sides[0].most : sides[1].most;
    const int share = (most + TALL - 1) / TALL;
    const int line = TOP + squares_of(&sides[0], share) * STEP + 12,
              bottom = line + squares_of(&sides[1], share) * STEP + 20;
    ALFA__TRY(alfa__image_alloc(out, WIDTH, bottom + FOOT, err));
    memset((*out)->rgb, 255, (size_t)WIDTH * (size_t)(bottom + FOOT) * 3);
    snprintf(title, sizeof title, fallback ? "%.60s: one side kept nothing, so all count" : "%.90s", name);
    alfa__text_draw(*out, LEFT, 10, TEXT + 1, title, dark);
    write_legend(*out, 34, 0, &sides[0]);
    write_legend(*out, 57, 1, &sides[1]);
    draw_side(*out, &sides[0], 0, line, low, high, share);
    draw_side(*out, &sides[1], 1, line, low, high, share);
    fill(*out, LEFT, line, RIGHT, line + 1, dark);
    write_axis(*out, bottom, low, high, share);
    return ALFA_OK;
}

enum alfa_status alfa__similarity_write(const struct alfa_result *result, const char *name, const char *path,
                                        struct alfa_error *err)
{
    struct side sides[2] = {0};
    struct alfa_image *picture;
    for (int s = 0; s < 2; s++) {
        sides[s].items = alfa_result_similarities(result, (enum alfa_side)s, &sides[s].count);
        if (!sides[s].items || sides[s].count == 0)
            return alfa__fail(err, ALFA_ERROR_USAGE, "plot",
                              "needs the method alfa: others keep no sentences");
        find_interval(&sides[s]);
    }
    ALFA__TRY(draw(&picture, sides, name, alfa_result_summary(result)->fallback, err));
    enum alfa_status status = alfa__image_write_png(path, picture->rgb, picture->width, picture->height, err);
    alfa_image_free(picture);
    return status;
}
