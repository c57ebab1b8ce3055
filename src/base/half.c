#include "base/half.h"
#include "base/vector.h"

#include <string.h>

#define SIGN 0x8000u
#define INFINITE 0x7C00u
#define NOT_A_NUMBER 0x7E00u

static uint32_t bits_of(float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* Without branches, so that loops of it become vectors. Subnormal: beside 0.5 a float's last bit is worth
 * 2^-24, as a subnormal half's. */
static inline uint16_t pack(float number)
{
    const uint32_t signed_bits = bits_of(number), bits = signed_bits & 0x7FFFFFFFu;
    const uint32_t normal = (bits + 0xFFFu + (bits >> 13 & 1u) - ((127u - 15u) << 23)) >> 13;
    const uint32_t subnormal = bits_of(float_of(bits) + 0.5f) - bits_of(0.5f);
    const uint32_t beyond = bits > 0x7F800000u ? NOT_A_NUMBER : INFINITE;
    const uint32_t half = bits >= bits_of(65536.0f) ? beyond : bits < bits_of(0x1p-14f) ? subnormal : normal;
    return (uint16_t)((signed_bits >> 16 & SIGN) | half);
}

static inline float unpack(uint16_t half)
{
    const uint32_t sign = (half & SIGN) << 16, exponent = half >> 10 & 31u, fraction = half & 1023u;
    const uint32_t subnormal = bits_of((float)(int32_t)fraction * 0x1p-24f);
    const uint32_t normal = (exponent + 127 - 15) << 23 | fraction << 13;
    const uint32_t beyond = 0x7F800000u | fraction << 13;
    return float_of(sign | (exponent == 31 ? beyond : exponent == 0 ? subnormal : normal));
}

uint16_t alfa__half_pack(float number)
{
    return pack(number);
}

float alfa__half_unpack(uint16_t half)
{
    return unpack(half);
}

ALFA__VECTORISED void alfa__halves_pack(uint16_t *out, const float *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = pack(numbers[i]);
}

ALFA__VECTORISED void alfa__halves_unpack(float *out, const uint16_t *halves, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = unpack(halves[i]);
}
