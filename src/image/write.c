#include "image/write.h"

#include "base/files.h"
#include "image/image.h"
#include "image/vipslib.h"

#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

enum { PNG = 0 }; /* in the place of a JPEG's quality */

/* Compression 1 with rows filtered by the one above: several times faster than libvips' default, and on
 * photographs with a heat map as small. */
static enum alfa_status encode(void **bytes, size_t *size, VipsImage *image, int quality, const char *path,
                               struct alfa_error *err)
{
    int failed;
    if (quality == PNG)
        failed = vips_pngsave_buffer(image, bytes, size, "compression", 1, "filter",
                                     VIPS_FOREIGN_PNG_FILTER_UP, NULL);
    else /* without an EXIF block: libexif fills what it takes without a look whether it got it */
        failed = vips_jpegsave_buffer(image, bytes, size, "Q", quality, "optimize_coding", TRUE, "strip",
                                      TRUE, NULL);
    return failed ? alfa__vips_fail(err, ALFA_ERROR_RUNTIME, path, "cannot be encoded") : ALFA_OK;
}

/* Rows of 3 or 4 bytes a pixel as PNG or JPEG; *bytes is freed with g_free(). */
static enum alfa_status encode_pixels(void **bytes, size_t *size, const unsigned char *pixels, int bands,
                                      int width, int height, int quality, const char *path,
                                      struct alfa_error *err)
{
    *bytes = NULL;
    ALFA__TRY(alfa__vips_start(err));
    VipsImage *image = vips_image_new_from_memory(pixels, (size_t)width * height * bands, width, height,
                                                  bands, VIPS_FORMAT_UCHAR);
    if (!image)
        return alfa__vips_fail(err, ALFA_ERROR_RUNTIME, path, "cannot be encoded");
    image->Type = VIPS_INTERPRETATION_sRGB;
    enum alfa_status status = encode(bytes, size, image, quality, path, err);
    g_object_unref(image);
    return status;
}

static enum alfa_status write_image(const char *path, const unsigned char *rgb, int width, int height,
                                    int quality, struct alfa_error *err)
{
    void *bytes;
    size_t size;
    enum alfa_status status = encode_pixels(&bytes, &size, rgb, 3, width, height, quality, path, err);
    if (status == ALFA_OK)
        status = alfa__file_write(path, bytes, size, err);
    g_free(bytes);
    return status;
}

static enum alfa_status encode_in_memory(unsigned char **out, size_t *size, const unsigned char *pixels,
                                         int bands, int width, int height, int quality,
                                         struct alfa_error *err)
{
    void *bytes;
    enum alfa_status status = encode_pixels(&bytes, size, pixels, bands, width, height, quality, NULL, err);
    *out = status == ALFA_OK ? malloc(*size) : NULL;
    if (status == ALFA_OK && !*out)
        status = alfa__fail_memory(err, *size);
    if (*out)
        memcpy(*out, bytes, *size);
    g_free(bytes);
    return status;
}

enum alfa_status alfa__image_encode_jpeg(unsigned char **out, size_t *size, const unsigned char *rgb,
                                         int width, int height, int quality, struct alfa_error *err)
{
    return encode_in_memory(out, size, rgb, 3, width, height, quality, err);
}

enum alfa_status alfa__image_encode_rgba(unsigned char **out, size_t *size, const unsigned char *rgba,
                                         int width, int height, struct alfa_error *err)
{
    return encode_in_memory(out, size, rgba, 4, width, height, PNG, err);
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
    return encode_in_memory(out, size, image->rgb, 3, image->width, image->height, PNG, err);
}
