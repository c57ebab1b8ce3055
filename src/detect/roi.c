#include "detect/roi.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 16 /* a side, of a patch */

/* ------------------------------------------------------------------ masks */

enum alfa_status alfa__roi_set(struct alfa__roi *roi, const struct alfa_image *mask, bool invert,
                               struct alfa_error *err)
{
    const char *what = invert ? "mask of places to ignore" : "region of interest";
    const size_t size = mask ? (size_t)mask->width * (size_t)mask->height : 0;
    size_t count = 0;
    unsigned char *good = mask ? malloc(size) : NULL;
    if (mask && !good)
        return alfa__fail_memory(err, size);
    for (size_t i = 0; i < size; i++) {
        const unsigned char *rgb = mask->rgb + 3 * i;
        good[i] = (rgb[0] + rgb[1] + rgb[2] >= 3 * 128) != invert;
        count += good[i];
    }
    if (mask && count == 0) {
        free(good);
        return alfa__fail(err, ALFA_ERROR_INPUT, what, "leaves no place to look at: the mask is all %s",
                          invert ? "white" : "black");
    }
    free(roi->masks[invert].good);
    roi->masks[invert].good = good;
    roi->masks[invert].width = mask ? mask->width : 0;
    roi->masks[invert].height = mask ? mask->height : 0;
    return ALFA_OK;
}

void alfa__roi_free(struct alfa__roi *roi)
{
    for (int m = 0; m < 2; m++)
        free(roi->masks[m].good);
    memset(roi, 0, sizeof *roi);
}

bool alfa__roi_active(const struct alfa__roi *roi)
{
    return roi->masks[0].good || roi->masks[1].good;
}

void alfa__roi_digest(char out[17], const struct alfa__roi *roi)
{
    out[0] = 0;
    if (!alfa__roi_active(roi))
        return;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (int m = 0; m < 2; m++) {
        char size[32];
        snprintf(size, sizeof size, "%dx%d;", roi->masks[m].width, roi->masks[m].height);
        g_checksum_update(sum, (const guchar *)size, -1);
        if (roi->masks[m].good)
            g_checksum_update(sum, roi->masks[m].good, (gssize)roi->masks[m].width * roi->masks[m].height);
    }
    snprintf(out, 17, "%.16s", g_checksum_get_string(sum));
    g_checksum_free(sum);
}

/* ------------------------------------------------------------------ places */

/* A place of a turned picture in the picture as it was; both as fractions of its sides. */
static void turn_back(double *x, double *y, struct alfa__pose pose)
{
    const double u = *x, v = *y;
    const double across[] = {u, v, 1 - u, 1 - v}, down[] = {v, 1 - u, 1 - v, u};
    *x = across[pose.quarters];
    *y = down[pose.quarters];
    if (pose.flip)
        *x = 1 - *x;
}

static int nearest(double fraction, int size)
{
    const int at = (int)(fraction * size);
    return at < 0 ? 0 : at >= size ? size - 1 : at;
}

/* Whether the place at (x, y) of a side x side grid over the frame counts. */
static bool place_counts(const struct alfa__roi *roi, const struct alfa__frame *frame, double x, double y,
                         int side)
{
    double across = (frame->box.x + x * frame->box.width / side) / frame->width;
    double down = (frame->box.y + y * frame->box.height / side) / frame->height;
    turn_back(&across, &down, frame->pose);
    for (int m = 0; m < 2; m++) {
        const int width = roi->masks[m].width, height = roi->masks[m].height;
        if (roi->masks[m].good &&
            !roi->masks[m]
                 .good[(size_t)nearest(down, height) * (size_t)width + (size_t)nearest(across, width)])
            return false;
    }
    return true;
}

static bool patch_counts(const struct alfa__roi *roi, const struct alfa__frame *frame, int x, int y, int grid)
{
    int count = 0;
    for (int i = 0; i < SAMPLES * SAMPLES; i++)
        count += place_counts(roi, frame, x + (i % SAMPLES + 0.5) / SAMPLES,
                              y + (i / SAMPLES + 0.5) / SAMPLES, grid);
    return 2 * count >= SAMPLES * SAMPLES;
}

int alfa__roi_patches(unsigned char *inside, const struct alfa__roi *roi, const struct alfa__frame *frame,
                      int grid)
{
    int count = 0;
    for (int p = 0; p < grid * grid; p++) {
        inside[p] = patch_counts(roi, frame, p % grid, p / grid, grid);
        count += inside[p];
    }
    return count;
}

void alfa__roi_clear(float *map, const struct alfa__roi *roi, const struct alfa__frame *frame, int side)
{
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            if (!place_counts(roi, frame, x + 0.5, y + 0.5, side))
                map[(size_t)y * (size_t)side + (size_t)x] = 0;
}

/* ------------------------------------------------------------------ the edge */

/* The mean of the neighbours that have a value of an earlier round; false when there is none. known: 0 none
 * yet, else the round in which the value came + 1. */
static bool neighbours(float *mean, const float *values, const int *known, int round, int p, int grid)
{
    const int x = p % grid, y = p / grid;
    float sum = 0;
    int count = 0;
    for (int v = y - 1; v <= y + 1; v++)
        for (int u = x - 1; u <= x + 1; u++) {
            const bool there = v >= 0 && v < grid && u >= 0 && u < grid;
            if (there && known[v * grid + u] && known[v * grid + u] <= round) {
                sum += values[v * grid + u];
                count++;
            }
        }
    *mean = count ? sum / (float)count : 0;
    return count > 0;
}

void alfa__roi_extend(float *values, const unsigned char *inside, int grid)
{
    int *known = calloc((size_t)grid * (size_t)grid, sizeof *known);
    bool grown = known != NULL; /* without memory the edge is darker */
    for (int p = 0; p < grid * grid && known; p++)
        known[p] = inside[p] != 0;
    for (int round = 1; grown; round++) {
        grown = false;
        for (int p = 0; p < grid * grid; p++) {
            float mean;
            if (known[p] || !neighbours(&mean, values, known, round, p, grid))
                continue;
            values[p] = mean;
            known[p] = round + 1;
            grown = true;
        }
    }
    free(known);
}
