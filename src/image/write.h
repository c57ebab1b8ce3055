/* Writing 8-bit RGB pictures. A file is complete or not there (base/files.h). */
#ifndef ALFA_IMAGE_WRITE_H
#define ALFA_IMAGE_WRITE_H

#include "base/status.h"

/* rgb is height x width x 3 bytes. */
enum alfa_status alfa__image_write_png(const char *path, const unsigned char *rgb, int width, int height,
                                       struct alfa_error *err);

/* quality is 1..100. */
enum alfa_status alfa__image_write_jpeg(const char *path, const unsigned char *rgb, int width, int height,
                                        int quality, struct alfa_error *err);

/* JPEG in memory; *out is freed with free(). */
enum alfa_status alfa__image_encode_jpeg(unsigned char **out, size_t *size, const struct alfa_image *image,
                                         int quality, struct alfa_error *err);

/* PNG with transparency in memory, height x width x 4 bytes of RGBA; likewise. */
enum alfa_status alfa__image_encode_rgba(unsigned char **out, size_t *size, const unsigned char *rgba,
                                         int width, int height, struct alfa_error *err);

#endif
