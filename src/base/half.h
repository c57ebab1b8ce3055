/* IEEE half precision, as weights and the vectors of a bank are stored. A unit vector keeps its direction to
 * about 1e-4; the distances that alfa compares differ by 1e-2 and more. */
#ifndef ALFA_BASE_HALF_H
#define ALFA_BASE_HALF_H

#include <stddef.h>
#include <stdint.h>

/* Rounds to nearest even; beyond 65504 to infinity, below 2^-25 to zero; NaN stays NaN. */
uint16_t alfa__half_pack(float number);

/* Exact. */
float alfa__half_unpack(uint16_t half);

/* The same of count numbers. out must not overlap with them. */
void alfa__halves_pack(uint16_t *out, const float *numbers, size_t count);
void alfa__halves_unpack(float *out, const uint16_t *halves, size_t count);

#endif
