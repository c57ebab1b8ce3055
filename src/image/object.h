/* The one object before a plain background: where it lies, how it is turned, how large it is. For parts that
 * lie anyhow (docs/method.md, --align). */
#ifndef ALFA_IMAGE_OBJECT_H
#define ALFA_IMAGE_OBJECT_H

#include "image/backdrop.h"

struct alfa__object {
    double x, y;       /* centroid, in pixels of the image */
    double angle;      /* of its longer axis, radians, clockwise from the right, towards its longer tail */
    double side;       /* pixels of a square around the centroid that shows all of it however it is turned */
    double elongation; /* spread along the longer axis over spread across it, at least 1 */
    struct alfa__backdrop backdrop;
    float *weight; /* height x width: 1 on the object and at its edge, falling to 0 around it; freed with */
    int width, height; /* alfa__object_free(); the image made smaller */
};

/* Fails with ALFA_ERROR_INPUT and the reason when no single object is found: the background is not plain,
 * nothing or several things stand out from it, or the object touches the edge of the picture. */
enum alfa_status alfa__object_find(struct alfa__object *out, const struct alfa_image *image,
                                   struct alfa_error *err);
void alfa__object_free(struct alfa__object *object);

#endif
