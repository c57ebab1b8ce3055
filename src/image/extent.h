/* Pictures that are written one behind another, as ffmpeg's image2pipe, cat and programs of cameras do, in
 * bytes that arrive bit by bit: where one ends and the next begins. Nothing is decoded. */
#ifndef ALFA_IMAGE_EXTENT_H
#define ALFA_IMAGE_EXTENT_H

#include "image/image.h"

/* How many bytes the picture takes that the bytes begin with. More than size: look again when so many are
 * there; that does not happen with over: no more will come. 0 when it cannot be told: it is damaged or cut
 * off, or reaches to the end, wherever that is. What a JPEG says to belong to it (gain maps, the second eye,
 * smaller copies) is part of it, and one that is cut off ends where the next begins. The end of HEIC and AVIF
 * shows when something else follows. */
size_t alfa__image_extent(const unsigned char *bytes, size_t size, bool over);

/* Those of single formats, asked by alfa__image_extent(). */
size_t alfa__tiff_extent(const unsigned char *bytes, size_t size);
size_t alfa__pnm_extent(const unsigned char *bytes, size_t size, bool over);

/* Bytes between two pictures that some programs write and nothing names. */
#define ALFA__GAP 256

/* Pictures in a row. Zeroed before the first; at, begin and length are places among the bytes that are given.
 */
struct alfa__row {
    size_t at;            /* what lies before is done with. The caller may drop it and set this to 0, unless
                           * something was passed and nothing found */
    size_t begin, length; /* of the picture that was found */
    size_t want;          /* when none was found: how many bytes to come back with, at least */
    size_t passed;        /* bytes before the picture, or at the end, that begin none and are no filling */
    int count;            /* pictures so far */
    bool lost;            /* the end of the last one cannot be told, what follows is its rest */
    unsigned char first[8];
};

/* Finds the next picture among the bytes that are there, and steps behind it: its bytes end where it ends,
 * or, when that cannot be told, where another begins for certain. What begins no picture is passed over; at
 * the very beginning it counts as a picture, of no known kind. False when more bytes are needed, and, with
 * over, at the end. What is passed between two that are told apart is at most ALFA__GAP long, or the next one
 * begins as the last did or with bytes that stand nowhere else. */
bool alfa__row_next(struct alfa__row *row, const unsigned char *bytes, size_t size, bool over);

/* Takes all that is there for the beginning of a picture that is too long: what follows is its rest. */
void alfa__row_give_up(struct alfa__row *row, const unsigned char *bytes, size_t size);

#endif
