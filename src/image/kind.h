/* What a file is, by its first bytes and never by its name. */
#ifndef ALFA_IMAGE_KIND_H
#define ALFA_IMAGE_KIND_H

#include "base/status.h"

enum alfa__format {
    ALFA__FORMAT_NONE, /* none that is read */
    ALFA__FORMAT_JPEG,
    ALFA__FORMAT_PNG,
    ALFA__FORMAT_TIFF,
    ALFA__FORMAT_WEBP,
    ALFA__FORMAT_GIF,
    ALFA__FORMAT_HEIF, /* HEIC and AVIF, where libvips was built to read them */
    ALFA__FORMAT_BMP,
    ALFA__FORMAT_PNM
};

/* Bytes that tell of most kinds whether a picture begins. */
#define ALFA__SIGHT 20

/* The format that the bytes begin as. */
enum alfa__format alfa__format_of(const unsigned char *bytes, size_t size);

/* Whether the bytes begin as a picture does, of a kind that is read or of one that is refused by name. */
bool alfa__image_begins(const unsigned char *bytes, size_t size);

/* Fails with ALFA_ERROR_INPUT, and says what the file is instead of a picture that is read. */
enum alfa_status alfa__format_refuse(const char *name, const unsigned char *bytes, size_t size,
                                     struct alfa_error *err);

#endif
