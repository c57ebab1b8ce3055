#include "image/write.h"

#include "base/files.h"
#include "image/image.h"
#include "image/png.h"
#include "image/vipslib.h"

#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

enum { PNG = 0 }; /* in the place of a JPEG's quality */

/* Rows of 3 bytes a pixel; *bytes is freed with g_free(), which is free() since GLib 2.46. */
static enum alfa_status encode_jpeg(unsigned char **bytes, size_t *size, const unsigned char *rgb, int width,
                                    int height, int quality, const char *path, struct alfa_error *err)
{
    void *encoded = NULL;
    *bytes = NULL;
    ALFA__TRY(alfa__vips_start(err));
    VipsImage *image =
        vips_image_new_from_memory(rgb, (size_t)width * height * 3, width, height, 3, VIPS_FORMAT_UCHAR);
    if (!image)
        return alfa__vips_fail(err, ALFA_ERROR_RUNTIME, path, "cannot be encoded");
    image->Type = VIPS_INTERPRETATION_sRGB;
    /* Without an EXIF block: libexif fills what it takes without a look whether it got it. */
    const int failed = vips_jpegsave_buffer(image, &encoded, size, "Q", quality, "optimize_coding", TRUE,
                                            "strip", TRUE, NULL);
    g_object_unref(image);
    if (failed)
        return alfa__vips_fail(err, ALFA_ERROR_RUNTIME, path, "cannot be encoded");
    *bytes = encoded;
    return ALFA_OK;
}

static enum alfa_status encode(unsigned char **bytes, size_t *size, const unsigned char *rgb, int width,
                               int height, int quality, const char *path, struct alfa_error *err)
{
    return quality == PNG ? alfa__png_encode(bytes, size, rgb, 3, width, height, err)
                          : encode_jpeg(bytes, size, rgb, width, height, quality, path, err);
}

static enum alfa_status write_image(const char *path, const unsigned char *rgb, int width, int height,
                                    int quality, struct alfa_error *err)
{
    unsigned char *bytes;
    size_t size;
    ALFA__TRY(encode(&bytes, &size, rgb, width, height, quality, path, err));
    enum alfa_status status = alfa__file_write(path, bytes, size, err);
    free(bytes);
    return status;
}

enum alfa_status alfa__image_encode_jpeg(unsigned char **out, size_t *size, const unsigned char *rgb,
                                         int width, int height, int quality, struct alfa_error *err)
{
    return encode(out, size, rgb, width, height, quality, NULL, err);
}

enum alfa_status alfa__image_encode_rgba(unsigned char **out, size_t *size, const unsigned char *rgba,
                                         int width, int height, struct alfa_error *err)
{
    return alfa__png_encode(out, size, rgba, 4, width, height, err);
}

enum alfa_status alfa__image_write_png(const char *path, const unsigned char *rgb, int width, int height,
                                       struct alfa_error *err)
{
    return write_image(path, rgb, width, height, PNG, err);
}

enum alfa_status alfa__image_write_jpeg(const char *path, const unsigned char *rgb, int width, int height,
                                        int quality, struct alfa_error *err)
{
    return write_image(path, rgb, width, height, quality, err);
}

enum alfa_status alfa_image_encode_png(unsigned char **out, size_t *size, const struct alfa_image *image,
                                       struct alfa_error *err)
{
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(size, "size", err);
    ALFA__NEED(image, "image", err);
    return alfa__png_encode(out, size, image->rgb, 3, image->width, image->height, err);
}
