#include "image/write.h"

#include "base/files.h"
#include "image/image.h"
#include "image/jpeg.h"
#include "image/png.h"

#include <stdlib.h>

/* Rows of 3 bytes a pixel. */
struct picture {
    const unsigned char *rgb;
    int width, height;
};

enum { PNG = 0 }; /* in the place of a JPEG's quality */

static enum alfa_status encode(unsigned char **bytes, size_t *size, const struct picture *p, int quality,
                               struct alfa_error *err)
{
    return quality == PNG ? alfa__png_encode(bytes, size, p->rgb, 3, p->width, p->height, err)
                          : alfa__jpeg_encode(bytes, size, p->rgb, p->width, p->height, quality, err);
}

static enum alfa_status write_image(const char *path, struct picture picture, int quality,
                                    struct alfa_error *err)
{
    unsigned char *bytes;
    size_t size;
    ALFA__TRY(encode(&bytes, &size, &picture, quality, err));
    enum alfa_status status = alfa__file_write(path, bytes, size, err);
    free(bytes);
    return status;
}

enum alfa_status alfa__image_encode_jpeg(unsigned char **out, size_t *size, const unsigned char *rgb,
                                         int width, int height, int quality, struct alfa_error *err)
{
    return alfa__jpeg_encode(out, size, rgb, width, height, quality, err);
}

enum alfa_status alfa__image_encode_rgba(unsigned char **out, size_t *size, const unsigned char *rgba,
                                         int width, int height, struct alfa_error *err)
{
    return alfa__png_encode(out, size, rgba, 4, width, height, err);
}

enum alfa_status alfa__image_write_png(const char *path, const unsigned char *rgb, int width, int height,
                                       struct alfa_error *err)
{
    return write_image(path, (struct picture){rgb, width, height}, PNG, err);
}

enum alfa_status alfa__image_write_jpeg(const char *path, const unsigned char *rgb, int width, int height,
                                        int quality, struct alfa_error *err)
{
    return write_image(path, (struct picture){rgb, width, height}, quality, err);
}

enum alfa_status alfa_image_encode_png(unsigned char **out, size_t *size, const struct alfa_image *image,
                                       struct alfa_error *err)
{
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(size, "size", err);
    ALFA__NEED(image, "image", err);
    return alfa__png_encode(out, size, image->rgb, 3, image->width, image->height, err);
}
