/* Reading an image. The format is told by the first bytes, never by the file's name. */
#include "image/image.h"

#include "base/files.h"
#include "base/options.h"
#include "base/strings.h"
#include "image/extent.h"
#include "image/resize.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool starts_with(const unsigned char *bytes, size_t size, const char *magic, size_t length)
{
    return size >= length && memcmp(bytes, magic, length) == 0;
}
#define STARTS_WITH(magic) starts_with(bytes, size, magic, sizeof magic - 1)

static bool is_tiff(const unsigned char *bytes, size_t size)
{
    return STARTS_WITH("II*\0") || STARTS_WITH("MM\0*") || STARTS_WITH("II+\0") || STARTS_WITH("MM\0+");
}

static bool is_webp(const unsigned char *bytes, size_t size)
{
    return STARTS_WITH("RIFF") && size >= 12 && memcmp(bytes + 8, "WEBP", 4) == 0;
}

/* A box of file types whose first, or one of the compatible ones, is that of a still picture. */
static bool is_heif(const unsigned char *bytes, size_t size)
{
    static const char brands[] = " heic heix heim heis hevc hevx mif1 msf1 avif avis ";
    char brand[7] = "      ";
    if (size < 16 || memcmp(bytes + 4, "ftyp", 4) != 0)
        return false;
    const size_t box = (size_t)bytes[2] << 8 | bytes[3], end = box < size ? box : size;
    for (size_t at = 8; at + 4 <= end; at += at == 8 ? 8 : 4) {
        memcpy(brand + 1, bytes + at, 4);
        brand[5] = ' ';
        if (bytes[at] > ' ' && strstr(brands, brand))
            return true;
    }
    return false;
}

/* What is a picture, or holds some, and is not read; NULL for everything else. */
static const char *stranger(const unsigned char *bytes, size_t size)
{
    if (STARTS_WITH("\xff\x0a") || STARTS_WITH("\0\0\0\x0cJXL "))
        return "a JPEG XL image";
    if (STARTS_WITH("\0\0\0\x0cjP  ") || STARTS_WITH("\xff\x4f\xff\x51"))
        return "a JPEG 2000 image";
    if (STARTS_WITH("\x93NUMPY"))
        return "an array of NumPy";
    if (size > 132 && memcmp(bytes + 128, "DICM", 4) == 0)
        return "a DICOM file";
    if (STARTS_WITH("\x76\x2f\x31\x01"))
        return "an OpenEXR image";
    if (STARTS_WITH("P7\n") || STARTS_WITH("PF\n") || STARTS_WITH("Pf\n"))
        return "a PAM or PFM image";
    return NULL;
}

/* What people take for a picture as well; too little is said by its first bytes to look for it in a pipe. */
static const char *acquaintance(const unsigned char *bytes, size_t size)
{
    static const struct {
        const char *magic, *what;
        size_t length;
    } kinds[] = {
#define KIND(magic, what) {magic, what, sizeof magic - 1}
        KIND("8BPS", "a Photoshop document"),
        KIND("#?R", "a Radiance HDR image"),
        KIND("<svg", "an SVG drawing"),
        KIND("%PDF", "a PDF document"),
        KIND("%!PS", "a PostScript document"),
        KIND("\0\0\1\0", "a Windows icon"),
        KIND("icns", "an icon of macOS"),
        KIND("DDS ", "a DDS texture"),
        KIND("qoif", "a QOI image"),
        KIND("II\xbc\1", "a JPEG XR image"),
        KIND("gimp xcf", "a GIMP document"),
        KIND("FUJIFILMCCD-RAW", "a camera's raw file"),
        KIND("IIU\0", "a camera's raw file"),
        KIND("IIRO", "a camera's raw file"),
        KIND("IIRS", "a camera's raw file"),
        KIND("SIMPLE  =", "a FITS file"),
        KIND("\x89HDF\r\n\x1a\n", "an HDF5 file"),
        KIND("PF ", "a PAM or PFM image"),
        KIND("Pf ", "a PAM or PFM image"),
        KIND("P7 ", "a PAM or PFM image"),
        KIND("PF\r", "a PAM or PFM image"),
        KIND("Pf\r", "a PAM or PFM image"),
        KIND("P7\r", "a PAM or PFM image"),
#undef KIND
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (starts_with(bytes, size, kinds[i].magic, kinds[i].length))
            return kinds[i].what;
    if (size >= 12 && memcmp(bytes + 4, "ftyp", 4) == 0)
        return memcmp(bytes + 8, "crx ", 4) == 0 ? "a camera's raw file" : NULL;
    if (STARTS_WITH("<?xml") && memmem(bytes, size < 4096 ? size : 4096, "<svg", 4))
        return "an SVG drawing";
    return NULL;
}

/* MP4, MOV, AVI, Matroska, WebM, FLV, WMV, Ogg, IVF; MPEG and H.264 as they are streamed: a program stream, a
 * video alone, or packets of 188 bytes. */
static bool is_film(const unsigned char *bytes, size_t size)
{
    return (size >= 12 && memcmp(bytes + 4, "ftyp", 4) == 0) ||
           (size >= 12 && STARTS_WITH("RIFF") && memcmp(bytes + 8, "AVI ", 4) == 0) ||
           STARTS_WITH("\x1a\x45\xdf\xa3") || STARTS_WITH("FLV\1") || STARTS_WITH("OggS\0") ||
           STARTS_WITH("\x30\x26\xb2\x75\x8e\x66\xcf\x11") || STARTS_WITH("DKIF\0\0") ||
           STARTS_WITH("\0\0\1\xba") || STARTS_WITH("\0\0\1\xb3") || STARTS_WITH("\0\0\0\1\x67") ||
           STARTS_WITH("\0\0\0\1\x27") ||
           (size > 376 && bytes[0] == 0x47 && bytes[188] == 0x47 && bytes[376] == 0x47);
}

/* A PNG whose ends of lines were changed, as FTP and git do with what they take for text, or with something
 * in front of it. */
static bool is_changed_png(const unsigned char *bytes, size_t size)
{
    return STARTS_WITH("\x89PNG") || STARTS_WITH("\xef\xbb\xbf\x89PNG") || STARTS_WITH("\xc2\x89PNG");
}

/* "BM" and a header of a known size, since many texts start with BM. */
static bool is_bmp(const unsigned char *bytes, size_t size)
{
    return STARTS_WITH("BM") && size >= 18 && bytes[14] >= 12 && bytes[14] <= 124 && !bytes[15] && !bytes[16];
}

static bool is_pnm(const unsigned char *bytes, size_t size)
{
    return size >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' && bytes[2] &&
           strchr(" \t\r\n#", bytes[2]);
}

/* Whether libvips reads it, and as what. */
static bool find_format(enum alfa__format *out, const unsigned char *bytes, size_t size)
{
    if (STARTS_WITH("\xff\xd8\xff"))
        *out = ALFA__FORMAT_JPEG;
    else if (STARTS_WITH("\x89PNG\r\n\x1a\n"))
        *out = ALFA__FORMAT_PNG;
    else if (is_tiff(bytes, size))
        *out = ALFA__FORMAT_TIFF;
    else if (is_webp(bytes, size))
        *out = ALFA__FORMAT_WEBP;
    else if (STARTS_WITH("GIF87a") || STARTS_WITH("GIF89a"))
        *out = ALFA__FORMAT_GIF;
    else if (is_heif(bytes, size))
        *out = ALFA__FORMAT_HEIF;
    else
        return false;
    return true;
}

bool alfa__image_begins_known(const unsigned char *bytes, size_t size)
{
    enum alfa__format format;
    return find_format(&format, bytes, size) || is_bmp(bytes, size) || is_pnm(bytes, size);
}

bool alfa__image_begins(const unsigned char *bytes, size_t size)
{
    return alfa__image_begins_known(bytes, size) || stranger(bytes, size);
}

static enum alfa_status decode(struct alfa_image **out, const struct alfa__content *file,
                               const struct alfa_image_options *options, int longest, struct alfa_error *err)
{
    const unsigned char *bytes = file->bytes;
    const size_t size = file->size;
    const char *name = file->name;
    enum alfa__format format;
    if (size == 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, name, "is empty: not an image");
    if (find_format(&format, bytes, size))
        return alfa__image_decode_vips(out, format, file, options, longest, err);
    if (options->page > 1 && (is_bmp(bytes, size) || is_pnm(bytes, size)))
        return alfa__fail(err, ALFA_ERROR_LIMIT, name, "has 1 page, and page %d is asked for", options->page);
    if (is_bmp(bytes, size))
        return alfa__image_decode_bmp(out, file, err);
    if (is_pnm(bytes, size))
        return alfa__image_decode_pnm(out, file, options->bits, err);
    const char *what = stranger(bytes, size) ? stranger(bytes, size) : acquaintance(bytes, size);
    if (what)
        return alfa__fail(err, ALFA_ERROR_INPUT, name, "is %s, which is not read: save it as PNG or TIFF",
                          what);
    if (is_film(bytes, size))
        return alfa__fail(err, ALFA_ERROR_INPUT, name,
                          "is a film, which is not read: save its frames as PNG or TIFF, or pipe them "
                          "(ffmpeg -f image2pipe)");
    if (STARTS_WITH("<!DOCTYPE html") || STARTS_WITH("<!doctype html") || STARTS_WITH("<html"))
        return alfa__fail(err, ALFA_ERROR_INPUT, name,
                          "is an HTML page, not the image: a server may have asked for a login instead");
    if (is_changed_png(bytes, size))
        return alfa__fail(err, ALFA_ERROR_INPUT, name,
                          "is damaged: a PNG that was changed as if it were text, fetch it again");
    if (STARTS_WITH("version https://git-lfs."))
        return alfa__fail(err, ALFA_ERROR_INPUT, name,
                          "is a pointer of Git LFS, not the image: fetch it with 'git lfs pull'");
    return alfa__fail(err, ALFA_ERROR_INPUT, name,
                      "is not an image in a known format: use JPEG, PNG, TIFF, WebP, GIF, BMP or PPM");
}

/* As cameras' programs and "ffmpeg -f image2pipe" write them, whose frames would be passed over in silence.
 */
static bool is_followed(const unsigned char *bytes, size_t size)
{
    const size_t end = alfa__image_extent(bytes, size, true);
    return end > 0 && end < size && alfa__image_begins_known(bytes + end, size - end);
}

static enum alfa_status take_options(struct alfa_image_options *out, const struct alfa_image_options *given,
                                     struct alfa_error *err)
{
    *out = (struct alfa_image_options)ALFA_IMAGE_OPTIONS_INIT;
    ALFA__TRY(alfa__options_take(out, sizeof *out, given, "ALFA_IMAGE_OPTIONS_INIT", err));
    if (out->bits && (out->bits < 8 || out->bits > 16))
        return alfa__fail(err, ALFA_ERROR_USAGE, "bits", "is %d, not 8 to 16", out->bits);
    if (out->page < 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "page", "is %d: the first is 1", out->page);
    return ALFA_OK;
}

enum alfa_status alfa_image_decode_as(struct alfa_image **out, const void *bytes, size_t size,
                                      const char *name, const struct alfa_image_options *options,
                                      struct alfa_error *err)
{
    struct alfa_image_options own;
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(bytes, "bytes", err);
    ALFA__TRY(take_options(&own, options, err));
    ALFA__TRY(decode(out, &(struct alfa__content){bytes, size, name ? name : "image"}, &own, 0, err));
    (*out)->facts.followed = is_followed(bytes, size);
    return ALFA_OK;
}

enum alfa_status alfa_image_load_as(struct alfa_image **out, const char *path,
                                    const struct alfa_image_options *options, struct alfa_error *err)
{
    struct alfa_image_options own;
    char *bytes;
    size_t size;
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(path, "path", err);
    ALFA__TRY(take_options(&own, options, err));
    ALFA__TRY(alfa__file_read(&bytes, &size, path, ALFA__IMAGE_MAX_FILE, err));
    enum alfa_status status = alfa_image_decode_as(out, bytes, size, path, &own, err);
    free(bytes);
    return status;
}

enum alfa_status alfa_image_decode(struct alfa_image **out, const void *bytes, size_t size, const char *name,
                                   struct alfa_error *err)
{
    return alfa_image_decode_as(out, bytes, size, name, NULL, err);
}

enum alfa_status alfa_image_load(struct alfa_image **out, const char *path, struct alfa_error *err)
{
    return alfa_image_load_as(out, path, NULL, err);
}

enum alfa_status alfa__image_decode_small(struct alfa_image **out, const void *bytes, size_t size,
                                          int longest, struct alfa_error *err)
{
    const struct alfa__content file = {bytes, size, "image"};
    const struct alfa_image_options options = ALFA_IMAGE_OPTIONS_INIT;
    struct alfa_image *image;
    *out = NULL;
    ALFA__TRY(decode(&image, &file, &options, longest, err));
    const enum alfa_status status = alfa__resize_fit(out, image, longest, ALFA__RESIZE_HAMMING, err);
    alfa_image_free(image);
    return status;
}

bool alfa__image_is_heif(const char *path)
{
    char *bytes;
    size_t size;
    if (alfa__file_read(&bytes, &size, path, ALFA__IMAGE_MAX_FILE, NULL) != ALFA_OK)
        return false;
    const bool good = is_heif((const unsigned char *)bytes, size) && alfa__image_opens_heif(bytes, size);
    free(bytes);
    return good;
}

bool alfa__image_named(const char *path)
{
    static const char *const extensions[] = {"jpg",  "jpeg", "jpe",  "jfif", "mpo", "png",
                                             "apng", "tif",  "tiff", "webp", "gif", "bmp",
                                             "dib",  "ppm",  "pgm",  "pbm",  "pnm", NULL};
    static const char *const sometimes[] = {"heic", "heif", "hif", "avif", NULL};
    return alfa__ends_in(path, extensions) || (alfa__ends_in(path, sometimes) && alfa__image_is_heif(path));
}

bool alfa__image_is_unnamed(const char *path)
{
    unsigned char bytes[ALFA__SIGHT];
    enum alfa__format format;
    size_t size;
    int fd;
    if (alfa__file_open(&fd, &size, path, NULL) != ALFA_OK)
        return false;
    size = alfa__file_read_at(fd, bytes, sizeof bytes, 0);
    close(fd);
    return find_format(&format, bytes, size) || is_bmp(bytes, size);
}

bool alfa__mask_lacks_black(const struct alfa__mask_values *values)
{
    return values->least > 0 && values->least < values->most;
}

void alfa__mask_values_add(struct alfa__mask_values *values, int value)
{
    const int counted = value < values->from ? 0 : value; /* the black of a JPEG is never clean */
    values->least = counted < values->least ? counted : values->least;
    values->most = value > values->most ? value : values->most;
    values->faintest = counted && counted < values->faintest ? counted : values->faintest;
}

/* Of what is decoded as a photograph. */
static void to_mask(struct alfa_image *image, struct alfa__mask_values *values)
{
    const size_t count = (size_t)image->width * (size_t)image->height;
    for (size_t i = 0; i < count; i++) {
        unsigned char *rgb = image->rgb + 3 * i, value = rgb[0] > rgb[1] ? rgb[0] : rgb[1];
        value = rgb[2] > value ? rgb[2] : value;
        alfa__mask_values_add(values, value);
        memset(rgb, value >= values->from ? 255 : 0, 3);
    }
}

enum alfa_status alfa__image_load_mask(struct alfa_image **out, const char *path,
                                       struct alfa__mask_values *values, struct alfa_error *err)
{
    const struct alfa_image_options options = {.size = sizeof options, .bits = 8};
    enum alfa__format format;
    enum alfa_status status;
    char *bytes;
    size_t size;
    *out = NULL;
    ALFA__TRY(alfa__file_read(&bytes, &size, path, ALFA__IMAGE_MAX_FILE, err));
    const struct alfa__content file = {bytes, size, path};
    const bool vips = size && find_format(&format, file.bytes, size);
    struct alfa__mask_values stored = ALFA__MASK_VALUES_NONE(vips && format == ALFA__FORMAT_JPEG ? 128 : 1);
    if (vips && format != ALFA__FORMAT_JPEG) {
        status = alfa__image_decode_vips_mask(out, format, &file, &stored, err);
    } else {
        status = decode(out, &file, &options, 0, err);
        if (status == ALFA_OK)
            to_mask(*out, &stored);
    }
    free(bytes);
    if (values)
        *values = stored;
    return status;
}
