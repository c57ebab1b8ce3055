#include "image/write.h"

#include "base/files.h"
#include "image/vipslib.h"

#include <vips/vips.h>

enum { PNG = 0 }; /* in the place of a JPEG's quality */

/* Compression 3 with sub-filtered rows is twice as fast as libvips' default and smaller on photographs. */
static enum alfa_status encode(void **bytes, size_t *size, VipsImage *image, int quality, const char *path,
                               struct alfa_error *err)
{
    int failed;
    if (quality == PNG)
        failed = vips_pngsave_buffer(image, bytes, size, "compression", 3, "filter",
                                     VIPS_FOREIGN_PNG_FILTER_SUB, NULL);
    else
        failed = vips_jpegsave_buffer(image, bytes, size, "Q", quality, "optimize_coding", TRUE, NULL);
    return failed ? alfa__vips_fail(err, ALFA_ERROR_RUNTIME, path, "cannot be encoded") : ALFA_OK;
}

static enum alfa_status write_image(const char *path, const unsigned char *rgb, int width, int height,
                                    int quality, struct alfa_error *err)
{
    void *bytes = NULL;
    size_t size = 0;
    ALFA__TRY(alfa__vips_start(err));
    VipsImage *image =
        vips_image_new_from_memory(rgb, (size_t)width * height * 3, width, height, 3, VIPS_FORMAT_UCHAR);
    if (!image)
        return alfa__vips_fail(err, ALFA_ERROR_RUNTIME, path, "cannot be encoded");
    image->Type = VIPS_INTERPRETATION_sRGB;
    enum alfa_status status = encode(&bytes, &size, image, quality, path, err);
    if (status == ALFA_OK)
        status = alfa__file_write(path, bytes, size, err);
    g_free(bytes);
    g_object_unref(image);
    return status;
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
