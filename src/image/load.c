/* The public face of an image: load, decode, copy, look, free. The format is told by the first bytes, never
 * by the file's name. */
#include "image/image.h"

#include "base/files.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum alfa_status alfa__image_check_size(long long width, long long height, const char *name,
                                        struct alfa_error *err)
{
    if (width < 1 || height < 1)
        return alfa__fail(err, ALFA_ERROR_INPUT, name, "is damaged: it says to be %lld x %lld pixels", width,
                          height);
    if (width > ALFA__IMAGE_MAX_SIDE || height > ALFA__IMAGE_MAX_SIDE)
        return alfa__fail(err, ALFA_ERROR_LIMIT, name,
                          "has %lld x %lld pixels, a side may have %d: make it smaller", width, height,
                          ALFA__IMAGE_MAX_SIDE);
    if (width * height > ALFA__IMAGE_MAX_PIXELS)
        return alfa__fail(err, ALFA_ERROR_LIMIT, name,
                          "has %lld x %lld pixels, the limit is %lld megapixels: make it smaller", width,
                          height, ALFA__IMAGE_MAX_PIXELS / 1000000);
    return ALFA_OK;
}

enum alfa_status alfa__image_alloc(struct alfa_image **out, int width, int height, struct alfa_error *err)
{
    size_t size = (size_t)width * (size_t)height * 3;
    struct alfa_image *image = malloc(sizeof *image);
    unsigned char *rgb = calloc(size, 1);
    *out = NULL;
    if (!image || !rgb) {
        free(image);
        free(rgb);
        return alfa__fail_memory(err, size);
    }
    *image = (struct alfa_image){.width = width, .height = height, .rgb = rgb};
    *out = image;
    return ALFA_OK;
}

enum alfa_status alfa__image_new(struct alfa_image **out, long long width, long long height, const char *name,
                                 struct alfa_error *err)
{
    *out = NULL;
    ALFA__TRY(alfa__image_check_size(width, height, name, err));
    return alfa__image_alloc(out, (int)width, (int)height, err);
}

static bool starts_with(const unsigned char *bytes, size_t size, const char *magic, size_t length)
{
    return size >= length && memcmp(bytes, magic, length) == 0;
}
#define STARTS_WITH(magic) starts_with(bytes, size, magic, sizeof magic - 1)

static bool is_tiff(const unsigned char *bytes, size_t size)
{
    return STARTS_WITH("II*\0") || STARTS_WITH("MM\0*") || STARTS_WITH("II+\0") || STARTS_WITH("MM\0+");
}

static bool is_webp(const unsigned char *bytes, size_t size)
{
    return STARTS_WITH("RIFF") && size >= 12 && memcmp(bytes + 8, "WEBP", 4) == 0;
}

/* "BM" and a header of a known size, since many texts start with BM. */
static bool is_bmp(const unsigned char *bytes, size_t size)
{
    return STARTS_WITH("BM") && size >= 18 && bytes[14] >= 12 && bytes[14] <= 124 && !bytes[15] && !bytes[16];
}

static bool is_pnm(const unsigned char *bytes, size_t size)
{
    return size >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' && bytes[2] &&
           strchr(" \t\r\n#", bytes[2]);
}

static enum alfa_status decode(struct alfa_image **out, const unsigned char *bytes, size_t size,
                               const char *name, struct alfa_error *err)
{
    if (size == 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, name, "is empty: not an image");
    if (STARTS_WITH("\xff\xd8\xff"))
        return alfa__image_decode_vips(out, ALFA__FORMAT_JPEG, bytes, size, name, err);
    if (STARTS_WITH("\x89PNG\r\n\x1a\n"))
        return alfa__image_decode_vips(out, ALFA__FORMAT_PNG, bytes, size, name, err);
    if (is_tiff(bytes, size))
        return alfa__image_decode_vips(out, ALFA__FORMAT_TIFF, bytes, size, name, err);
    if (is_webp(bytes, size))
        return alfa__image_decode_vips(out, ALFA__FORMAT_WEBP, bytes, size, name, err);
    if (STARTS_WITH("GIF87a") || STARTS_WITH("GIF89a"))
        return alfa__image_decode_vips(out, ALFA__FORMAT_GIF, bytes, size, name, err);
    if (is_bmp(bytes, size))
        return alfa__image_decode_bmp(out, bytes, size, name, err);
    if (is_pnm(bytes, size))
        return alfa__image_decode_pnm(out, bytes, size, name, err);
    return alfa__fail(err, ALFA_ERROR_INPUT, name,
                      "is not an image in a known format: use JPEG, PNG, TIFF, WebP, GIF, BMP or PPM");
}

enum alfa_status alfa_image_decode(struct alfa_image **out, const void *bytes, size_t size, const char *name,
                                   struct alfa_error *err)
{
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(bytes, "bytes", err);
    return decode(out, bytes, size, name ? name : "image", err);
}

enum alfa_status alfa_image_load(struct alfa_image **out, const char *path, struct alfa_error *err)
{
    char *bytes;
    size_t size;
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(path, "path", err);
    ALFA__TRY(alfa__file_read(&bytes, &size, path, ALFA__IMAGE_MAX_FILE, err));
    enum alfa_status status = alfa_image_decode(out, bytes, size, path, err);
    free(bytes);
    return status;
}

enum alfa_status alfa_image_from_rgb(struct alfa_image **out, const unsigned char *rgb, int width, int height,
                                     size_t stride, struct alfa_error *err)
{
    ALFA__NEED_OUT(out, err);
    if (!rgb || width < 1 || height < 1 || stride < (size_t)width * 3)
        return alfa__fail(err, ALFA_ERROR_USAGE, "alfa_image_from_rgb",
                          "needs pixels, a size of at least 1 x 1 and a stride of at least 3 x width");
    ALFA__TRY(alfa__image_new(out, width, height, "alfa_image_from_rgb", err));
    for (int y = 0; y < height; y++)
        memcpy((*out)->rgb + (size_t)y * width * 3, rgb + (size_t)y * stride, (size_t)width * 3);
    return ALFA_OK;
}

void alfa__image_digest(char out[33], const struct alfa_image *image)
{
    gchar *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, image->rgb,
                                             (gsize)image->width * (gsize)image->height * 3);
    snprintf(out, 33, "%.32s", sum);
    g_free(sum);
}

int alfa_image_width(const struct alfa_image *image)
{
    return image ? image->width : 0;
}

int alfa_image_height(const struct alfa_image *image)
{
    return image ? image->height : 0;
}

const unsigned char *alfa_image_rgb(const struct alfa_image *image)
{
    return image ? image->rgb : NULL;
}

void alfa_image_free(struct alfa_image *image)
{
    if (image && image->release)
        image->release(image->context);
    else if (image)
        free(image->rgb);
    free(image);
}
