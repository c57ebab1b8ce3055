/* Two passes and union-find: the first pass gives every pixel a provisional label from its neighbours above
 * and to the left and notes which labels meet; the second replaces each by its region's number. The smallest
 * label of a region is its root and was given to its first pixel, so numbering the roots in order numbers the
 * regions in order. Of the four pixels of a 2 x 2 block at most one can get a new label: that bounds the
 * labels. */
#include "image/components.h"
#include "base/groups.h"
#include "image/image.h"

#include <stdlib.h>

/* The root of both labels' regions, made one; 0 is no region. */
static int join(int *parents, int a, int b)
{
    if (!a || !b)
        return a ? a : b;
    return alfa__group_join(parents, a, b);
}

/* First pass; gives how many provisional labels there are. */
static int label_pixels(int *labels, int *parents, const unsigned char *mask, int width, int height)
{
    int count = 0;
    for (int y = 0; y < height; y++) {
        int *row = labels + (size_t)y * (size_t)width;
        const int *above = y ? row - width : NULL;
        const unsigned char *in = mask + (size_t)y * (size_t)width;
        for (int x = 0; x < width; x++) {
            if (!in[x]) {
                row[x] = 0;
                continue;
            }
            int label = x ? row[x - 1] : 0;
            for (int i = x ? x - 1 : x; above && i <= x + 1 && i < width; i++)
                label = join(parents, label, above[i]);
            if (!label) {
                label = ++count;
                parents[label] = label;
            }
            row[x] = label;
        }
    }
    return count;
}

/* Replaces parents by region numbers; gives how many regions there are. Parents are smaller than children. */
static int number_regions(int *parents, int labels)
{
    int count = 0;
    for (int label = 1; label <= labels; label++)
        parents[label] = parents[label] == label ? ++count : parents[parents[label]];
    return count;
}

static void add_pixel(struct alfa__component *item, int x, int y)
{
    if (item->area++ == 0) {
        *item = (struct alfa__component){x, y, 1, 1, 1};
        return;
    }
    if (x < item->x) {
        item->width += item->x - x;
        item->x = x;
    }
    if (x >= item->x + item->width)
        item->width = x - item->x + 1;
    item->height = y - item->y + 1; /* rows only go down */
}

/* Second pass. */
static void measure(struct alfa__components *out, const int *numbers)
{
    int *label = out->labels;
    for (int y = 0; y < out->height; y++)
        for (int x = 0; x < out->width; x++, label++)
            if (*label) {
                *label = numbers[*label];
                add_pixel(&out->items[*label - 1], x, y);
            }
}

enum alfa_status alfa__components_find(struct alfa__components *out, const unsigned char *mask, int width,
                                       int height, struct alfa_error *err)
{
    *out = (struct alfa__components){0};
    ALFA__TRY(alfa__image_check_size(width, height, "mask", err));
    size_t pixels = (size_t)width * (size_t)height;
    size_t blocks = ((size_t)width + 1) / 2 * (((size_t)height + 1) / 2);
    int *parents = malloc((blocks + 1) * sizeof *parents);
    *out = (struct alfa__components){width, height, malloc(pixels * sizeof *out->labels), NULL, 0};
    if (parents && out->labels) {
        out->count = number_regions(parents, label_pixels(out->labels, parents, mask, width, height));
        out->items = calloc((size_t)out->count + 1, sizeof *out->items);
    }
    if (out->items)
        measure(out, parents);
    free(parents);
    if (out->items)
        return ALFA_OK;
    alfa__components_free(out);
    return alfa__fail_memory(err, pixels * 5);
}

void alfa__components_free(struct alfa__components *components)
{
    free(components->labels);
    free(components->items);
    *components = (struct alfa__components){0};
}

void alfa__map_threshold(unsigned char *out, const float *map, size_t count, double threshold)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (double)map[i] > threshold;
}
