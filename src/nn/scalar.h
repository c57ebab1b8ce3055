/* What the loops of this folder do with one number; always inlined, so that they are vectorised with the
 * loop. */
#ifndef ALFA_NN_SCALAR_H
#define ALFA_NN_SCALAR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define ALFA__INLINE static inline __attribute__((always_inline))

/* Rounded to nearest even; NaN stays NaN. */
ALFA__INLINE uint16_t alfa__to_bf16(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
    return (uint16_t)((value != value ? bits | 0x400000u : rounded) >> 16);
}

ALFA__INLINE float alfa__from_bf16(uint16_t value)
{
    uint32_t bits = (uint32_t)value << 16;
    float out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

/* exp for x <= 0, relative error 2e-7; below -87 it is 0. Range reduction by ln 2, then a polynomial of
 * degree 6. */
ALFA__INLINE float alfa__exp_nonpositive(float x)
{
    float clamped = x < -87.0f ? -87.0f : x;
    float n = __builtin_floorf(clamped * 1.44269504f + 0.5f);
    float r = clamped - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    uint32_t bits = (uint32_t)((int32_t)n + 127) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return x < -87.0f ? 0.0f : p * scale;
}

/* From here on the normal distribution is 0 or 1 in f32. */
#define ALFA__FAR 5.2f

/* Standard normal distribution, absolute error 2e-7: a half plus an odd rational function, fitted to the
 * least largest error on -ALFA__FAR .. ALFA__FAR. */
ALFA__INLINE float alfa__normal_cdf(float x)
{
    const float below = x < ALFA__FAR ? x : ALFA__FAR, near = below > -ALFA__FAR ? below : -ALFA__FAR,
                s = near * near;
    float p = -1.616438858e-8f, q = 1.383220969e-4f;
    p = p * s + 5.374262364e-6f;
    p = p * s + 4.117932186e-4f;
    p = p * s + 6.080630450e-3f;
    p = p * s + 6.027652024e-2f;
    p = p * s + 3.989417421e-1f;
    q = q * s + 3.253359495e-3f;
    q = q * s + 4.321659269e-2f;
    q = q * s + 3.177486097e-1f;
    q = q * s + 1.0f;
    return 0.5f + near * p / q;
}

ALFA__INLINE float alfa__sigmoid(float x)
{
    return 0.5f + copysignf(1.0f / (1.0f + alfa__exp_nonpositive(-fabsf(x))) - 0.5f, x);
}

ALFA__INLINE float alfa__gelu(float x)
{
    return x * alfa__normal_cdf(x);
}

ALFA__INLINE float alfa__quick_gelu(float x)
{
    return x * alfa__sigmoid(1.702f * x);
}

#endif
