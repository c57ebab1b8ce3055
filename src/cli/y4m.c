#include "cli/y4m.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "image/image.h"
#include "image/yuv.h"

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

static size_t plane_bytes(const struct alfa__y4m *y)
{
    return y->across
               ? (size_t)alfa__yuv_shared(y->width, y->across) * (size_t)alfa__yuv_shared(y->height, y->down)
               : 0;
}

size_t alfa__y4m_bytes(const struct alfa__y4m *y)
{
    const size_t grey = (size_t)y->width * (size_t)y->height * (y->bits > 8 ? 2 : 1);
    return grey + 2 * plane_bytes(y);
}

static enum alfa_status deep_grey(struct alfa_image **out, const struct alfa__y4m *y,
                                  const unsigned char *planes, struct alfa_error *err)
{
    struct alfa_frame frame = ALFA_FRAME_INIT;
    frame.format = ALFA_FRAME_MONO16;
    frame.width = y->width;
    frame.height = y->height;
    frame.bits = y->bits == 16 ? 0 : y->bits; /* which cameras write for fewer as well */
    frame.pixels = planes;
    return alfa_image_from_frame(out, &frame, err);
}

enum alfa_status alfa__y4m_image(struct alfa_image **out, const struct alfa__y4m *y4m,
                                 const unsigned char *planes, struct alfa_error *err)
{
    static unsigned char no_colour = 128; /* of every pixel of a frame that is grey */
    unsigned char *y = (unsigned char *)planes, *u = y + (size_t)y4m->width * (size_t)y4m->height;
    struct alfa__yuv picture = {y4m->width,
                                y4m->height,
                                1,
                                1,
                                {{y, (size_t)y4m->width, 1}, {&no_colour, 0, 0}, {&no_colour, 0, 0}},
                                ALFA__BT601_RED,
                                ALFA__BT601_BLUE,
                                y4m->full};
    if (y4m->bits > 8)
        return deep_grey(out, y4m, planes, err);
    if (y4m->across) {
        const size_t row = (size_t)alfa__yuv_shared(y4m->width, y4m->across);
        picture.across = y4m->across;
        picture.down = y4m->down;
        picture.planes[1] = (struct alfa__plane){u, row, 1};
        picture.planes[2] = (struct alfa__plane){u + plane_bytes(y4m), row, 1};
    }
    return alfa__yuv_image(out, &picture, err);
}
