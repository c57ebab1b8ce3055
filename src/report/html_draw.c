/* The small pictures of a card. */
#include "image/boxes.h"
#include "image/resize.h"
#include "image/write.h"
#include "report/html.h"

#include <stdlib.h>

enum { QUALITY = 85 };

static enum alfa_status encode(struct alfa__html_jpeg *out, const struct alfa_image *picture,
                               struct alfa_error *err)
{
    return alfa__image_encode_jpeg(&out->bytes, &out->size, picture, QUALITY, err);
}

/* The photograph with its map over it. */
static enum alfa_status draw_map(struct alfa__html_jpeg *out, const struct alfa_image *small,
                                 const struct alfa__record *record, const struct alfa__heat *heat,
                                 struct alfa_error *err)
{
    const double across = (double)small->width / record->summary->width;
    const double down = (double)small->height / record->summary->height;
    const struct alfa__box box = heat->box;
    struct alfa_image *hot;
    struct alfa__heat on_small = *heat;
    on_small.box = (struct alfa__box){box.x * across, box.y * down, box.width * across, box.height * down};
    struct alfa__box *boxes = alfa__record_boxes(record, across, down);
    enum alfa_status status = boxes ? alfa__image_alloc(&hot, small->width, small->height, err)
                                    : alfa__fail_memory(err, (size_t)record->region_count * sizeof *boxes);
    if (status == ALFA_OK) {
        alfa__heat_overlay(hot->rgb, small, &on_small);
        alfa__boxes_draw(hot, hot->width, hot->height, boxes, record->region_count);
        status = encode(out, hot, err);
        alfa_image_free(hot);
    }
    free(boxes);
    return status;
}

enum alfa_status alfa__html_draw(struct alfa__html_drawn *out, const struct alfa__record *record,
                                 const struct alfa_image *photo, const struct alfa__heat *heat,
                                 struct alfa_error *err)
{
    struct alfa_image *small;
    *out = (struct alfa__html_drawn){.width = 0};
    ALFA__TRY(alfa__resize_fit(&small, photo, ALFA__HTML_THUMBNAIL, ALFA__RESIZE_HAMMING, err));
    out->width = small->width;
    out->height = small->height;
    enum alfa_status status = encode(&out->photo, small, err);
    if (status == ALFA_OK && heat)
        status = draw_map(&out->map, small, record, heat, err);
    alfa_image_free(small);
    if (status != ALFA_OK)
        alfa__html_drawn_free(out);
    return status;
}

void alfa__html_drawn_free(struct alfa__html_drawn *drawn)
{
    free(drawn->photo.bytes);
    free(drawn->map.bytes);
    *drawn = (struct alfa__html_drawn){.width = 0};
}
