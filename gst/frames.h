/* Frames as GStreamer hands them over, and as the library takes them. */
#ifndef ALFA_GST_FRAMES_H
#define ALFA_GST_FRAMES_H

#include <alfa.h>
#include <gst/video/video.h>

#include "image/yuv.h"

/* The caps of both pads: the formats of enum alfa_frame_format, and YUV of 8 bits. */
#define ALFA__FRAME_CAPS                                                                        \
    GST_VIDEO_CAPS_MAKE("{ RGB, BGR, RGBA, BGRA, GRAY8, GRAY16_LE, "                            \
                        "I420, YV12, NV12, NV21, Y42B, Y444, YUY2, UYVY }")                     \
    "; video/x-bayer, format = (string) { rggb, grbg, gbrg, bggr }, width = (int) [ 2, max ], " \
    "height = (int) [ 2, max ], framerate = (fraction) [ 0, max ]"

/* What caps say of frames. */
struct alfa__layout {
    enum alfa_frame_format format;
    int width, height;
    int bytes;            /* of a pixel; of YUV of one value */
    bool bayer;           /* which GstVideoInfo does not know: rows lie at multiples of 4 bytes */
    bool yuv;             /* and then format says nothing, but */
    struct alfa__yuv how; /* does, without planes */
    GstVideoInfo info;    /* of all but Bayer */
};

/* False: these caps are none of ours. */
bool alfa__layout_read(struct alfa__layout *out, const GstCaps *caps);

/* The pixels of a buffer, in place. */
struct alfa__pixels {
    unsigned char *first; /* the uppermost row */
    size_t stride;
    struct alfa__yuv yuv; /* instead of these two */
    bool bayer;
    GstBuffer *buffer; /* lent */
    GstMapInfo map;
    GstVideoFrame frame;
};

/* Fails with ALFA_ERROR_INPUT when the buffer holds less than its caps say. */
ALFA_CHECK enum alfa_status alfa__pixels_map(struct alfa__pixels *out, const struct alfa__layout *layout,
                                             GstBuffer *buffer, GstMapFlags how, struct alfa_error *err);
void alfa__pixels_unmap(struct alfa__pixels *pixels);

/* An image of the pixels, which have to stay mapped until it is freed; bits as in struct alfa_frame. YUV is
 * made RGB as its colorimetry says. */
ALFA_CHECK enum alfa_status alfa__pixels_image(struct alfa_image **out, const struct alfa__pixels *pixels,
                                               const struct alfa__layout *layout, int bits,
                                               struct alfa_error *err);

#endif
