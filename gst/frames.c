#include "frames.h"

#include <string.h>

#include "fail.h"

/* ------------------------------------------------------------------ caps */

static const struct {
    GstVideoFormat theirs;
    enum alfa_frame_format ours;
    int bytes;
} formats[] = {
    {GST_VIDEO_FORMAT_RGB, ALFA_FRAME_RGB8, 3},    {GST_VIDEO_FORMAT_BGR, ALFA_FRAME_BGR8, 3},
    {GST_VIDEO_FORMAT_RGBA, ALFA_FRAME_RGBA8, 4},  {GST_VIDEO_FORMAT_BGRA, ALFA_FRAME_BGRA8, 4},
    {GST_VIDEO_FORMAT_GRAY8, ALFA_FRAME_MONO8, 1}, {GST_VIDEO_FORMAT_GRAY16_LE, ALFA_FRAME_MONO16, 2}};

static const GstVideoFormat yuv[] = {GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_YV12, GST_VIDEO_FORMAT_NV12,
                                     GST_VIDEO_FORMAT_NV21, GST_VIDEO_FORMAT_Y42B, GST_VIDEO_FORMAT_Y444,
                                     GST_VIDEO_FORMAT_YUY2, GST_VIDEO_FORMAT_UYVY};

static const struct {
    const char *theirs;
    enum alfa_frame_format ours;
} patterns[] = {{"rggb", ALFA_FRAME_BAYER_RGGB8},
                {"grbg", ALFA_FRAME_BAYER_GRBG8},
                {"gbrg", ALFA_FRAME_BAYER_GBRG8},
                {"bggr", ALFA_FRAME_BAYER_BGGR8}};

static bool read_bayer(struct alfa__layout *out, const GstStructure *caps)
{
    const char *format = gst_structure_get_string(caps, "format");
    out->bayer = true;
    out->bytes = 1;
    if (!format || !gst_structure_get_int(caps, "width", &out->width) ||
        !gst_structure_get_int(caps, "height", &out->height))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++)
        if (strcmp(patterns[i].theirs, format) == 0) {
            out->format = patterns[i].ours;
            return true;
        }
    return false;
}

/* Where caps say nothing of colours GstVideoInfo has GStreamer's own default for them. */
static bool read_yuv(struct alfa__layout *out)
{
    const GstVideoColorimetry *colours = &GST_VIDEO_INFO_COLORIMETRY(&out->info);
    const GstVideoFormatInfo *format = out->info.finfo;
    struct alfa__yuv *how = &out->how;
    for (size_t i = 0; i < G_N_ELEMENTS(yuv) && !out->yuv; i++)
        out->yuv = yuv[i] == GST_VIDEO_INFO_FORMAT(&out->info);
    if (!out->yuv)
        return false;
    out->bytes = 1;
    how->width = out->width;
    how->height = out->height;
    how->across = 1 << GST_VIDEO_FORMAT_INFO_W_SUB(format, GST_VIDEO_COMP_U);
    how->down = 1 << GST_VIDEO_FORMAT_INFO_H_SUB(format, GST_VIDEO_COMP_U);
    how->full = colours->range == GST_VIDEO_COLOR_RANGE_0_255;
    return gst_video_color_matrix_get_Kr_Kb(colours->matrix, &how->red, &how->blue);
}

bool alfa__layout_read(struct alfa__layout *out, const GstCaps *caps)
{
    const GstStructure *structure = gst_caps_get_structure(caps, 0);
    memset(out, 0, sizeof *out);
    if (gst_structure_has_name(structure, "video/x-bayer"))
        return read_bayer(out, structure);
    if (!gst_video_info_from_caps(&out->info, caps))
        return false;
    out->width = GST_VIDEO_INFO_WIDTH(&out->info);
    out->height = GST_VIDEO_INFO_HEIGHT(&out->info);
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (formats[i].theirs == GST_VIDEO_INFO_FORMAT(&out->info)) {
            out->format = formats[i].ours;
            out->bytes = formats[i].bytes;
            return true;
        }
    return read_yuv(out);
}

/* ------------------------------------------------------------------ pixels */

static bool map_buffer(struct alfa__pixels *out, const struct alfa__layout *layout, GstBuffer *buffer,
                       GstMapFlags how)
{
    return layout->bayer
               ? gst_buffer_map(buffer, &out->map, how)
               : gst_video_frame_map(&out->frame, &layout->info, buffer,
                                     (GstMapFlags)(how | (GstMapFlags)GST_VIDEO_FRAME_MAP_FLAG_NO_REF));
}

/* Whether rows of so many bytes are all there. */
static bool holds(const GstMapInfo *map, const unsigned char *first, size_t stride, size_t row, int rows)
{
    const size_t before = (size_t)(first - map->data);
    return stride >= row && before < map->size && map->size - before >= stride * ((size_t)rows - 1) + row;
}

/* A buffer may say itself, in a GstVideoMeta, how its rows lie; those that go upwards are not taken. */
static size_t distance(int stride)
{
    return stride > 0 ? (size_t)stride : 0;
}

static bool find_component(struct alfa__plane *out, const GstVideoFrame *frame, int c)
{
    const GstMapInfo *map = &frame->map[frame->meta ? GST_VIDEO_FRAME_COMP_PLANE(frame, c) : 0];
    const size_t last = (size_t)GST_VIDEO_FRAME_COMP_WIDTH(frame, c) - 1;
    out->first = GST_VIDEO_FRAME_COMP_DATA(frame, c);
    out->stride = distance(GST_VIDEO_FRAME_COMP_STRIDE(frame, c));
    out->step = (size_t)GST_VIDEO_FRAME_COMP_PSTRIDE(frame, c);
    return holds(map, out->first, out->stride, last * out->step + 1, GST_VIDEO_FRAME_COMP_HEIGHT(frame, c));
}

/* In what was mapped; false: it is not what its caps say. */
static bool find_pixels(struct alfa__pixels *out, const struct alfa__layout *layout)
{
    const size_t row = (size_t)layout->width * (size_t)layout->bytes;
    const GstVideoFrame *frame = &out->frame;
    if (layout->bayer) {
        out->first = out->map.data;
        out->stride = ((size_t)layout->width + 3) / 4 * 4;
        return holds(&out->map, out->first, out->stride, row, layout->height);
    }
    if (GST_VIDEO_FRAME_WIDTH(frame) != layout->width || GST_VIDEO_FRAME_HEIGHT(frame) != layout->height)
        return false;
    if (layout->yuv) {
        out->yuv = layout->how;
        return find_component(&out->yuv.planes[0], frame, GST_VIDEO_COMP_Y) &&
               find_component(&out->yuv.planes[1], frame, GST_VIDEO_COMP_U) &&
               find_component(&out->yuv.planes[2], frame, GST_VIDEO_COMP_V);
    }
    out->first = GST_VIDEO_FRAME_PLANE_DATA(frame, 0);
    out->stride = distance(GST_VIDEO_FRAME_PLANE_STRIDE(frame, 0));
    return holds(&frame->map[0], out->first, out->stride, row, layout->height);
}

enum alfa_status alfa__pixels_map(struct alfa__pixels *out, const struct alfa__layout *layout,
                                  GstBuffer *buffer, GstMapFlags how, struct alfa_error *err)
{
    const size_t row = (size_t)layout->width * (size_t)layout->bytes;
    memset(out, 0, sizeof *out);
    out->bayer = layout->bayer;
    out->buffer = buffer;
    if ((layout->bayer || gst_buffer_get_size(buffer) >= row * (size_t)layout->height) &&
        map_buffer(out, layout, buffer, how)) {
        if (find_pixels(out, layout))
            return ALFA_OK;
        alfa__pixels_unmap(out);
    }
    return alfa__fail(err, ALFA_ERROR_INPUT, "", "has %zu bytes, too few for %d x %d pixels",
                      gst_buffer_get_size(buffer), layout->width, layout->height);
}

void alfa__pixels_unmap(struct alfa__pixels *pixels)
{
    if (pixels->bayer)
        gst_buffer_unmap(pixels->buffer, &pixels->map);
    else
        gst_video_frame_unmap(&pixels->frame);
}

/* ------------------------------------------------------------------ images */

/* The pixels lie in the buffer, which its owner unmaps. */
static void keep(void *context)
{
    (void)context;
}

enum alfa_status alfa__pixels_image(struct alfa_image **out, const struct alfa__pixels *pixels,
                                    const struct alfa__layout *layout, int bits, struct alfa_error *err)
{
    struct alfa_frame frame = ALFA_FRAME_INIT;
    if (layout->yuv)
        return alfa__yuv_image(out, &pixels->yuv, err);
    frame.format = layout->format;
    frame.width = layout->width;
    frame.height = layout->height;
    frame.bits = layout->format == ALFA_FRAME_MONO16 ? bits : 0;
    frame.stride = pixels->stride;
    frame.pixels = pixels->first;
    frame.release = keep;
    return alfa_image_from_frame(out, &frame, err);
}
