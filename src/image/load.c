/* Reading an image, or a mask, from a file or from bytes. */
#include "image/image.h"

#include "base/files.h"
#include "base/options.h"
#include "base/strings.h"
#include "image/extent.h"
#include "image/resize.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum alfa_status decode(struct alfa_image **out, const struct alfa__content *file,
                               const struct alfa_image_options *options, int longest, struct alfa_error *err)
{
    const enum alfa__format format = alfa__format_of(file->bytes, file->size);
    if (format == ALFA__FORMAT_NONE)
        return alfa__format_refuse(file->name, file->bytes, file->size, err);
    if (format != ALFA__FORMAT_BMP && format != ALFA__FORMAT_PNM)
        return alfa__image_decode_vips(out, format, file, options, longest, err);
    if (options->page > 1)
        return alfa__fail(err, ALFA_ERROR_LIMIT, file->name, "has 1 page, and page %d is asked for",
                          options->page);
    return format == ALFA__FORMAT_BMP ? alfa__image_decode_bmp(out, file, err)
                                      : alfa__image_decode_pnm(out, file, options->bits, err);
}

/* As cameras' programs and "ffmpeg -f image2pipe" write them, whose frames would be passed over in silence.
 */
static bool is_followed(const unsigned char *bytes, size_t size)
{
    const size_t end = alfa__image_extent(bytes, size, true);
    return end > 0 && end < size && alfa__format_of(bytes + end, size - end);
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
    const bool good = alfa__format_of((const unsigned char *)bytes, size) == ALFA__FORMAT_HEIF &&
                      alfa__image_opens_heif(bytes, size);
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
    size_t size;
    int fd;
    if (alfa__file_open(&fd, &size, path, NULL) != ALFA_OK)
        return false;
    size = alfa__file_read_at(fd, bytes, sizeof bytes, 0);
    close(fd);
    const enum alfa__format format = alfa__format_of(bytes, size);
    return format != ALFA__FORMAT_NONE && format != ALFA__FORMAT_PNM;
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

/* Whether its values are read as they are stored. */
static bool has_masks(enum alfa__format format)
{
    return format == ALFA__FORMAT_PNG || format == ALFA__FORMAT_TIFF || format == ALFA__FORMAT_WEBP ||
           format == ALFA__FORMAT_GIF || format == ALFA__FORMAT_HEIF;
}

enum alfa_status alfa__image_load_mask(struct alfa_image **out, const char *path,
                                       struct alfa__mask_values *values, struct alfa_error *err)
{
    const struct alfa_image_options options = {.size = sizeof options, .bits = 8};
    enum alfa_status status;
    char *bytes;
    size_t size;
    *out = NULL;
    ALFA__TRY(alfa__file_read(&bytes, &size, path, ALFA__IMAGE_MAX_FILE, err));
    const struct alfa__content file = {bytes, size, path};
    const enum alfa__format format = alfa__format_of(file.bytes, size);
    struct alfa__mask_values stored = ALFA__MASK_VALUES_NONE(format == ALFA__FORMAT_JPEG ? 128 : 1);
    if (has_masks(format)) {
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
