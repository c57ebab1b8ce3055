/* A config from the shapes of the tensors alone, as OpenAI's own loader finds it: width, layers, patch, grid,
 * context, vocabulary and embedding are there; heads are 64 wide but in the widths that open_clip gives other
 * heads (1280: 80, 1408: 88, 1664: 104); pixels are taken as CLIP's own (its mean and std). */
#ifndef ALFA_WEIGHTS_SHAPES_H
#define ALFA_WEIGHTS_SHAPES_H

#include "weights/weights.h"

/* The activation cannot be seen in shapes: quick_gelu stays false. Fails with ALFA_ERROR_MODEL when tensors
 * are missing or have no shape that a CLIP ViT has. */
enum alfa_status alfa__shapes_config(struct alfa__config *out, const struct alfa__weights *weights,
                                     struct alfa_error *err);

#endif
