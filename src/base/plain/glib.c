#include "base/plain/glib.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

/* ------------------------------------------------------------------ SHA-256 */

struct alfa__checksum {
    uint32_t h[8];
    uint64_t size;
    guchar block[64];
    gchar text[65];
    bool closed;
};

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turned(uint32_t x, int by)
{
    return x >> by | x << (32 - by);
}

static void mix(uint32_t h[8], const guchar block[64])
{
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + (turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] +
               (turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ w[i - 2] >> 10);
    memcpy(s, h, sizeof s);
    for (int i = 0; i < 64; i++) {
        const uint32_t a = s[0], e = s[4];
        const uint32_t one = s[7] + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) +
                             ((e & s[5]) ^ (~e & s[6])) + constants[i] + w[i];
        const uint32_t two =
            (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += one;
        s[0] = one + two;
    }
    for (int i = 0; i < 8; i++)
        h[i] += s[i];
}

GChecksum *g_checksum_new(GChecksumType type)
{
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    GChecksum *sum = calloc(1, sizeof *sum);
    (void)type;
    if (sum)
        memcpy(sum->h, start, sizeof start);
    return sum;
}

void g_checksum_update(GChecksum *sum, const guchar *bytes, gssize size)
{
    size_t left = size < 0 ? strlen((const char *)bytes) : (size_t)size;
    while (sum && left > 0) {
        const size_t at = sum->size % 64, room = 64 - at, count = left < room ? left : room;
        memcpy(sum->block + at, bytes, count);
        sum->size += count;
        bytes += count;
        left -= count;
        if (sum->size % 64 == 0)
            mix(sum->h, sum->block);
    }
}

/* A one, zeros, and the length in bits. */
static void close_sum(GChecksum *sum)
{
    const uint64_t bits = sum->size * 8;
    guchar end[72] = {0x80};
    const size_t zeros = (119 - sum->size % 64) % 64;
    for (size_t i = 0; i < 8; i++)
        end[1 + zeros + i] = (guchar)(bits >> (56 - 8 * i));
    if (!sum->closed)
        g_checksum_update(sum, end, (gssize)(1 + zeros + 8));
    sum->closed = true;
}

void g_checksum_get_digest(GChecksum *sum, uint8_t *out, gsize *size)
{
    for (size_t i = 0; i < *size; i++)
        out[i] = 0;
    if (!sum)
        return;
    close_sum(sum);
    for (size_t i = 0; i < 32 && i < *size; i++)
        out[i] = (uint8_t)(sum->h[i / 4] >> (24 - 8 * (i % 4)));
}

const gchar *g_checksum_get_string(GChecksum *sum)
{
    uint8_t digest[32];
    gsize size = sizeof digest;
    if (!sum)
        return "";
    g_checksum_get_digest(sum, digest, &size);
    for (size_t i = 0; i < 32; i++)
        snprintf(sum->text + 2 * i, 3, "%02x", digest[i]);
    return sum->text;
}

void g_checksum_free(GChecksum *sum)
{
    free(sum);
}

void g_free(void *memory)
{
    free(memory);
}

/* ------------------------------------------------------------------ UTF-8 */

/* Bytes of the character at text, of which left are there; 0 when it is none (RFC 3629). */
static size_t length_of(const guchar *text, size_t left)
{
    const guchar first = left ? text[0] : 0, second = left > 1 ? text[1] : 0;
    const size_t size = first == 0     ? 0
                        : first < 0x80 ? 1
                        : first < 0xc2 ? 0
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                        : first < 0xf5 ? 4
                                       : 0;
    if (size > left || (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
        (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

bool g_utf8_validate(const gchar *text, gssize size, const gchar **end)
{
    size_t left = size < 0 ? strlen(text) : (size_t)size;
    while (left > 0) {
        const size_t length = length_of((const guchar *)text, left);
        if (length == 0)
            break;
        text += length;
        left -= length;
    }
    if (end)
        *end = text;
    return left == 0;
}

/* What is no character becomes U+FFFD. */
gchar *g_utf8_make_valid(const gchar *text, gssize size)
{
    size_t left = size < 0 ? strlen(text) : (size_t)size, used = 0;
    gchar *out = malloc(3 * left + 1);
    while (out && left > 0) {
        const size_t length = length_of((const guchar *)text, left), step = length ? length : 1;
        memcpy(out + used, length ? text : "\xef\xbf\xbd", length ? length : 3);
        used += length ? length : 3;
        text += step;
        left -= step;
    }
    if (out)
        out[used] = 0;
    return out;
}

gunichar g_utf8_get_char(const gchar *text)
{
    const guchar *t = (const guchar *)text;
    return t[0] < 0x80   ? t[0]
           : t[0] < 0xe0 ? (gunichar)(t[0] & 0x1f) << 6 | (t[1] & 0x3f)
           : t[0] < 0xf0 ? (gunichar)(t[0] & 0x0f) << 12 | (gunichar)(t[1] & 0x3f) << 6 | (t[2] & 0x3f)
                         : (gunichar)(t[0] & 0x07) << 18 | (gunichar)(t[1] & 0x3f) << 12 |
                               (gunichar)(t[2] & 0x3f) << 6 | (t[3] & 0x3f);
}

const gchar *alfa__utf8_next(const gchar *text)
{
    const guchar first = (guchar)*text;
    return text + (first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4);
}

bool g_unichar_iscntrl(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

static locale_t unicode;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_locale(void)
{
    unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* Beyond ASCII as the C library's Unicode says; where it has none everything else is a letter. */
bool g_unichar_isalnum(gunichar c)
{
    if (c < 0x80)
        return g_ascii_isalnum((gchar)c);
    pthread_once(&once, open_locale);
    return !unicode || iswalnum_l((wint_t)c, unicode);
}

gchar *g_strstrip(gchar *text)
{
    static const char space[] = " \t\n\v\f\r";
    size_t first = strspn(text, space), size = strlen(text);
    while (size > first && strchr(space, text[size - 1]))
        size--;
    memmove(text, text + first, size - first);
    text[size - first] = 0;
    return text;
}

gchar g_ascii_tolower(gchar c)
{
    return c >= 'A' && c <= 'Z' ? (gchar)(c + 32) : c;
}

bool g_ascii_isalnum(gchar c)
{
    const gchar low = g_ascii_tolower(c);
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9');
}
