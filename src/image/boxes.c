#include "image/boxes.h"

#include "image/text.h"

#include <math.h>
#include <stdio.h>

static const unsigned char light[3] = {255, 255, 255}, dark[3] = {20, 20, 20};

struct frame {
    int left, top, right, bottom; /* pixels; right and bottom belong to it */
};

static int within(double value, int limit)
{
    return value < 0 ? 0 : value > limit - 1 ? limit - 1 : (int)value;
}

static void fill(struct alfa_image *picture, struct frame area, const unsigned char colour[3])
{
    for (int y = area.top; y <= area.bottom; y++)
        for (int x = area.left; x <= area.right; x++)
            for (int c = 0; c < 3; c++)
                picture->rgb[3 * ((size_t)y * (size_t)picture->width + (size_t)x) + (size_t)c] = colour[c];
}

/* The frame's border, line pixels wide, inside of it. */
static void outline(struct alfa_image *picture, struct frame f, int line, const unsigned char colour[3])
{
    const int across = f.right - f.left + 1, down = f.bottom - f.top + 1;
    const int wide = line < across ? line : across, high = line < down ? line : down;
    fill(picture, (struct frame){f.left, f.top, f.right, f.top + high - 1}, colour);
    fill(picture, (struct frame){f.left, f.bottom - high + 1, f.right, f.bottom}, colour);
    fill(picture, (struct frame){f.left, f.top, f.left + wide - 1, f.bottom}, colour);
    fill(picture, (struct frame){f.right - wide + 1, f.top, f.right, f.bottom}, colour);
}

static struct frame grow(struct frame f, int by, int width, int height)
{
    return (struct frame){within(f.left - by, width), within(f.top - by, height), within(f.right + by, width),
                          within(f.bottom + by, height)};
}

void alfa__boxes_draw(struct alfa_image *picture, int width, int height, const struct alfa__box *boxes,
                      int count)
{
    const int line = 1 + (width < height ? width : height) / 400;
    for (int i = 0; i < count; i++) {
        const struct alfa__box *b = &boxes[i];
        const struct frame frame = {within(floor(b->x), width), within(floor(b->y), height),
                                    within(ceil(b->x + b->width) - 1, width),
                                    within(ceil(b->y + b->height) - 1, height)};
        outline(picture, grow(frame, line, width, height), line, dark);
        outline(picture, frame, line, light);
    }
}

void alfa__boxes_number(struct alfa_image *picture, int width, int height, const struct alfa__box *boxes,
                        int count)
{
    const int shorter = width < height ? width : height, digit = shorter / 32 > 9 ? shorter / 32 : 9;
    const int pad = digit / 2, line = 1 + shorter / 400;
    for (int i = count - 1; i >= 0; i--) { /* the strongest on top */
        char text[16];
        snprintf(text, sizeof text, "%d", i + 1);
        const int wide = alfa__text_width(text, digit) + 2 * pad, high = digit + 2 * pad;
        if (wide > width / 3 || high > height / 3)
            return;
        int left = within(floor(boxes[i].x) - line, width), top = (int)floor(boxes[i].y) - line - high;
        top = top < 0 ? within(floor(boxes[i].y), height) : top;
        left = left + wide > width ? width - wide : left;
        top = top + high > height ? height - high : top;
        fill(picture, (struct frame){left, top, left + wide - 1, top + high - 1}, dark);
        alfa__text_draw(picture, left + pad, top + pad, digit, text, light);
    }
}
