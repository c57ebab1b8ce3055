#include "image/extent.h"
#include "image/fields.h"

#include <ctype.h>
#include <string.h>

/* ------------------------------------------------------------------ JPEG */

/* The end of all that a Multi-Picture index names (CIPA DC-007), from the marker's data on: entries of 16
 * bytes, with size and place, the place counted from the index's own header. */
static size_t end_of_index(const struct alfa__fields *file, size_t data)
{
    struct alfa__fields index = {.bytes = file->bytes + data + 4, .size = file->size - data - 4};
    size_t end = 0;
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
            if (place && place + size <= index.size && data + 4 + place + size > end)
                end = (size_t)(data + 4 + place + size);
        }
    }
    return end;
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

static size_t jpeg_extent(const struct alfa__fields *file)
{
    size_t more = 0;
    for (size_t at = 2; at + 2 <= file->size && file->bytes[at] == 0xff;) {
        const unsigned kind = file->bytes[at + 1];
        if (kind == 0xd8)
            return at; /* another begins within this one */
        if (kind == 0xd9)
            return more > at + 2 ? more : at + 2;
        if (kind == 0xff || kind == 1 || (kind >= 0xd0 && kind <= 0xd7)) {
            at += kind == 0xff ? 1 : 2;
            continue;
        }
        const size_t length = (size_t)alfa__field(file, at + 2, 2);
        if (length < 2 || at + 2 + length > file->size)
            return 0;
        if (kind == 0xe2 && length > 16 && memcmp(file->bytes + at + 4, "MPF", 4) == 0)
            more = end_of_index(file, at + 4);
        at += 2 + length;
        if (kind == 0xda)
            at = end_of_scan(file, at);
    }
    return 0;
}

/* ------------------------------------------------------------------ chunks and blocks */

static size_t png_extent(const struct alfa__fields *file)
{
    for (size_t at = 8; at + 12 <= file->size;) {
        const size_t length = (size_t)alfa__field(file, at, 4);
        const unsigned char *type = file->bytes + at + 4;
        if (length > file->size - at - 12 || !isalpha(type[0]) || !isalpha(type[3]))
            return 0;
        at += 12 + length;
        if (memcmp(type, "IEND", 4) == 0)
            return at;
    }
    return 0;
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
    return at < file->size ? at + 1 : 0;
}

/* Boxes of ISO 14496-12; a file begins with ftyp. */
static size_t heif_extent(const struct alfa__fields *file)
{
    size_t at = 0;
    while (at + 8 <= file->size && (at == 0 || !alfa__image_begins(file->bytes + at, file->size - at))) {
        uint64_t length = alfa__field(file, at, 4);
        if (length == 1)
            length = alfa__field(file, at + 8, 8);
        if (length == 0 && memcmp(file->bytes + at + 4, "mdat", 4) == 0)
            return 0; /* to the end of the file, wherever that is */
        if (length < 8 || length > file->size - at || !isalnum(file->bytes[at + 4]))
            return at;
        at += (size_t)length;
    }
    return at;
}

/* A size that the header says. */
static size_t said(uint64_t length, size_t least, const struct alfa__fields *file)
{
    return length >= least && length <= file->size ? (size_t)length : 0;
}

size_t alfa__image_extent(const unsigned char *bytes, size_t size)
{
    struct alfa__fields little = {bytes, size, false}, big = {bytes, size, true};
    if (size < 16)
        return 0;
    if (memcmp(bytes, "\xff\xd8\xff", 3) == 0)
        return jpeg_extent(&big);
    if (memcmp(bytes, "\x89PNG", 4) == 0)
        return png_extent(&big);
    if (memcmp(bytes, "GIF8", 4) == 0)
        return gif_extent(&little);
    if (memcmp(bytes, "RIFF", 4) == 0)
        return said((alfa__field(&little, 4, 4) + 9) / 2 * 2, 12, &little);
    if (memcmp(bytes, "II", 2) == 0 || memcmp(bytes, "MM", 2) == 0)
        return alfa__tiff_extent(bytes, size);
    if (memcmp(bytes + 4, "ftyp", 4) == 0)
        return heif_extent(&big);
    if (memcmp(bytes, "BM", 2) == 0)
        return said(alfa__field(&little, 2, 4), 26, &little);
    return bytes[0] == 'P' ? alfa__pnm_extent(bytes, size) : 0;
}

/* ------------------------------------------------------------------ one behind another */

/* The next place where a PNG begins, whose eight bytes stand nowhere else, or the end: what comes behind a
 * picture whose own end is lost. */
static size_t find_png(const unsigned char *bytes, size_t at, size_t size)
{
    for (; at + 8 <= size; at++) {
        const unsigned char *next = memchr(bytes + at, 0x89, size - 7 - at);
        if (!next)
            return size;
        at = (size_t)(next - bytes);
        if (memcmp(next, "\x89PNG\r\n\x1a\n", 8) == 0)
            return at;
    }
    return size;
}

/* Where the next picture begins behind one that ends at *end; size when none does. A few bytes between them
 * that are no filling are the first one's, which some programs write and nothing in the file names. */
static size_t find_next(size_t *end, const unsigned char *bytes, size_t size)
{
    enum { GAP = 256 };
    size_t next = *end;
    while (next < size && (bytes[next] == 0 || isspace(bytes[next])) &&
           !alfa__image_begins(bytes + next, size - next)) /* HEIC begins with zeros, too */
        next++;
    if (next == size || alfa__image_begins(bytes + next, size - next))
        return next;
    for (size_t at = next; at < size && at - next < GAP; at++)
        if (bytes[at] != 'B' && bytes[at] != 'P' && alfa__image_begins(bytes + at, size - at))
            return *end = at;
    return size;
}

bool alfa__image_next(const unsigned char **picture, size_t *length, size_t *at, size_t *left,
                      const unsigned char *bytes, size_t size)
{
    *left = 0;
    if (*at >= size)
        return false;
    *picture = bytes + *at;
    size_t end = alfa__image_extent(*picture, size - *at);
    end = end ? *at + end : find_png(bytes, *at + 1, size);
    const size_t next = find_next(&end, bytes, size);
    for (size_t i = end; next == size && i < size && !*left; i++)
        if (bytes[i] && !isspace(bytes[i])) {
            *left = size - end;
            end = size;
        }
    *length = end - *at;
    *at = next;
    return true;
}
