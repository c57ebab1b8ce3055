/* Portable any-maps P1 to P6: black and white, grey, colour; as text or binary; 1 to 16 bits a sample.
 * Samples are scaled by the largest value that the header names, so that a 12-bit camera's picture is not
 * black. */
#include "image/extent.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

struct reader {
    const unsigned char *bytes;
    size_t size, at;
    bool wide; /* binary samples have two bytes */
    bool over; /* the last one was larger than the header allows */
};

#define EXCHANGED ": are the two bytes of each exchanged? PNM has the higher one first"

static bool skip_space(struct reader *in)
{
    while (in->at < in->size && (isspace(in->bytes[in->at]) || in->bytes[in->at] == '#'))
        if (in->bytes[in->at++] == '#')
            while (in->at < in->size && in->bytes[in->at] != '\n')
                in->at++;
    return in->at < in->size;
}

/* A decimal number of at most 9 digits, -1 when there is none. A text bitmap's digits stand without space. */
static long read_number(struct reader *in, int most_digits)
{
    long value = 0;
    int digits = 0;
    if (!skip_space(in))
        return -1;
    for (; in->at < in->size && isdigit(in->bytes[in->at]) && digits < most_digits; digits++)
        value = value * 10 + in->bytes[in->at++] - '0';
    return digits ? value : -1;
}

/* Binary samples of one byte that use all of it, as most files have: they are copied. */
static bool copy_row(unsigned char *rgb, struct reader *in, int bands, size_t width)
{
    if (in->size - in->at < width * (size_t)bands)
        return false;
    const unsigned char *samples = in->bytes + in->at;
    in->at += width * (size_t)bands;
    if (bands == 3)
        memcpy(rgb, samples, 3 * width);
    else
        for (size_t x = 0; x < width; x++)
            rgb[3 * x] = rgb[3 * x + 1] = rgb[3 * x + 2] = samples[x];
    return true;
}

/* One sample as 0..255, -1 when the file ends or the value is above most. kind is the digit after P. */
static int read_sample(struct reader *in, int kind, long most)
{
    long value = -1;
    if (kind <= 3) {
        value = read_number(in, kind == 1 ? 1 : 9);
    } else if (!in->wide) {
        if (in->at < in->size)
            value = in->bytes[in->at++];
    } else if (in->size - in->at >= 2) {
        value = in->bytes[in->at] << 8 | in->bytes[in->at + 1];
        in->at += 2;
    }
    in->over = value > most;
    if (value < 0 || value > most)
        return -1;
    return (int)((value * 255 + most / 2) / most);
}

/* A row of 0..255 samples; bits of a binary bitmap begin with the most significant and 1 is black. */
static bool read_row(unsigned char *rgb, struct reader *in, int kind, int width, long most)
{
    int bands = kind == 3 || kind == 6 ? 3 : 1;
    if (kind >= 5 && most == 255)
        return copy_row(rgb, in, bands, (size_t)width);
    for (int x = 0; x < width; x++)
        for (int c = 0; c < bands; c++) {
            int value;
            if (kind == 4)
                value = in->at >= in->size ? -1 : (in->bytes[in->at] >> (7 - x % 8) & 1) * 255;
            else
                value = read_sample(in, kind, most);
            if (value < 0)
                return false;
            if (kind == 4 && (x % 8 == 7 || x == width - 1))
                in->at++;
            rgb[3 * (size_t)x + c] = (unsigned char)(kind == 1 || kind == 4 ? 255 - value : value);
        }
    for (int x = 0; x < width && bands == 1; x++)
        rgb[3 * (size_t)x + 1] = rgb[3 * (size_t)x + 2] = rgb[3 * (size_t)x];
    return true;
}

static enum alfa_status read_rows(struct alfa_image *image, struct reader *in, int kind, long most,
                                  const char *name, struct alfa_error *err)
{
    for (int y = 0; y < image->height; y++)
        if (!read_row(image->rgb + (size_t)y * image->width * 3, in, kind, image->width, most))
            return in->over
                       ? alfa__fail(err, ALFA_ERROR_INPUT, name,
                                    "has a value above %ld, which its header names as the largest%s", most,
                                    in->wide ? EXCHANGED : "")
                       : alfa__fail(err, ALFA_ERROR_INPUT, name,
                                    "is damaged or cut off: row %d of %d is not whole", y + 1, image->height);
    return ALFA_OK;
}

/* Whether samples of 9 to 12 bits stand there with the lower byte first, as numpy and cameras have them: then
 * what is to be the lower byte never exceeds 15 and the other one does. */
static bool are_exchanged(const struct reader *in)
{
    unsigned char high = 0, low = 0;
    for (size_t at = in->at; at + 1 < in->size; at += 2) {
        high = in->bytes[at] > high ? in->bytes[at] : high;
        low = in->bytes[at + 1] > low ? in->bytes[at + 1] : low;
    }
    return low && low <= 15 && high > 15;
}

/* The largest sample from where binary ones begin; of a text, which cameras do not write, the largest that
 * the header allows. */
static unsigned largest_sample(const struct reader *in, int kind, long most)
{
    unsigned largest = 0;
    if (kind <= 3)
        return (unsigned)most;
    for (size_t at = in->at; at + 1 < in->size; at += 2) {
        const unsigned value = (unsigned)in->bytes[at] << 8 | in->bytes[at + 1];
        largest = value > largest ? value : largest;
    }
    return largest;
}

struct header {
    int kind; /* the digit after P */
    long width, height, most;
};

/* False when it is damaged or cut off; else *in is behind it. */
static bool read_header(struct header *out, struct reader *in)
{
    out->kind = in->bytes[1] - '0';
    out->width = read_number(in, 9);
    out->height = read_number(in, 9);
    out->most = out->kind == 1 || out->kind == 4 ? 1 : read_number(in, 9);
    in->at++; /* one white space stands before binary samples */
    in->wide = out->most > 255;
    return out->width >= 1 && out->height >= 1 && out->most >= 1 && out->most <= 65535 && in->at <= in->size;
}

/* Bytes of binary samples. */
static size_t samples_size(const struct header *h, const struct reader *in)
{
    const size_t row = h->kind == 4 ? ((size_t)h->width + 7) / 8
                                    : (size_t)h->width * (h->kind == 6 ? 3 : 1) * (in->wide ? 2 : 1);
    return row * (size_t)h->height;
}

/* Behind the numbers of a text; more than its size when they are not all there, 0 when one is none. */
static size_t text_extent(struct reader *in, const struct header *h, bool over)
{
    const uint64_t count = (uint64_t)h->width * (uint64_t)h->height * (h->kind == 3 ? 3 : 1);
    for (uint64_t i = 0; i < count; i++)
        if (read_number(in, h->kind == 1 ? 1 : 9) < 0)
            return in->at < in->size ? 0 : in->size + 1;
    return in->at < in->size || over || h->kind == 1 ? in->at : in->size + 1;
}

size_t alfa__pnm_extent(const unsigned char *bytes, size_t size, bool over)
{
    struct reader in = {.bytes = bytes, .size = size, .at = 2};
    struct header h;
    if (!read_header(&h, &in))
        return in.at < size ? 0 : size + 1;
    if (h.kind <= 3)
        return text_extent(&in, &h, over);
    return in.at + samples_size(&h, &in);
}

/* A header that Windows wrote ends with two bytes, of which the second is no sample. */
static void skip_line_feed(struct reader *in, const struct header *h)
{
    const size_t left = in->size - in->at;
    if (h->kind > 3 && left == samples_size(h, in) + 1 && in->bytes[in->at - 1] == '\r' &&
        in->bytes[in->at] == '\n')
        in->at++;
}

enum alfa_status alfa__image_decode_pnm(struct alfa_image **out, const struct alfa__content *file, int bits,
                                        struct alfa_error *err)
{
    struct reader in = {.bytes = file->bytes, .size = file->size, .at = 2};
    int suspect = 0;
    struct alfa_image *image;
    struct header h;
    if (!read_header(&h, &in))
        return alfa__fail(err, ALFA_ERROR_INPUT, file->name,
                          "is not a whole PPM: the header is damaged or cut off");
    skip_line_feed(&in, &h);
    if (h.most == 65535 && h.kind > 3 && are_exchanged(&in))
        return alfa__fail(err, ALFA_ERROR_INPUT, file->name, "has no lower byte above 15" EXCHANGED);
    if (h.most == 65535)
        h.most = (1L << alfa__image_bits(&suspect, bits, largest_sample(&in, h.kind, h.most))) - 1;
    ALFA__TRY(alfa__image_new(&image, h.width, h.height, file->name, err));
    enum alfa_status status = read_rows(image, &in, h.kind, h.most, file->name, err);
    image->facts.bits = suspect;
    if (status != ALFA_OK)
        alfa_image_free(image);
    else
        *out = image;
    return status;
}
