#include "cli/frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/pictures.h"
#include "cli/reading.h"
#include "cli/talk.h"
#include "cli/y4m.h"
#include "image/image.h"

static const struct {
    const char *name;
    enum alfa_frame_format format;
    int bits; /* that count, 0: all */
} formats[] = {{"mono8", ALFA_FRAME_MONO8, 0},
               {"mono10", ALFA_FRAME_MONO16, 10},
               {"mono12", ALFA_FRAME_MONO16, 12},
               {"mono14", ALFA_FRAME_MONO16, 14},
               {"mono16", ALFA_FRAME_MONO16, 0},
               {"rgb8", ALFA_FRAME_RGB8, 0},
               {"bgr8", ALFA_FRAME_BGR8, 0},
               {"rgba8", ALFA_FRAME_RGBA8, 0},
               {"bgra8", ALFA_FRAME_BGRA8, 0},
               {"bayer-rggb8", ALFA_FRAME_BAYER_RGGB8, 0},
               {"bayer-grbg8", ALFA_FRAME_BAYER_GRBG8, 0},
               {"bayer-gbrg8", ALFA_FRAME_BAYER_GBRG8, 0},
               {"bayer-bggr8", ALFA_FRAME_BAYER_BGGR8, 0},
               {"bayerrg8", ALFA_FRAME_BAYER_RGGB8, 0}, /* as GenICam calls them */
               {"bayergr8", ALFA_FRAME_BAYER_GRBG8, 0},
               {"bayergb8", ALFA_FRAME_BAYER_GBRG8, 0},
               {"bayerbg8", ALFA_FRAME_BAYER_BGGR8, 0},
               {"yuyv", ALFA_FRAME_YUYV8, 0},
               {"uyvy", ALFA_FRAME_UYVY8, 0},
               {"nv12", ALFA_FRAME_NV12, 0},
               {"i420", ALFA_FRAME_I420, 0}};
#define FORMATS                                                                                              \
    "mono8, mono10, mono12, mono14, mono16, rgb8, bgr8, rgba8, bgra8, bayer-rggb8, -grbg8, -gbrg8, -bggr8, " \
    "yuyv, uyvy, nv12 or i420"

/* Of the command that runs, without pixels: there is one in a process. */
static struct alfa_frame plan = ALFA_FRAME_INIT;

struct alfa__frames {
    struct alfa__stream *stream;
    const char *path;
    bool over, noted;
    int count;            /* frames that were begun */
    struct alfa__y4m y4m; /* width 0: it is raw, or */
    struct alfa__pictures *pictures;
    const void *bytes; /* of a picture with pages that are still to be looked at, and */
    size_t size;
    int page; /* the last one that was */
};

/* ------------------------------------------------------------------ --raw */

static enum alfa_status set_format(const char *name, size_t size, struct alfa_error *err)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strlen(formats[i].name) == size && strncasecmp(formats[i].name, name, size) == 0) {
            plan.format = formats[i].format;
            plan.bits = formats[i].bits;
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
    if (stride < plan.stride)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--raw", "has rows of %zu bytes at a distance of %lu",
                          plan.stride, stride);
    plan.stride = stride;
    return ALFA_OK;
}

enum alfa_status alfa__frames_plan(const char *raw, struct alfa_error *err)
{
    int width = 0, height = 0, read = 0;
    plan = (struct alfa_frame)ALFA_FRAME_INIT;
    if (!raw)
        return ALFA_OK;
    if (sscanf(raw, "%9dx%9d:%n", &width, &height, &read) != 2 || !read || width < 1 || height < 1)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--raw",
                          "\"%s\" is not WxH:FORMAT[,stride=BYTES], for example 1280x1024:mono12", raw);
    const char *name = raw + read;
    const size_t size = strcspn(name, ",");
    ALFA__TRY(set_format(name, size, err));
    ALFA__TRY(alfa__image_check_size(width, height, "--raw", err));
    plan.width = width;
    plan.height = height;
    plan.stride = alfa__frame_row(&plan);
    if (name[size])
        ALFA__TRY(set_stride(name + size, err));
    const char *odd = alfa__frame_odd(&plan);
    return odd ? alfa__fail(err, ALFA_ERROR_USAGE, "--raw", "\"%s\" has an odd %s", raw, odd) : ALFA_OK;
}

bool alfa__frames_are_raw(void)
{
    return plan.width > 0;
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

/* A value above the most that the bits can say is white: most likely the frame is of another kind. */
static void note_overflow(struct alfa__frames *f, const struct alfa_frame *frame)
{
    if (frame->format != ALFA_FRAME_MONO16 || !frame->bits || frame->bits == 16)
        return;
    const unsigned char *pixels = frame->pixels;
    for (int y = 0; y < frame->height && !f->noted; y++)
        for (int x = 0; x < frame->width && !f->noted; x++) {
            const unsigned char *value = pixels + (size_t)y * frame->stride + 2 * (size_t)x;
            f->noted = (value[0] | value[1] << 8) >> frame->bits;
        }
    if (f->noted)
        alfa__talk_note(f->path,
                        "frame %d has values above %d, which are taken as white: is it mono16, or are the "
                        "upper bytes first?",
                        f->count, (1 << frame->bits) - 1);
}

/* By --bits; 0: nobody said. */
static int bits_said(const struct alfa__frames *f)
{
    const struct alfa__input input = {.path = (char *)f->path};
    return alfa__reading_options(&input).bits;
}

/* Copies, so that the pixels may be freed. */
static enum alfa_status next_raw(struct alfa_image **out, struct alfa__frames *f, struct alfa_error *err)
{
    struct alfa_frame frame = plan;
    const size_t least = alfa__frame_bytes(&frame), rows = frame.stride * (size_t)frame.height;
    const size_t size = least > rows ? least : rows;
    void *pixels = malloc(size);
    if (!pixels)
        return alfa__fail_memory(err, size);
    enum alfa_status status = read_pixels(f, pixels, size, least, err);
    frame.pixels = pixels;
    if (frame.format == ALFA_FRAME_MONO16 && !frame.bits)
        frame.bits = bits_said(f);
    if (status == ALFA_OK)
        note_overflow(f, &frame);
    if (status == ALFA_OK)
        status = alfa_image_from_frame(out, &frame, err);
    free(pixels);
    return status;
}

static enum alfa_status use_said_bits(struct alfa__frames *f, struct alfa_error *err)
{
    const int bits = bits_said(f);
    if (bits < 9)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--bits", "is %d; frames of 16 bits have 9 to 16", bits);
    f->y4m.bits = bits;
    return ALFA_OK;
}

/* Frames that are longer than their first line says would be judged askew. GStreamer's y4menc writes such. */
static enum alfa_status check_length(struct alfa__frames *f, struct alfa_error *err)
{
    if (f->count > 1 || !alfa__stream_departs(f->stream, "FRAME", 100))
        return ALFA_OK;
    f->over = true;
    return alfa__fail(
        err, ALFA_ERROR_INPUT, f->path,
        "has no FRAME behind frame 1: GStreamer's y4menc fills rows up unsaid, pnmenc does not");
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
        status = check_length(f, err);
    if (status == ALFA_OK && f->y4m.bits == 16 && bits_said(f))
        status = use_said_bits(f, err);
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
        alfa__reading_note(alfa__reading_facts(*out), &input);
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
    const enum alfa_status status = f->y4m.width ? next_y4m(out, f, err) : next_raw(out, f, err);
    if (status == ALFA_OK)
        alfa__reading_note(alfa__reading_facts(*out), &(struct alfa__input){.path = (char *)f->path});
    return status;
}
