#include "dataset/mask.h"
#include "base/files.h"
#include "base/strings.h"
#include "image/components.h"
#include "image/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ALFA_ERROR_INPUT when a side is below 1. Pixels are not set. */
static enum alfa_status new_mask(struct alfa__mask *out, int width, int height, struct alfa_error *err)
{
    *out = (struct alfa__mask){0};
    ALFA__TRY(alfa__image_check_size(width, height, "mask", err));
    size_t size = (size_t)width * (size_t)height;
    unsigned char *pixels = malloc(size);
    if (!pixels)
        return alfa__fail_memory(err, size);
    *out = (struct alfa__mask){.width = width, .height = height, .pixels = pixels};
    return ALFA_OK;
}

void alfa__mask_free(struct alfa__mask *mask)
{
    free(mask->pixels);
    *mask = (struct alfa__mask){0};
}

static enum alfa_status from_image(struct alfa__mask *out, const struct alfa_image *image,
                                   struct alfa_error *err)
{
    ALFA__TRY(new_mask(out, image->width, image->height, err));
    size_t size = (size_t)image->width * (size_t)image->height;
    for (size_t i = 0; i < size; i++) {
        out->pixels[i] = image->rgb[3 * i] != 0;
        out->anomalous += out->pixels[i];
    }
    return ALFA_OK;
}

static enum alfa_status load_file(struct alfa__mask *out, const char *path, struct alfa_error *err)
{
    struct alfa_image *image;
    struct alfa__mask_values values;
    *out = (struct alfa__mask){0};
    enum alfa_status status = alfa__image_load_mask(&image, path, &values, err);
    if (status == ALFA_OK)
        status = from_image(out, image, err);
    if (status == ALFA_OK && alfa__mask_lacks_black(&values)) {
        out->least = values.least;
        out->most = values.most;
    }
    alfa_image_free(image);
    return status;
}

/* Of "bad/000*" the size of the name before the star, 0 of what is no such path. */
static size_t star_size(const char *path)
{
    const char *name = alfa__path_name(path);
    const size_t size = strlen(name);
    return size > 1 && name > path && name[size - 1] == '*' ? size - 1 : 0;
}

/* Joins a further mask; the first one gives the size. */
static enum alfa_status unite(struct alfa__mask *out, const char *path, struct alfa_error *err)
{
    struct alfa__mask mask;
    ALFA__TRY(load_file(&mask, path, err));
    if (!out->pixels) {
        *out = mask;
        return ALFA_OK;
    }
    enum alfa_status status = ALFA_OK;
    out->least = out->least ? out->least : mask.least;
    out->most = out->most ? out->most : mask.most;
    if (mask.width != out->width || mask.height != out->height)
        status =
            alfa__fail(err, ALFA_ERROR_INPUT, path, "is %d x %d pixels, another mask of the image %d x %d",
                       mask.width, mask.height, out->width, out->height);
    for (size_t i = 0; status == ALFA_OK && i < (size_t)out->width * (size_t)out->height; i++) {
        out->anomalous += mask.pixels[i] && !out->pixels[i];
        out->pixels[i] |= mask.pixels[i];
    }
    alfa__mask_free(&mask);
    return status;
}

enum alfa_status alfa__mask_files(struct alfa__names *out, const char *path, struct alfa_error *err)
{
    struct alfa__folder folder = {0};
    const char *start = alfa__path_name(path);
    const size_t size = star_size(path);
    const bool one = !size && !alfa__folder_exists(path);
    *out = (struct alfa__names){0};
    char *parent = size ? alfa__format("%.*s", (int)(start - path) - 1, path) : alfa__strdup(path);
    if (!parent)
        return alfa__fail_memory(err, strlen(path));
    enum alfa_status status = one ? ALFA_OK : alfa__folder_read(&folder, parent, err);
    if (one)
        alfa__names_add(out, path);
    for (size_t i = 0; status == ALFA_OK && i < folder.images.count; i++) {
        const char *name = folder.images.items[i];
        if (size && (strncmp(name, start, size) != 0 || !strchr("_-. ", name[size])))
            continue;
        char *file = alfa__format("%s/%s", parent, name);
        if (file)
            alfa__names_add(out, file);
        out->failed = out->failed || !file;
        free(file);
    }
    if (status == ALFA_OK && out->failed)
        status = alfa__fail_memory(err, strlen(path));
    free(parent);
    alfa__folder_free(&folder);
    return status;
}

enum alfa_status alfa__mask_load(struct alfa__mask *out, const char *path, struct alfa_error *err)
{
    struct alfa__names files;
    *out = (struct alfa__mask){0};
    enum alfa_status status = alfa__mask_files(&files, path, err);
    for (size_t i = 0; status == ALFA_OK && i < files.count; i++)
        status = unite(out, files.items[i], err);
    alfa__names_free(&files);
    if (status == ALFA_OK && !out->pixels)
        status = alfa__fail(err, ALFA_ERROR_INPUT, path, "holds no masks");
    if (status != ALFA_OK)
        alfa__mask_free(out);
    return status;
}

enum alfa_status alfa__mask_resize(struct alfa__mask *out, const struct alfa__mask *mask, int width,
                                   int height, struct alfa_error *err)
{
    ALFA__TRY(new_mask(out, width, height, err));
    unsigned char *pixel = out->pixels;
    for (int y = 0; y < height; y++) {
        long long row = (2LL * y + 1) * mask->height / (2LL * height) * mask->width;
        for (int x = 0; x < width; x++) {
            *pixel = mask->pixels[row + (2LL * x + 1) * mask->width / (2LL * width)];
            out->anomalous += *pixel++;
        }
    }
    return ALFA_OK;
}

/* Leaves the part that lies over the square in the middle of the photograph. */
static void cut_middle(struct alfa__mask *mask, int image_width, int image_height)
{
    const int side = image_width < image_height ? image_width : image_height;
    const int left = (int)((long long)(image_width - side) / 2 * mask->width / image_width),
              top = (int)((long long)(image_height - side) / 2 * mask->height / image_height);
    const int width = mask->width - 2 * left, height = mask->height - 2 * top;
    for (int y = 0; y < height; y++)
        memmove(mask->pixels + (size_t)y * (size_t)width,
                mask->pixels + (size_t)(y + top) * (size_t)mask->width + left, (size_t)width);
    mask->width = width;
    mask->height = height;
    mask->anomalous = 0;
    for (size_t i = 0; i < (size_t)width * (size_t)height; i++)
        mask->anomalous += mask->pixels[i];
}

static enum alfa_status count_regions(int *count, const struct alfa__mask *mask, struct alfa_error *err)
{
    struct alfa__components regions;
    ALFA__TRY(alfa__components_find(&regions, mask->pixels, mask->width, mask->height, err));
    *count = regions.count;
    alfa__components_free(&regions);
    return ALFA_OK;
}

/* A thin defect falls apart where every fourth pixel is looked at, and PRO counts each part like a whole one.
 */
static enum alfa_status note_regions(struct alfa__notices *notices, const char *path,
                                     const struct alfa__mask *small, const struct alfa__mask *mask,
                                     struct alfa_error *err)
{
    int now, before;
    ALFA__TRY(count_regions(&now, small, err));
    ALFA__TRY(count_regions(&before, mask, err));
    if (before > 0 && now == 0)
        alfa__notices_add(notices, path, "loses all its regions at %d x %d pixels", small->width,
                          small->height);
    if (now > before)
        alfa__notices_add(notices, path, "has %d regions at %d x %d pixels and %d as drawn: PRO counts each",
                          now, small->width, small->height, before);
    return ALFA_OK;
}

/* Whether both have one shape, as far as whole pixels allow. */
static bool has_shape(const struct alfa__mask *mask, const struct alfa__mask_view *view)
{
    const long long across = (long long)mask->width * view->image_height,
                    down = (long long)mask->height * view->image_width;
    return llabs(across - down) <= view->image_width + view->image_height;
}

static bool lies_across(const struct alfa__mask *mask, const struct alfa__mask_view *view)
{
    return mask->width == view->image_height && mask->height == view->image_width &&
           mask->width != mask->height;
}

#define LEFT_OUT "it is left out of what is measured in pixels"

/* Of a mask whose size is not its photograph's; whether it can be laid over it. */
static bool note_size(struct alfa__notices *notices, const char *path, const struct alfa__mask *mask,
                      const struct alfa__mask_view *view)
{
    const int width = view->image_width, height = view->image_height;
    if (lies_across(mask, view))
        alfa__notices_add(notices, path,
                          "is %d x %d pixels, its photograph %d x %d: is it turned by a quarter? " LEFT_OUT,
                          mask->width, mask->height, width, height);
    else if (!has_shape(mask, view))
        alfa__notices_add(
            notices, path,
            "is %d x %d pixels, its photograph %d x %d, which is another shape: stretched over it",
            mask->width, mask->height, width, height);
    else if (mask->width != width || mask->height != height)
        alfa__notices_add(notices, path, "is %d x %d pixels, its photograph %d x %d: stretched over it",
                          mask->width, mask->height, width, height);
    return !lies_across(mask, view);
}

enum alfa_status alfa__mask_open(struct alfa__mask *out, const char *path, const struct alfa__mask_view *view,
                                 struct alfa__notices *notices, struct alfa_error *err)
{
    struct alfa__mask mask;
    *out = (struct alfa__mask){0};
    ALFA__TRY(alfa__mask_load(&mask, path, err));
    if (mask.least) {
        alfa__notices_add(
            notices, path,
            "has values from %d to %d and none that is 0: what is normal has to be black; " LEFT_OUT,
            mask.least, mask.most);
        alfa__mask_free(&mask);
        return ALFA_OK;
    }
    if (!note_size(notices, path, &mask, view)) {
        alfa__mask_free(&mask);
        return ALFA_OK;
    }
    if (mask.anomalous == 0)
        alfa__notices_add(notices, path, "marks no pixel as anomalous");
    if (mask.anomalous == (size_t)mask.width * (size_t)mask.height)
        alfa__notices_add(notices, path, "marks every pixel as anomalous");
    if (view->crop)
        cut_middle(&mask, view->image_width, view->image_height);
    enum alfa_status status = alfa__mask_resize(out, &mask, view->width, view->height, err);
    if (status == ALFA_OK)
        status = note_regions(notices, path, out, &mask, err);
    alfa__mask_free(&mask);
    if (status != ALFA_OK)
        alfa__mask_free(out);
    return status;
}

bool alfa__mask_is_large(const struct alfa__mask *mask)
{
    return 2 * mask->anomalous > (size_t)mask->width * (size_t)mask->height;
}

void alfa__masks_doubt(struct alfa__notices *notices, const char *source, size_t large, size_t count)
{
    enum { FEWEST = 3 }; /* one or two may well be large */
    if (count >= FEWEST && 2 * large > count)
        alfa__notices_add(notices, source,
                          "has masks that mark more than half of their photographs, %zu of %zu: what is not "
                          "black is anomalous; are they inverted?",
                          large, count);
}
