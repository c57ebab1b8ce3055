/* IEEE half precision, as weights and the vectors of a bank are stored. A unit vector keeps its direction to
 * about 1e-4; the distances that alfa compares differ by 1e-2 and more. */
#ifndef ALFA_BASE_HALF_H
#define ALFA_BASE_HALF_H

#include <stdint.h>

/* Rounds to nearest even; beyond 65504 to infinity, below 2^-25 to zero; NaN stays NaN. */
uint16_t alfa__half_pack(float number);

/* Exact. */
float alfa__half_unpack(uint16_t half);

#endif
