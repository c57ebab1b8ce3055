#include "image/align.h"
#include "image/object.h"

#include <math.h>

#define MIN_SIDE 32 /* pixels of the aligned picture */

/* Bilinear value at (x, y) in cells of a width x height grid with step values a cell; (0, 0) is the middle of
 * the first. Outside, the nearest cell's. */
struct corner {
    size_t index[4];
    double share[4];
};

static struct corner find_corner(double x, double y, int width, int height)
{
    x = fmin(fmax(x, 0), width - 1);
    y = fmin(fmax(y, 0), height - 1);
    const int left = (int)x, top = (int)y;
    const int right = left + 1 < width ? left + 1 : left, bottom = top + 1 < height ? top + 1 : top;
    const double fx = x - left, fy = y - top;
    const size_t w = (size_t)width;
    return (struct corner){{(size_t)top * w + (size_t)left, (size_t)top * w + (size_t)right,
                            (size_t)bottom * w + (size_t)left, (size_t)bottom * w + (size_t)right},
                           {(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy}};
}

static double take_float(const float *values, const struct corner *corner)
{
    double sum = 0;
    for (int k = 0; k < 4; k++)
        sum += corner->share[k] * (double)values[corner->index[k]];
    return sum;
}

static double take_level(const unsigned char *rgb, int channel, const struct corner *corner)
{
    double sum = 0;
    for (int k = 0; k < 4; k++)
        sum += corner->share[k] * rgb[3 * corner->index[k] + (size_t)channel];
    return sum;
}

static unsigned char to_level(double value)
{
    return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value + 0.5);
}

/* One pixel of the aligned picture. x, y: its place in the original as a share of its sides. What the picture
 * has beside its backdrop, in the light that makes the backdrop as bright as it is to be. */
static void draw_pixel(unsigned char out[3], const struct alfa__object *object,
                       const struct alfa_image *image, double x, double y)
{
    double middle[3], here[3], weight = 0;
    const struct corner pixel =
        find_corner(x * image->width - 0.5, y * image->height - 0.5, image->width, image->height);
    const struct corner place =
        find_corner(x * object->width - 0.5, y * object->height - 0.5, object->width, object->height);
    if (x >= 0 && x <= 1 && y >= 0 && y <= 1)
        weight = take_float(object->weight, &place);
    alfa__backdrop_levels(middle, &object->backdrop, 0, 0);
    alfa__backdrop_levels(here, &object->backdrop, 2 * x - 1, 2 * y - 1);
    for (int c = 0; c < 3; c++) {
        const double light = ALFA__ALIGN_GROUND / fmax(here[c], ALFA__ALIGN_GROUND);
        const double beside = take_level(image->rgb, c, &pixel) - here[c];
        out[c] = to_level(fmin(middle[c], ALFA__ALIGN_GROUND) + weight * light * beside);
    }
}

/* image: the original, or a smaller copy. */
static void draw(struct alfa_image *out, const struct alfa__alignment *a, const struct alfa__object *object,
                 const struct alfa_image *image)
{
#pragma omp parallel for schedule(static)
    for (int v = 0; v < a->side; v++)
        for (int u = 0; u < a->side; u++) {
            const double du = a->scale * (u + 0.5 - 0.5 * a->side), dv = a->scale * (v + 0.5 - 0.5 * a->side);
            draw_pixel(out->rgb + 3 * ((size_t)v * (size_t)a->side + (size_t)u), object, image,
                       (a->x + a->cosine * du - a->sine * dv) / a->width,
                       (a->y + a->sine * du + a->cosine * dv) / a->height);
        }
}

/* The picture as large as the aligned one needs it: sampled at about one pixel a pixel. */
static enum alfa_status shrink(struct alfa_image **out, const struct alfa_image *image, double scale,
                               struct alfa_error *err)
{
    const int longest = image->width > image->height ? image->width : image->height;
    return alfa__resize_fit(out, image, (int)ceil(longest / fmax(scale, 1)), ALFA__RESIZE_BICUBIC, err);
}

enum alfa_status alfa__align(struct alfa_image **out, struct alfa__alignment *alignment,
                             const struct alfa_image *image, struct alfa_error *err)
{
    struct alfa__object object;
    struct alfa_image *small = NULL;
    *out = NULL;
    ALFA__TRY(alfa__object_find(&object, image, err));
    const double side = fmin(fmax(object.side, MIN_SIDE), ALFA__ALIGN_SIDE);
    *alignment = (struct alfa__alignment){
        object.x,     object.y,         cos(object.angle), sin(object.angle), object.side / round(side),
        object.angle, (int)round(side), image->width,      image->height};
    enum alfa_status status = shrink(&small, image, alignment->scale, err);
    if (status == ALFA_OK)
        status = alfa__image_alloc(out, alignment->side, alignment->side, err);
    if (status == ALFA_OK)
        draw(*out, alignment, &object, small);
    alfa_image_free(small);
    alfa__object_free(&object);
    return status;
}

/* A place of the original in pixels of the aligned picture. */
static void to_aligned(double *u, double *v, const struct alfa__alignment *a, double x, double y)
{
    const double dx = (x - a->x) / a->scale, dy = (y - a->y) / a->scale;
    *u = a->cosine * dx + a->sine * dy + 0.5 * a->side;
    *v = -a->sine * dx + a->cosine * dy + 0.5 * a->side;
}

void alfa__align_back(float *out, int width, int height, const struct alfa__alignment *alignment,
                      struct alfa__grid map)
{
    const int side = map.width;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, out++) {
            double u, v;
            to_aligned(&u, &v, alignment, (x + 0.5) * alignment->width / width,
                       (y + 0.5) * alignment->height / height);
            *out = 0;
            if (u < 0 || v < 0 || u > alignment->side || v > alignment->side)
                continue;
            const struct corner corner =
                find_corner(u * side / alignment->side - 0.5, v * side / alignment->side - 0.5, side, side);
            *out = (float)take_float(map.values, &corner);
        }
}

struct alfa__box alfa__align_box(const struct alfa__alignment *alignment, struct alfa__box box)
{
    double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (int corner = 0; corner < 4; corner++) {
        double u, v;
        to_aligned(&u, &v, alignment, box.x + (corner & 1 ? box.width : 0),
                   box.y + (corner & 2 ? box.height : 0));
        left = u < left ? u : left, right = u > right ? u : right; /* with fmin() gcc 12 for aarch64 fails */
        top = v < top ? v : top, bottom = v > bottom ? v : bottom;
    }
    return (struct alfa__box){left, top, right - left, bottom - top};
}
