/* A result for people and programs that draw: its map at any size, over its photograph, and its JSON. */
#include "base/threads.h"
#include "image/boxes.h"
#include "image/upsample.h"
#include "report/json.h"

#include <stdlib.h>
#include <string.h>

static enum alfa_status take_map(struct alfa__heat *out, const struct alfa_result *result,
                                 struct alfa_error *err)
{
    ALFA__NEED(result, "result", err);
    const struct alfa_area *area = alfa_result_area(result);
    *out = (struct alfa__heat){.box = {area->x, area->y, area->width, area->height},
                               .threshold = alfa_result_summary(result)->pixel_threshold};
    out->map = alfa_result_map(result, &out->width, &out->height);
    if (!out->map)
        return alfa__fail(err, ALFA_ERROR_USAGE, alfa_result_summary(result)->method,
                          "has no map, only a score");
    return ALFA_OK;
}

/* ------------------------------------------------------------------ the map */

/* A row of the picture, in which the image is scaled to width x height; 0 beyond the box. */
static void fill_row(float *out, int width, int height, int y, const struct alfa__heat *heat,
                     const struct alfa_summary *s)
{
    const double across = (double)s->width / width, down = (double)s->height / height;
    const double cells_across = heat->width / heat->box.width, cells_down = heat->height / heat->box.height;
    const double v = ((y + 0.5) * down - heat->box.y) * cells_down;
    int first = 0, last = width;
    while (first < width && (first + 0.5) * across < heat->box.x)
        first++;
    while (last > first && (last - 0.5) * across > heat->box.x + heat->box.width)
        last--;
    memset(out, 0, (size_t)width * sizeof *out);
    if (v >= 0 && v <= heat->height)
        alfa__upsample_row(out + first, last - first,
                           ((first + 0.5) * across - heat->box.x) * cells_across - 0.5, across * cells_across,
                           v - 0.5, (struct alfa__grid){heat->map, heat->width, heat->height});
}

enum alfa_status alfa_result_map_full(float *out, const struct alfa_result *result, int width, int height,
                                      struct alfa_error *err)
{
    struct alfa__heat heat;
    ALFA__NEED(out, "out", err);
    ALFA__TRY(take_map(&heat, result, err));
    if (width < 1 || height < 1)
        return alfa__fail(err, ALFA_ERROR_USAGE, "map", "is wanted with %d x %d pixels", width, height);
    for (int y = 0; y < height; y++)
        fill_row(out + (size_t)y * (size_t)width, width, height, y, &heat, alfa_result_summary(result));
    return ALFA_OK;
}

/* ------------------------------------------------------------------ over the photograph */

static enum alfa_status draw_plain(struct alfa_image **out, const struct alfa_image *image,
                                   const struct alfa__heat *heat, struct alfa_error *err)
{
    ALFA__TRY(alfa__image_alloc(out, image->width, image->height, err));
    alfa__heat_overlay((*out)->rgb, image, heat);
    return ALFA_OK;
}

/* The picture may be smaller or larger than the image that was judged. */
static void scale_box(struct alfa__box *box, double across, double down)
{
    *box = (struct alfa__box){box->x * across, box->y * down, box->width * across, box->height * down};
}

static enum alfa_status draw_report(struct alfa_image **out, const struct alfa_result *result,
                                    const struct alfa_image *image, const struct alfa__heat *heat,
                                    struct alfa_error *err)
{
    struct alfa__record record;
    ALFA__TRY(alfa__record_take(&record, result, NULL, false, err));
    struct alfa__box *boxes = alfa__record_boxes(&record, (double)image->width / record.summary->width,
                                                 (double)image->height / record.summary->height);
    enum alfa_status status =
        boxes ? alfa__heat_picture(out, image, heat, record.summary->score, record.summary->threshold, err)
              : alfa__fail_memory(err, sizeof *boxes);
    if (status == ALFA_OK) {
        alfa__boxes_draw(*out, image->width, image->height, boxes, record.region_count);
        alfa__boxes_number(*out, image->width, image->height, boxes, record.region_count);
    }
    free(boxes);
    alfa__record_drop(&record);
    return status;
}

enum alfa_status alfa_result_overlay(struct alfa_image **out, const struct alfa_result *result,
                                     const struct alfa_image *image, enum alfa_overlay how,
                                     struct alfa_error *err)
{
    struct alfa__heat heat;
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(image, "image", err);
    ALFA__TRY(take_map(&heat, result, err));
    const struct alfa_summary *s = alfa_result_summary(result);
    if ((unsigned)how > ALFA_OVERLAY_PLAIN)
        return alfa__fail(err, ALFA_ERROR_USAGE, "overlay", "is none of enum alfa_overlay");
    scale_box(&heat.box, (double)image->width / s->width, (double)image->height / s->height);
    const struct alfa__team team = alfa__team_enter(alfa__processors());
    enum alfa_status status = how == ALFA_OVERLAY_PLAIN ? draw_plain(out, image, &heat, err)
                                                        : draw_report(out, result, image, &heat, err);
    alfa__team_leave(team);
    return status;
}

/* ------------------------------------------------------------------ JSON */

enum alfa_status alfa_result_json(char **out, const struct alfa_result *result, const char *path,
                                  struct alfa_error *err)
{
    struct alfa__string line = {0};
    struct alfa__record record;
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(result, "result", err);
    ALFA__TRY(alfa__record_take(&record, result, path, alfa_result_prompt_count(result) > 0, err));
    alfa__json_line(&line, &record);
    alfa__record_drop(&record);
    if (!alfa__string_ok(&line)) {
        alfa__string_free(&line);
        return alfa__fail_memory(err, line.size);
    }
    line.text[strcspn(line.text, "\n")] = 0;
    *out = line.text;
    return ALFA_OK;
}
