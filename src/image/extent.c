#include "image/extent.h"
#include "image/fields.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ JPEG */

/* The end of all that a Multi-Picture index names (CIPA DC-007), from the marker's data on: entries of 16
 * bytes, with size and place, the place counted from the index's own header. Where no picture begins at such
 * a place, they were left out of the file and the index was not. */
static size_t end_of_index(const struct alfa__fields *file, size_t data, bool over)
{
    struct alfa__fields index = {.bytes = file->bytes + data + 4, .size = file->size - data - 4};
    uint64_t end = 0;
    index.big = index.size > 0 && index.bytes[0] == 'M';
    const uint64_t at = alfa__field(&index, 4, 4), count = alfa__field(&index, at, 2);
    for (uint64_t i = 0; i < count && i < 64; i++) {
        const uint64_t entry = at + 2 + 12 * i;
        if (alfa__field(&index, entry, 2) != 0xb002)
            continue;
        const uint64_t list = alfa__field(&index, entry + 8, 4);
        for (uint64_t n = 0; n < alfa__field(&index, entry + 4, 4) / 16 && n < 256; n++) {
            const uint64_t size = alfa__field(&index, list + 16 * n + 4, 4);
            const uint64_t place = alfa__field(&index, list + 16 * n + 8, 4);
            const bool there = place + 2 <= index.size;
            const uint64_t reach = data + 4 + place + (there ? size : 2);
            if (place && (!there || memcmp(index.bytes + place, "\xff\xd8", 2) == 0) && reach > end &&
                (!over || reach <= file->size))
                end = reach;
        }
    }
    return (size_t)end;
}

/* From a place within a scan to the next marker that is none of a scan. */
static size_t end_of_scan(const struct alfa__fields *file, size_t at)
{
    while (at + 1 < file->size) {
        const unsigned char *next = memchr(file->bytes + at, 0xff, file->size - 1 - at);
        if (!next)
            return file->size;
        at = (size_t)(next - file->bytes);
        const unsigned kind = next[1];
        if (kind != 0 && kind != 0xff && (kind < 0xd0 || kind > 0xd7))
            return at;
        at += kind == 0xff ? 1 : 2;
    }
    return file->size;
}

static size_t jpeg_extent(const struct alfa__fields *file, bool over)
{
    size_t at = 2, index = 0;
    while (at + 2 <= file->size && file->bytes[at] == 0xff) {
        const unsigned kind = file->bytes[at + 1];
        if (kind == 0xd8)
            return at; /* another begins within this one */
        if (kind == 0xd9) {
            const size_t more = index ? end_of_index(file, index, over) : 0;
            return more > at + 2 ? more : at + 2;
        }
        if (kind == 0xff || kind == 1 || (kind >= 0xd0 && kind <= 0xd7)) {
            at += kind == 0xff ? 1 : 2;
            continue;
        }
        const size_t length = (size_t)alfa__field(file, at + 2, 2);
        if (at + 4 > file->size || at + 2 + length > file->size)
            return at + 4 + length;
        if (length < 2)
            return 0;
        if (kind == 0xe2 && length > 16 && memcmp(file->bytes + at + 4, "MPF", 4) == 0)
            index = at + 4;
        at += 2 + length;
        if (kind == 0xda)
            at = end_of_scan(file, at);
    }
    return at + 2 > file->size ? at + 2 : 0;
}

/* ------------------------------------------------------------------ chunks and blocks */

static size_t png_extent(const struct alfa__fields *file)
{
    size_t at = 8;
    while (at + 8 <= file->size) {
        const size_t length = (size_t)alfa__field(file, at, 4);
        const unsigned char *type = file->bytes + at + 4;
        if (length > INT32_MAX || !isalpha(type[0]) || !isalpha(type[3]))
            return 0;
        at += 12 + length;
        if (memcmp(type, "IEND", 4) == 0)
            return at;
    }
    return at + 8;
}

static size_t gif_colours(unsigned flags)
{
    return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

static size_t gif_extent(const struct alfa__fields *file)
{
    size_t at = 13 + gif_colours((unsigned)alfa__field(file, 10, 1));
    while (at < file->size && file->bytes[at] != 0x3b) {
        if (file->bytes[at] == 0x2c)
            at += 11 + gif_colours((unsigned)alfa__field(file, at + 9, 1));
        else if (file->bytes[at] == 0x21)
            at += 2;
        else
            return 0;
        while (at < file->size && file->bytes[at])
            at += 1 + (size_t)file->bytes[at];
        at++;
    }
    return at + 1;
}

static bool is_type(const unsigned char *name)
{
    return isalnum(name[0]) && isalnum(name[1]) && isalnum(name[2]) && isalnum(name[3]);
}

/* Boxes of ISO 14496-12; a file begins with ftyp and ends where no box follows, which only shows when more is
 * there. */
static size_t heif_extent(const struct alfa__fields *file, bool over)
{
    size_t at = 0;
    const size_t sight = over ? 8 : ALFA__SIGHT;
    while (at + sight <= file->size && (at == 0 || !alfa__image_begins(file->bytes + at, file->size - at))) {
        uint64_t length = alfa__field(file, at, 4);
        if (length == 1)
            length = alfa__field(file, at + 8, 8);
        if (length == 0 && memcmp(file->bytes + at + 4, "mdat", 4) == 0)
            return 0; /* to the end of the file, wherever that is */
        if (length < 8 || length > ALFA__IMAGE_MAX_FILE || !is_type(file->bytes + at + 4) ||
            (over && length > file->size - at))
            return at;
        at += (size_t)length;
    }
    return over || at + sight <= file->size ? at : at + sight;
}

/* What the header says, or, where that is nothing or too little, what the pixels take. */
static size_t bmp_extent(const struct alfa__fields *file)
{
    const uint64_t said = alfa__field(file, 2, 4), offset = alfa__field(file, 10, 4);
    const int32_t width = (int32_t)alfa__field(file, 18, 4), height = (int32_t)alfa__field(file, 22, 4);
    const uint64_t columns = (uint64_t)llabs(width), rows = (uint64_t)llabs(height);
    const uint64_t method = alfa__field(file, 30, 4),
                   row = (columns * alfa__field(file, 28, 2) + 31) / 32 * 4;
    if (file->size < 54)
        return 54;
    if (alfa__field(file, 14, 4) < 40 || columns > ALFA__IMAGE_MAX_SIDE || rows > ALFA__IMAGE_MAX_SIDE)
        return said < 26 ? 0 : (size_t)said;
    const uint64_t least = offset + (method == 1 || method == 2 ? alfa__field(file, 34, 4) : row * rows);
    return (size_t)(said < least ? least : said);
}

static size_t measure(const struct alfa__fields *little, const struct alfa__fields *big, bool over)
{
    const unsigned char *bytes = little->bytes;
    if (memcmp(bytes, "\xff\xd8\xff", 3) == 0)
        return jpeg_extent(big, over);
    if (memcmp(bytes, "\x89PNG", 4) == 0)
        return png_extent(big);
    if (memcmp(bytes, "GIF8", 4) == 0)
        return gif_extent(little);
    if (memcmp(bytes, "RIFF", 4) == 0)
        return alfa__field(little, 4, 4) < 4 ? 0 : (size_t)(alfa__field(little, 4, 4) + 9) / 2 * 2;
    if (memcmp(bytes, "II", 2) == 0 || memcmp(bytes, "MM", 2) == 0)
        return alfa__tiff_extent(bytes, little->size);
    if (memcmp(bytes + 4, "ftyp", 4) == 0)
        return heif_extent(big, over);
    if (memcmp(bytes, "BM", 2) == 0)
        return bmp_extent(little);
    return bytes[0] == 'P' ? alfa__pnm_extent(bytes, little->size, over) : 0;
}

size_t alfa__image_extent(const unsigned char *bytes, size_t size, bool over)
{
    const struct alfa__fields little = {bytes, size, false}, big = {bytes, size, true};
    if (size < ALFA__SIGHT)
        return over ? size : ALFA__SIGHT;
    const size_t extent = measure(&little, &big, over);
    return extent > ALFA__IMAGE_MAX_FILE || (over && extent > size) ? 0 : extent;
}
