#include "image/turn.h"
#include "image/resize.h"

#include <string.h>

enum alfa_status alfa__image_turn(struct alfa_image **out, const struct alfa_image *image,
                                  struct alfa__pose pose, struct alfa_error *err)
{
    const int quarters = pose.quarters, w = image->width, h = image->height, tw = quarters % 2 ? h : w,
              th = quarters % 2 ? w : h;
    ALFA__TRY(alfa__image_new(out, tw, th, NULL, err));
    for (int y = 0; y < th; y++)
        for (int x = 0; x < tw; x++) {
            int u = quarters == 0 ? x : quarters == 1 ? y : quarters == 2 ? w - 1 - x : w - 1 - y;
            int v = quarters == 0 ? y : quarters == 1 ? h - 1 - x : quarters == 2 ? h - 1 - y : x;
            u = pose.flip ? w - 1 - u : u;
            memcpy((*out)->rgb + 3 * ((size_t)y * (size_t)tw + (size_t)x),
                   image->rgb + 3 * ((size_t)v * (size_t)w + (size_t)u), 3);
        }
    return ALFA_OK;
}

static enum alfa_status squash(struct alfa_image **out, const struct alfa_image *image, int side,
                               struct alfa_error *err)
{
    const struct alfa__view view = alfa__resize_view(image->width, image->height, side, ALFA__FIT_SQUASH);
    ALFA__TRY(alfa__image_new(out, side, side, NULL, err));
    return alfa__resize_rgb((*out)->rgb, side, side, image, &view, err);
}

static enum alfa_status make(struct alfa__squares *out, const struct alfa_image *image, int side,
                             struct alfa_error *err)
{
    struct alfa_image *turned;
    ALFA__TRY(squash(&out->upright, image, side, err));
    ALFA__TRY(alfa__image_turn(&turned, image, (struct alfa__pose){1, false}, err));
    const enum alfa_status status = squash(&out->quarter, turned, side, err);
    alfa_image_free(turned);
    return status;
}

enum alfa_status alfa__squares_make(struct alfa__squares *out, const struct alfa_image *image, int side,
                                    struct alfa_error *err)
{
    *out = (struct alfa__squares){NULL, NULL};
    const enum alfa_status status = make(out, image, side, err);
    if (status != ALFA_OK)
        alfa__squares_free(out);
    return status;
}

void alfa__squares_free(struct alfa__squares *squares)
{
    alfa_image_free(squares->upright);
    alfa_image_free(squares->quarter);
    *squares = (struct alfa__squares){NULL, NULL};
}

/* With R a quarter turn and F mirroring, R F = R R F R: what is left to do after the first turn. */
enum alfa_status alfa__squares_turn(struct alfa_image **out, const struct alfa__squares *squares,
                                    struct alfa__pose pose, struct alfa_error *err)
{
    if (pose.quarters % 2 == 0)
        return alfa__image_turn(out, squares->upright, pose, err);
    const struct alfa__pose left = {(pose.quarters == 1) == pose.flip ? 2 : 0, pose.flip};
    return alfa__image_turn(out, squares->quarter, left, err);
}
