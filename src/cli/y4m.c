#include "cli/y4m.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "image/image.h"

/* ------------------------------------------------------------------ the first line */

/* Of colour spaces the beginning of the name, the longer one first. */
static const struct {
    const char *name;
    int across, down, bits;
} spaces[] = {{"mono16", 0, 0, 16},  {"mono14", 0, 0, 14}, {"mono12", 0, 0, 12}, {"mono10", 0, 0, 10},
              {"mono9", 0, 0, 9},    {"mono", 0, 0, 8},    {"420jpeg", 2, 2, 8}, {"420mpeg2", 2, 2, 8},
              {"420paldv", 2, 2, 8}, {"420", 2, 2, 8},     {"422", 2, 1, 8},     {"444", 1, 1, 8},
              {"411", 4, 1, 8}};

static bool set_space(struct alfa__y4m *y4m, const char *name)
{
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
        if (strcmp(spaces[i].name, name) == 0) {
            y4m->across = spaces[i].across;
            y4m->down = spaces[i].down;
            y4m->bits = spaces[i].bits;
            return true;
        }
    return false;
}

enum alfa_status alfa__y4m_read(struct alfa__y4m *out, const char *line, const char *path,
                                struct alfa_error *err)
{
    char copy[1024], *rest = NULL;
    bool limited = false;
    *out = (struct alfa__y4m){.across = 2, .down = 2, .bits = 8}; /* without a colour space */
    strncpy(copy, line, sizeof copy - 1);
    copy[sizeof copy - 1] = 0;
    strtok_r(copy, " ", &rest);
    for (char *word; (word = strtok_r(NULL, " ", &rest));) {
        if (*word == 'W')
            out->width = atoi(word + 1);
        else if (*word == 'H')
            out->height = atoi(word + 1);
        else if (*word == 'C' && !set_space(out, word + 1))
            return alfa__fail(
                err, ALFA_ERROR_LIMIT, path,
                "has colours \"%.40s\": use 420, 422, 411, 444 or mono (ffmpeg -pix_fmt yuv444p)", word + 1);
        else if (strcmp(word, "XCOLORRANGE=FULL") == 0)
            out->full = true;
        else if (strcmp(word, "XCOLORRANGE=LIMITED") == 0)
            limited = true;
    }
    out->full = out->full || (!out->across && !limited);
    if (out->width < 1 || out->height < 1)
        return alfa__fail(err, ALFA_ERROR_INPUT, path, "is damaged: its first line has no width or height");
    return alfa__image_check_size(out->width, out->height, path, err);
}

/* ------------------------------------------------------------------ a frame */

/* Pixels share a value, the last ones with fewer others. */
static size_t share(int pixels, int by)
{
    return ((size_t)pixels + (size_t)by - 1) / (size_t)by;
}

static size_t plane_bytes(const struct alfa__y4m *y)
{
    return y->across ? share(y->width, y->across) * share(y->height, y->down) : 0;
}

size_t alfa__y4m_bytes(const struct alfa__y4m *y)
{
    const size_t grey = (size_t)y->width * (size_t)y->height * (y->bits > 8 ? 2 : 1);
    return grey + 2 * plane_bytes(y);
}

static unsigned char clamp(int value)
{
    return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* BT.601, in 65536ths. */
static void to_rgb(unsigned char out[3], int y, int u, int v, bool full)
{
    static const int limited_range[] = {76309, 104597, 25675, 53279, 132201},
                     full_range[] = {65536, 91881, 22553, 46802, 116130};
    const int *k = full ? full_range : limited_range;
    const int grey = k[0] * (full ? y : y - 16) + 32768;
    u -= 128;
    v -= 128;
    out[0] = clamp((grey + k[1] * v) >> 16);
    out[1] = clamp((grey - k[2] * u - k[3] * v) >> 16);
    out[2] = clamp((grey + k[4] * u) >> 16);
}

static void convert(unsigned char *rgb, const struct alfa__y4m *y, const unsigned char *planes)
{
    const size_t row = y->across ? share(y->width, y->across) : 0;
    const unsigned char *u = planes + (size_t)y->width * (size_t)y->height, *v = u + plane_bytes(y);
    for (int line = 0; line < y->height; line++)
        for (int x = 0; x < y->width; x++, rgb += 3, planes++) {
            const size_t at = y->across ? (size_t)(line / y->down) * row + (size_t)(x / y->across) : 0;
            to_rgb(rgb, *planes, y->across ? u[at] : 128, y->across ? v[at] : 128, y->full);
        }
}

static enum alfa_status deep_grey(struct alfa_image **out, const struct alfa__y4m *y,
                                  const unsigned char *planes, struct alfa_error *err)
{
    struct alfa_frame frame = ALFA_FRAME_INIT;
    frame.format = ALFA_FRAME_MONO16;
    frame.width = y->width;
    frame.height = y->height;
    frame.bits = y->bits;
    frame.pixels = planes;
    return alfa_image_from_frame(out, &frame, err);
}

enum alfa_status alfa__y4m_image(struct alfa_image **out, const struct alfa__y4m *y4m,
                                 const unsigned char *planes, struct alfa_error *err)
{
    struct alfa_frame frame = ALFA_FRAME_INIT;
    const size_t size = 3 * (size_t)y4m->width * (size_t)y4m->height;
    if (y4m->bits > 8)
        return deep_grey(out, y4m, planes, err);
    unsigned char *rgb = malloc(size);
    if (!rgb)
        return alfa__fail_memory(err, size);
    convert(rgb, y4m, planes);
    frame.width = y4m->width;
    frame.height = y4m->height;
    frame.pixels = rgb;
    frame.release = free;
    frame.context = rgb;
    const enum alfa_status status = alfa_image_from_frame(out, &frame, err);
    if (status != ALFA_OK)
        free(rgb);
    return status;
}
