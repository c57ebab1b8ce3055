/* A glyph is a few strokes on a grid where digits are 10 high (y from 0 down to the baseline at 10) and small
 * letters begin at 3.4. A pixel is covered as far as it is nearer to a stroke than half the pen's width. */
#include "image/text.h"

#include <math.h>

#define PEN 0.72f /* half the width of a stroke */
#define GAP 2.5f  /* between glyphs */

/* An elliptic arc about (x, y) with radii (a, b) from one angle to another (degrees, 0 is right, 90 is down),
 * or with from = to = 0 a line from (x, y) to (a, b). */
struct stroke {
    char glyph;
    float x, y, a, b;
    short from, to;
};

/* clang-format off */
static const struct stroke strokes[] = {
    {'0', 3, 5, 3, 5, 0, 360},
    {'1', 0.6f, 2.2f, 3, 0, 0, 0}, {'1', 3, 0, 3, 10, 0, 0},
    {'2', 3, 3, 3, 3, 190, 400}, {'2', 5.3f, 4.93f, 0, 10, 0, 0}, {'2', 0, 10, 6, 10, 0, 0},
    {'3', 3, 2.6f, 2.6f, 2.6f, 205, 450}, {'3', 3, 7.6f, 3, 2.4f, 270, 515},
    {'4', 4.5f, 0, 0, 7, 0, 0}, {'4', 0, 7, 6, 7, 0, 0}, {'4', 4.5f, 0, 4.5f, 10, 0, 0},
    {'5', 5.4f, 0, 1, 0, 0, 0}, {'5', 1, 0, 0.54f, 4.54f, 0, 0}, {'5', 2.8f, 6.8f, 3.2f, 3.2f, 225, 500},
    {'6', 3, 6.9f, 3, 3.1f, 0, 360}, {'6', 6, 6.9f, 6, 6.9f, 180, 260},
    {'7', 0, 0, 6, 0, 0, 0}, {'7', 6, 0, 2, 10, 0, 0},
    {'8', 3, 2.5f, 2.5f, 2.5f, 0, 360}, {'8', 3, 7.5f, 3, 2.5f, 0, 360},
    {'9', 3, 3.1f, 3, 3.1f, 0, 360}, {'9', 0, 3.1f, 6, 6.9f, 0, 80},
    {'.', 0.4f, 9.8f, 0.6f, 9.8f, 0, 0},
    {'-', 0, 6, 4, 6, 0, 0},
    {'a', 2.9f, 6.7f, 2.9f, 3.3f, 0, 360}, {'a', 5.8f, 3.4f, 5.8f, 10, 0, 0},
    {'b', 0, 0, 0, 10, 0, 0}, {'b', 2.9f, 6.7f, 2.9f, 3.3f, 0, 360},
    {'c', 2.9f, 6.7f, 2.9f, 3.3f, 50, 310},
    {'d', 2.9f, 6.7f, 2.9f, 3.3f, 0, 360}, {'d', 5.8f, 0, 5.8f, 10, 0, 0},
    {'e', 2.9f, 6.7f, 2.9f, 3.3f, 50, 360}, {'e', 0, 6.7f, 5.8f, 6.7f, 0, 0},
    {'f', 3.1f, 2, 1.7f, 2, 180, 300}, {'f', 1.4f, 2, 1.4f, 10, 0, 0}, {'f', 0, 3.6f, 3.4f, 3.6f, 0, 0},
    {'g', 2.9f, 6.7f, 2.9f, 3.3f, 0, 360}, {'g', 5.8f, 3.4f, 5.8f, 10.4f, 0, 0}, {'g', 2.9f, 10.4f, 2.9f, 2.8f, 0, 150},
    {'h', 0, 0, 0, 10, 0, 0}, {'h', 2.6f, 6.2f, 2.6f, 2.8f, 180, 360}, {'h', 5.2f, 6.2f, 5.2f, 10, 0, 0},
    {'i', 0, 3.4f, 0, 10, 0, 0}, {'i', 0, 0.7f, 0, 0.9f, 0, 0},
    {'j', 1.6f, 3.4f, 1.6f, 11, 0, 0}, {'j', 0, 11, 1.6f, 2, 0, 90}, {'j', 1.6f, 0.7f, 1.6f, 0.9f, 0, 0},
    {'k', 0, 0, 0, 10, 0, 0}, {'k', 4.8f, 3.4f, 0, 7.4f, 0, 0}, {'k', 1.9f, 5.9f, 5.2f, 10, 0, 0},
    {'l', 0, 0, 0, 10, 0, 0},
    {'m', 0, 3.4f, 0, 10, 0, 0}, {'m', 2, 5.8f, 2, 2.4f, 180, 360}, {'m', 4, 5.8f, 4, 10, 0, 0},
    {'m', 6, 5.8f, 2, 2.4f, 180, 360}, {'m', 8, 5.8f, 8, 10, 0, 0},
    {'n', 0, 3.4f, 0, 10, 0, 0}, {'n', 2.6f, 6.2f, 2.6f, 2.8f, 180, 360}, {'n', 5.2f, 6.2f, 5.2f, 10, 0, 0},
    {'o', 2.9f, 6.7f, 2.9f, 3.3f, 0, 360},
    {'p', 0, 3.4f, 0, 13, 0, 0}, {'p', 2.9f, 6.7f, 2.9f, 3.3f, 0, 360},
    {'q', 2.9f, 6.7f, 2.9f, 3.3f, 0, 360}, {'q', 5.8f, 3.4f, 5.8f, 13, 0, 0},
    {'r', 0, 3.4f, 0, 10, 0, 0}, {'r', 2.7f, 6.4f, 2.7f, 3, 180, 300},
    {'s', 2.5f, 5.05f, 2.2f, 1.65f, 90, 335}, {'s', 2.5f, 8.35f, 2.5f, 1.65f, -90, 155},
    {'t', 1.4f, 1, 1.4f, 8.2f, 0, 0}, {'t', 3.2f, 8.2f, 1.8f, 1.8f, 70, 180}, {'t', 0, 3.6f, 3.4f, 3.6f, 0, 0},
    {'u', 0, 3.4f, 0, 7.2f, 0, 0}, {'u', 2.6f, 7.2f, 2.6f, 2.8f, 0, 180}, {'u', 5.2f, 3.4f, 5.2f, 10, 0, 0},
    {'v', 0, 3.4f, 2.7f, 10, 0, 0}, {'v', 5.4f, 3.4f, 2.7f, 10, 0, 0},
    {'w', 0, 3.4f, 2, 10, 0, 0}, {'w', 4, 3.4f, 2, 10, 0, 0}, {'w', 4, 3.4f, 6, 10, 0, 0}, {'w', 8, 3.4f, 6, 10, 0, 0},
    {'x', 0, 3.4f, 5.2f, 10, 0, 0}, {'x', 5.2f, 3.4f, 0, 10, 0, 0},
    {'y', 0, 3.4f, 2.9f, 10, 0, 0}, {'y', 5.8f, 3.4f, 1.5f, 13, 0, 0},
    {'z', 0, 3.4f, 5, 3.4f, 0, 0}, {'z', 5, 3.4f, 0, 10, 0, 0}, {'z', 0, 10, 5, 10, 0, 0},
    {',', 0.8f, 9.6f, 0.2f, 11.8f, 0, 0},
    {':', 0.5f, 4.4f, 0.5f, 4.6f, 0, 0}, {':', 0.5f, 9.6f, 0.5f, 9.8f, 0, 0},
    {'_', 0, 10.6f, 5.4f, 10.6f, 0, 0},
    {'(', 3.2f, 5, 2.6f, 6, 125, 235}, {')', 0, 5, 2.6f, 6, -55, 55},
    {'+', 0, 6, 5, 6, 0, 0}, {'+', 2.5f, 3.5f, 2.5f, 8.5f, 0, 0},
};
/* clang-format on */
enum { STROKES = sizeof strokes / sizeof *strokes };

/* Capitals look like small letters. */
static char small(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static float glyph_width(char glyph)
{
    switch (glyph) {
    case ' ':
        return 3;
    case '.':
    case ',':
    case ':':
        return 1;
    case '1':
    case '-':
        return 3.6f;
    case 'l':
    case 'i':
        return 0;
    case 'j':
        return 1.6f;
    case '(':
    case ')':
        return 2.6f;
    case 'f':
    case 't':
        return 3.4f;
    case 'r':
        return 4;
    case 'n':
    case 'c':
    case 's':
    case 'h':
    case 'k':
    case 'u':
    case 'v':
    case 'x':
    case 'z':
    case '+':
        return 5.2f;
    case 'm':
    case 'w':
        return 8;
    }
    for (int i = 0; i < STROKES; i++)
        if (strokes[i].glyph == glyph)
            return 6;
    return -1;
}

struct line {
    float x, y, dx, dy;
};
enum { MOST_LINES = 64 };

static float square_distance(const struct line *line, float x, float y)
{
    float length = line->dx * line->dx + line->dy * line->dy;
    float t = length > 0 ? ((x - line->x) * line->dx + (y - line->y) * line->dy) / length : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    float across = x - line->x - t * line->dx, down = y - line->y - t * line->dy;
    return across * across + down * down;
}

/* A stroke as lines; an arc becomes a chain with a line every 15 degrees. */
static int flatten_stroke(struct line *lines, const struct stroke *s)
{
    if (s->from == s->to) {
        lines[0] = (struct line){s->x, s->y, s->a - s->x, s->b - s->y};
        return 1;
    }
    int pieces = (s->to - s->from + 14) / 15;
    float x = 0, y = 0;
    for (int i = 0; i <= pieces; i++) {
        float angle = ((float)s->from + (float)((s->to - s->from) * i) / (float)pieces) * 0.01745329f;
        float next_x = s->x + s->a * cosf(angle), next_y = s->y + s->b * sinf(angle);
        if (i > 0)
            lines[i - 1] = (struct line){x, y, next_x - x, next_y - y};
        x = next_x;
        y = next_y;
    }
    return pieces;
}

static int flatten_glyph(struct line *lines, char glyph)
{
    int count = 0;
    for (int i = 0; i < STROKES; i++)
        if (strokes[i].glyph == glyph)
            count += flatten_stroke(lines + count, &strokes[i]);
    return count;
}

static void blend(unsigned char *rgb, const unsigned char colour[3], float part)
{
    for (int c = 0; c < 3; c++)
        rgb[c] = (unsigned char)((float)rgb[c] + part * (float)(colour[c] - rgb[c]) + 0.5f);
}

/* Those of the lines that come as near to a height as reach. */
static int near_lines(struct line *out, const struct line *lines, int count, float y, float reach)
{
    int found = 0;
    for (int i = 0; i < count; i++)
        if (fmaxf(lines[i].y, lines[i].y + lines[i].dy) > y - reach &&
            fminf(lines[i].y, lines[i].y + lines[i].dy) < y + reach)
            out[found++] = lines[i];
    return found;
}

static void draw_glyph(struct alfa_image *canvas, float left, int top, float scale, char glyph,
                       const unsigned char colour[3])
{
    struct line lines[MOST_LINES], close[MOST_LINES];
    const int count = flatten_glyph(lines, glyph);
    const float half = fmaxf(PEN, 0.55f / scale), reach = half + 0.5f / scale;
    int from_x = (int)fmaxf(left - 2 * scale, 0), to_x = (int)(left + (glyph_width(glyph) + 3) * scale);
    int from_y = (int)fmaxf((float)top - 2 * scale, 0), to_y = (int)((float)top + 15 * scale);
    for (int y = from_y; y < to_y && y < canvas->height; y++) {
        const float py = ((float)(y - top) + 0.5f) / scale;
        const int few = near_lines(close, lines, count, py, reach);
        for (int x = from_x; x < to_x && x < canvas->width && few > 0; x++) {
            float px = ((float)x + 0.5f - left) / scale, near = 1e18f;
            for (int i = 0; i < few; i++) {
                const float square = square_distance(&close[i], px, py);
                near = square < near ? square : near;
            }
            float part = fminf((half - sqrtf(near)) * scale + 0.5f, 1);
            if (part > 0)
                blend(canvas->rgb + ((size_t)y * canvas->width + x) * 3, colour, part);
        }
    }
}

int alfa__text_width(const char *text, int height)
{
    float width = -GAP;
    for (; *text; text++)
        if (glyph_width(small(*text)) >= 0)
            width += glyph_width(small(*text)) + GAP;
    return width > 0 ? (int)ceilf(width * (float)height / 10) : 0;
}

void alfa__text_draw(struct alfa_image *canvas, int x, int y, int height, const char *text,
                     const unsigned char colour[3])
{
    float scale = (float)height / 10, left = (float)x;
    for (; *text; text++) {
        const char glyph = small(*text);
        if (glyph_width(glyph) < 0)
            continue;
        draw_glyph(canvas, left, y, scale, glyph, colour);
        left += (glyph_width(glyph) + GAP) * scale;
    }
}
