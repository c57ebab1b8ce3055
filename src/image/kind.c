#include "image/kind.h"

#include <string.h>

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

enum alfa__format alfa__format_of(const unsigned char *bytes, size_t size)
{
    if (STARTS_WITH("\xff\xd8\xff"))
        return ALFA__FORMAT_JPEG;
    if (STARTS_WITH("\x89PNG\r\n\x1a\n"))
        return ALFA__FORMAT_PNG;
    if (is_tiff(bytes, size))
        return ALFA__FORMAT_TIFF;
    if (is_webp(bytes, size))
        return ALFA__FORMAT_WEBP;
    if (STARTS_WITH("GIF87a") || STARTS_WITH("GIF89a"))
        return ALFA__FORMAT_GIF;
    if (is_heif(bytes, size))
        return ALFA__FORMAT_HEIF;
    if (is_bmp(bytes, size))
        return ALFA__FORMAT_BMP;
    return is_pnm(bytes, size) ? ALFA__FORMAT_PNM : ALFA__FORMAT_NONE;
}

bool alfa__image_begins(const unsigned char *bytes, size_t size)
{
    return alfa__format_of(bytes, size) || stranger(bytes, size);
}

enum alfa_status alfa__format_refuse(const char *name, const unsigned char *bytes, size_t size,
                                     struct alfa_error *err)
{
    if (size == 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, name, "is empty: not an image");
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
