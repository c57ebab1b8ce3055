/* Windows bitmaps: 1, 2, 4, 8, 16, 24 and 32 bits a pixel, run lengths of 4 and 8, and the first kind of
 * OS/2. An alpha channel is ignored, as image viewers do: many programs leave it at zero. */
#include "image/image.h"

#include <stdint.h>
#include <stdlib.h>

struct bitmap {
    const unsigned char *palette; /* blue, green, red, unused; OS/2's has no unused ones */
    int entry;                    /* bytes a colour of it */
    bool runs;                    /* pixels are stored as run lengths */
    const unsigned char *pixels;
    size_t row; /* bytes, a multiple of 4 but for home-made files */
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
    map->runs = (compression == 1 && map->bits == 8) || (compression == 2 && map->bits == 4);
    if (compression == 0 || map->runs)
        return ALFA_OK;
    if ((compression != 3 && compression != 6) || map->bits < 16 || map->bits == 24)
        return alfa__fail(err, ALFA_ERROR_INPUT, name, "is a compressed BMP: save it uncompressed or as PNG");
    if (size < 66)
        return damaged(err, name);
    for (int c = 0; c < 3; c++)
        map->masks[c] = u32(bytes + 54 + 4 * c);
    return ALFA_OK;
}

/* Size, depth and masks; *used gets the colours of the palette as the file counts them, 0: all. */
static enum alfa_status read_geometry(struct bitmap *map, uint32_t *used, const unsigned char *bytes,
                                      size_t size, const char *name, struct alfa_error *err)
{
    const uint32_t header = size < 26 ? 0 : u32(bytes + 14);
    const bool old = header == 12;
    if (header == 0 || (!old && size < 54))
        return damaged(err, name);
    if (!old && header < 40)
        return alfa__fail(err, ALFA_ERROR_INPUT, name,
                          "is a BMP of a kind older than Windows 3: save it as PNG");
    const int64_t width = old ? (int32_t)u16(bytes + 18) : (int32_t)u32(bytes + 18);
    int64_t height = old ? (int32_t)u16(bytes + 20) : (int32_t)u32(bytes + 22);
    map->top_down = height < 0;
    height = height < 0 ? -height : height;
    ALFA__TRY(alfa__image_check_size(width, height, name, err));
    map->width = (int)width;
    map->height = (int)height;
    map->bits = (int)u16(bytes + (old ? 24 : 28));
    map->entry = old ? 3 : 4;
    *used = old ? 0 : u32(bytes + 46);
    return read_masks(map, bytes, size, old ? 0 : u32(bytes + 30), name, err);
}

/* Where the palette and the pixels are. */
static enum alfa_status read_places(struct bitmap *map, uint32_t used, const unsigned char *bytes,
                                    size_t size, const char *name, struct alfa_error *err)
{
    const size_t width = (size_t)map->width, height = (size_t)map->height,
                 start = 14 + (size_t)u32(bytes + 14);
    size_t offset = u32(bytes + 10);
    map->colours = map->bits > 8 ? 0 : used == 0 || used > 1u << map->bits ? 1 << map->bits : (int)used;
    const size_t palette = (size_t)map->entry * (size_t)map->colours;
    if (offset == 0) /* left to the reader: pixels follow what describes them */
        offset = start + palette + (start == 54 && u32(bytes + 30) == 3 ? 12 : 0);
    map->row = (width * (size_t)map->bits + 31) / 32 * 4;
    if (map->colours && offset >= start && offset < start + palette) {
        if (offset > start || map->bits != 8)
            return alfa__fail(err, ALFA_ERROR_INPUT, name, "is damaged: its palette and its pixels overlap");
        map->colours = 0; /* pixels where a palette should begin: there is none, and they are grey */
    }
    /* Of the last row some programs leave the filling out. */
    const size_t last = (width * (size_t)map->bits + 7) / 8;
    if (!map->runs && offset <= size && last * height == size - offset)
        map->row = last; /* nor are the others filled up, as by people who write the format themselves */
    if (start + (size_t)map->entry * (size_t)map->colours > size || offset < start || offset > size ||
        (!map->runs && map->row * (height - 1) + last > size - offset))
        return damaged(err, name);
    map->palette = bytes + start;
    map->pixels = bytes + offset;
    return ALFA_OK;
}

static enum alfa_status read_header(struct bitmap *map, const unsigned char *bytes, size_t size,
                                    const char *name, struct alfa_error *err)
{
    uint32_t used = 0;
    ALFA__TRY(read_geometry(map, &used, bytes, size, name, err));
    if (map->bits != 1 && map->bits != 2 && map->bits != 4 && map->bits != 8 && map->bits != 16 &&
        map->bits != 24 && map->bits != 32)
        return damaged(err, name);
    return read_places(map, used, bytes, size, name, err);
}

/* ------------------------------------------------------------------ run lengths */

/* A row of indices that is being written, and what stands beyond its end is dropped. */
struct pen {
    unsigned char *indices; /* a byte each, rows from below */
    size_t width, height, x, y;
};

/* count pixels from the bytes, of which a single one is repeated; four: of 4 bits each. */
static void draw(struct pen *pen, const unsigned char *bytes, size_t count, bool repeated, bool four)
{
    for (size_t i = 0; i < count && pen->y < pen->height && pen->x + i < pen->width; i++) {
        const unsigned char byte = bytes[repeated ? 0 : four ? i / 2 : i];
        pen->indices[pen->y * pen->width + pen->x + i] = !four ? byte : i % 2 ? byte & 15 : byte >> 4;
    }
    pen->x += count;
}

/* Pairs of a count and a value; a count of 0 is followed by an end of a row or the picture, a step, or a
 * count of pixels that are no run. False when there is no end. */
static bool unpack(struct pen *pen, const unsigned char *in, const unsigned char *end, bool four)
{
    for (; end - in >= 2; in += 2) {
        const size_t count = in[0], value = in[1], room = four ? (value + 1) / 2 : value;
        if (count) {
            draw(pen, in + 1, count, true, four);
        } else if (value == 0) {
            pen->x = 0;
            pen->y++;
        } else if (value == 1) {
            return true;
        } else if (value == 2 && end - in >= 4) {
            pen->x += in[2];
            pen->y += in[3];
            in += 2;
        } else if (value > 2 && (size_t)(end - in) >= 2 + room) {
            draw(pen, in + 2, value, false, four);
            in += room + room % 2;
        } else {
            return false;
        }
        if (end - in < 2)
            return false;
    }
    return false;
}

/* Puts what the run lengths say in the place of them; *indices is freed by the caller. */
static enum alfa_status unpack_runs(unsigned char **indices, struct bitmap *map,
                                    const struct alfa__content *file, struct alfa_error *err)
{
    struct pen pen = {.width = (size_t)map->width, .height = (size_t)map->height};
    *indices = pen.indices = calloc(pen.height, pen.width);
    if (!pen.indices)
        return alfa__fail_memory(err, pen.height * pen.width);
    if (!unpack(&pen, map->pixels, (const unsigned char *)file->bytes + file->size, map->bits == 4))
        return damaged(err, file->name);
    map->pixels = pen.indices;
    map->row = pen.width;
    map->bits = 8;
    return ALFA_OK;
}

/* ------------------------------------------------------------------ pixels */

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
                     : index < map->colours ? map->palette[map->entry * index + 2 - c]
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
    unsigned char *indices = NULL;
    ALFA__TRY(read_header(&map, file->bytes, file->size, file->name, err));
    enum alfa_status status = map.runs ? unpack_runs(&indices, &map, file, err) : ALFA_OK;
    if (status == ALFA_OK)
        status = alfa__image_new(out, map.width, map.height, file->name, err);
    for (int y = 0; status == ALFA_OK && y < map.height; y++) {
        const unsigned char *row = map.pixels + map.row * (size_t)(map.top_down ? y : map.height - 1 - y);
        for (int x = 0; x < map.width; x++)
            read_pixel((*out)->rgb + 3 * ((size_t)y * map.width + x), &map, row, x);
    }
    free(indices);
    return status;
}
