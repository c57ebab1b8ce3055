/* In the place of libvips in a build without it: BMP and PNM are read by this project's own readers, nothing
 * is written, and references in banks have no thumbnail. */
#include "image/image.h"
#include "image/write.h"

#include <stdlib.h>

static enum alfa_status lacks(const char *source, const char *what, struct alfa_error *err)
{
    return alfa__fail(err, ALFA_ERROR_USAGE, source, "%s: this libalfa was built without libvips", what);
}

enum alfa_status alfa__image_decode_vips(struct alfa_image **out, enum alfa__format format,
                                         const struct alfa__content *file,
                                         const struct alfa_image_options *options, int longest,
                                         struct alfa_error *err)
{
    (void)out, (void)format, (void)options, (void)longest;
    return lacks(file->name, "only BMP, PNM and raw frames can be read", err);
}

bool alfa__image_opens_heif(const void *bytes, size_t size)
{
    (void)bytes, (void)size;
    return false;
}

enum alfa_status alfa__image_decode_vips_mask(struct alfa_image **out, enum alfa__format format,
                                              const struct alfa__content *file,
                                              struct alfa__mask_values *values, struct alfa_error *err)
{
    (void)out, (void)format;
    *values = (struct alfa__mask_values){0};
    return lacks(file->name, "only BMP and PNM can be read", err);
}

enum alfa_status alfa__image_encode_jpeg(unsigned char **out, size_t *size, const struct alfa_image *image,
                                         int quality, struct alfa_error *err)
{
    (void)image, (void)quality;
    *size = 0;
    *out = malloc(1);
    return *out ? ALFA_OK : alfa__fail_memory(err, 1);
}

enum alfa_status alfa_image_encode_png(unsigned char **out, size_t *size, const struct alfa_image *image,
                                       struct alfa_error *err)
{
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(size, "size", err);
    ALFA__NEED(image, "image", err);
    return lacks("PNG", "cannot be made", err);
}

enum alfa_status alfa__image_write_png(const char *path, const unsigned char *rgb, int width, int height,
                                       struct alfa_error *err)
{
    (void)rgb, (void)width, (void)height;
    return lacks(path, "cannot be written", err);
}
