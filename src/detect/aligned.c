#include "detect/aligned.h"
#include "image/object.h"

#include <math.h>
#include <stdlib.h>

#define FINEST 3 /* times the model's resolution, of a map that is turned back */

enum alfa_status alfa_image_find_object(struct alfa_object *out, const struct alfa_image *image,
                                        struct alfa_error *err)
{
    struct alfa__object object;
    if (!out || !image)
        return alfa__fail(err, ALFA_ERROR_USAGE, "object", "needs an image and a place for the answer");
    ALFA__TRY(alfa__object_find(&object, image, err));
    *out = (struct alfa_object){object.x, object.y, object.angle, object.elongation, object.side};
    alfa__object_free(&object);
    return ALFA_OK;
}

enum alfa_status alfa__aligned_take(struct alfa__aligned *out, bool align, const struct alfa_image *image,
                                    struct alfa_error *err)
{
    *out = (struct alfa__aligned){.seen = image};
    if (!align)
        return ALFA_OK;
    ALFA__TRY(alfa__align(&out->own, &out->how, image, err));
    out->seen = out->own;
    return ALFA_OK;
}

void alfa__aligned_free(struct alfa__aligned *aligned)
{
    alfa_image_free(aligned->own);
    aligned->own = NULL;
}

/* As fine as the aligned picture was seen, within bounds. */
static int choose_side(const struct alfa_result *result, const struct alfa__alignment *how)
{
    const double longest = fmax(how->width, how->height), shown = how->scale * how->side;
    const double times = fmin(fmax(ceil(longest / shown), 1), FINEST);
    return (int)(times * result->map_side);
}

enum alfa_status alfa__aligned_return(struct alfa_result *result, const struct alfa__aligned *aligned,
                                      double min_area, struct alfa_error *err)
{
    if (!aligned->own)
        return ALFA_OK;
    const struct alfa__alignment *how = &aligned->how;
    const int side = choose_side(result, how);
    float *map = malloc((size_t)side * (size_t)side * sizeof *map);
    if (!map)
        return alfa__fail_memory(err, (size_t)side * (size_t)side * sizeof *map);
    alfa__align_back(map, side, side, how,
                     (struct alfa__grid){result->map, result->map_side, result->map_side});
    free(result->map);
    free(result->regions);
    result->map = map;
    result->map_side = side;
    result->regions = NULL;
    result->region_count = 0;
    result->box = (struct alfa__box){0, 0, how->width, how->height};
    result->area = (struct alfa_area){0, 0, how->width, how->height};
    result->summary.width = how->width;
    result->summary.height = how->height;
    return alfa__result_find_regions(result, min_area, err);
}

struct alfa_region *alfa__aligned_regions(const struct alfa_result *result,
                                          const struct alfa__aligned *aligned)
{
    struct alfa_region *regions = calloc((size_t)result->region_count + 1, sizeof *regions);
    for (int i = 0; i < result->region_count && regions; i++) {
        const struct alfa_region *r = &result->regions[i];
        const struct alfa__box box =
            alfa__align_box(&aligned->how, (struct alfa__box){r->x, r->y, r->width, r->height});
        const struct alfa__box centre =
            alfa__align_box(&aligned->how, (struct alfa__box){r->center_x, r->center_y, 0, 0});
        regions[i] = *r;
        regions[i].x = (int)floor(box.x);
        regions[i].y = (int)floor(box.y);
        regions[i].width = (int)ceil(box.width);
        regions[i].height = (int)ceil(box.height);
        regions[i].center_x = centre.x;
        regions[i].center_y = centre.y;
    }
    return regions;
}
