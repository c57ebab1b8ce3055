/* An image in memory, and the readers that make one.
 *
 * A file becomes an image in three steps: load.c reads the file, kind.c tells by its first bytes what it is,
 * one reader turns the bytes into upright 8-bit RGB (decode.c through libvips for JPEG, PNG, TIFF, WebP and
 * GIF; bmp.c and pnm.c by themselves, since libvips leaves these two to loaders that are not made for
 * untrusted files), and every reader asks alfa__image_new() for the memory, which refuses sizes above the
 * limits before anything is allocated or decoded. */
#ifndef ALFA_IMAGE_IMAGE_H
#define ALFA_IMAGE_IMAGE_H

#include "base/files.h"
#include "image/kind.h"

#include <limits.h>

/* Limits (docs/limits.md). 200 megapixels is more than any camera makes and takes 600 MB. */
#define ALFA__IMAGE_MAX_SIDE 65500
#define ALFA__IMAGE_MAX_PIXELS 200000000LL
#define ALFA__IMAGE_MAX_FILE 2000000000UL

/* Of a progressive JPEG, which makes a decoder go over all pixels once a scan for a few bytes: ten are usual.
 */
#define ALFA__IMAGE_MAX_SCANS 100
#define ALFA__IMAGE_MAX_WORK 4000000000LL /* pixels times scans */

struct alfa_image {
    int width, height;
    unsigned char *rgb; /* height x width x 3, rows without padding; freed with free(), or by release */
    void (*release)(void *context);
    void *context;
    struct alfa_image_facts facts;
    bool only_first; /* of its pages can be read: an animated PNG */
};

/* How many of 16 bits are used, as said (0: nobody said) and by the largest sample: said bits hold only when
 * no sample exceeds them. *suspect gets 8, 10, 12 or 14 when nobody said and no sample needs more, else 0. */
int alfa__image_bits(int *suspect, int said, unsigned largest);

/* What there may be to say about a picture that was read. */
enum alfa__fact { ALFA__FACT_DARK, ALFA__FACT_PAGES, ALFA__FACT_SPARE, ALFA__FACT_FOLLOWED, ALFA__FACTS };
enum { ALFA__FACT_ROOM = 128 };

/* It as a sentence whose subject is the picture; false: it does not hold. */
bool alfa__image_fact(char out[ALFA__FACT_ROOM], struct alfa_image_facts facts, enum alfa__fact fact);

/* ALFA_ERROR_INPUT when a side is below 1, ALFA_ERROR_LIMIT when the image is too large. name is for the
 * message. */
enum alfa_status alfa__image_check_size(long long width, long long height, const char *name,
                                        struct alfa_error *err);

/* Asks for large pages where many pixels will be written: handing out small ones takes a quarter of the time
 * in which 12 megapixels are judged. For fresh memory; NULL is let be. */
void alfa__image_large_pages(unsigned char *pixels, size_t size);

/* A black image, size checked; freed with alfa_image_free(). */
enum alfa_status alfa__image_new(struct alfa_image **out, long long width, long long height, const char *name,
                                 struct alfa_error *err);

/* The same for a picture that is drawn: the limits for photographs do not hold, a legend may be below one. */
enum alfa_status alfa__image_alloc(struct alfa_image **out, int width, int height, struct alfa_error *err);

/* Of a frame whose format and size are good: bytes of a row without padding, of planes of the first one; of
 * all of it, whose last row may lack its padding where there are no planes; and which of its width, height
 * and stride is odd but may not be (NULL: none). */
size_t alfa__frame_row(const struct alfa_frame *frame);
size_t alfa__frame_bytes(const struct alfa_frame *frame);
const char *alfa__frame_odd(const struct alfa_frame *frame);

/* The pixels as 32 hexadecimal digits, to know a picture again. */
void alfa__image_digest(char out[33], const struct alfa_image *image);

/* The readers; *out is set on success only. */
/* With longest, a JPEG comes smaller where its longer side has at least twice as many pixels; 0: it does not.
 */
enum alfa_status alfa__image_decode_vips(struct alfa_image **out, enum alfa__format format,
                                         const struct alfa__content *file,
                                         const struct alfa_image_options *options, int longest,
                                         struct alfa_error *err);
/* Of a file in memory a picture to be looked at, its longer side at most longest. Of a large JPEG not every
 * pixel is decoded: 12 megapixels to 320 pixels take half the time. */
enum alfa_status alfa__image_decode_small(struct alfa_image **out, const void *bytes, size_t size,
                                          int longest, struct alfa_error *err);
/* Whether a file's name is that of a picture that is read here; HEIC and AVIF must be openable on this
 * machine as well. */
bool alfa__image_named(const char *path);
/* Whether a file begins as such a picture, whatever it is called. PNM, whose two letters begin texts too, are
 * not told. */
bool alfa__image_is_unnamed(const char *path);
/* Whether a HEIC or AVIF file can be opened: libvips has a reader for it, and its header is good. */
bool alfa__image_is_heif(const char *path);
bool alfa__image_opens_heif(const void *bytes, size_t size);

/* The smallest and the largest value of a mask's pixels, 0 where it is transparent; the smallest that is not
 * 0; and from which on they count. */
struct alfa__mask_values {
    int least, most, faintest, from;
};

/* Before the first value; and one more of them. */
#define ALFA__MASK_VALUES_NONE(from) \
    {                                \
        INT_MAX, 0, INT_MAX, from    \
    }
void alfa__mask_values_add(struct alfa__mask_values *values, int value);

/* Several values and no black place: such a mask does not say what is normal, or what does not count. */
bool alfa__mask_lacks_black(const struct alfa__mask_values *values);

/* A mask from a file: white where it is not black, at any depth and however little; where a layer of
 * annotations is transparent it is black, one that is all black marks what is opaque, and one that is
 * transparent all over is what its colours are. Of a JPEG, whose
 * black is never clean, what is 128 and more. *values, when not NULL, gets what is stored. */
enum alfa_status alfa__image_load_mask(struct alfa_image **out, const char *path,
                                       struct alfa__mask_values *values, struct alfa_error *err);
/* The same of PNG, TIFF, WebP and GIF. */
enum alfa_status alfa__image_decode_vips_mask(struct alfa_image **out, enum alfa__format format,
                                              const struct alfa__content *file,
                                              struct alfa__mask_values *values, struct alfa_error *err);
enum alfa_status alfa__image_decode_bmp(struct alfa_image **out, const struct alfa__content *file,
                                        struct alfa_error *err);
enum alfa_status alfa__image_decode_pnm(struct alfa_image **out, const struct alfa__content *file, int bits,
                                        struct alfa_error *err);

#endif
