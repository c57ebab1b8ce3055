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
    return false;
}

/* ------------------------------------------------------------------ pixels */

/* How many bytes there are from the first pixel on. */
static size_t map_video(struct alfa__pixels *out, const struct alfa__layout *layout, GstBuffer *buffer,
                        GstMapFlags how)
{
    if (!gst_video_frame_map(&out->frame, &layout->info, buffer,
                             (GstMapFlags)(how | (GstMapFlags)GST_VIDEO_FRAME_MAP_FLAG_NO_REF)))
        return 0;
    const GstMapInfo *map = &out->frame.map[0];
    const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&out->frame, 0);
    out->first = GST_VIDEO_FRAME_PLANE_DATA(&out->frame, 0);
    out->stride = stride > 0 ? (size_t)stride : 0;
    const size_t before = (size_t)(out->first - map->data);
    const bool as_said = GST_VIDEO_FRAME_WIDTH(&out->frame) == layout->width &&
                         GST_VIDEO_FRAME_HEIGHT(&out->frame) == layout->height;
    return as_said && before < map->size ? map->size - before : 0;
}

static size_t map_bayer(struct alfa__pixels *out, const struct alfa__layout *layout, GstBuffer *buffer,
                        GstMapFlags how)
{
    if (!gst_buffer_map(buffer, &out->map, how))
        return 0;
    out->first = out->map.data;
    out->stride = ((size_t)layout->width + 3) / 4 * 4;
    return out->map.size;
}

enum alfa_status alfa__pixels_map(struct alfa__pixels *out, const struct alfa__layout *layout,
                                  GstBuffer *buffer, GstMapFlags how, struct alfa_error *err)
{
    const size_t row = (size_t)layout->width * (size_t)layout->bytes;
    memset(out, 0, sizeof *out);
    out->bayer = layout->bayer;
    out->buffer = buffer;
    if (!layout->bayer && gst_buffer_get_size(buffer) < row * (size_t)layout->height)
        return alfa__fail(err, ALFA_ERROR_INPUT, "", "has %zu bytes, too few for %d x %d pixels",
                          gst_buffer_get_size(buffer), layout->width, layout->height);
    const size_t size = (layout->bayer ? map_bayer : map_video)(out, layout, buffer, how);
    if (out->stride >= row && size >= out->stride * ((size_t)layout->height - 1) + row)
        return ALFA_OK;
    if (out->first)
        alfa__pixels_unmap(out);
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
    frame.format = layout->format;
    frame.width = layout->width;
    frame.height = layout->height;
    frame.bits = layout->format == ALFA_FRAME_MONO16 ? bits : 0;
    frame.stride = pixels->stride;
    frame.pixels = pixels->first;
    frame.release = keep;
    return alfa_image_from_frame(out, &frame, err);
}
