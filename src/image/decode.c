/* JPEG, PNG, TIFF, WebP and GIF to upright 8-bit sRGB, through libvips.
 *
 * libvips builds a pipeline and computes nothing until the pixels are asked for, so that the size in the
 * header is checked before anything is decoded. Each step below replaces the image by the next one of the
 * pipeline. A file that ends early is an error: half a picture would be judged as an anomaly. */
#include "image/header.h"
#include "image/image.h"
#include "image/png.h"
#include "image/pull.h"
#include "image/vipslib.h"
#include "image/webp.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
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

/* A file on its way in. */
struct source {
    enum alfa__format format;
    const unsigned char *bytes;
    size_t size;
    const char *name;
    const struct alfa_image_options *options;
    struct alfa__header header;
    int pages;                       /* of the file, once it is open */
    int bits;                        /* in which the picture was found to be, where nobody said so; or 0 */
    bool mask;                       /* that is asked for, */
    struct alfa__mask_values values; /* and what is in it */
    bool spare;                      /* samples that are neither colour nor alpha were left out */
    bool stopped;
    int longest; /* the picture may have so few pixels on its longer side; 0: all of them are wanted */
    int shrink;  /* a JPEG becomes so many times smaller while it is decoded: 1, 2, 4 or 8 */
};

static bool ask_whether_to_stop(void *context)
{
    struct source *source = context;
    const struct alfa_image_options *options = source->options;
    source->stopped = source->stopped || (options->stop && options->stop(options->context));
    return source->stopped;
}

/* Puts a picture in memory in the place of a pipeline: loaders deliver rows in order, and what follows needs
 * every pixel at hand. */
static bool hold(VipsImage **image, struct source *source)
{
    VipsImage *next = alfa__pull_picture(*image, ask_whether_to_stop, source);
    return advance(image, &next, next == NULL);
}

static enum alfa_status fail(const struct source *source, struct alfa_error *err)
{
    return source->stopped
               ? alfa__fail(err, ALFA_ERROR_STOPPED, source->name, "was not read to its end: stopped")
               : alfa__vips_fail(err, ALFA_ERROR_INPUT, source->name, "is damaged or cut off");
}

/* page: as libvips counts them, from 0. */
static VipsImage *open_image(const struct source *source, int page, VipsFailOn strict)
{
    VipsImage *image = NULL;
    void *bytes = (void *)source->bytes;
#define OPEN(function, ...) \
    function(bytes, source->size, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", strict, __VA_ARGS__)
    switch (source->format) {
    case ALFA__FORMAT_JPEG:
        OPEN(vips_jpegload_buffer, "shrink", source->shrink, NULL);
        break;
    case ALFA__FORMAT_PNG:
        OPEN(vips_pngload_buffer, NULL);
        break;
    case ALFA__FORMAT_TIFF:
        OPEN(vips_tiffload_buffer, "page", page, NULL);
        break;
    case ALFA__FORMAT_WEBP:
        OPEN(vips_webpload_buffer, "page", page, NULL);
        break;
    case ALFA__FORMAT_GIF:
        OPEN(vips_gifload_buffer, "page", page, NULL);
        break;
    case ALFA__FORMAT_HEIF:
        if (page) /* without a number it is the one that the file calls the first */
            OPEN(vips_heifload_buffer, "page", page, NULL);
        else
            OPEN(vips_heifload_buffer, NULL);
        break;
    default: /* libvips is not asked for others */
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
        if (bytes[at + 1] == 0xff) { /* filling */
            at++;
            continue;
        }
        if (bytes[at + 1] == 0xee && memcmp(bytes + at + 4, "Adobe", 5) == 0)
            return true;
        at += 2 + (size_t)(bytes[at + 2] << 8 | bytes[at + 3]);
    }
    return false;
}

/* Adobe's programs store 255 - ink, and libvips takes every CMYK JPEG for one of theirs. */
static bool as_ink(VipsImage **image, const struct source *source)
{
    VipsImage *next = NULL;
    if (source->format != ALFA__FORMAT_JPEG || !is_cmyk(*image) ||
        has_adobe_marker(source->bytes, source->size))
        return true;
    return advance(image, &next, vips_invert(*image, &next, NULL));
}

/* What the bytes say already. A file that is whole is not called damaged. */
static enum alfa_status check_header(const struct source *source, struct alfa_error *err)
{
    const struct alfa__header *header = &source->header;
    const int bits = header->stored;
    if (source->format == ALFA__FORMAT_PNG && alfa__png_is_changed(source->bytes, source->size))
        return alfa__fail(err, ALFA_ERROR_INPUT, source->name,
                          "is damaged or cut off: a check sum of its pixels is wrong");
    if (header->lossless)
        return alfa__fail(err, ALFA_ERROR_INPUT, source->name,
                          "is a lossless JPEG of %d bits a sample: save it as PNG", bits);
    if (bits && source->format == ALFA__FORMAT_JPEG && bits != 8)
        return alfa__fail(err, ALFA_ERROR_INPUT, source->name,
                          "has %d bits a sample: save it with 8, or as PNG", bits);
    if (bits && source->format == ALFA__FORMAT_TIFF &&
        (bits & (bits - 1) || (bits > 32 && !header->floating) || (bits < 8 && header->samples > 1)))
        return alfa__fail(err, ALFA_ERROR_INPUT, source->name, "has %d bit%s a sample: save it with 8 or 16",
                          bits, bits == 1 ? "" : "s");
    if (header->strange)
        return alfa__fail(err, ALFA_ERROR_INPUT, source->name,
                          "has colours of a kind that is not read (photometric %d): save it as RGB",
                          header->strange);
    if (header->apart)
        return alfa__fail(err, ALFA_ERROR_INPUT, source->name,
                          "has %d samples that are no RGB in a plane each: save each plane as a grey picture",
                          header->samples);
    if (header->luma)
        return alfa__fail(err, ALFA_ERROR_INPUT, source->name,
                          "has YCbCr samples that are not in JPEGs: save it as RGB");
    if (header->inside)
        return alfa__fail(
            err, ALFA_ERROR_INPUT, source->name,
            "has a smaller copy in front and the picture itself in a directory below, as DNG and "
            "cameras' raw files: save it as TIFF or PNG");
    if (header->floating && bits != 32)
        return alfa__fail(err, ALFA_ERROR_INPUT, source->name,
                          "has %s samples: save it with 8 or 16 unsigned bits a sample",
                          bits == 16 ? "half" : "double");
    if (header->scans > ALFA__IMAGE_MAX_SCANS)
        return alfa__fail(err, ALFA_ERROR_LIMIT, source->name,
                          "is a progressive JPEG of %d scans, the limit is %d: save it again", header->scans,
                          ALFA__IMAGE_MAX_SCANS);
    return ALFA_OK;
}

static enum alfa_status check_samples(const VipsImage *image, const struct source *source,
                                      struct alfa_error *err)
{
    const long long work = (long long)image->Xsize * image->Ysize * source->header.scans;
    if (image->BandFmt != VIPS_FORMAT_UCHAR && image->BandFmt != VIPS_FORMAT_USHORT)
        return alfa__fail(err, ALFA_ERROR_INPUT, source->name,
                          "has %s samples: save it with 8 or 16 unsigned bits a sample",
                          vips_enum_nick(VIPS_TYPE_BAND_FORMAT, image->BandFmt));
    if (image->Bands > (is_cmyk(image) || source->header.colours ? 5 : 4))
        return alfa__fail(err, ALFA_ERROR_INPUT, source->name,
                          "has %d channels: save it as grey, RGB or CMYK", image->Bands);
    if (work > ALFA__IMAGE_MAX_WORK)
        return alfa__fail(err, ALFA_ERROR_LIMIT, source->name,
                          "is a progressive JPEG of %d x %d pixels in %d scans: save it with fewer",
                          image->Xsize, image->Ysize, source->header.scans);
    return ALFA_OK;
}

/* Samples that are neither colour nor alpha, such as a camera's infrared, are left out. */
static bool without_spare(VipsImage **image, struct source *source)
{
    VipsImage *next = NULL;
    const int colours = source->header.colours;
    if (colours == 0 || (*image)->Bands <= colours)
        return true;
    source->spare = true;
    return advance(image, &next, vips_extract_band(*image, &next, 0, "n", colours, NULL));
}

/* Of a WebP libvips reads the header alone. */
static bool from_webp(VipsImage **image, const struct source *source)
{
    const int page = source->options->page ? source->options->page - 1 : 0;
    if (source->format != ALFA__FORMAT_WEBP)
        return true;
    VipsImage *next = alfa__webp_picture(*image, source->bytes, source->size, page);
    return advance(image, &next, next == NULL);
}

/* The largest colour sample of a 16-bit image in memory. */
static unsigned largest(const VipsImage *image)
{
    const uint16_t *samples = (const uint16_t *)VIPS_IMAGE_ADDR(image, 0, 0);
    const size_t count = (size_t)image->Xsize * (size_t)image->Ysize;
    const int bands = image->Bands, colours = bands == 2 || bands == 4 ? bands - 1 : bands;
    uint16_t most = 0;
    if (colours == bands)
        for (size_t i = 0; i < count * (size_t)bands; i++)
            most = samples[i] > most ? samples[i] : most;
    else
        for (size_t i = 0; i < count; i++)
            for (int c = 0; c < colours; c++)
                most = samples[i * (size_t)bands + (size_t)c] > most ? samples[i * (size_t)bands + (size_t)c]
                                                                     : most;
    return most;
}

/* libvips turns a TIFF over whose white is 0, against 65535: bits at the lower end become the largest values.
 */
static bool turn_over(VipsImage **image, const struct source *source)
{
    VipsImage *next = NULL;
    return !source->header.white_is_zero || (*image)->Bands != 1 ||
           advance(image, &next, vips_invert(*image, &next, NULL));
}

/* 16 bits to 8: 65535 / 257 = 255, rounded; libvips itself would drop the lower byte. A camera's 10, 12 or 14
 * bits often stand at the lower end. */
static bool to_8_bits(VipsImage **image, struct source *source)
{
    VipsImage *next = NULL;
    VipsInterpretation meaning = VIPS_INTERPRETATION_sRGB;
    if ((*image)->BandFmt == VIPS_FORMAT_UCHAR)
        return true;
    if (is_cmyk(*image))
        meaning = VIPS_INTERPRETATION_CMYK;
    else if ((*image)->Bands < 3)
        meaning = VIPS_INTERPRETATION_B_W;
    if (!turn_over(image, source) || !hold(image, source))
        return false;
    const int said = source->options->bits ? source->options->bits : source->header.bits;
    const int bits = alfa__image_bits(&source->bits, said, largest(*image));
    if (!advance(image, &next,
                 vips_linear1(*image, &next, 255.0 / ((1 << bits) - 1), 0.5, "uchar", TRUE, NULL)) ||
        !turn_over(image, source))
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
    const bool lab = (*image)->Type == VIPS_INTERPRETATION_LAB; /* what it means needs no profile */
    if (!lab && has_foreign_profile(*image) && !through_profile(image, NULL))
        vips_error_clear();
    if ((*image)->Bands >= 3 && !lab)
        return advance(image, &next,
                       vips_copy(*image, &next, "interpretation", VIPS_INTERPRETATION_sRGB, NULL));
    if ((*image)->Bands < 3 &&
        !advance(image, &next, vips_copy(*image, &next, "interpretation", VIPS_INTERPRETATION_B_W, NULL)))
        return false;
    return advance(image, &next, vips_colourspace(*image, &next, VIPS_INTERPRETATION_sRGB, NULL));
}

static bool upright(VipsImage **image, struct source *source)
{
    VipsImage *next = NULL;
    if (vips_image_get_orientation(*image) == 1)
        return true;
    return hold(image, source) && advance(image, &next, vips_autorot(*image, &next, NULL));
}

static enum alfa_status take_pixels(struct alfa_image **out, VipsImage *image, struct source *source,
                                    struct alfa_error *err)
{
    if ((image->Bands != 3 && image->Bands != 4) || image->BandFmt != VIPS_FORMAT_UCHAR)
        return alfa__fail(err, ALFA_ERROR_INPUT, source->name,
                          "has a colour space that is not known: save it as RGB");
    unsigned char *rgb = alfa__pull_rgb(image, ask_whether_to_stop, source);
    if (!rgb)
        return fail(source, err);
    *out = malloc(sizeof **out);
    if (!*out) {
        free(rgb);
        return alfa__fail_memory(err, sizeof **out);
    }
    **out = (struct alfa_image){.width = image->Xsize,
                                .height = image->Ysize,
                                .rgb = rgb,
                                .facts = {source->pages, source->bits, source->spare, false},
                                .only_first = source->header.frames > 1};
    return ALFA_OK;
}

/* The wanted page; *pages gets how many there are. */
static enum alfa_status open_page(VipsImage **out, struct source *source, VipsFailOn strict,
                                  struct alfa_error *err)
{
    const int wanted = source->options->page ? source->options->page : 1;
    const bool tiff = source->header.pages > 0;
    VipsImage *image = open_image(source, tiff ? source->header.page : 0, strict);
    source->pages = tiff                        ? source->header.pages
                    : source->header.frames > 1 ? source->header.frames
                    : image                     ? vips_image_get_n_pages(image)
                                                : 1;
    if (image && wanted > source->pages) {
        g_object_unref(image);
        return alfa__fail(err, ALFA_ERROR_LIMIT, source->name, "has %d page%s, and page %d is asked for",
                          source->pages, source->pages == 1 ? "" : "s", wanted);
    }
    if (image && source->header.frames > 1 && wanted > 1) {
        g_object_unref(image);
        return alfa__fail(err, ALFA_ERROR_LIMIT, source->name,
                          "is an animated PNG: only the first of its %d pictures is read", source->pages);
    }
    if (image && !tiff && wanted > 1) {
        g_object_unref(image);
        image = open_image(source, wanted - 1, strict);
    }
    *out = image;
    return image ? ALFA_OK : alfa__vips_fail(err, ALFA_ERROR_INPUT, source->name, "is damaged or cut off");
}

/* ------------------------------------------------------------------ masks */

/* Samples of an image in memory, of 8 or 16 bits. */
static int sample(const VipsImage *image, size_t i)
{
    const void *samples = VIPS_IMAGE_ADDR(image, 0, 0);
    return image->BandFmt == VIPS_FORMAT_UCHAR ? ((const unsigned char *)samples)[i]
                                               : ((const uint16_t *)samples)[i];
}

static int colours_of(const VipsImage *image)
{
    return image->Bands == 2 || image->Bands == 4 ? image->Bands - 1 : image->Bands;
}

/* Programs leave the alpha of a mask at 0: all of it is transparent then, and none is meant to be. */
static bool has_opaque(const VipsImage *image)
{
    const size_t count = (size_t)image->Xsize * (size_t)image->Ysize, bands = (size_t)image->Bands;
    const size_t alpha = (size_t)colours_of(image);
    for (size_t i = 0; i < count && alpha < bands; i++)
        if (sample(image, i * bands + alpha) > 0)
            return true;
    return alpha == bands;
}

/* The largest colour of a pixel, 0 where it is transparent; *opaque: whether it is not. */
static int mark(const VipsImage *image, size_t pixel, bool uses_alpha, bool *opaque)
{
    const int bands = image->Bands, colours = colours_of(image);
    int most = 0;
    *opaque = colours == bands || !uses_alpha || sample(image, pixel * (size_t)bands + (size_t)colours) > 0;
    for (int c = 0; c < colours && *opaque; c++) {
        const int value = sample(image, pixel * (size_t)bands + (size_t)c);
        most = value > most ? value : most;
    }
    return most;
}

static enum alfa_status take_mask(struct alfa_image **out, const VipsImage *image, struct source *source,
                                  struct alfa_error *err)
{
    const size_t count = (size_t)image->Xsize * (size_t)image->Ysize;
    const bool uses_alpha = has_opaque(image);
    size_t opaque = 0;
    bool is_opaque;
    for (size_t i = 0; i < count; i++) {
        const int most = mark(image, i, uses_alpha, &is_opaque);
        alfa__mask_values_add(&source->values, most);
        opaque += is_opaque;
    }
    const bool by_alpha = source->values.most == 0 && opaque < count;
    ALFA__TRY(alfa__image_new(out, image->Xsize, image->Ysize, source->name, err));
    for (size_t i = 0; i < count; i++) {
        const int most = mark(image, i, uses_alpha, &is_opaque);
        memset((*out)->rgb + 3 * i, (by_alpha ? is_opaque : most > 0) ? 255 : 0, 3);
    }
    return ALFA_OK;
}

static enum alfa_status finish_mask(struct alfa_image **out, VipsImage **image, struct source *source,
                                    struct alfa_error *err)
{
    return without_spare(image, source) && upright(image, source) && hold(image, source)
               ? take_mask(out, *image, source, err)
               : fail(source, err);
}

/* ------------------------------------------------------------------ the whole */

/* Whether a JPEG has more pixels than are wanted and is better opened anew, smaller. */
static bool shrinks(const VipsImage *image, struct source *source)
{
    const int longest = image->Xsize > image->Ysize ? image->Xsize : image->Ysize, before = source->shrink;
    if (source->format != ALFA__FORMAT_JPEG || !source->longest)
        return false;
    while (source->shrink < 8 && longest / (2 * source->shrink) >= source->longest)
        source->shrink *= 2;
    return source->shrink > before;
}

static enum alfa_status decode(struct alfa_image **out, struct source *source, VipsFailOn strict,
                               struct alfa_error *err)
{
    VipsImage *image;
    vips_error_clear();
    ALFA__TRY(open_page(&image, source, strict, err));
    enum alfa_status status = alfa__image_check_size(image->Xsize, image->Ysize, source->name, err);
    if (status == ALFA_OK && shrinks(image, source)) {
        g_object_unref(image);
        ALFA__TRY(open_page(&image, source, strict, err));
    }
    if (status == ALFA_OK)
        status = check_samples(image, source, err);
    if (status == ALFA_OK && !from_webp(&image, source))
        status = fail(source, err);
    if (status == ALFA_OK && source->mask) {
        status = finish_mask(out, &image, source, err);
    } else if (status == ALFA_OK) {
        if (as_ink(&image, source) && without_spare(&image, source) && to_8_bits(&image, source) &&
            to_srgb(&image) && upright(&image, source))
            status = take_pixels(out, image, source, err);
        else
            status = fail(source, err);
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

/* libvips keeps one error text for all threads. A file that fails while others decode is therefore read once
 * more alone: what is said about it, and whether it is harmless, is then about this file. */
static enum alfa_status decode_alone(struct alfa_image **out, struct source *source, VipsFailOn strict,
                                     bool was_alone, struct alfa_error *err)
{
    enum alfa_status status = ALFA_ERROR_INPUT;
    pthread_rwlock_wrlock(&decoding);
    if (!was_alone)
        status = decode(out, source, strict, err);
    if (status == ALFA_ERROR_INPUT && source->format == ALFA__FORMAT_JPEG && is_harmless(err))
        status = decode(out, source, VIPS_FAIL_ON_ERROR, err);
    pthread_rwlock_unlock(&decoding);
    return status;
}

static enum alfa_status decode_shared(struct alfa_image **out, struct source *source, struct alfa_error *err)
{
    static atomic_int inside, entered;
    const VipsFailOn strict = source->format == ALFA__FORMAT_JPEG ? VIPS_FAIL_ON_WARNING : VIPS_FAIL_ON_ERROR;
    struct alfa_error local;
    err = err ? err : &local;
    ALFA__TRY(check_header(source, err));
    ALFA__TRY(alfa__vips_start(err));
    if (source->format == ALFA__FORMAT_HEIF && !vips_type_find("VipsOperation", "heifload_buffer"))
        return alfa__fail(
            err, ALFA_ERROR_INPUT, source->name,
            "is a HEIC or AVIF image, which this machine's libvips does not read: save it as PNG");
    pthread_rwlock_rdlock(&decoding);
    const int before = atomic_fetch_add(&entered, 1);
    bool alone = atomic_fetch_add(&inside, 1) == 0;
    enum alfa_status status = decode(out, source, strict, err);
    alone = alone && atomic_load(&entered) == before + 1;
    atomic_fetch_sub(&inside, 1);
    pthread_rwlock_unlock(&decoding);
    return status == ALFA_ERROR_INPUT ? decode_alone(out, source, strict, alone, err) : status;
}

bool alfa__image_opens_heif(const void *bytes, size_t size)
{
    VipsImage *image = NULL;
    if (alfa__vips_start(NULL) != ALFA_OK || !vips_type_find("VipsOperation", "heifload_buffer"))
        return false;
    pthread_rwlock_rdlock(&decoding);
    const bool good = vips_heifload_buffer((void *)bytes, size, &image, NULL) == 0;
    if (good)
        g_object_unref(image);
    else
        vips_error_clear();
    pthread_rwlock_unlock(&decoding);
    return good;
}

static struct source new_source(enum alfa__format format, const struct alfa__content *file,
                                const struct alfa_image_options *options)
{
    return (struct source){
        .format = format,
        .bytes = file->bytes,
        .size = file->size,
        .name = file->name,
        .options = options,
        .shrink = 1,
        .header = alfa__header_read(format, file->bytes, file->size, options->page ? options->page : 1)};
}

enum alfa_status alfa__image_decode_vips(struct alfa_image **out, enum alfa__format format,
                                         const struct alfa__content *file,
                                         const struct alfa_image_options *options, int longest,
                                         struct alfa_error *err)
{
    struct source source = new_source(format, file, options);
    source.longest = longest;
    return decode_shared(out, &source, err);
}

enum alfa_status alfa__image_decode_vips_mask(struct alfa_image **out, enum alfa__format format,
                                              const struct alfa__content *file,
                                              struct alfa__mask_values *values, struct alfa_error *err)
{
    const struct alfa_image_options options = ALFA_IMAGE_OPTIONS_INIT;
    struct source source = new_source(format, file, &options);
    source.mask = true;
    source.values = (struct alfa__mask_values)ALFA__MASK_VALUES_NONE(1);
    enum alfa_status status = decode_shared(out, &source, err);
    *values = source.values;
    return status;
}
