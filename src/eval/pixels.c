/* Pixel metrics: two sorted lists, normal and anomalous pixels, walked together from the highest score down.
 *
 * An anomalous pixel carries the area of its region, because it raises the mean overlap by
 * 1 / (area x regions) when the threshold passes it (PRO of the MVTec AD evaluation code). */
#include "eval/metrics.h"
#include "eval/sort.h"
#include "eval/sweep.h"
#include "image/components.h"

#include <math.h>
#include <stdlib.h>

#define MAX_PIXELS 0xffffffffu

struct alfa__pixels {
    uint32_t *normal;    /* keys (eval/sort.h) */
    uint64_t *anomalous; /* key << 32 | area of the region */
    size_t normal_count, normal_room, anomalous_count, anomalous_room, regions;
};

enum alfa_status alfa__pixels_new(struct alfa__pixels **out, struct alfa_error *err)
{
    *out = calloc(1, sizeof **out);
    return *out ? ALFA_OK : alfa__fail_memory(err, sizeof **out);
}

void alfa__pixels_free(struct alfa__pixels *pixels)
{
    if (!pixels)
        return;
    free(pixels->normal);
    free(pixels->anomalous);
    free(pixels);
}

/* ------------------------------------------------------------------ collecting */

/* A list with room for wanted items of size bytes: the given one or a larger copy of it, NULL when out of
 * memory. Grows by a quarter, so that little is unused at the end. */
static void *reserve(void *items, size_t *room, size_t wanted, size_t size)
{
    size_t next = *room + *room / 4 > wanted ? *room + *room / 4 : wanted;
    if (wanted <= *room && items)
        return items;
    void *larger = realloc(items, (next ? next : 1) * size);
    if (larger)
        *room = next;
    return larger;
}

static enum alfa_status reserve_pixels(struct alfa__pixels *pixels, size_t normal, size_t anomalous,
                                       struct alfa_error *err)
{
    uint32_t *keys = reserve(pixels->normal, &pixels->normal_room, normal, sizeof *keys);
    if (!keys)
        return alfa__fail_memory(err, normal * sizeof *keys);
    pixels->normal = keys;
    uint64_t *pairs = reserve(pixels->anomalous, &pixels->anomalous_room, anomalous, sizeof *pairs);
    if (!pairs)
        return alfa__fail_memory(err, anomalous * sizeof *pairs);
    pixels->anomalous = pairs;
    return ALFA_OK;
}

static enum alfa_status check_map(const float *map, size_t count, struct alfa_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(map[i]))
            return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "the map has a score that is not a finite number");
    return ALFA_OK;
}

/* Counts the anomalous pixels and makes room for all. */
static enum alfa_status prepare(struct alfa__pixels *pixels, const struct alfa__components *regions,
                                size_t count, struct alfa_error *err)
{
    size_t anomalous = 0;
    for (int i = 0; i < regions->count; i++)
        anomalous += (size_t)regions->items[i].area;
    if (count > MAX_PIXELS - pixels->normal_count - pixels->anomalous_count)
        return alfa__fail(err, ALFA_ERROR_LIMIT, NULL,
                          "the class has more than %u pixels: evaluate it at a smaller size", MAX_PIXELS);
    return reserve_pixels(pixels, pixels->normal_count + count - anomalous,
                          pixels->anomalous_count + anomalous, err);
}

static void append(struct alfa__pixels *pixels, const float *map, const struct alfa__components *regions,
                   size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t key = alfa__key_from_float(map[i]);
        int label = regions->labels ? regions->labels[i] : 0;
        if (label)
            pixels->anomalous[pixels->anomalous_count++] =
                (uint64_t)key << 32 | (uint32_t)regions->items[label - 1].area;
        else
            pixels->normal[pixels->normal_count++] = key;
    }
    pixels->regions += (size_t)regions->count;
}

enum alfa_status alfa__pixels_add(struct alfa__pixels *pixels, const float *map, const unsigned char *mask,
                                  int width, int height, struct alfa_error *err)
{
    struct alfa__components regions = {0};
    if (width < 1 || height < 1)
        return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "the map is %d x %d pixels", width, height);
    size_t count = (size_t)width * (size_t)height;
    ALFA__TRY(check_map(map, count, err));
    if (mask)
        ALFA__TRY(alfa__components_find(&regions, mask, width, height, err));
    enum alfa_status status = prepare(pixels, &regions, count, err);
    if (status == ALFA_OK)
        append(pixels, map, &regions, count);
    alfa__components_free(&regions);
    return status;
}

/* ------------------------------------------------------------------ per-region overlap */

struct overlap {
    double fpr, pro; /* the last point of the curve */
    double area;     /* under it, up to the limit */

    /* The 200 thresholds: low + i * step; the points of those below rest are still to come. */
    double low, step;
    int rest, kept;
    double fprs[ALFA__PRO_STEPS], pros[ALFA__PRO_STEPS]; /* the kept ones, FPR ascending */
};

static void overlap_start(struct overlap *overlap, double low, double high)
{
    *overlap = (struct overlap){.low = low, .step = (high - low) / ALFA__PRO_STEPS, .rest = ALFA__PRO_STEPS};
}

/* A trapezoid of the exact curve, cut at the limit. */
static void overlap_add(struct overlap *overlap, double fpr, double pro)
{
    if (overlap->fpr < ALFA__PRO_LIMIT) {
        double end = fmin(fpr, ALFA__PRO_LIMIT), width = end - overlap->fpr, at_end = pro;
        if (fpr > ALFA__PRO_LIMIT)
            at_end = overlap->pro + (pro - overlap->pro) * width / (fpr - overlap->fpr);
        overlap->area += width * (overlap->pro + at_end) / 2;
    }
    overlap->fpr = fpr;
    overlap->pro = pro;
}

/* Before the pixels with this score are passed: the last point is what lies above every threshold >= score.
 */
static void overlap_mark(struct overlap *overlap, double score)
{
    while (overlap->rest > 0 && overlap->low + (overlap->rest - 1) * overlap->step >= score) {
        overlap->rest--;
        if (overlap->fpr < ALFA__PRO_LIMIT) {
            overlap->fprs[overlap->kept] = overlap->fpr;
            overlap->pros[overlap->kept++] = overlap->pro;
        }
    }
}

static struct alfa__metric overlap_coarse(const struct overlap *overlap)
{
    int last = overlap->kept - 1;
    double area = 0;
    if (last < 1 || overlap->fprs[0] == overlap->fprs[last])
        return alfa__metric_undefined();
    for (int i = 1; i <= last; i++)
        area += (overlap->fprs[i] - overlap->fprs[i - 1]) * (overlap->pros[i] + overlap->pros[i - 1]) / 2;
    return alfa__metric_of(area / (overlap->fprs[last] - overlap->fprs[0]));
}

/* ------------------------------------------------------------------ the walk */

/* Pixels that share one score. */
struct group {
    uint32_t key;
    uint64_t normal, anomalous;
    double covered; /* sum of 1 / area over the anomalous ones */
};

/* The group with the highest score among the first *normal and *anomalous pixels, which it takes off. */
static struct group next_group(const struct alfa__pixels *pixels, size_t *normal, size_t *anomalous)
{
    uint32_t a = *normal ? pixels->normal[*normal - 1] : 0;
    uint32_t b = *anomalous ? (uint32_t)(pixels->anomalous[*anomalous - 1] >> 32) : 0;
    struct group group = {.key = a > b ? a : b};
    for (; *normal && pixels->normal[*normal - 1] == group.key; (*normal)--)
        group.normal++;
    for (; *anomalous && pixels->anomalous[*anomalous - 1] >> 32 == group.key; (*anomalous)--) {
        group.anomalous++;
        group.covered += 1.0 / (double)(uint32_t)pixels->anomalous[*anomalous - 1];
    }
    return group;
}

static double lowest(const struct alfa__pixels *pixels)
{
    uint32_t a = pixels->normal_count ? pixels->normal[0] : UINT32_MAX;
    uint32_t b = pixels->anomalous_count ? (uint32_t)(pixels->anomalous[0] >> 32) : UINT32_MAX;
    return (double)alfa__key_to_float(a < b ? a : b);
}

static double highest(const struct alfa__pixels *pixels)
{
    size_t normal = pixels->normal_count, anomalous = pixels->anomalous_count;
    uint32_t a = normal ? pixels->normal[normal - 1] : 0;
    uint32_t b = anomalous ? (uint32_t)(pixels->anomalous[anomalous - 1] >> 32) : 0;
    return (double)alfa__key_to_float(a > b ? a : b);
}

static void walk(struct alfa__sweep *sweep, struct overlap *overlap, const struct alfa__pixels *pixels)
{
    size_t normal = pixels->normal_count, anomalous = pixels->anomalous_count;
    double covered = 0;
    while (normal || anomalous) {
        struct group group = next_group(pixels, &normal, &anomalous);
        double score = (double)alfa__key_to_float(group.key);
        covered += group.covered;
        alfa__sweep_step(sweep, score, group.anomalous, group.normal);
        if (pixels->regions && pixels->normal_count) {
            overlap_mark(overlap, score);
            overlap_add(overlap, (double)sweep->fp / (double)pixels->normal_count,
                        covered / (double)pixels->regions);
        }
    }
}

void alfa__pixels_measure(struct alfa__pixel_metrics *out, struct alfa__pixels *pixels)
{
    struct alfa__sweep sweep;
    struct overlap overlap;
    alfa__sort_u32(pixels->normal, pixels->normal_count);
    alfa__sort_u64_high(pixels->anomalous, pixels->anomalous_count);
    alfa__sweep_start(&sweep, pixels->anomalous_count, pixels->normal_count);
    overlap_start(&overlap, lowest(pixels), highest(pixels));
    walk(&sweep, &overlap, pixels);
    bool defined = pixels->regions && pixels->normal_count;
    *out = (struct alfa__pixel_metrics){
        .ranking = alfa__sweep_end(&sweep),
        .pro = defined ? alfa__metric_of(overlap.area / ALFA__PRO_LIMIT) : alfa__metric_undefined(),
        .pro_200 = defined ? overlap_coarse(&overlap) : alfa__metric_undefined(),
        .regions = pixels->regions,
        .normal = pixels->normal_count,
        .anomalous = pixels->anomalous_count,
    };
}
