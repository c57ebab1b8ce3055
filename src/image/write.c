#include "image/write.h"

#include "base/files.h"
#include "image/image.h"
#include "image/jpeg.h"
#include "image/png.h"

#include <stdlib.h>

/* Takes the bytes over. */
static enum alfa_status write_bytes(const char *path, unsigned char *bytes, size_t size,
                                    struct alfa_error *err)
{
    enum alfa_status status = alfa__file_write(path, bytes, size, err);
    free(bytes);
    return status;
}

enum alfa_status alfa__image_encode_jpeg(unsigned char **out, size_t *size, const struct alfa_image *image,
                                         int quality, struct alfa_error *err)
{
    const struct alfa__raster rgb = {image->rgb, 3, image->width, image->height};
    return alfa__jpeg_encode(out, size, &rgb, quality, err);
}

enum alfa_status alfa__image_encode_rgba(unsigned char **out, size_t *size, const unsigned char *rgba,
                                         int width, int height, struct alfa_error *err)
{
    return alfa__png_encode(out, size, &(struct alfa__raster){rgba, 4, width, height}, err);
}

enum alfa_status alfa__image_write_png(const char *path, const unsigned char *rgb, int width, int height,
                                       struct alfa_error *err)
{
    unsigned char *bytes;
    size_t size;
    ALFA__TRY(alfa__png_encode(&bytes, &size, &(struct alfa__raster){rgb, 3, width, height}, err));
    return write_bytes(path, bytes, size, err);
}

enum alfa_status alfa__image_write_jpeg(const char *path, const unsigned char *rgb, int width, int height,
                                        int quality, struct alfa_error *err)
{
    unsigned char *bytes;
    size_t size;
    ALFA__TRY(alfa__jpeg_encode(&bytes, &size, &(struct alfa__raster){rgb, 3, width, height}, quality, err));
    return write_bytes(path, bytes, size, err);
}

enum alfa_status alfa_image_encode_png(unsigned char **out, size_t *size, const struct alfa_image *image,
                                       struct alfa_error *err)
{
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(size, "size", err);
    ALFA__NEED(image, "image", err);
    const struct alfa__raster rgb = {image->rgb, 3, image->width, image->height};
    return alfa__png_encode(out, size, &rgb, err);
}
