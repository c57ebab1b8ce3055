#include "image/object.h"
#include "image/components.h"
#include "image/resize.h"
#include "image/smooth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WORK 320         /* longer side of the picture in which the object is looked for */
#define STRIP 0.06       /* of the sides: where only background is, at first */
#define MAX_NOISE 14.0   /* levels; a background that varies more is not plain */
#define MIN_CONTRAST 5.0 /* times the noise: an object's mean distance from the background */
#define MIN_SHARE 0.002  /* of the picture, of an object */
#define MAX_SHARE 0.7
#define MAX_SECOND 0.2 /* of the object's area: a second thing */
#define MAX_EDGE 0.1   /* roots of the object's area: what it may touch of the picture's edge */
#define CLOSE 2        /* pixels of the work picture: gaps that are closed */
#define REACH 6        /* likewise: pieces nearer than twice that are one object */
#define MIN_SKEW 0.03  /* below it the shape does not tell head from tail */

/* ------------------------------------------------------------------ masks */

/* Each pixel becomes value where one within radius in its row (step 1) or column has it. */
static void spread_line(unsigned char *line, unsigned char *scratch, int count, size_t step, int radius,
                        unsigned char value)
{
    for (int i = 0; i < count; i++)
        scratch[i] = line[(size_t)i * step];
    for (int i = 0; i < count; i++)
        for (int j = i - radius; j <= i + radius; j++)
            if (j >= 0 && j < count && scratch[j] == value)
                line[(size_t)i * step] = value;
}

static void spread_value(unsigned char *mask, int width, int height, int radius, unsigned char value)
{
    unsigned char scratch[WORK];
    for (int y = 0; y < height; y++)
        spread_line(mask + (size_t)y * (size_t)width, scratch, width, 1, radius, value);
    for (int x = 0; x < width; x++)
        spread_line(mask + x, scratch, height, (size_t)width, radius, value);
}

static void mark_strip(unsigned char *mask, int width, int height)
{
    const int strip = 1 + (int)(STRIP * (width < height ? width : height));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            mask[y * width + x] = x < strip || y < strip || x >= width - strip || y >= height - strip;
}

/* Otsu's threshold of distances, in levels: where two groups are farthest apart for their spread. */
static double otsu(const float *distances, size_t count)
{
    size_t histogram[256] = {0}, below = 0;
    double total = 0, sum = 0, best = -1;
    int threshold = 0;
    for (size_t i = 0; i < count; i++)
        histogram[distances[i] < 255 ? (int)distances[i] : 255]++;
    for (int i = 0; i < 256; i++)
        total += i * (double)histogram[i];
    for (int i = 0; i < 255; i++) {
        below += histogram[i];
        sum += i * (double)histogram[i];
        if (!below || below == count)
            continue;
        const double above = (double)(count - below),
                     difference = sum / (double)below - (total - sum) / above;
        if ((double)below * above * difference * difference > best) {
            best = (double)below * above * difference * difference;
            threshold = i + 1;
        }
    }
    return threshold;
}

/* Background that is enclosed by the object belongs to it. */
static enum alfa_status fill_holes(unsigned char *mask, int width, int height, struct alfa_error *err)
{
    const size_t pixels = (size_t)width * (size_t)height;
    struct alfa__components outside;
    for (size_t i = 0; i < pixels; i++)
        mask[i] = !mask[i];
    enum alfa_status status = alfa__components_find(&outside, mask, width, height, err);
    for (size_t i = 0; i < pixels && status == ALFA_OK; i++) {
        const struct alfa__component *c = outside.labels[i] ? &outside.items[outside.labels[i] - 1] : NULL;
        mask[i] = !(c && (c->x == 0 || c->y == 0 || c->x + c->width == width || c->y + c->height == height));
    }
    alfa__components_free(&outside);
    return status;
}

/* Sums of a mask's pixels by the component of a wider mask that they lie in; the largest two. */
static int find_group(int *area, int *next, const unsigned char *mask, const struct alfa__components *groups)
{
    int *areas = calloc((size_t)groups->count + 1, sizeof *areas), group = 0;
    *area = *next = 0;
    for (size_t i = 0; areas && i < (size_t)groups->width * (size_t)groups->height; i++)
        areas[mask[i] ? groups->labels[i] : 0]++;
    for (int g = 1; areas && g <= groups->count; g++) {
        if (areas[g] > *area) {
            *next = *area;
            *area = areas[g];
            group = g;
        } else if (areas[g] > *next)
            *next = areas[g];
    }
    free(areas);
    return group;
}

/* Leaves the largest group of pieces in the mask: what lies within twice REACH is one object, so that a
 * bright scratch across it does not make it two. *second gets the share of the next group. */
static enum alfa_status keep_largest(unsigned char *mask, int *area, double *second, int width, int height,
                                     struct alfa_error *err)
{
    const size_t pixels = (size_t)width * (size_t)height;
    struct alfa__components groups = {0};
    int next;
    unsigned char *wide = malloc(pixels);
    if (!wide)
        return alfa__fail_memory(err, pixels);
    memcpy(wide, mask, pixels);
    spread_value(wide, width, height, REACH, 1);
    enum alfa_status status = alfa__components_find(&groups, wide, width, height, err);
    if (status == ALFA_OK) {
        const int group = find_group(area, &next, mask, &groups);
        for (size_t i = 0; i < pixels; i++)
            mask[i] = mask[i] && group && groups.labels[i] == group;
        *second = *area ? (double)next / *area : 0;
    }
    alfa__components_free(&groups);
    free(wide);
    return status;
}

/* ------------------------------------------------------------------ finding it */

struct search {
    struct alfa_image *image; /* the picture made smaller */
    unsigned char *mask;      /* of the object */
    float *distances;         /* from the background */
    int width, height, area;
};

static double mean_distance(const struct search *s)
{
    double sum = 0;
    for (size_t i = 0; i < (size_t)s->width * (size_t)s->height; i++)
        sum += s->mask[i] ? (double)s->distances[i] : 0;
    return s->area ? sum / s->area : 0;
}

/* How many pixels of the picture's edge are the object's, in roots of its area. */
static double edge_share(const struct search *s)
{
    int touched = 0;
    for (int x = 0; x < s->width; x++)
        touched += s->mask[x] + s->mask[(s->height - 1) * s->width + x];
    for (int y = 0; y < s->height; y++)
        touched += s->mask[y * s->width] + s->mask[y * s->width + s->width - 1];
    return touched / sqrt(s->area + 1.0);
}

/* What stands out from the backdrop: thresholded, gaps closed, holes filled, the largest piece. */
static enum alfa_status segment(struct search *s, double *second, const struct alfa__backdrop *backdrop,
                                struct alfa_error *err)
{
    const size_t pixels = (size_t)s->width * (size_t)s->height;
    alfa__backdrop_distances(s->distances, backdrop, s->image);
    const double threshold = fmax(4 * backdrop->noise + 4, 0.6 * otsu(s->distances, pixels));
    for (size_t i = 0; i < pixels; i++)
        s->mask[i] = (double)s->distances[i] > threshold;
    spread_value(s->mask, s->width, s->height, CLOSE, 1);
    spread_value(s->mask, s->width, s->height, CLOSE, 0);
    ALFA__TRY(fill_holes(s->mask, s->width, s->height, err));
    return keep_largest(s->mask, &s->area, second, s->width, s->height, err);
}

static enum alfa_status check_object(const struct search *s, double second,
                                     const struct alfa__backdrop *backdrop, struct alfa_error *err)
{
    const double share = (double)s->area / ((double)s->width * s->height);
    if (backdrop->noise > MAX_NOISE)
        return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "has no plain background: it varies by %.0f levels",
                          backdrop->noise);
    if (share < MIN_SHARE || mean_distance(s) < MIN_CONTRAST * backdrop->noise)
        return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "shows no object that stands out from the background");
    if (share > MAX_SHARE || edge_share(s) > MAX_EDGE)
        return alfa__fail(err, ALFA_ERROR_INPUT, NULL,
                          "shows no object that lies in the picture as a whole: it touches the edge");
    if (second > MAX_SECOND)
        return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "shows more than one object");
    return ALFA_OK;
}

/* First a backdrop from the strip along the edges, then one from all that is not the object. */
static enum alfa_status search_object(struct search *s, struct alfa__backdrop *backdrop,
                                      struct alfa_error *err)
{
    const int around = 3 * CLOSE;
    double second;
    mark_strip(s->mask, s->width, s->height);
    ALFA__TRY(alfa__backdrop_fit(backdrop, s->image, s->mask, err));
    ALFA__TRY(segment(s, &second, backdrop, err));
    ALFA__TRY(check_object(s, second, backdrop, err));
    spread_value(s->mask, s->width, s->height, around, 1);
    for (size_t i = 0; i < (size_t)s->width * (size_t)s->height; i++)
        s->mask[i] = !s->mask[i];
    ALFA__TRY(alfa__backdrop_fit(backdrop, s->image, s->mask, err));
    ALFA__TRY(segment(s, &second, backdrop, err));
    return check_object(s, second, backdrop, err);
}

/* ------------------------------------------------------------------ how it lies */

/* Sums over the object's pixels in the work picture. */
struct moments {
    double x, y;          /* mean */
    double xx, xy, yy;    /* covariance */
    double skew, leaning; /* along the axis: third moment, and correlation with brightness */
    double reach;         /* farthest pixel from the mean */
};

static void find_spread(struct moments *m, const struct search *s)
{
    double x = 0, y = 0, xx = 0, xy = 0, yy = 0;
    for (int j = 0; j < s->height; j++)
        for (int i = 0; i < s->width; i++)
            if (s->mask[j * s->width + i]) {
                x += i, y += j;
                xx += (double)i * i, xy += (double)i * j, yy += (double)j * j;
            }
    m->x = x / s->area, m->y = y / s->area;
    m->xx = xx / s->area - m->x * m->x + 1.0 / 12; /* a pixel has a width */
    m->yy = yy / s->area - m->y * m->y + 1.0 / 12;
    m->xy = xy / s->area - m->x * m->y;
}

/* Third moment along the axis, in units of its spread; the same for what is bright. */
static void find_tail(struct moments *m, const struct search *s, double angle, double spread)
{
    double skew = 0, leaning = 0, reach = 0;
    for (int j = 0; j < s->height; j++)
        for (int i = 0; i < s->width; i++)
            if (s->mask[j * s->width + i]) {
                const double t = (cos(angle) * (i - m->x) + sin(angle) * (j - m->y)) / spread;
                const unsigned char *pixel = s->image->rgb + 3 * ((size_t)j * (size_t)s->width + (size_t)i);
                skew += t * t * t;
                leaning += t * (pixel[0] + pixel[1] + pixel[2]);
                reach = fmax(reach, hypot(i - m->x, j - m->y));
            }
    m->skew = skew / s->area;
    m->leaning = leaning;
    m->reach = reach + 1;
}

static void describe(struct alfa__object *out, const struct search *s, double scale)
{
    struct moments m;
    find_spread(&m, s);
    const double half = 0.5 * (m.xx + m.yy), root = hypot(0.5 * (m.xx - m.yy), m.xy);
    const double along = sqrt(half + root), across = sqrt(fmax(half - root, 1.0 / 12));
    out->angle = 0.5 * atan2(2 * m.xy, m.xx - m.yy);
    out->elongation = along / across;
    find_tail(&m, s, out->angle, along);
    if (fabs(m.skew) >= MIN_SKEW ? m.skew < 0 : m.leaning < 0)
        out->angle += out->angle > 0 ? -acos(-1) : acos(-1);
    out->x = (m.x + 0.5) * scale;
    out->y = (m.y + 0.5) * scale;
    out->side = fmax(5 * along, 2.1 * m.reach) * scale;
}

/* The mask smoothed, and raised so that the edge itself still counts in full. */
static enum alfa_status make_weight(struct alfa__object *out, const struct search *s, double scale,
                                    struct alfa_error *err)
{
    const size_t pixels = (size_t)s->width * (size_t)s->height;
    struct alfa__arena arena = {0};
    out->weight = malloc(pixels * sizeof *out->weight);
    if (!out->weight)
        return alfa__fail_memory(err, pixels * sizeof *out->weight);
    for (size_t i = 0; i < pixels; i++)
        out->weight[i] = s->mask[i];
    enum alfa_status status =
        alfa__smooth(out->weight, s->width, s->height, fmax(2, 0.02 * out->side / scale), &arena, err);
    for (size_t i = 0; i < pixels; i++)
        out->weight[i] = fminf(1, 2.5f * out->weight[i]);
    alfa__arena_free(&arena);
    out->width = s->width;
    out->height = s->height;
    return status;
}

static enum alfa_status search_new(struct search *s, const struct alfa_image *image, struct alfa_error *err)
{
    *s = (struct search){0};
    ALFA__TRY(alfa__resize_fit(&s->image, image, WORK, ALFA__RESIZE_BICUBIC, err));
    s->width = s->image->width;
    s->height = s->image->height;
    const size_t pixels = (size_t)s->width * (size_t)s->height;
    s->mask = malloc(pixels);
    s->distances = malloc(pixels * sizeof *s->distances);
    return s->mask && s->distances ? ALFA_OK : alfa__fail_memory(err, pixels * sizeof *s->distances);
}

enum alfa_status alfa__object_find(struct alfa__object *out, const struct alfa_image *image,
                                   struct alfa_error *err)
{
    struct search s;
    *out = (struct alfa__object){0};
    enum alfa_status status = search_new(&s, image, err);
    if (status == ALFA_OK)
        status = search_object(&s, &out->backdrop, err);
    if (status == ALFA_OK) {
        const double scale = (double)image->width / s.width;
        describe(out, &s, scale);
        status = make_weight(out, &s, scale, err);
    }
    alfa_image_free(s.image);
    free(s.mask);
    free(s.distances);
    if (status != ALFA_OK)
        alfa__object_free(out);
    return status;
}

void alfa__object_free(struct alfa__object *object)
{
    free(object->weight);
    object->weight = NULL;
}
