#include "base/half.h"

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

uint16_t alfa__half_pack(float number)
{
    uint32_t bits = bits_of(number), sign = bits >> 16 & SIGN, half;
    bits &= 0x7FFFFFFFu;
    if (bits >= bits_of(65536.0f)) {
        half = bits > 0x7F800000u ? NOT_A_NUMBER : INFINITE;
    } else if (bits < bits_of(0x1p-14f)) {
        /* Subnormal: beside 0.5 a float's last bit is worth 2^-24, as a subnormal half's. */
        half = bits_of(float_of(bits) + 0.5f) - bits_of(0.5f);
    } else {
        bits += 0xFFFu + (bits >> 13 & 1u);
        half = (bits - ((127u - 15u) << 23)) >> 13;
    }
    return (uint16_t)(sign | half);
}

float alfa__half_unpack(uint16_t half)
{
    uint32_t sign = (half & SIGN) << 16, exponent = half >> 10 & 31u, fraction = half & 1023u;
    if (exponent == 0)
        return float_of(sign | bits_of((float)fraction * 0x1p-24f));
    if (exponent == 31)
        return float_of(sign | 0x7F800000u | fraction << 13);
    return float_of(sign | (exponent + 127 - 15) << 23 | fraction << 13);
}
