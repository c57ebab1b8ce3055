#include "image/jpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

enum { ALL_COLOURS = 90 }; /* the quality from which on colours keep their size */

/* libjpeg leaves through error_exit. */
struct failure {
    struct jpeg_error_mgr manager;
    jmp_buf back;
    char text[JMSG_LENGTH_MAX];
};

static _Noreturn void leave(j_common_ptr common)
{
    struct failure *failure = (struct failure *)common->err;
    failure->manager.format_message(common, failure->text);
    longjmp(failure->back, 1);
}

static void say_nothing(j_common_ptr common)
{
    (void)common;
}

/* More than a JPEG of this size ever takes (libjpeg-turbo's tjBufSize() for whole colours), so that the
 * buffer never moves while it is written. */
static size_t most_bytes(int width, int height)
{
    return ((size_t)width + 16) * ((size_t)height + 16) * 6 + 2048;
}

static void set_up(struct jpeg_compress_struct *jpeg, const struct alfa__raster *rgb, int quality)
{
    jpeg->image_width = (JDIMENSION)rgb->width;
    jpeg->image_height = (JDIMENSION)rgb->height;
    jpeg->input_components = 3;
    jpeg->in_color_space = JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, quality, TRUE);
    jpeg->optimize_coding = TRUE;
    if (quality >= ALL_COLOURS)
        jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = 1;
}

/* false: failure says why. */
static bool compress(struct jpeg_compress_struct *jpeg, struct failure *failure, unsigned char **bytes,
                     unsigned long *size, const struct alfa__raster *rgb, int quality)
{
    if (setjmp(failure->back))
        return false;
    jpeg_create_compress(jpeg);
    jpeg_mem_dest(jpeg, bytes, size);
    set_up(jpeg, rgb, quality);
    jpeg_start_compress(jpeg, TRUE);
    while (jpeg->next_scanline < jpeg->image_height) {
        JSAMPROW row = (JSAMPROW)(rgb->samples + (size_t)jpeg->next_scanline * (size_t)rgb->width * 3);
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
    return true;
}

enum alfa_status alfa__jpeg_encode(unsigned char **out, size_t *size, const struct alfa__raster *rgb,
                                   int quality, struct alfa_error *err)
{
    struct failure failure = {.text = ""};
    struct jpeg_compress_struct jpeg = {.err = jpeg_std_error(&failure.manager)};
    unsigned long count = most_bytes(rgb->width, rgb->height);
    unsigned char *bytes = malloc(count);
    if (!bytes)
        return alfa__fail_memory(err, count);
    failure.manager.error_exit = leave;
    failure.manager.output_message = say_nothing;
    const bool good = compress(&jpeg, &failure, &bytes, &count, rgb, quality);
    jpeg_destroy_compress(&jpeg);
    if (!good) {
        free(bytes);
        return failure.manager.msg_code == JERR_OUT_OF_MEMORY
                   ? alfa__fail(err, ALFA_ERROR_MEMORY, "JPEG",
                                "cannot be encoded: there is not enough memory")
                   : alfa__fail(err, ALFA_ERROR_RUNTIME, "JPEG", "cannot be encoded: %s", failure.text);
    }
    unsigned char *fitted = realloc(bytes, count);
    *out = fitted ? fitted : bytes;
    *size = count;
    return ALFA_OK;
}
