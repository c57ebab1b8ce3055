#include "detect/regions.h"
#include "image/components.h"

#include <math.h>
#include <stdlib.h>

/* Sums over the pixels of a component. */
struct tally {
    double values, x, y;
    float peak;
};

static void count_pixels(struct tally *tallies, const struct alfa__components *found, const float *map)
{
    for (int y = 0; y < found->height; y++)
        for (int x = 0; x < found->width; x++) {
            const size_t i = (size_t)y * (size_t)found->width + (size_t)x;
            if (found->labels[i] == 0)
                continue;
            struct tally *tally = &tallies[found->labels[i] - 1];
            tally->values += map[i];
            tally->x += x + 0.5;
            tally->y += y + 0.5;
            tally->peak = map[i] > tally->peak ? map[i] : tally->peak;
        }
}

/* A side of the image, of so many pixels, and where the map lies along it. */
struct axis {
    double offset, step; /* of a pixel of the map */
    int pixels;
};

/* From pixels of the map to pixels of the image, whole ones outwards. */
static void to_image(int *start, int *size, int from, int length, const struct axis *axis)
{
    const double first = floor(axis->offset + from * axis->step + 1e-6),
                 last = ceil(axis->offset + (from + length) * axis->step - 1e-6);
    const int limit = axis->pixels;
    *start = first < 0 ? 0 : first > limit - 1 ? limit - 1 : (int)first;
    *size = (last > limit ? limit : (int)last) - *start;
    *size = *size < 1 ? 1 : *size;
}

static struct alfa_region describe(const struct alfa__component *component, const struct tally *tally,
                                   const struct alfa__canvas *canvas)
{
    const struct alfa__box *box = &canvas->box;
    const struct axis across = {box->x, box->width / canvas->side, canvas->width};
    const struct axis down = {box->y, box->height / canvas->side, canvas->height};
    const double pixels = component->area;
    struct alfa_region region = {.area = pixels * across.step * down.step,
                                 .peak = tally->peak,
                                 .mean = tally->values / pixels,
                                 .center_x = box->x + tally->x / pixels * across.step,
                                 .center_y = box->y + tally->y / pixels * down.step};
    region.percent = 100 * region.area / ((double)canvas->width * canvas->height);
    to_image(&region.x, &region.width, component->x, component->width, &across);
    to_image(&region.y, &region.height, component->y, component->height, &down);
    return region;
}

/* The highest peak first; of equals the larger one, then in reading order. */
static int compare(const void *a, const void *b)
{
    const struct alfa_region *p = a, *q = b;
    if (p->peak != q->peak)
        return p->peak > q->peak ? -1 : 1;
    if (p->area != q->area)
        return p->area > q->area ? -1 : 1;
    return p->y != q->y ? p->y - q->y : p->x - q->x;
}

static enum alfa_status collect(struct alfa_region **out, int *count, const struct alfa__components *found,
                                const struct alfa__canvas *canvas, double min_area, struct alfa_error *err)
{
    if (found->count == 0)
        return ALFA_OK;
    struct tally *tallies = calloc((size_t)found->count, sizeof *tallies);
    struct alfa_region *regions = malloc((size_t)found->count * sizeof *regions);
    if (!tallies || !regions) {
        free(tallies);
        free(regions);
        return alfa__fail_memory(err, (size_t)found->count * sizeof *regions);
    }
    count_pixels(tallies, found, canvas->map);
    for (int i = 0; i < found->count; i++) {
        regions[*count] = describe(&found->items[i], &tallies[i], canvas);
        *count += regions[*count].area >= min_area;
    }
    free(tallies);
    qsort(regions, (size_t)*count, sizeof *regions, compare);
    *out = regions; /* all too small: freed by the caller like any other list */
    return ALFA_OK;
}

enum alfa_status alfa__regions_find(struct alfa_region **out, int *count, const struct alfa__canvas *canvas,
                                    double threshold, double min_area, struct alfa_error *err)
{
    const size_t pixels = (size_t)canvas->side * (size_t)canvas->side;
    struct alfa__components found;
    *out = NULL;
    *count = 0;
    unsigned char *mask = malloc(pixels);
    if (!mask)
        return alfa__fail_memory(err, pixels);
    alfa__map_threshold(mask, canvas->map, pixels, threshold);
    enum alfa_status status = alfa__components_find(&found, mask, canvas->side, canvas->side, err);
    free(mask);
    if (status == ALFA_OK) {
        status = collect(out, count, &found, canvas, min_area, err);
        alfa__components_free(&found);
    }
    return status;
}
