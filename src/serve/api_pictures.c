/* The pictures of an inspection: as it came, small, its map, and that over it as alfa detect draws it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "image/boxes.h"
#include "image/heat.h"
#include "image/upsample.h"
#include "image/write.h"
#include "serve/picture.h"
#include "serve/server.h"

enum { THUMBNAIL = 320, OVERLAY = 4096, FINE = 720 };

/* ------------------------------------------------------------------ files */

/* A file of the store, and the tag of what is made of it. */
struct source {
    char *bytes;
    size_t size;
    json_t *inspection; /* of a map: it says where colours begin, and which regions there are */
    char tag[ALFA__ARCHIVE_HASH + 48];
};

/* False when the request has its answer. */
static bool read_source(struct alfa__request *request, enum alfa__archive_kind kind, struct source *out)
{
    struct alfa__archived file;
    struct alfa_error err;
    if (alfa__archive_read(&file, request->server->archive, request->id, kind, &err) == ALFA_OK) {
        out->bytes = file.bytes;
        out->size = file.size;
        snprintf(out->tag, sizeof out->tag, "\"%s-%s-%lld\"", file.hash,
                 strrchr(request->route->pattern, '/') + 1, kind == ALFA__ARCHIVE_MAP ? request->id : 0);
        if (!alfa__answer_known(request, out->tag))
            return true;
        free(out->bytes);
    } else if (err.code == ALFA_ERROR_INPUT) {
        alfa__answer_problem(request, 404, "not_found", "%s", err.message);
    } else {
        alfa__answer_error(request, &err);
    }
    return false;
}

/* A map and what is known about it; likewise. */
static bool open_map(struct alfa__request *request, struct source *out)
{
    if (!read_source(request, ALFA__ARCHIVE_MAP, out))
        return false;
    out->inspection = alfa__archive_get(request->server->archive, request->id);
    if (out->inspection)
        return true;
    free(out->bytes);
    alfa__answer_problem(request, 404, "not_found", "there is no inspection %lld", request->id);
    return false;
}

static void close_map(struct source *map)
{
    json_decref(map->inspection);
    free(map->bytes);
}

void alfa__api_image(struct alfa__request *request)
{
    struct source image;
    if (read_source(request, ALFA__ARCHIVE_IMAGE, &image))
        alfa__answer_bytes(request, alfa__picture_type(image.bytes, image.size), image.bytes, image.size,
                           image.tag);
}

void alfa__api_map_npy(struct alfa__request *request)
{
    struct source map;
    if (read_source(request, ALFA__ARCHIVE_MAP, &map))
        alfa__answer_bytes(request, "application/octet-stream", map.bytes, map.size, map.tag);
}

/* ------------------------------------------------------------------ the map in colours */

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

/* A map as alfa__npy_append() wrote it: 128 bytes of header, then float32. */
static enum alfa_status read_map(struct alfa__heat *out, const struct source *source, struct alfa_error *err)
{
    const char *bytes = source->bytes;
    const size_t size = source->size;
    const char *shape = size > 128 ? memmem(bytes, 128, "'shape': (", 10) : NULL;
    if (!shape || sscanf(shape, "'shape': (%d, %d)", &out->height, &out->width) != 2 || out->width < 1 ||
        out->height < 1 || size != 128 + (size_t)out->width * (size_t)out->height * sizeof(float))
        return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "the stored map is damaged");
    out->map = (const float *)(const void *)(bytes + 128);
    out->threshold = number_of(source->inspection, "pixel_threshold");
    return ALFA_OK;
}

/* Enlarged before it is coloured, since the colour begins at once where the threshold is. */
static float *enlarge(struct alfa__heat *heat)
{
    const int times = heat->width < FINE && heat->height < FINE ? FINE / heat->width : 1;
    const int width = heat->width * times, height = heat->height * times;
    float *map = malloc((size_t)width * (size_t)height * sizeof *map);
    if (!map)
        return NULL;
    alfa__upsample_bilinear(map, width, height, (struct alfa__grid){heat->map, heat->width, heat->height});
    *heat = (struct alfa__heat){.map = map, .width = width, .height = height, .threshold = heat->threshold};
    return map;
}

static void colour(unsigned char *rgba, const struct alfa__heat *heat)
{
    for (size_t i = 0; i < (size_t)heat->width * (size_t)heat->height; i++) {
        const struct alfa__colour colour = alfa__heat_colour((double)heat->map[i], heat->threshold);
        memcpy(rgba + 4 * i, colour.rgb, 3);
        rgba[4 * i + 3] = colour.opacity;
    }
}

/* Colours with their opacities, to be laid over the picture. */
static enum alfa_status draw_map(unsigned char **out, size_t *out_size, const struct source *source,
                                 struct alfa_error *err)
{
    struct alfa__heat heat = {.map = NULL};
    ALFA__TRY(read_map(&heat, source, err));
    float *map = enlarge(&heat);
    unsigned char *rgba = map ? malloc((size_t)heat.width * (size_t)heat.height * 4) : NULL;
    enum alfa_status status = ALFA_OK;
    if (rgba)
        colour(rgba, &heat);
    else
        status = alfa__fail_memory(err, (size_t)FINE * FINE * 4);
    if (status == ALFA_OK)
        status = alfa__image_encode_rgba(out, out_size, rgba, heat.width, heat.height, err);
    free(rgba);
    free(map);
    return status;
}

void alfa__api_map_png(struct alfa__request *request)
{
    struct source map;
    unsigned char *png = NULL;
    size_t size = 0;
    struct alfa_error err;
    if (!open_map(request, &map))
        return;
    if (draw_map(&png, &size, &map, &err) == ALFA_OK)
        alfa__answer_bytes(request, "image/png", png, size, map.tag);
    else
        alfa__answer_error(request, &err);
    close_map(&map);
}

/* ------------------------------------------------------------------ the picture */

static void answer_jpeg(struct alfa__request *request, const struct alfa_image *image, int quality,
                        const char *tag)
{
    unsigned char *jpeg = NULL;
    size_t size = 0;
    struct alfa_error err;
    if (alfa__image_encode_jpeg(&jpeg, &size, image, quality, &err) == ALFA_OK)
        alfa__answer_bytes(request, "image/jpeg", jpeg, size, tag);
    else
        alfa__answer_error(request, &err);
}

void alfa__api_thumbnail(struct alfa__request *request)
{
    struct source source;
    struct alfa_image *image;
    struct alfa_error err;
    long long side = THUMBNAIL;
    if (!alfa__request_whole(&side, request, "size", 16, OVERLAY)) {
        alfa__answer_problem(request, 400, "usage", "size: is not a whole number from 16 to %d",
                             (int)OVERLAY);
        return;
    }
    if (!read_source(request, ALFA__ARCHIVE_IMAGE, &source))
        return;
    if (alfa__image_decode_small(&image, source.bytes, source.size, (int)side, &err) == ALFA_OK)
        answer_jpeg(request, image, side > THUMBNAIL ? 90 : 80, source.tag);
    else
        alfa__answer_error(request, &err);
    alfa_image_free(image);
    free(source.bytes);
}

/* ------------------------------------------------------------------ both */

/* The boxes of the regions in the picture, which may be smaller than the one that was judged. */
static struct alfa__box *find_boxes(int *count, const json_t *inspection, const struct alfa_image *image)
{
    const json_t *regions = json_object_get(inspection, "regions");
    const double across = alfa_image_width(image) / number_of(inspection, "width");
    const double down = alfa_image_height(image) / number_of(inspection, "height");
    *count = (int)json_array_size(regions);
    struct alfa__box *boxes = calloc((size_t)*count + 1, sizeof *boxes);
    for (int i = 0; i < *count && boxes; i++) {
        const json_t *r = json_array_get(regions, (size_t)i);
        boxes[i] = (struct alfa__box){number_of(r, "x") * across, number_of(r, "y") * down,
                                      number_of(r, "width") * across, number_of(r, "height") * down};
    }
    return boxes;
}

/* As alfa detect --out writes it: colours, boxes and the legend below. */
static enum alfa_status draw_overlay(struct alfa_image **out, const struct alfa_image *image,
                                     const struct source *map, struct alfa_error *err)
{
    struct alfa__heat heat = {.box = {0, 0, alfa_image_width(image), alfa_image_height(image)}};
    const int width = alfa_image_width(image), height = alfa_image_height(image);
    int count;
    *out = NULL;
    ALFA__TRY(read_map(&heat, map, err));
    struct alfa__box *boxes = find_boxes(&count, map->inspection, image);
    if (!boxes)
        return alfa__fail_memory(err, sizeof *boxes);
    enum alfa_status status = alfa__heat_picture(out, image, &heat, number_of(map->inspection, "score"),
                                                 number_of(map->inspection, "threshold"), err);
    if (status == ALFA_OK) {
        alfa__boxes_draw(*out, width, height, boxes, count);
        alfa__boxes_number(*out, width, height, boxes, count);
    }
    free(boxes);
    return status;
}

static void answer_overlay(struct alfa__request *request, const struct source *source,
                           const struct source *map)
{
    struct alfa_image *image = NULL, *drawn = NULL;
    struct alfa_error err;
    if (alfa__image_decode_small(&image, source->bytes, source->size, OVERLAY, &err) == ALFA_OK &&
        draw_overlay(&drawn, image, map, &err) == ALFA_OK)
        answer_jpeg(request, drawn, 90, map->tag);
    else
        alfa__answer_error(request, &err);
    alfa_image_free(drawn);
    alfa_image_free(image);
}

void alfa__api_overlay(struct alfa__request *request)
{
    struct source source = {0}, map;
    if (!open_map(request, &map))
        return;
    if (read_source(request, ALFA__ARCHIVE_IMAGE, &source)) {
        answer_overlay(request, &source, &map);
        free(source.bytes);
    }
    close_map(&map);
}
