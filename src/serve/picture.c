#include "serve/picture.h"

#include <string.h>

static const struct kind {
    const char *magic;
    size_t size;
    const char *type, *extension;
} kinds[] = {{"\xff\xd8\xff", 3, "image/jpeg", "jpg"},
             {"\x89PNG\r\n\x1a\n", 8, "image/png", "png"},
             {"GIF8", 4, "image/gif", "gif"},
             {"BM", 2, "image/bmp", "bmp"},
             {"II*\0", 4, "image/tiff", "tif"},
             {"MM\0*", 4, "image/tiff", "tif"},
             {"P5", 2, "image/x-portable-graymap", "pgm"},
             {"P6", 2, "image/x-portable-pixmap", "ppm"}};
static const struct kind webp = {"", 0, "image/webp", "webp"},
                         unknown = {"", 0, "application/octet-stream", "img"};

static const struct kind *find(const char *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (size >= kinds[i].size && memcmp(bytes, kinds[i].magic, kinds[i].size) == 0)
            return &kinds[i];
    if (size >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0)
        return &webp;
    return &unknown;
}

const char *alfa__picture_type(const char *bytes, size_t size)
{
    return find(bytes, size)->type;
}

const char *alfa__picture_extension(const char *bytes, size_t size)
{
    return find(bytes, size)->extension;
}
