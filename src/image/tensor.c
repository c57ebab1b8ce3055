#include "image/tensor.h"

#include "image/resize.h"

#include <stdlib.h>

void alfa__tensor_from_rgb(float *out, const unsigned char *rgb, int side,
                           const struct alfa__channels *channels)
{
    size_t plane = (size_t)side * side;
    for (int c = 0; c < 3; c++) {
        float value[256];
        for (int level = 0; level < 256; level++)
            value[level] = ((float)level / 255.0f - channels->mean[c]) / channels->std[c];
        for (size_t i = 0; i < plane; i++)
            out[c * plane + i] = value[rgb[3 * i + c]];
    }
}

enum alfa_status alfa__image_preprocess(float *out, const struct alfa_image *image, int side,
                                        enum alfa__fit fit, const struct alfa__channels *channels,
                                        struct alfa_error *err)
{
    struct alfa__view view = alfa__resize_view(image->width, image->height, side, fit);
    unsigned char *rgb = malloc((size_t)side * side * 3);
    if (!rgb)
        return alfa__fail_memory(err, (size_t)side * side * 3);
    enum alfa_status status = alfa__resize_rgb(rgb, side, side, image, &view, err);
    if (status == ALFA_OK)
        alfa__tensor_from_rgb(out, rgb, side, channels);
    free(rgb);
    return status;
}
