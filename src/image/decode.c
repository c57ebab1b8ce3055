/* JPEG, PNG, TIFF, WebP and GIF to upright 8-bit sRGB, through libvips.
 *
 * libvips builds a pipeline and computes nothing until the pixels are asked for, so that the size in the
 * header is checked before anything is decoded. Each step below replaces the image by the next one of the
 * pipeline. A file that ends early is an error: half a picture would be judged as an anomaly. */
#include "image/image.h"
#include "image/vipslib.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

static pthread_rwlock_t decoding = PTHREAD_RWLOCK_INITIALIZER;

/* Puts the result of an operation in the place of its input; next is NULL again afterwards. */
static bool advance(VipsImage **image, VipsImage **next, int failed)
{
    if (failed || !*next)
        return false;
    g_object_unref(*image);
    *image = *next;
    *next = NULL;
    return true;
}

static VipsImage *open_image(enum alfa__format format, void *bytes, size_t size, VipsFailOn strict)
{
    VipsImage *image = NULL;
#define OPEN(function) \
    function(bytes, size, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", strict, NULL)
    switch (format) {
    case ALFA__FORMAT_JPEG:
        OPEN(vips_jpegload_buffer);
        break;
    case ALFA__FORMAT_PNG:
        OPEN(vips_pngload_buffer);
        break;
    case ALFA__FORMAT_TIFF:
        OPEN(vips_tiffload_buffer);
        break;
    case ALFA__FORMAT_WEBP:
        OPEN(vips_webpload_buffer);
        break;
    case ALFA__FORMAT_GIF:
        OPEN(vips_gifload_buffer);
        break;
    }
#undef OPEN
    return image;
}

static bool is_cmyk(const VipsImage *image)
{
    return vips_image_get_interpretation(image) == VIPS_INTERPRETATION_CMYK && image->Bands >= 4;
}

/* Whether a JPEG has an APP14 segment of Adobe before its pixels. */
static bool has_adobe_marker(const unsigned char *bytes, size_t size)
{
    size_t at = 2;
    while (at + 9 <= size && bytes[at] == 0xff && bytes[at + 1] != 0xda) {
        if (bytes[at + 1] == 0xee && memcmp(bytes + at + 4, "Adobe", 5) == 0)
            return true;
        at += 2 + (size_t)(bytes[at + 2] << 8 | bytes[at + 3]);
    }
    return false;
}

/* Adobe's programs store 255 - ink, and libvips takes every CMYK JPEG for one of theirs. */
static bool as_ink(VipsImage **image, enum alfa__format format, const void *bytes, size_t size)
{
    VipsImage *next = NULL;
    if (format != ALFA__FORMAT_JPEG || !is_cmyk(*image) || has_adobe_marker(bytes, size))
        return true;
    return advance(image, &next, vips_invert(*image, &next, NULL));
}

static enum alfa_status check_samples(const VipsImage *image, const char *name, struct alfa_error *err)
{
    if (image->BandFmt != VIPS_FORMAT_UCHAR && image->BandFmt != VIPS_FORMAT_USHORT)
        return alfa__fail(err, ALFA_ERROR_INPUT, name,
                          "has %s samples: save it with 8 or 16 unsigned bits a sample",
                          vips_enum_nick(VIPS_TYPE_BAND_FORMAT, image->BandFmt));
    if (image->Bands > (is_cmyk(image) ? 5 : 4))
        return alfa__fail(err, ALFA_ERROR_INPUT, name, "has %d channels: save it as grey, RGB or CMYK",
                          image->Bands);
    return ALFA_OK;
}

/* 16 bits to 8: 65535 / 257 = 255, rounded. libvips itself would drop the lower byte. */
static bool to_8_bits(VipsImage **image)
{
    VipsImage *next = NULL;
    VipsInterpretation meaning = VIPS_INTERPRETATION_sRGB;
    if ((*image)->BandFmt == VIPS_FORMAT_UCHAR)
        return true;
    if (is_cmyk(*image))
        meaning = VIPS_INTERPRETATION_CMYK;
    else if ((*image)->Bands < 3)
        meaning = VIPS_INTERPRETATION_B_W;
    if (!advance(image, &next, vips_linear1(*image, &next, 1.0 / 257, 0.5, "uchar", TRUE, NULL)))
        return false;
    return advance(image, &next, vips_copy(*image, &next, "interpretation", meaning, NULL));
}

/* Most profiles say sRGB: nothing is to be done, and pixels stay what every other program reads. The name
 * stands in the profile as ASCII (version 2) or UTF-16 (version 4). */
static bool has_foreign_profile(const VipsImage *image)
{
    const void *profile;
    size_t size;
    if (!vips_image_get_typeof(image, VIPS_META_ICC_NAME) ||
        vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &size) != 0)
        return false;
    return !memmem(profile, size, "sRGB", 4) && !memmem(profile, size, "s\0R\0G\0B", 7);
}

/* fallback is the profile of an image that has none. */
static bool through_profile(VipsImage **image, const char *fallback)
{
    VipsImage *next = NULL;
    gboolean keep_black = vips_image_get_typeof(*image, VIPS_META_ICC_NAME) != 0;
    int failed = vips_icc_transform(*image, &next, "srgb", "embedded", TRUE, "input_profile", fallback,
                                    "black_point_compensation", keep_black, NULL);
    return advance(image, &next, failed);
}

/* A profile that does not fit its image is ignored, as image viewers do. */
static bool to_srgb(VipsImage **image)
{
    VipsImage *next = NULL;
    if (is_cmyk(*image))
        return through_profile(image, "cmyk");
    if (has_foreign_profile(*image) && !through_profile(image, NULL))
        vips_error_clear();
    if ((*image)->Bands >= 3 && (*image)->Type != VIPS_INTERPRETATION_LAB)
        return advance(image, &next,
                       vips_copy(*image, &next, "interpretation", VIPS_INTERPRETATION_sRGB, NULL));
    if ((*image)->Bands < 3 &&
        !advance(image, &next, vips_copy(*image, &next, "interpretation", VIPS_INTERPRETATION_B_W, NULL)))
        return false;
    return advance(image, &next, vips_colourspace(*image, &next, VIPS_INTERPRETATION_sRGB, NULL));
}

static bool onto_white(VipsImage **image)
{
    VipsImage *next = NULL;
    double white = 255;
    if ((*image)->Bands == 3)
        return true;
    VipsArrayDouble *background = vips_array_double_new(&white, 1);
    int failed = vips_flatten(*image, &next, "background", background, NULL);
    vips_area_unref(VIPS_AREA(background));
    return advance(image, &next, failed);
}

/* Turning needs every pixel at hand, the loaders deliver rows in order. */
static bool upright(VipsImage **image)
{
    VipsImage *next = NULL;
    if (vips_image_get_orientation(*image) == 1)
        return true;
    next = vips_image_copy_memory(*image);
    if (!advance(image, &next, next == NULL))
        return false;
    return advance(image, &next, vips_autorot(*image, &next, NULL));
}

static enum alfa_status take_pixels(struct alfa_image **out, VipsImage *image, const char *name,
                                    struct alfa_error *err)
{
    size_t size = 0;
    if (image->Bands != 3 || image->BandFmt != VIPS_FORMAT_UCHAR)
        return alfa__fail(err, ALFA_ERROR_INPUT, name,
                          "has a colour space that is not known: save it as RGB");
    unsigned char *rgb = vips_image_write_to_memory(image, &size); /* g_free() is free() since GLib 2.46 */
    if (!rgb)
        return alfa__vips_fail(err, ALFA_ERROR_INPUT, name, "is damaged or cut off");
    *out = malloc(sizeof **out);
    if (!*out) {
        free(rgb);
        return alfa__fail_memory(err, sizeof **out);
    }
    **out = (struct alfa_image){.width = image->Xsize, .height = image->Ysize, .rgb = rgb};
    return ALFA_OK;
}

static enum alfa_status decode(struct alfa_image **out, enum alfa__format format, const void *bytes,
                               size_t size, VipsFailOn strict, const char *name, struct alfa_error *err)
{
    vips_error_clear();
    VipsImage *image = open_image(format, (void *)bytes, size, strict);
    if (!image)
        return alfa__vips_fail(err, ALFA_ERROR_INPUT, name, "is damaged or cut off");
    enum alfa_status status = alfa__image_check_size(image->Xsize, image->Ysize, name, err);
    if (status == ALFA_OK)
        status = check_samples(image, name, err);
    if (status == ALFA_OK) {
        if (as_ink(&image, format, bytes, size) && to_8_bits(&image) && to_srgb(&image) &&
            onto_white(&image) && upright(&image))
            status = take_pixels(out, image, name, err);
        else
            status = alfa__vips_fail(err, ALFA_ERROR_INPUT, name, "is damaged or cut off");
    }
    g_object_unref(image);
    vips_error_clear();
    return status;
}

/* What libjpeg warns about is mostly harmless (stray bytes that cameras leave), but a picture whose middle is
 * missing is only warned about as well. */
static bool is_harmless(const struct alfa_error *err)
{
    return strstr(err->message, "extraneous bytes") || !strstr(err->message, "Corrupt JPEG data");
}

/* libvips keeps one error text for all threads. A file that fails is therefore read once more while no other
 * thread decodes: what is said about it, and whether it is harmless, is then about this file. */
static enum alfa_status decode_alone(struct alfa_image **out, enum alfa__format format, const void *bytes,
                                     size_t size, VipsFailOn strict, const char *name, struct alfa_error *err)
{
    struct alfa_error local;
    err = err ? err : &local;
    pthread_rwlock_wrlock(&decoding);
    enum alfa_status status = decode(out, format, bytes, size, strict, name, err);
    if (status == ALFA_ERROR_INPUT && format == ALFA__FORMAT_JPEG && is_harmless(err))
        status = decode(out, format, bytes, size, VIPS_FAIL_ON_ERROR, name, err);
    pthread_rwlock_unlock(&decoding);
    return status;
}

enum alfa_status alfa__image_decode_vips(struct alfa_image **out, enum alfa__format format, const void *bytes,
                                         size_t size, const char *name, struct alfa_error *err)
{
    VipsFailOn strict = format == ALFA__FORMAT_JPEG ? VIPS_FAIL_ON_WARNING : VIPS_FAIL_ON_ERROR;
    ALFA__TRY(alfa__vips_start(err));
    pthread_rwlock_rdlock(&decoding);
    enum alfa_status status = decode(out, format, bytes, size, strict, name, err);
    pthread_rwlock_unlock(&decoding);
    return status == ALFA_ERROR_INPUT ? decode_alone(out, format, bytes, size, strict, name, err) : status;
}
