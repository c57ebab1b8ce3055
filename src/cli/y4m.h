/* YUV4MPEG2 (.y4m), what "ffmpeg -f yuv4mpegpipe" and GStreamer's y4menc write: a line of text, then frames
 * of planes. Colours are those of BT.601 and use 16 to 235, grey
 * alone 0 to 255, unless XCOLORRANGE says something else. */
#ifndef ALFA_CLI_Y4M_H
#define ALFA_CLI_Y4M_H

#include "alfa.h"

#define ALFA__Y4M_MAGIC "YUV4MPEG2 "

struct alfa__y4m {
    int width, height;
    int across, down; /* pixels that share a value of colour; 0: there are only grey values */
    int bits;         /* of a grey value: 8, or 9 to 16 in two bytes */
    bool full;
};

/* From the first line. ALFA_ERROR_INPUT: it is damaged; ALFA_ERROR_LIMIT: too large, or a kind that is not
 * read. */
enum alfa_status alfa__y4m_read(struct alfa__y4m *out, const char *line, const char *path,
                                struct alfa_error *err);

/* Of a frame. */
size_t alfa__y4m_bytes(const struct alfa__y4m *y4m);

/* A frame's planes as an image; a value of colour counts for all pixels that share it. */
enum alfa_status alfa__y4m_image(struct alfa_image **out, const struct alfa__y4m *y4m,
                                 const unsigned char *planes, struct alfa_error *err);

#endif
