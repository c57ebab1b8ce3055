#include "image/header.h"
#include "image/extent.h"
#include "image/fields.h"

#include <stdint.h>
#include <string.h>

/* n when a value is 2^n - 1 and less than 16 bits are used, else 0: programs write the largest value of a
 * picture there as well, which says nothing about its scale. */
static int bits_of(uint64_t most)
{
    for (int n = 9; n < 16; n++)
        if (most == (1u << n) - 1)
            return n;
    return 0;
}

/* ------------------------------------------------------------------ PNG */

/* sBIT and acTL before the pixels: significant bits of each channel, and frames of an animation. */
static void read_png(struct alfa__header *out, const struct alfa__fields *file)
{
    const bool deep = file->size > 24 && file->bytes[24] == 16;
    for (uint64_t at = 8; at + 12 <= file->size; at += 12 + alfa__field(file, at, 4)) {
        const unsigned char *type = file->bytes + at + 4;
        if (memcmp(type, "IDAT", 4) == 0)
            return;
        if (memcmp(type, "acTL", 4) == 0)
            out->frames = (int)(alfa__field(file, at + 8, 4) % 10000000);
        if (deep && memcmp(type, "sBIT", 4) == 0 && alfa__field(file, at, 4) > 0 && type[4] < 16)
            out->bits = type[4];
    }
}

/* ------------------------------------------------------------------ TIFF */

/* One page's entries; only those that are asked for. */
struct page {
    uint64_t kind, old_kind, bits, compression, photometric, samples, planes, format, most;
    uint64_t below;         /* directories below it */
    uint64_t extras, extra; /* how many, and what the first is */
};

static int length_of(uint64_t type)
{
    static const int lengths[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
    return type < sizeof lengths / sizeof *lengths ? lengths[type] : 0;
}

/* The first value of an entry, wherever it lies; large: a BigTIFF. */
static uint64_t first_value(const struct alfa__fields *file, uint64_t at, bool large, uint64_t *count)
{
    const uint64_t type = alfa__field(file, at + 2, 2);
    const int length = length_of(type), room = large ? 8 : 4;
    *count = alfa__field(file, at + 4, room);
    const uint64_t place = at + (large ? 12 : 8);
    if (type == 5 || type > 10 || length == 0 || *count == 0) /* no whole numbers, except of BigTIFF */
        return type == 16 ? alfa__field(file, place, 8) : 0;
    return alfa__field(
        file, *count * (uint64_t)length > (uint64_t)room ? alfa__field(file, place, room) : place, length);
}

static void take_entry(struct page *page, uint64_t tag, uint64_t value, uint64_t count)
{
    switch (tag) {
    case 254:
        page->kind = value;
        break;
    case 255:
        page->old_kind = value;
        break;
    case 258:
        page->bits = value;
        break;
    case 259:
        page->compression = value;
        break;
    case 262:
        page->photometric = value;
        break;
    case 277:
        page->samples = value;
        break;
    case 284:
        page->planes = value;
        break;
    case 281:
    case 341:
        page->most = value;
        break;
    case 330:
        page->below = count;
        break;
    case 338:
        page->extras = count;
        page->extra = value;
        break;
    case 339:
        page->format = value;
        break;
    default:
        break;
    }
}

/* Reads the directory at a place; returns the place of the next one, 0 at the end. */
static uint64_t read_page(struct page *out, const struct alfa__fields *file, uint64_t at, bool large)
{
    const uint64_t head = large ? 8 : 2, entry = large ? 20 : 12;
    const uint64_t count = alfa__field(file, at, (int)head);
    *out = (struct page){.bits = 1, .samples = 1, .photometric = 1};
    if (count > 4096)
        return 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t values;
        const uint64_t place = at + head + i * entry, value = first_value(file, place, large, &values);
        take_entry(out, alfa__field(file, place, 2), value, values);
    }
    return alfa__field(file, at + head + count * entry, large ? 8 : 4);
}

/* A smaller copy or a mask, and no picture of its own. */
static bool is_beside(const struct page *page)
{
    return (page->kind & 5) || page->old_kind == 2;
}

/* Colours, and the alpha channel when the first extra sample is called so. A page of grey with three samples
 * or more that are not told apart is left as it is: they are colours. */
static int colours_of(const struct page *page)
{
    const uint64_t colours = page->photometric == 2 || page->photometric == 6 || page->photometric == 8 ? 3
                             : page->photometric == 5                                                   ? 4
                             : page->photometric <= 1 || page->photometric == 3                         ? 1
                                                                                                        : 0;
    if (colours == 0 || page->samples <= colours || (page->extras == 0 && colours == 1 && page->samples > 2))
        return 0;
    return (int)colours + (page->extras > 0 && (page->extra == 1 || page->extra == 2));
}

static void describe(struct alfa__header *out, const struct page *page, int index)
{
    out->page = index;
    out->stored = page->bits < 1024 ? (int)page->bits : 0;
    out->floating = page->format == 3;
    out->samples = page->samples < 1024 ? (int)page->samples : 0;
    out->strange = page->photometric == 4 || page->photometric == 9 || page->photometric == 10
                       ? (int)page->photometric
                       : 0; /* a transparency mask, ICC's and ITU's L*a*b* */
    out->luma = page->photometric == 6 && page->compression != 6 && page->compression != 7;
    out->apart = page->planes == 2 && page->samples > 1 &&
                 (page->photometric <= 1 || page->photometric == 3 || page->photometric == 8);
    out->bits = page->bits == 16 ? bits_of(page->most) : 0;
    out->white_is_zero = page->photometric == 0;
    out->colours = colours_of(page);
}

static void read_tiff(struct alfa__header *out, struct alfa__fields *file, int wanted)
{
    struct page page;
    file->big = file->size > 0 && file->bytes[0] == 'M';
    const bool large = alfa__field(file, 2, 2) == 43;
    uint64_t at = large ? alfa__field(file, 8, 8) : alfa__field(file, 4, 4);
    for (int index = 0; at && index < ALFA__MOST_PAGES; index++) {
        at = read_page(&page, file, at, large);
        if (!is_beside(&page) && ++out->pages == wanted)
            describe(out, &page, index);
        else if (index == 0)
            describe(out, &page, 0);
        out->inside = out->inside || page.below > 0;
    }
    out->inside = out->inside && out->pages == 0;
}

/* ------------------------------------------------------------------ the end of a TIFF */

/* How far what was seen reaches. Every value has its bytes in the file, so more of them than bytes are a
 * trick. */
struct reach {
    uint64_t end, values;
};

static void reach(struct reach *reached, uint64_t at, uint64_t length)
{
    if (length && at + length > reached->end && at + length >= at)
        reached->end = at + length;
    reached->values++;
}

/* Values of an entry, wherever they lie. */
struct list {
    uint64_t at, count;
    int length;
};

static struct list read_list(const struct alfa__fields *file, uint64_t at, bool large)
{
    const int room = large ? 8 : 4;
    const uint64_t type = alfa__field(file, at + 2, 2), place = at + (large ? 12 : 8);
    struct list list = {place, alfa__field(file, at + 4, room), length_of(type)};
    if (list.count > ALFA__IMAGE_MAX_FILE)
        list.count = 0;
    if (list.count * (uint64_t)list.length > (uint64_t)room)
        list.at = alfa__field(file, place, room);
    return list;
}

/* The i-th value of a list, when there is one and it is among the bytes. */
static bool read_item(uint64_t *out, const struct list *list, uint64_t i, const struct alfa__fields *file)
{
    const uint64_t place = list->at + i * (uint64_t)list->length;
    *out = alfa__field(file, place, list->length);
    return i < list->count && place + (uint64_t)list->length <= file->size;
}

/* As far as the directory, its values and its pixels reach; returns the place of the next directory. */
static uint64_t reach_page(struct reach *reached, const struct alfa__fields *file, uint64_t at, bool large,
                           int depth)
{
    const uint64_t head = large ? 8 : 2, entry = large ? 20 : 12;
    const uint64_t count = alfa__field(file, at, (int)head);
    struct list places = {0}, sizes = {0};
    uint64_t place, size;
    if (count > 4096)
        return 0;
    reach(reached, at, head + count * entry + (large ? 8 : 4));
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t here = at + head + i * entry, tag = alfa__field(file, here, 2);
        const struct list list = read_list(file, here, large);
        reach(reached, list.at, list.count * (uint64_t)list.length);
        if (tag == 273 || tag == 324)
            places = list;
        else if (tag == 279 || tag == 325)
            sizes = list;
        else if (depth == 0 && (tag == 330 || tag == 34665 || tag == 34853)) /* smaller copies, EXIF, GPS */
            for (uint64_t n = 0; n < 16 && read_item(&place, &list, n, file); n++)
                reach_page(reached, file, place, large, 1);
    }
    for (uint64_t i = 0; reached->values <= file->size && read_item(&place, &places, i, file) &&
                         read_item(&size, &sizes, i, file);
         i++)
        reach(reached, place, size);
    return alfa__field(file, at + head + count * entry, large ? 8 : 4);
}

size_t alfa__tiff_extent(const unsigned char *bytes, size_t size)
{
    struct alfa__fields file = {bytes, size, bytes[0] == 'M'};
    const bool large = alfa__field(&file, 2, 2) == 43;
    struct reach reached = {0};
    uint64_t at = large ? alfa__field(&file, 8, 8) : alfa__field(&file, 4, 4);
    for (int index = 0; at && index < ALFA__MOST_PAGES && reached.values <= size; index++)
        at = reach_page(&reached, &file, at, large, 0);
    return reached.values <= size ? (size_t)reached.end : 0;
}

/* ------------------------------------------------------------------ JPEG */

/* Starts of scans from a place on. Within a scan, 0xff is followed by 0 or by the number of a restart. */
static int count_scans(const struct alfa__fields *file, size_t at)
{
    int scans = 0;
    const unsigned char *next = file->bytes + at, *end = file->bytes + file->size;
    while ((next = memchr(next, 0xff, (size_t)(end - next))) && next + 1 < end)
        scans += *++next == 0xda;
    return scans;
}

static void read_jpeg(struct alfa__header *out, struct alfa__fields *file)
{
    file->big = true;
    for (uint64_t at = 2; at + 9 < file->size; at += 2 + alfa__field(file, at + 2, 2)) {
        while (at + 9 < file->size && file->bytes[at] == 0xff && file->bytes[at + 1] == 0xff)
            at++; /* filling */
        const unsigned kind = file->bytes[at + 1];
        if (file->bytes[at] != 0xff || kind == 0xda)
            return;
        if (kind != 0xf7 && (kind < 0xc0 || kind > 0xcf || kind == 0xc4 || kind == 0xc8 || kind == 0xcc))
            continue;
        out->stored = file->bytes[at + 4];
        out->lossless = kind == 0xf7 || kind == 0xc3 || kind == 0xc7 || kind == 0xcb || kind == 0xcf;
        if (kind == 0xc2 || kind == 0xc6 || kind == 0xca || kind == 0xce)
            out->scans = count_scans(file, (size_t)at);
        return;
    }
}

struct alfa__header alfa__header_read(enum alfa__format format, const unsigned char *bytes, size_t size,
                                      int page)
{
    struct alfa__header out = {0};
    struct alfa__fields file = {.bytes = bytes, .size = size};
    if (format == ALFA__FORMAT_JPEG) {
        read_jpeg(&out, &file);
    } else if (format == ALFA__FORMAT_PNG) {
        file.big = true;
        read_png(&out, &file);
    } else if (format == ALFA__FORMAT_TIFF) {
        read_tiff(&out, &file, page);
    }
    return out;
}
