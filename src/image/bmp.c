/* Windows bitmaps: 1, 2, 4, 8, 16, 24 and 32 bits a pixel, not compressed. An alpha channel is ignored, as
 * image viewers do: many programs leave it at zero. */
#include "image/image.h"

#include <stdint.h>
#include <stdlib.h>

struct bitmap {
    const unsigned char *palette; /* blue, green, red, unused */
    const unsigned char *pixels;
    size_t row; /* bytes, a multiple of 4 */
    int bits, colours, width, height;
    bool top_down;
    uint32_t masks[3]; /* red, green, blue of 16 and 32 bits a pixel */
};

static uint32_t u16(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t u32(const unsigned char *p)
{
    return u16(p) | u16(p + 2) << 16;
}

static enum alfa_status damaged(struct alfa_error *err, const char *name)
{
    return alfa__fail(err, ALFA_ERROR_INPUT, name, "is damaged or cut off: not a whole BMP");
}

static enum alfa_status read_masks(struct bitmap *map, const unsigned char *bytes, size_t size,
                                   uint32_t compression, const char *name, struct alfa_error *err)
{
    static const uint32_t usual16[3] = {0x7c00, 0x03e0, 0x001f}, usual32[3] = {0xff0000, 0xff00, 0xff};
    for (int c = 0; c < 3; c++)
        map->masks[c] = map->bits == 16 ? usual16[c] : usual32[c];
    if (compression == 0)
        return ALFA_OK;
    if ((compression != 3 && compression != 6) || map->bits < 16 || map->bits == 24)
        return alfa__fail(err, ALFA_ERROR_INPUT, name, "is a compressed BMP: save it uncompressed or as PNG");
    if (size < 66)
        return damaged(err, name);
    for (int c = 0; c < 3; c++)
        map->masks[c] = u32(bytes + 54 + 4 * c);
    return ALFA_OK;
}

static enum alfa_status read_header(struct bitmap *map, const unsigned char *bytes, size_t size,
                                    const char *name, struct alfa_error *err)
{
    if (size < 54)
        return damaged(err, name);
    uint32_t offset = u32(bytes + 10), header = u32(bytes + 14), used = u32(bytes + 46);
    int64_t width = (int32_t)u32(bytes + 18), height = (int32_t)u32(bytes + 22);
    if (header < 40)
        return alfa__fail(err, ALFA_ERROR_INPUT, name,
                          "is a BMP of a kind older than Windows 3: save it as PNG");
    map->top_down = height < 0;
    height = height < 0 ? -height : height;
    ALFA__TRY(alfa__image_check_size(width, height, name, err));
    map->width = (int)width;
    map->height = (int)height;
    map->bits = (int)u16(bytes + 28);
    ALFA__TRY(read_masks(map, bytes, size, u32(bytes + 30), name, err));
    if (map->bits != 1 && map->bits != 2 && map->bits != 4 && map->bits != 8 && map->bits != 16 &&
        map->bits != 24 && map->bits != 32)
        return damaged(err, name);
    map->colours = map->bits > 8 ? 0 : used == 0 || used > 1u << map->bits ? 1 << map->bits : (int)used;
    size_t start = 14 + (size_t)header;
    if (offset == 0) /* left to the reader: pixels follow what describes them */
        offset =
            (uint32_t)(start + 4 * (size_t)map->colours + (u32(bytes + 30) == 3 && header == 40 ? 12 : 0));
    map->row = ((size_t)width * (size_t)map->bits + 31) / 32 * 4;
    if (map->colours && offset >= start && offset < start + 4 * (size_t)map->colours) {
        if (offset > start || map->bits != 8)
            return alfa__fail(err, ALFA_ERROR_INPUT, name, "is damaged: its palette and its pixels overlap");
        map->colours = 0; /* pixels where a palette should begin: there is none, and they are grey */
    }
    /* Of the last row some programs leave the filling out. */
    const size_t last = ((size_t)width * (size_t)map->bits + 7) / 8;
    if (start + 4 * (size_t)map->colours > size || offset < start || offset > size ||
        map->row * ((size_t)height - 1) + last > size - offset)
        return damaged(err, name);
    map->palette = bytes + start;
    map->pixels = bytes + offset;
    return ALFA_OK;
}

/* The bits of a mask as 0..255. */
static unsigned char channel(uint32_t value, uint32_t mask)
{
    if (mask == 0)
        return 0;
    int shift = __builtin_ctz(mask);
    uint64_t top = mask >> shift;
    return (unsigned char)(((uint64_t)((value & mask) >> shift) * 255 + top / 2) / top);
}

static void read_pixel(unsigned char *rgb, const struct bitmap *map, const unsigned char *row, int x)
{
    if (map->bits <= 8) {
        int position = x * map->bits;
        int index = row[position / 8] >> (8 - map->bits - position % 8) & ((1 << map->bits) - 1);
        for (int c = 0; c < 3; c++)
            rgb[c] = map->colours == 0      ? (unsigned char)index
                     : index < map->colours ? map->palette[4 * index + 2 - c]
                                            : 0;
    } else if (map->bits == 24) {
        for (int c = 0; c < 3; c++)
            rgb[c] = row[3 * (size_t)x + 2 - c];
    } else {
        uint32_t value = map->bits == 16 ? u16(row + 2 * (size_t)x) : u32(row + 4 * (size_t)x);
        for (int c = 0; c < 3; c++)
            rgb[c] = channel(value, map->masks[c]);
    }
}

enum alfa_status alfa__image_decode_bmp(struct alfa_image **out, const struct alfa__content *file,
                                        struct alfa_error *err)
{
    struct bitmap map = {0};
    ALFA__TRY(read_header(&map, file->bytes, file->size, file->name, err));
    ALFA__TRY(alfa__image_new(out, map.width, map.height, file->name, err));
    for (int y = 0; y < map.height; y++) {
        const unsigned char *row = map.pixels + map.row * (size_t)(map.top_down ? y : map.height - 1 - y);
        for (int x = 0; x < map.width; x++)
            read_pixel((*out)->rgb + 3 * ((size_t)y * map.width + x), &map, row, x);
    }
    return ALFA_OK;
}
