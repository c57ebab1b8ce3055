/* A picture in any format, and pictures one behind another. */
#include "fuzz.h"
#include "image/extent.h"

/* They follow each other, lie within the bytes, and are the same when the bytes come in two parts. */
static void take_apart(const uint8_t *data, size_t size)
{
    struct alfa__row row = {0}, slow = {0};
    size_t before = 0, part = size / 2;
    while (alfa__row_next(&row, data, size, true)) {
        FUZZ_HOLDS(row.begin >= before && row.length > 0 && row.at == row.begin + row.length);
        FUZZ_HOLDS(row.at <= size && row.passed <= row.begin - before);
        before = row.at;
    }
    FUZZ_HOLDS(row.at == size);
    while (alfa__row_next(&slow, data, part, part == size) || part < size) {
        FUZZ_HOLDS(slow.at <= part && (slow.length > 0 || slow.want > part - slow.at));
        part = slow.length > 0 ? part : size;
    }
    FUZZ_HOLDS(slow.at == size);
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
