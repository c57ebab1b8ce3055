#include "cli/frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/pictures.h"
#include "cli/reading.h"
#include "cli/talk.h"
#include "cli/y4m.h"
#include "image/image.h"
#include "image/yuv.h"

/* Of YUV: how values alternate in a row, or planes follow each other. */
enum order { NO_YUV, YUYV, UYVY, NV12, I420 };

static const struct {
    const char *name;
    enum alfa_frame_format format;
    int bytes, bits; /* of a pixel in a row; bits that count, 0: all */
    enum order yuv;  /* instead of format */
} formats[] = {{"mono8", ALFA_FRAME_MONO8, 1, 0, NO_YUV},
               {"mono10", ALFA_FRAME_MONO16, 2, 10, NO_YUV},
               {"mono12", ALFA_FRAME_MONO16, 2, 12, NO_YUV},
               {"mono14", ALFA_FRAME_MONO16, 2, 14, NO_YUV},
               {"mono16", ALFA_FRAME_MONO16, 2, 16, NO_YUV},
               {"rgb8", ALFA_FRAME_RGB8, 3, 0, NO_YUV},
               {"bgr8", ALFA_FRAME_BGR8, 3, 0, NO_YUV},
               {"rgba8", ALFA_FRAME_RGBA8, 4, 0, NO_YUV},
               {"bgra8", ALFA_FRAME_BGRA8, 4, 0, NO_YUV},
               {"bayer-rggb8", ALFA_FRAME_BAYER_RGGB8, 1, 0, NO_YUV},
               {"bayer-grbg8", ALFA_FRAME_BAYER_GRBG8, 1, 0, NO_YUV},
               {"bayer-gbrg8", ALFA_FRAME_BAYER_GBRG8, 1, 0, NO_YUV},
               {"bayer-bggr8", ALFA_FRAME_BAYER_BGGR8, 1, 0, NO_YUV},
               {"yuyv", ALFA_FRAME_RGB8, 2, 0, YUYV},
               {"uyvy", ALFA_FRAME_RGB8, 2, 0, UYVY},
               {"nv12", ALFA_FRAME_RGB8, 1, 0, NV12},
               {"i420", ALFA_FRAME_RGB8, 1, 0, I420}};
#define FORMATS                                                                                              \
    "mono8, mono10, mono12, mono14, mono16, rgb8, bgr8, rgba8, bgra8, bayer-rggb8, -grbg8, -gbrg8, -bggr8, " \
    "yuyv, uyvy, nv12 or i420"

/* Of the command that runs: there is one in a process. */
static struct {
    struct alfa_frame frame; /* without pixels; of YUV its width, height and stride */
    enum order yuv;
    size_t row; /* bytes of one without padding */
} plan;

struct alfa__frames {
    struct alfa__stream *stream;
    const char *path;
    bool over;
    int count;            /* frames that were begun */
    struct alfa__y4m y4m; /* width 0: it is raw, or */
    struct alfa__pictures *pictures;
    const void *bytes; /* of a picture with pages that are still to be looked at, and */
    size_t size;
    int page; /* the last one that was */
};

static bool in_planes(void)
{
    return plan.yuv == NV12 || plan.yuv == I420;
}

/* ------------------------------------------------------------------ --raw */

/* With the size as it is there. */
static enum alfa_status set_format(const char *name, size_t size, struct alfa_error *err)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strlen(formats[i].name) == size && strncmp(formats[i].name, name, size) == 0) {
            plan.frame.format = formats[i].format;
            plan.frame.bits = formats[i].bits;
            plan.yuv = formats[i].yuv;
            plan.row = (size_t)plan.frame.width * (size_t)formats[i].bytes;
            return ALFA_OK;
        }
    return alfa__fail(err, ALFA_ERROR_USAGE, "--raw", "\"%.*s\" is no format: " FORMATS, (int)size, name);
}

/* ,stride=BYTES */
static enum alfa_status set_stride(const char *text, struct alfa_error *err)
{
    unsigned long stride = 0;
    int end = 0;
    if (sscanf(text, ",stride=%9lu%n", &stride, &end) != 1 || text[end])
        return alfa__fail(err, ALFA_ERROR_USAGE, "--raw", "\"%s\" is not ,stride=BYTES", text);
    if (stride < plan.row)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--raw", "has rows of %zu bytes at a distance of %lu",
                          plan.row, stride);
    plan.frame.stride = stride;
    return ALFA_OK;
}

/* Pixels of YUV share colours: two in a row, and in planes two rows. */
static enum alfa_status check_pairs(const char *raw, struct alfa_error *err)
{
    if (plan.yuv && (plan.frame.width % 2 || (in_planes() && plan.frame.height % 2)))
        return alfa__fail(err, ALFA_ERROR_USAGE, "--raw", "\"%s\" has an odd %s", raw,
                          plan.frame.width % 2 ? "width" : "height");
    return ALFA_OK;
}

enum alfa_status alfa__frames_plan(const char *raw, struct alfa_error *err)
{
    int width = 0, height = 0, read = 0;
    memset(&plan, 0, sizeof plan);
    plan.frame = (struct alfa_frame)ALFA_FRAME_INIT;
    if (!raw)
        return ALFA_OK;
    if (sscanf(raw, "%9dx%9d:%n", &width, &height, &read) != 2 || !read || width < 1 || height < 1)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--raw",
                          "\"%s\" is not WxH:FORMAT[,stride=BYTES], for example 1280x1024:mono12", raw);
    const char *name = raw + read;
    const size_t size = strcspn(name, ",");
    plan.frame.width = width;
    plan.frame.height = height;
    ALFA__TRY(set_format(name, size, err));
    ALFA__TRY(alfa__image_check_size(width, height, "--raw", err));
    ALFA__TRY(check_pairs(raw, err));
    plan.frame.stride = plan.row;
    return name[size] ? set_stride(name + size, err) : ALFA_OK;
}

bool alfa__frames_are_raw(void)
{
    return plan.frame.width > 0;
}

/* ------------------------------------------------------------------ opening */

enum alfa_status alfa__frames_open(struct alfa__frames **out, struct alfa__stream *stream, const char *path,
                                   struct alfa_error *err)
{
    struct alfa__y4m y4m = {0};
    char line[1024];
    bool pictures = false;
    *out = NULL;
    if (!alfa__frames_are_raw() && alfa__stream_begins(stream, ALFA__Y4M_MAGIC)) {
        ALFA__TRY(alfa__stream_line(stream, line, sizeof line, err));
        ALFA__TRY(alfa__y4m_read(&y4m, line, path, err));
    } else if (!alfa__frames_are_raw()) {
        pictures = strcmp(path, "-") == 0;
        if (!pictures)
            return ALFA_OK;
    }
    struct alfa__frames *frames = alfa__must(calloc(1, sizeof *frames));
    frames->stream = stream;
    frames->path = path;
    frames->y4m = y4m;
    frames->pictures = pictures ? alfa__pictures_new(stream, path) : NULL;
    *out = frames;
    return ALFA_OK;
}

void alfa__frames_free(struct alfa__frames *frames)
{
    if (!frames)
        return;
    alfa__pictures_free(frames->pictures);
    alfa__stream_close(frames->stream);
    free(frames);
}

/* ------------------------------------------------------------------ one frame */

static enum alfa_status read_pixels(struct alfa__frames *f, void *pixels, size_t size, size_t least,
                                    struct alfa_error *err)
{
    size_t got;
    ALFA__TRY(alfa__stream_read(f->stream, pixels, size, &got, err));
    if (got >= least)
        return ALFA_OK;
    f->over = true;
    if (got == 0 && f->count == 1)
        return alfa__fail(err, ALFA_ERROR_INPUT, f->path, "is empty: not one frame");
    return alfa__fail(err, ALFA_ERROR_INPUT, f->path, "ends in the middle of frame %d: %zu of %zu bytes",
                      f->count, got, size);
}

static enum alfa_status yuv_image(struct alfa_image **out, unsigned char *bytes, struct alfa_error *err)
{
    const size_t stride = plan.frame.stride, half = stride / 2, rows = (size_t)plan.frame.height;
    unsigned char *behind = bytes + stride * rows; /* the luma of planes */
    struct alfa__yuv picture = {.width = plan.frame.width,
                                .height = plan.frame.height,
                                .across = 2,
                                .down = in_planes() ? 2 : 1,
                                .red = ALFA__BT601_RED,
                                .blue = ALFA__BT601_BLUE};
    const struct alfa__plane planes[][3] = {
        [YUYV] = {{bytes, stride, 2}, {bytes + 1, stride, 4}, {bytes + 3, stride, 4}},
        [UYVY] = {{bytes + 1, stride, 2}, {bytes, stride, 4}, {bytes + 2, stride, 4}},
        [NV12] = {{bytes, stride, 1}, {behind, stride, 2}, {behind + 1, stride, 2}},
        [I420] = {{bytes, stride, 1}, {behind, half, 1}, {behind + half * (rows / 2), half, 1}}};
    memcpy(picture.planes, planes[plan.yuv], sizeof picture.planes);
    return alfa__yuv_image(out, &picture, err);
}

/* Copies, so that the pixels may be freed. The last row of a single plane may lack its padding. */
static enum alfa_status next_raw(struct alfa_image **out, struct alfa__frames *f, struct alfa_error *err)
{
    struct alfa_frame frame = plan.frame;
    const size_t plane = frame.stride * (size_t)frame.height;
    const size_t size = in_planes() ? plane + plane / 2 : plane;
    void *pixels = malloc(size);
    if (!pixels)
        return alfa__fail_memory(err, size);
    enum alfa_status status =
        read_pixels(f, pixels, size, in_planes() ? size : size - frame.stride + plan.row, err);
    frame.pixels = pixels;
    if (status == ALFA_OK)
        status = plan.yuv ? yuv_image(out, pixels, err) : alfa_image_from_frame(out, &frame, err);
    free(pixels);
    return status;
}

static enum alfa_status next_y4m(struct alfa_image **out, struct alfa__frames *f, struct alfa_error *err)
{
    char line[256];
    const size_t size = alfa__y4m_bytes(&f->y4m);
    enum alfa_status status = alfa__stream_line(f->stream, line, sizeof line, err);
    if (status == ALFA_OK && strncmp(line, "FRAME", 5) != 0)
        status =
            alfa__fail(err, ALFA_ERROR_INPUT, f->path, "has no FRAME where frame %d should be", f->count);
    f->over = status != ALFA_OK;
    if (status != ALFA_OK)
        return status;
    unsigned char *planes = malloc(size);
    if (!planes)
        return alfa__fail_memory(err, size);
    status = read_pixels(f, planes, size, size, err);
    if (status == ALFA_OK)
        status = alfa__y4m_image(out, &f->y4m, planes, err);
    free(planes);
    return status;
}

/* The next page of the picture that is there, or else the next picture. */
static enum alfa_status next_picture(struct alfa_image **out, struct alfa__frames *f, struct alfa_error *err)
{
    struct alfa__input input = {.path = (char *)f->path, .page = f->bytes ? ++f->page : 0};
    if (!f->bytes)
        ALFA__TRY(alfa__pictures_next(&f->bytes, &f->size, f->pictures, err));
    if (!f->bytes)
        return ALFA_OK;
    if (++f->count > 1)
        input.path = alfa__must(alfa__format("%s[%d]", f->path, f->count));
    const struct alfa_image_options how = alfa__reading_options(&input);
    const enum alfa_status status = alfa_image_decode_as(out, f->bytes, f->size, input.path, &how, err);
    if (status == ALFA_OK)
        alfa__reading_note(alfa_image_facts(*out), &input);
    f->page = input.page ? input.page : 1;
    if (status != ALFA_OK || !alfa__reading_all() || f->page >= alfa_image_facts(*out).pages)
        f->bytes = NULL;
    if (f->count > 1)
        free(input.path);
    return status;
}

enum alfa_status alfa__frames_next(struct alfa_image **out, struct alfa__frames *f, struct alfa_error *err)
{
    *out = NULL;
    if (f->pictures)
        return next_picture(out, f, err);
    if (f->over || (f->count > 0 && alfa__stream_at_end(f->stream)))
        return ALFA_OK;
    f->count++;
    return f->y4m.width ? next_y4m(out, f, err) : next_raw(out, f, err);
}
