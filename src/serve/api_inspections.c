/* What was judged: lists, one, its verdict, its pictures. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "image/heat.h"
#include "image/upsample.h"
#include "image/write.h"
#include "serve/links.h"
#include "serve/picture.h"
#include "serve/server.h"

enum { THUMBNAIL = 320, OVERLAY = 4096, FINE = 720, PAGE = 50, MOST = 500 };

/* ------------------------------------------------------------------ lists */

static bool one_of(const char *text, const char *a, const char *b, const char *c, const char *d)
{
    return !text || !*text || !strcmp(text, a) || !strcmp(text, b) || !strcmp(text, c) || !strcmp(text, d);
}

static const char *read_time(long long *out, const struct alfa__request *request, const char *name)
{
    const char *text = alfa__request_text(request, name);
    return !text || !*text || alfa__time_read(out, text) ? NULL : name;
}

static bool read_bound(bool *has, double *out, const struct alfa__request *request, const char *name)
{
    const char *text = alfa__request_text(request, name);
    *has = text && *text;
    return alfa__request_number(out, request, name, -1e9, 1e9);
}

static const char *text_or_null(const struct alfa__request *request, const char *name)
{
    const char *text = alfa__request_text(request, name);
    return text && *text ? text : NULL;
}

/* The name of the first field that cannot be read, or NULL. */
static const char *read_filter(struct alfa__filter *out, const struct alfa__request *request)
{
    long long limit = PAGE;
    *out = (struct alfa__filter){.class_name = text_or_null(request, "class"),
                                 .decision = text_or_null(request, "decision"),
                                 .verdict = text_or_null(request, "verdict"),
                                 .name = text_or_null(request, "name")};
    if (!one_of(out->decision, "anomaly", "normal", "anomaly", "normal"))
        return "decision";
    if (!one_of(out->verdict, "agree", "false_alarm", "missed", "none"))
        return "verdict";
    if (!read_bound(&out->has_low, &out->low, request, "min_score"))
        return "min_score";
    if (!read_bound(&out->has_high, &out->high, request, "max_score"))
        return "max_score";
    if (!alfa__request_whole(&out->before, request, "cursor", 1, INT64_MAX))
        return "cursor";
    if (!alfa__request_whole(&out->bank, request, "bank", 1, INT64_MAX))
        return "bank";
    if (!alfa__request_whole(&limit, request, "limit", 1, MOST))
        return "limit";
    out->limit = (int)limit;
    const char *wrong = read_time(&out->since, request, "since");
    return wrong ? wrong : read_time(&out->until, request, "until");
}

static void answer_csv(struct alfa__request *request, const struct alfa__filter *filter)
{
    struct alfa__string table = {0};
    struct alfa_error err;
    if (alfa__archive_csv(request->server->archive, &table, filter, &err) != ALFA_OK) {
        alfa__string_free(&table);
        alfa__answer_error(request, &err);
        return;
    }
    alfa__answer_bytes(request, "text/csv; charset=utf-8", table.text, table.size, NULL);
    alfa__answer_header(request, "Content-Disposition", "attachment; filename=\"inspections.csv\"");
}

void alfa__api_list(struct alfa__request *request)
{
    struct alfa__filter filter;
    const char *format = text_or_null(request, "format"), *wrong = read_filter(&filter, request);
    if (format && strcmp(format, "csv") != 0 && strcmp(format, "json") != 0)
        wrong = "format";
    if (wrong)
        alfa__answer_problem(request, 400, "usage", "%s: cannot be read; docs/serve.md lists what it may be",
                             wrong);
    else if (format && strcmp(format, "csv") == 0)
        answer_csv(request, &filter);
    else
        alfa__answer_json(request, 200, alfa__archive_list(request->server->archive, &filter));
}

void alfa__api_scores(struct alfa__request *request)
{
    const char *class_name = text_or_null(request, "class");
    long long bank = 0;
    if (!class_name || !alfa__request_whole(&bank, request, "bank", 1, INT64_MAX)) {
        alfa__answer_problem(request, 400, "usage",
                             class_name ? "bank: is not the number of a version" : "class: is missing");
        return;
    }
    json_t *scores = alfa__archive_scores(request->server->archive, class_name, bank, 5000);
    alfa__answer_json(request, 200, json_pack("{s:o}", "items", scores));
}

/* ------------------------------------------------------------------ one */

static void answer_missing(struct alfa__request *request)
{
    alfa__answer_problem(request, 404, "not_found", "there is no inspection %lld", request->id);
}

void alfa__api_get(struct alfa__request *request)
{
    json_t *object = alfa__archive_get(request->server->archive, request->id);
    if (object)
        alfa__answer_json(request, 200, object);
    else
        answer_missing(request);
}

/* {"verdict": "agree" | "false_alarm" | "missed" | null} */
void alfa__api_verdict(struct alfa__request *request)
{
    struct alfa_error err;
    json_t *body = json_loadb(request->body.text ? request->body.text : "", request->body.size, 0, NULL);
    json_t *verdict = json_object_get(body, "verdict");
    const char *text = json_string_value(verdict);
    if (!verdict || (!text && !json_is_null(verdict)) ||
        !one_of(text, "agree", "false_alarm", "missed", "agree") || (text && !*text))
        alfa__answer_problem(request, 400, "usage",
                             "send {\"verdict\": \"agree\"}, \"false_alarm\", \"missed\" or null");
    else if (alfa__archive_judge(request->server->archive, request->id, text, &err) == ALFA_OK)
        alfa__api_get(request);
    else if (err.code == ALFA_ERROR_INPUT)
        answer_missing(request);
    else if (err.code == ALFA_ERROR_USAGE)
        alfa__answer_problem(request, 409, "verdict", "%s", err.message);
    else
        alfa__answer_error(request, &err);
    json_decref(body);
}

void alfa__api_delete(struct alfa__request *request)
{
    if (alfa__archive_remove(request->server->archive, request->id))
        alfa__answer_empty(request, 204);
    else
        answer_missing(request);
}

/* ------------------------------------------------------------------ pictures */

/* A file of the store, and the tag of what is made of it. */
struct source {
    char *bytes;
    size_t size;
    char tag[ALFA__ARCHIVE_HASH + 16];
};

/* False when the request has its answer. */
static bool read_source(struct alfa__request *request, enum alfa__archive_kind kind, struct source *out)
{
    char hash[ALFA__ARCHIVE_HASH];
    struct alfa_error err;
    enum alfa_status status =
        alfa__archive_read(request->server->archive, request->id, kind, &out->bytes, &out->size, hash, &err);
    if (status == ALFA_OK) {
        snprintf(out->tag, sizeof out->tag, "\"%s-%d\"", hash, alfa__route_index(request->route));
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

/* A map as alfa__npy_append() wrote it: 128 bytes of header, then float32. */
static enum alfa_status read_map(struct alfa__heat *out, const char *bytes, size_t size,
                                 struct alfa_error *err)
{
    const char *shape = size > 128 ? memmem(bytes, 128, "'shape': (", 10) : NULL;
    if (!shape || sscanf(shape, "'shape': (%d, %d)", &out->height, &out->width) != 2 || out->width < 1 ||
        out->height < 1 || size != 128 + (size_t)out->width * (size_t)out->height * sizeof(float))
        return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "the stored map is damaged");
    out->map = (const float *)(const void *)(bytes + 128);
    return ALFA_OK;
}

/* Enlarged before it is coloured, since the colour changes at once in the middle of the scale. */
static float *enlarge(struct alfa__heat *heat)
{
    const int times = heat->width < FINE && heat->height < FINE ? FINE / heat->width : 1;
    const int width = heat->width * times, height = heat->height * times;
    float *map = malloc((size_t)width * (size_t)height * sizeof *map);
    if (!map)
        return NULL;
    alfa__upsample_bilinear(map, width, height, heat->map, heat->width, heat->height);
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
    struct alfa__heat heat = {.threshold = 0};
    ALFA__TRY(read_map(&heat, source->bytes, source->size, err));
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

/* Takes bytes when status is ALFA_OK. */
static void answer_picture(struct alfa__request *request, const char *type, enum alfa_status status,
                           unsigned char *bytes, size_t size, const char *tag, const struct alfa_error *err)
{
    if (status == ALFA_OK)
        alfa__answer_bytes(request, type, bytes, size, tag);
    else
        alfa__answer_error(request, err);
}

void alfa__api_map_png(struct alfa__request *request)
{
    struct source map;
    unsigned char *png = NULL;
    size_t size = 0;
    struct alfa_error err;
    if (!read_source(request, ALFA__ARCHIVE_MAP, &map))
        return;
    enum alfa_status status = draw_map(&png, &size, &map, &err);
    answer_picture(request, "image/png", status, png, size, map.tag, &err);
    free(map.bytes);
}

static enum alfa_status decode_small(struct alfa_image **out, const struct source *source, int longest,
                                     struct alfa_error *err)
{
    struct alfa_image *whole;
    *out = NULL;
    ALFA__TRY(alfa_image_decode(&whole, source->bytes, source->size, "image", err));
    enum alfa_status status = alfa__resize_fit(out, whole, longest, err);
    alfa_image_free(whole);
    return status;
}

static void answer_jpeg(struct alfa__request *request, const unsigned char *rgb,
                        const struct alfa_image *image, int quality, const char *tag)
{
    unsigned char *jpeg = NULL;
    size_t size = 0;
    struct alfa_error err;
    enum alfa_status status = alfa__image_encode_jpeg(&jpeg, &size, rgb, alfa_image_width(image),
                                                      alfa_image_height(image), quality, &err);
    answer_picture(request, "image/jpeg", status, jpeg, size, tag, &err);
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
    if (decode_small(&image, &source, (int)side, &err) == ALFA_OK)
        answer_jpeg(request, alfa_image_rgb(image), image, side > THUMBNAIL ? 90 : 80, source.tag);
    else
        alfa__answer_error(request, &err);
    alfa_image_free(image);
    free(source.bytes);
}

/* The picture with its map in colours. The map covers all of it: requests cannot ask for a crop. */
static void draw_overlay(struct alfa__request *request, const struct alfa_image *image,
                         const struct source *map)
{
    struct alfa__heat heat = {.box = {0, 0, alfa_image_width(image), alfa_image_height(image)}};
    struct alfa_error err;
    unsigned char *rgb = malloc((size_t)alfa_image_width(image) * (size_t)alfa_image_height(image) * 3);
    if (!rgb) {
        alfa__answer_problem(request, 503, "memory", "there is not enough memory");
    } else if (read_map(&heat, map->bytes, map->size, &err) != ALFA_OK) {
        alfa__answer_error(request, &err);
    } else {
        alfa__heat_overlay(rgb, image, &heat);
        answer_jpeg(request, rgb, image, 90, map->tag);
    }
    free(rgb);
}

void alfa__api_overlay(struct alfa__request *request)
{
    struct source source, map;
    struct alfa_image *image;
    struct alfa_error err;
    if (!read_source(request, ALFA__ARCHIVE_MAP, &map))
        return;
    if (read_source(request, ALFA__ARCHIVE_IMAGE, &source)) {
        if (decode_small(&image, &source, OVERLAY, &err) == ALFA_OK)
            draw_overlay(request, image, &map);
        else
            alfa__answer_error(request, &err);
        alfa_image_free(image);
        free(source.bytes);
    }
    free(map.bytes);
}
