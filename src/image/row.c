#include "image/extent.h"

#include <ctype.h>
#include <string.h>

/* What may stand between two pictures. */
static bool is_filling(unsigned char byte)
{
    return byte == 0 || isspace(byte);
}

/* How many bytes tell whether a picture begins: a list of file types counts as a whole. */
static size_t sight(const unsigned char *bytes, size_t size)
{
    if (size < ALFA__SIGHT || memcmp(bytes + 4, "ftyp", 4) != 0)
        return ALFA__SIGHT;
    const size_t box = (size_t)bytes[2] << 8 | bytes[3];
    return box > ALFA__SIGHT ? box : ALFA__SIGHT;
}

/* Whether a picture begins for certain, and not by chance among other bytes: with the same bytes as another
 * one, or with more than a few that stand nowhere else. Within a JPEG there may be smaller ones. */
static bool is_sure(const unsigned char *bytes, size_t size, const unsigned char *other, bool in_jpeg)
{
    if (size < ALFA__SIGHT || !alfa__format_of(bytes, size))
        return false;
    if (other && memcmp(other, bytes, sizeof((struct alfa__row *)0)->first) == 0)
        return true;
    if (memcmp(bytes, "\xff\xd8\xff", 3) == 0)
        return !in_jpeg && (memcmp(bytes + 6, "JFIF", 5) == 0 || memcmp(bytes + 6, "Exif", 5) == 0);
    return memcmp(bytes, "\x89PNG", 4) == 0 || memcmp(bytes, "RIFF", 4) == 0 ||
           memcmp(bytes, "GIF8", 4) == 0 || memcmp(bytes + 4, "ftyp", 4) == 0;
}

static bool begins(const struct alfa__row *row, const unsigned char *bytes, size_t size)
{
    const bool sure = is_sure(bytes, size, row->count ? row->first : NULL, row->lost && *row->first == 0xff);
    if (row->lost || row->passed > ALFA__GAP)
        return sure;
    return sure ||
           (alfa__image_begins(bytes, size) && (row->passed == 0 || (*bytes != 'B' && *bytes != 'P')));
}

/* Steps to where a picture begins; false when none is there yet. */
static bool seek(struct alfa__row *row, const unsigned char *bytes, size_t size, bool over)
{
    for (; row->at < size && (row->count > 0 || row->passed <= ALFA__GAP); row->at++) {
        const unsigned char *here = bytes + row->at;
        const size_t left = size - row->at, needed = sight(here, left);
        row->want = needed;
        if (left < needed && !over)
            return false;
        if (begins(row, here, left))
            return true;
        row->passed += !row->lost && (row->passed > 0 || !is_filling(*here));
    }
    row->want = ALFA__SIGHT;
    return false;
}

/* How far a picture without an end of its own reaches; 0 when that is not there yet. Of what is not read the
 * beginning is enough to say so. */
static size_t reach(const unsigned char *bytes, size_t size, bool over)
{
    for (size_t at = 1; at < size; at++)
        if (is_sure(bytes + at, size - at, size < ALFA__SIGHT ? NULL : bytes, *bytes == 0xff))
            return at;
    return over || !alfa__format_of(bytes, size) ? size : 0;
}

/* Where within its length the picture begins anew: it was cut off, and what seemed its pixels is the next
 * one, written with the same header. Smaller copies in a JPEG may begin as it does, and its end shows better.
 */
static size_t cut(const unsigned char *bytes, size_t length)
{
    enum { HEAD = 12 };
    const unsigned char *again =
        length > HEAD && *bytes != 0xff ? memmem(bytes + 1, length - 1, bytes, HEAD) : NULL;
    return again ? (size_t)(again - bytes) : length;
}

static void take(struct alfa__row *row, const unsigned char *bytes, size_t length, bool lost)
{
    row->begin = row->at;
    row->length = length;
    row->at += length;
    row->lost = lost;
    row->want = 0;
    row->count++;
    memcpy(row->first, bytes, length < sizeof row->first ? length : sizeof row->first);
}

bool alfa__row_next(struct alfa__row *row, const unsigned char *bytes, size_t size, bool over)
{
    if (row->length) /* of the last one, behind which nothing was passed yet */
        row->passed = 0;
    row->length = 0;
    if (!seek(row, bytes, size, over)) {
        if (row->count > 0 || row->passed == 0 || (!over && row->passed <= ALFA__GAP))
            return false;
        row->at -= row->passed;                               /* the beginning of something unknown */
        while (row->at > 0 && is_filling(bytes[row->at - 1])) /* which may be zeros, as that of a film */
            row->at--;
        row->passed = 0;
        take(row, bytes + row->at, reach(bytes + row->at, size - row->at, over), true);
        return true;
    }
    const size_t left = size - row->at;
    size_t length = alfa__image_extent(bytes + row->at, left, over);
    row->want = length > left ? length : left + 1;
    if (length > left)
        return false;
    const bool lost = length == 0;
    if (lost)
        length = reach(bytes + row->at, left, over);
    if (length > 0)
        take(row, bytes + row->at, cut(bytes + row->at, length), lost);
    return length > 0;
}

void alfa__row_give_up(struct alfa__row *row, const unsigned char *bytes, size_t size)
{
    take(row, bytes + row->at, size - row->at, true);
}
