/* A picture in memory: made, copied, looked at, freed. Reading one is load.c's. */
#include "image/image.h"

#include "base/sha256.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum alfa_status alfa__image_check_size(long long width, long long height, const char *name,
                                        struct alfa_error *err)
{
    if (width < 1 || height < 1)
        return alfa__fail(err, ALFA_ERROR_INPUT, name, "is damaged: it says to be %lld x %lld pixels", width,
                          height);
    if (width > ALFA__IMAGE_MAX_SIDE || height > ALFA__IMAGE_MAX_SIDE)
        return alfa__fail(err, ALFA_ERROR_LIMIT, name,
                          "has %lld x %lld pixels, a side may have %d: make it smaller", width, height,
                          ALFA__IMAGE_MAX_SIDE);
    if (width * height > ALFA__IMAGE_MAX_PIXELS)
        return alfa__fail(err, ALFA_ERROR_LIMIT, name,
                          "has %lld x %lld pixels, the limit is %lld megapixels: make it smaller", width,
                          height, ALFA__IMAGE_MAX_PIXELS / 1000000);
    return ALFA_OK;
}

void alfa__image_large_pages(unsigned char *pixels, size_t size)
{
    const uintptr_t large = 2 << 20;
    const uintptr_t first = ((uintptr_t)pixels + large - 1) & ~(large - 1);
    const uintptr_t end = ((uintptr_t)pixels + size) & ~(large - 1);
    if (pixels && size >= 8 * large)
        madvise((void *)first, end - first, MADV_HUGEPAGE);
}

enum alfa_status alfa__image_alloc(struct alfa_image **out, int width, int height, struct alfa_error *err)
{
    size_t size = (size_t)width * (size_t)height * 3;
    struct alfa_image *image = malloc(sizeof *image);
    unsigned char *rgb = calloc(size, 1);
    *out = NULL;
    if (!image || !rgb) {
        free(image);
        free(rgb);
        return alfa__fail_memory(err, size);
    }
    alfa__image_large_pages(rgb, size);
    *image = (struct alfa_image){.width = width, .height = height, .rgb = rgb, .facts = {.pages = 1}};
    *out = image;
    return ALFA_OK;
}

enum alfa_status alfa__image_new(struct alfa_image **out, long long width, long long height, const char *name,
                                 struct alfa_error *err)
{
    *out = NULL;
    ALFA__TRY(alfa__image_check_size(width, height, name, err));
    return alfa__image_alloc(out, (int)width, (int)height, err);
}

int alfa__image_bits(int *suspect, int said, unsigned largest)
{
    *suspect = 0;
    if (said && largest < 1u << said)
        return said;
    for (int bits = 14; bits >= 8 && !said && largest > 0; bits -= 2)
        if (largest < 1u << bits)
            *suspect = bits;
    return 16;
}

struct alfa_image_facts alfa_image_facts(const struct alfa_image *image)
{
    return image ? image->facts : (struct alfa_image_facts){.pages = 1};
}

bool alfa__image_fact(char out[ALFA__FACT_ROOM], struct alfa_image_facts facts, enum alfa__fact fact)
{
    *out = 0;
    if (fact == ALFA__FACT_DARK && facts.bits)
        snprintf(out, ALFA__FACT_ROOM, "has no value above %d: %d bits in 16?", (1 << facts.bits) - 1,
                 facts.bits);
    if (fact == ALFA__FACT_PAGES && facts.pages > 1)
        snprintf(out, ALFA__FACT_ROOM, "has %d pages: only the first is looked at", facts.pages);
    if (fact == ALFA__FACT_SPARE && facts.spare)
        snprintf(out, ALFA__FACT_ROOM, "has samples that are neither colour nor alpha: they are left out");
    if (fact == ALFA__FACT_FOLLOWED && facts.followed)
        snprintf(out, ALFA__FACT_ROOM, "holds several pictures: only the first is looked at");
    return *out != 0;
}

enum alfa_status alfa_image_from_rgb(struct alfa_image **out, const unsigned char *rgb, int width, int height,
                                     size_t stride, struct alfa_error *err)
{
    ALFA__NEED_OUT(out, err);
    if (!rgb || width < 1 || height < 1 || stride < (size_t)width * 3)
        return alfa__fail(err, ALFA_ERROR_USAGE, "alfa_image_from_rgb",
                          "needs pixels, a size of at least 1 x 1 and a stride of at least 3 x width");
    ALFA__TRY(alfa__image_new(out, width, height, "alfa_image_from_rgb", err));
    for (int y = 0; y < height; y++)
        memcpy((*out)->rgb + (size_t)y * width * 3, rgb + (size_t)y * stride, (size_t)width * 3);
    return ALFA_OK;
}

void alfa__image_digest(char out[33], const struct alfa_image *image)
{
    unsigned char sum[ALFA__SHA256];
    alfa__sha256(sum, image->rgb, (size_t)image->width * (size_t)image->height * 3);
    for (int i = 0; i < 16; i++)
        snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

int alfa_image_width(const struct alfa_image *image)
{
    return image ? image->width : 0;
}

int alfa_image_height(const struct alfa_image *image)
{
    return image ? image->height : 0;
}

const unsigned char *alfa_image_rgb(const struct alfa_image *image)
{
    return image ? image->rgb : NULL;
}

void alfa_image_free(struct alfa_image *image)
{
    if (image && image->release)
        image->release(image->context);
    else if (image)
        free(image->rgb);
    free(image);
}
