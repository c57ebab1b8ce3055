/* A picture in any format, and pictures one behind another. */
#include "fuzz.h"
#include "image/extent.h"

/* They follow each other, and lie within the bytes. */
static void take_apart(const uint8_t *data, size_t size)
{
    const unsigned char *picture;
    size_t at = 0, before = 0, length, left;
    while (alfa__image_next(&picture, &length, &at, &left, data, size)) {
        FUZZ_HOLDS(picture == data + before && length > 0 && before + length <= at && at <= size);
        FUZZ_HOLDS(left <= length);
        before = at;
    }
    FUZZ_HOLDS(at == size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct alfa_image *image;
    struct alfa_error err;
    take_apart(data, size);
    enum alfa_status status = alfa_image_decode(&image, data, size, "picture", &err);
    fuzz_holds_status(status, &err);
    FUZZ_HOLDS((status == ALFA_OK) == (image != NULL));
    if (image) {
        const size_t width = (size_t)alfa_image_width(image), height = (size_t)alfa_image_height(image);
        const unsigned char *rgb = alfa_image_rgb(image);
        FUZZ_HOLDS(width > 0 && height > 0 && width <= ALFA__IMAGE_MAX_SIDE &&
                   height <= ALFA__IMAGE_MAX_SIDE);
        volatile unsigned char last = rgb[width * height * 3 - 1];
        (void)last;
    }
    alfa_image_free(image);
    return 0;
}
