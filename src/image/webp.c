#include "image/webp.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <webp/demux.h>

/* The canvas of a page, RGBA, lent until the decoder is deleted; NULL: damaged. */
static const uint8_t *decode_page(WebPAnimDecoder *decoder, int page)
{
    uint8_t *canvas = NULL;
    int time;
    for (int i = 0; i <= page; i++)
        if (!WebPAnimDecoderHasMoreFrames(decoder) || !WebPAnimDecoderGetNext(decoder, &canvas, &time))
            return NULL;
    return canvas;
}

static bool write_rows(VipsImage *out, const uint8_t *rgba)
{
    const size_t width = (size_t)out->Xsize, bands = (size_t)out->Bands;
    unsigned char *row = malloc(width * bands);
    bool good = row;
    for (int y = 0; y < out->Ysize && good; y++) {
        for (size_t x = 0; x < width; x++, rgba += 4)
            for (size_t band = 0; band < bands; band++)
                row[x * bands + band] = rgba[band];
        good = vips_image_write_line(out, y, row) == 0;
    }
    if (!row)
        vips_error("webp", "out of memory");
    free(row);
    return good;
}

/* A canvas of another size than the header says is a file that changed its mind. */
static bool fill(VipsImage *out, WebPAnimDecoder *decoder, int page)
{
    WebPAnimInfo info;
    const bool fits = (out->Bands == 3 || out->Bands == 4) && out->BandFmt == VIPS_FORMAT_UCHAR &&
                      WebPAnimDecoderGetInfo(decoder, &info) && (int)info.canvas_width == out->Xsize &&
                      (int)info.canvas_height == out->Ysize;
    const uint8_t *rgba = fits ? decode_page(decoder, page) : NULL;
    if (!rgba)
        vips_error("webp", "unable to read pixels");
    return rgba && write_rows(out, rgba);
}

VipsImage *alfa__webp_picture(VipsImage *header, const unsigned char *bytes, size_t size, int page)
{
    const WebPData data = {bytes, size};
    WebPAnimDecoderOptions options;
    VipsImage *out = vips_image_new_memory();
    WebPAnimDecoder *decoder = NULL;
    if (out && WebPAnimDecoderOptionsInit(&options) &&
        vips_image_pipelinev(out, VIPS_DEMAND_STYLE_ANY, header, NULL) == 0) {
        options.color_mode = MODE_RGBA;
        decoder = WebPAnimDecoderNew(&data, &options);
    }
    if (out && !decoder)
        vips_error("webp", "unable to read the header");
    const bool good = decoder && fill(out, decoder, page);
    WebPAnimDecoderDelete(decoder);
    if (good)
        return out;
    if (out)
        g_object_unref(out);
    return NULL;
}
