/* Pictures of a bolt that lies anyhow before a plain background. */
#ifndef ALFA_UNIT_BOLT_H
#define ALFA_UNIT_BOLT_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "image/image.h"

#define SIDE 400

/* A picture of a bolt: a shaft with a head at one end, turned about its middle. */
struct scene {
    double x, y, angle;       /* middle of the bolt, and where its thin end points, radians */
    double ground, level;     /* of background and bolt */
    double slope;             /* the background's levels from edge to edge */
    double mark;              /* distance of a round mark from the middle towards the thin end; 0: none */
    bool second, bare, noisy; /* a second thing; no bolt at all; a background that varies */
    bool cut;                 /* a bright band across the bolt */
};
static const struct scene plain = {.x = 200, .y = 200, .ground = 190, .level = 60};

/* Whether a place of the bolt's own axes is on it. */
static inline bool on_bolt(double along, double across)
{
    return (fabs(along) < 90 && fabs(across) < 9) || (along > -90 && along < -66 && fabs(across) < 26);
}

static inline double noise(int x, int y)
{
    uint32_t h = (uint32_t)x * 2654435761U ^ (uint32_t)y * 2246822519U;
    h ^= h >> 15;
    h *= 2654435761U;
    return (double)(h >> 16 & 255) / 255 - 0.5;
}

static inline unsigned char level_at(const struct scene *s, int x, int y)
{
    const double dx = x - s->x, dy = y - s->y;
    const double along = cos(s->angle) * dx + sin(s->angle) * dy,
                 across = cos(s->angle) * dy - sin(s->angle) * dx;
    double level = s->ground + s->slope * x / SIDE + (s->noisy ? 120 : 4) * noise(x, y);
    if (!s->bare && on_bolt(along, across))
        level = s->level + 20 * sin(along / 6);
    if (s->mark > 0 && hypot(along - s->mark, across) < 6)
        level = 255;
    if (s->cut && fabs(along - 10) < 5)
        level = s->ground;
    if (s->second && hypot(x - 60, y - 60) < 30)
        level = s->level;
    return (unsigned char)(level < 0 ? 0 : level > 255 ? 255 : level);
}

static inline struct alfa_image *draw(const struct scene *scene)
{
    struct alfa_image *image;
    assert_int_equal(alfa__image_alloc(&image, SIDE, SIDE, NULL), ALFA_OK);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            memset(image->rgb + 3 * (y * SIDE + x), level_at(scene, x, y), 3);
    return image;
}

#endif
