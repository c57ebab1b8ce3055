/* The image tower in int8: the products of the blocks multiply bytes (nn/quantised.h), except where a byte
 * costs more accuracy than it saves time:
 *
 * - the last block, the patch embedding and the projection, a fiftieth of the work: the aligner sees their
 * values;
 * - q, k and v of the first block, which are computed once for all windows: error there runs through
 * everything;
 * - the products after attention in the first quarter of the blocks, whose error goes straight into the sum
 * and grows on the way: in all blocks the worst cosine of a random ViT-B-16-plus fell from 0.99964 to
 * 0.99950, without that quarter to 0.99961. In a narrow tower, where errors average out less, in all blocks.
 *
 * Which inputs of a layer are outliers shows only when it runs, so the tower, loaded in its type, sees one
 * made-up picture first: waves of many sizes and grain, the full image and some windows. Channels that a CLIP
 * drives far out are driven out by its weights, on any picture. */
#ifndef ALFA_CLIP_QUANTISE_H
#define ALFA_CLIP_QUANTISE_H

#include "clip/image_tower.h"

/* tower: as alfa__image_tower_load() gives it, from the same weights. Before it is shared by threads. */
enum alfa_status alfa__image_tower_quantise(struct alfa__image_tower *tower,
                                            const struct alfa__weights *weights, struct alfa_error *err);

#endif
