#include "marks.h"

#include <string.h>

static bool is_coloured(const struct alfa__layout *layout)
{
    return layout->yuv || layout->bytes >= 3;
}

enum alfa_status alfa__marks_colours(struct alfa_image **out, const struct alfa__layout *layout,
                                     const struct alfa_result *result, const struct alfa_image *image,
                                     struct alfa_error *err)
{
    int width, height;
    *out = NULL;
    if (!is_coloured(layout) || !alfa_result_map(result, &width, &height))
        return ALFA_OK;
    return alfa_result_overlay(out, result, image, ALFA_OVERLAY_PLAIN, err);
}

static void lay_colours(const struct alfa__pixels *pixels, const struct alfa__layout *layout,
                        const struct alfa_image *colours)
{
    const bool turned = layout->format == ALFA_FRAME_BGR8 || layout->format == ALFA_FRAME_BGRA8;
    const unsigned char *in = alfa_image_rgb(colours);
    if (layout->yuv) {
        alfa__yuv_from_rgb(&pixels->yuv, in);
        return;
    }
    for (int y = 0; y < layout->height; y++) {
        unsigned char *out = pixels->first + (size_t)y * pixels->stride;
        for (int x = 0; x < layout->width; x++, in += 3, out += layout->bytes) {
            out[0] = in[turned ? 2 : 0];
            out[1] = in[1];
            out[2] = in[turned ? 0 : 2];
            if (layout->bytes == 4)
                out[3] = 255; /* transparent places were judged on white */
        }
    }
}

/* A row of white; of 16-bit words all values that count are set. */
static void paint(const struct alfa__pixels *pixels, const struct alfa__layout *layout, int bits, int x,
                  int y, int width)
{
    if (layout->yuv) {
        alfa__yuv_whiten(&pixels->yuv, x, y, width);
        return;
    }
    unsigned char *out = pixels->first + (size_t)y * pixels->stride + (size_t)x * (size_t)layout->bytes;
    memset(out, 255, (size_t)width * (size_t)layout->bytes);
    if (layout->format == ALFA_FRAME_MONO16)
        for (int i = 0; i < width; i++)
            out[2 * i + 1] = (unsigned char)((1 << (bits - 8)) - 1);
}

static void draw_box(const struct alfa__pixels *pixels, const struct alfa__layout *layout, int bits,
                     const struct alfa_region *r)
{
    const int shorter = MIN(layout->width, layout->height);
    const int line = MIN(MAX(1, shorter / 200), MAX(1, MIN(r->width, r->height) / 2));
    for (int y = r->y; y < r->y + r->height; y++)
        if (y < r->y + line || y >= r->y + r->height - line) {
            paint(pixels, layout, bits, r->x, y, r->width);
        } else {
            paint(pixels, layout, bits, r->x, y, line);
            paint(pixels, layout, bits, r->x + r->width - line, y, line);
        }
}

void alfa__marks_draw(const struct alfa__pixels *pixels, const struct alfa__layout *layout, int bits,
                      const struct alfa_result *result, const struct alfa_image *colours)
{
    const struct alfa_region *region;
    if (colours)
        lay_colours(pixels, layout, colours);
    for (int i = 0; (region = alfa_result_region(result, i)); i++)
        draw_box(pixels, layout, bits, region);
}
