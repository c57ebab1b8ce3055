/* Frames of cameras: one description for all of them, one function a family of formats that makes rows of
 * RGB. Pixels that are 8-bit RGB without padding can be used where they lie. */
#include "base/options.h"
#include "image/image.h"
#include "image/yuv.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ colours in every pixel */

/* Where red, green, blue and alpha stand in a pixel of so many bytes; alpha -1: there is none. */
struct order {
    int bytes, red, green, blue, alpha;
};
static const struct order orders[] = {[ALFA_FRAME_RGB8] = {3, 0, 1, 2, -1},
                                      [ALFA_FRAME_BGR8] = {3, 2, 1, 0, -1},
                                      [ALFA_FRAME_RGBA8] = {4, 0, 1, 2, 3},
                                      [ALFA_FRAME_BGRA8] = {4, 2, 1, 0, 3},
                                      [ALFA_FRAME_MONO8] = {1, 0, 0, 0, -1}};

static unsigned char on_white(int value, int alpha)
{
    return (unsigned char)((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

static void colour_row(unsigned char *out, const unsigned char *in, int width, const struct order *o)
{
    for (int x = 0; x < width; x++, in += o->bytes, out += 3) {
        const int alpha = o->alpha < 0 ? 255 : in[o->alpha];
        out[0] = on_white(in[o->red], alpha);
        out[1] = on_white(in[o->green], alpha);
        out[2] = on_white(in[o->blue], alpha);
    }
}

/* ------------------------------------------------------------------ grey of more than 8 bits */

/* Little endian words; values are scaled to 8 bits, rounded, as 16-bit files are. */
static void grey_row(unsigned char *out, const unsigned char *in, int width, int bits)
{
    const unsigned most = (1u << bits) - 1;
    for (int x = 0; x < width; x++, in += 2, out += 3) {
        unsigned value = in[0] | (unsigned)in[1] << 8;
        value = value > most ? most : value;
        out[0] = out[1] = out[2] = (unsigned char)((value * 255 + most / 2) / most);
    }
}

static unsigned largest_grey(const struct alfa_frame *f, size_t stride)
{
    const unsigned char *pixels = f->pixels;
    unsigned largest = 0;
    for (int y = 0; y < f->height; y++)
        for (int x = 0; x < f->width; x++) {
            const unsigned char *in = pixels + (size_t)y * stride + 2 * (size_t)x;
            const unsigned value = in[0] | (unsigned)in[1] << 8;
            largest = value > largest ? value : largest;
        }
    return largest;
}

/* ------------------------------------------------------------------ Bayer patterns */

/* Rows and columns beyond the edge are mirrored at the outermost one, so that colours keep their places. */
static int mirrored(int i, int count)
{
    return i < 0 ? -i : i >= count ? 2 * count - 2 - i : i;
}

/* Bilinear: a colour that a place has not is the mean of the two or four nearest places that have it. red_x
 * and red_y say in which columns and rows red stands. */
static void bayer_row(unsigned char *out, const struct alfa_frame *f, size_t stride, int y, int red_x,
                      int red_y)
{
    const unsigned char *pixels = f->pixels, *here = pixels + (size_t)y * stride;
    const unsigned char *above = pixels + (size_t)mirrored(y - 1, f->height) * stride;
    const unsigned char *below = pixels + (size_t)mirrored(y + 1, f->height) * stride;
    const bool red_row = y % 2 == red_y;
    for (int x = 0; x < f->width; x++, out += 3) {
        const int l = mirrored(x - 1, f->width), r = mirrored(x + 1, f->width);
        const int across = (here[l] + here[r] + 1) / 2, down = (above[x] + below[x] + 1) / 2;
        const int cross = (here[l] + here[r] + above[x] + below[x] + 2) / 4;
        const int corners = (above[l] + above[r] + below[l] + below[r] + 2) / 4;
        const bool red_column = x % 2 == red_x, green = red_row != red_column;
        const int own = green ? across : here[x], other = green ? down : corners;
        out[0] = (unsigned char)(red_row ? own : other);
        out[1] = (unsigned char)(green ? here[x] : cross);
        out[2] = (unsigned char)(red_row ? other : own);
    }
}

/* ------------------------------------------------------------------ YUV */

static bool is_yuv(enum alfa_frame_format format)
{
    return format >= ALFA_FRAME_YUYV8;
}

static bool in_planes(enum alfa_frame_format format)
{
    return format >= ALFA_FRAME_NV12;
}

/* What follows a plane lies behind all its rows, padding included. */
static void fill_from_yuv(unsigned char *rgb, const struct alfa_frame *f, size_t stride)
{
    unsigned char *first = (unsigned char *)f->pixels, *behind = first + stride * (size_t)f->height;
    const size_t half = stride / 2, rows = (size_t)f->height / 2;
    const struct alfa__plane planes[][3] = {
        {{first, stride, 2}, {first + 1, stride, 4}, {first + 3, stride, 4}},
        {{first + 1, stride, 2}, {first, stride, 4}, {first + 2, stride, 4}},
        {{first, stride, 1}, {behind, stride, 2}, {behind + 1, stride, 2}},
        {{first, stride, 1}, {behind, half, 1}, {behind + half * rows, half, 1}}};
    struct alfa__yuv picture = {.width = f->width,
                                .height = f->height,
                                .across = 2,
                                .down = in_planes(f->format) ? 2 : 1,
                                .red = ALFA__BT601_RED,
                                .blue = ALFA__BT601_BLUE};
    memcpy(picture.planes, planes[f->format - ALFA_FRAME_YUYV8], sizeof picture.planes);
    alfa__yuv_to_rgb(rgb, &picture);
}

/* ------------------------------------------------------------------ all of them */

static bool is_bayer(enum alfa_frame_format format)
{
    return format >= ALFA_FRAME_BAYER_RGGB8 && format <= ALFA_FRAME_BAYER_BGGR8;
}

size_t alfa__frame_row(const struct alfa_frame *f)
{
    const bool words = f->format == ALFA_FRAME_MONO16 || (is_yuv(f->format) && !in_planes(f->format));
    return (size_t)f->width * (size_t)(f->format <= ALFA_FRAME_MONO8 ? orders[f->format].bytes
                                       : words                       ? 2
                                                                     : 1);
}

size_t alfa__frame_bytes(const struct alfa_frame *f)
{
    const size_t row = alfa__frame_row(f), stride = f->stride ? f->stride : row, rows = (size_t)f->height;
    return in_planes(f->format) ? stride * rows * 3 / 2 : stride * (rows - 1) + row;
}

const char *alfa__frame_odd(const struct alfa_frame *f)
{
    return !is_yuv(f->format)                              ? NULL
           : f->width % 2                                  ? "width"
           : in_planes(f->format) && f->height % 2         ? "height"
           : f->format == ALFA_FRAME_I420 && f->stride % 2 ? "stride"
                                                           : NULL;
}

static enum alfa_status check(const struct alfa_frame *f, struct alfa_error *err)
{
    if ((unsigned)f->format > ALFA_FRAME_I420)
        return alfa__fail(err, ALFA_ERROR_USAGE, "frame", "format is none of enum alfa_frame_format");
    if (!f->pixels)
        return alfa__fail(err, ALFA_ERROR_USAGE, "frame", "has no pixels");
    if (f->width < 1 || f->height < 1)
        return alfa__fail(err, ALFA_ERROR_USAGE, "frame", "is %d x %d pixels large", f->width, f->height);
    if (f->stride && f->stride < alfa__frame_row(f))
        return alfa__fail(err, ALFA_ERROR_USAGE, "frame", "has rows of %zu bytes at a distance of %zu",
                          alfa__frame_row(f), f->stride);
    if (is_bayer(f->format) && (f->width < 2 || f->height < 2))
        return alfa__fail(err, ALFA_ERROR_USAGE, "frame", "is too small for a Bayer pattern");
    if (alfa__frame_odd(f))
        return alfa__fail(err, ALFA_ERROR_USAGE, "frame", "of YUV has an odd %s", alfa__frame_odd(f));
    const int bits = f->format == ALFA_FRAME_MONO16 ? 16 : 8;
    if (f->bits != 0 && (f->bits > bits || f->bits <= bits - 8) && f->bits != bits)
        return alfa__fail(err, ALFA_ERROR_USAGE, "frame", "has %d bits a value; this format has %s", f->bits,
                          bits == 8 ? "8" : "9 to 16");
    return ALFA_OK;
}

static void fill_row(unsigned char *out, const struct alfa_frame *f, size_t stride, int y)
{
    const unsigned char *in = (const unsigned char *)f->pixels + (size_t)y * stride;
    const int pattern = (int)f->format - (int)ALFA_FRAME_BAYER_RGGB8; /* RGGB, GRBG, GBRG, BGGR */
    if (is_bayer(f->format))
        bayer_row(out, f, stride, y, pattern & 1, pattern >> 1);
    else if (f->format == ALFA_FRAME_MONO16)
        grey_row(out, in, f->width, f->bits ? f->bits : 16);
    else
        colour_row(out, in, f->width, &orders[f->format]);
}

static enum alfa_status borrow(struct alfa_image **out, const struct alfa_frame *f, struct alfa_error *err)
{
    ALFA__TRY(alfa__image_check_size(f->width, f->height, "frame", err));
    *out = malloc(sizeof **out);
    if (!*out)
        return alfa__fail_memory(err, sizeof **out);
    **out = (struct alfa_image){.width = f->width,
                                .height = f->height,
                                .rgb = (unsigned char *)f->pixels, /* never written to */
                                .release = f->release,
                                .context = f->context};
    return ALFA_OK;
}

enum alfa_status alfa_image_from_frame(struct alfa_image **out, const struct alfa_frame *given,
                                       struct alfa_error *err)
{
    struct alfa_frame f = ALFA_FRAME_INIT;
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(given, "frame", err);
    ALFA__TRY(alfa__options_take(&f, sizeof f, given, "ALFA_FRAME_INIT", err));
    ALFA__TRY(check(&f, err));
    const size_t stride = f.stride ? f.stride : alfa__frame_row(&f), packed = 3 * (size_t)f.width;
    if (f.release && f.format == ALFA_FRAME_RGB8 && stride == packed)
        return borrow(out, &f, err);
    ALFA__TRY(alfa__image_new(out, f.width, f.height, "frame", err));
    if (is_yuv(f.format))
        fill_from_yuv((*out)->rgb, &f, stride);
    for (int y = 0; y < f.height && !is_yuv(f.format); y++)
        fill_row((*out)->rgb + (size_t)y * packed, &f, stride, y);
    if (f.format == ALFA_FRAME_MONO16 && !f.bits)
        alfa__image_bits(&(*out)->facts.bits, 0, largest_grey(&f, stride));
    if (f.release)
        f.release(f.context);
    return ALFA_OK;
}
