#include "image/pull.h"

#include "image/image.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 16 }; /* computed at once: what libvips' own sinks ask for */

/* Takes one finished row; false ends the work. */
typedef bool take_row(void *to, int y, const VipsPel *row);

struct pull {
    VipsImage *image;
    take_row *take;
    void *to;
    alfa__pull_stop *stop;
    void *context;
    bool good;
};

static bool pull_rows(struct pull *pull, VipsRegion *region)
{
    VipsImage *image = pull->image;
    for (int y = 0; y < image->Ysize; y += ROWS) {
        const int count = image->Ysize - y < ROWS ? image->Ysize - y : ROWS;
        const VipsRect rows = {0, y, image->Xsize, count};
        if (pull->stop(pull->context) || vips_region_prepare(region, &rows) != 0)
            return false;
        for (int i = 0; i < count; i++)
            if (!pull->take(pull->to, y + i, VIPS_REGION_ADDR(region, 0, y + i)))
                return false;
    }
    return true;
}

static gpointer pull_all(gpointer data)
{
    struct pull *pull = data;
    VipsRegion *region = vips_region_new(pull->image);
    if (region) {
        pull->good = pull_rows(pull, region);
        g_object_unref(region);
    }
    return NULL;
}

/* Only on a thread that libvips began do the steps of a pipeline share what they computed. */
static bool run(struct pull pull)
{
    GThread *thread = vips_g_thread_new("alfa pull", pull_all, &pull);
    if (thread)
        g_thread_join(thread);
    return pull.good;
}

/* 8-bit RGB. */
struct pixels {
    unsigned char *rgb;
    size_t width;
    bool shows; /* a pixel was not transparent */
};

static bool put_rgb(void *to, int y, const VipsPel *row)
{
    const struct pixels *pixels = to;
    memcpy(pixels->rgb + 3 * pixels->width * (size_t)y, row, 3 * pixels->width);
    return true;
}

/* What shows through is white. Colours stay until something shows: a picture that is transparent all over, as
 * programs write it that leave the fourth byte alone, is what its colours are. */
static bool put_rgba(void *to, int y, const VipsPel *row)
{
    struct pixels *pixels = to;
    unsigned char *rgb = pixels->rgb + 3 * pixels->width * (size_t)y;
    for (size_t x = 0; x < pixels->width; x++, rgb += 3, row += 4) {
        const int alpha = row[3], white = 255 * (255 - alpha);
        if (alpha && !pixels->shows) {
            memset(pixels->rgb, 255, (size_t)(rgb - pixels->rgb));
            pixels->shows = true;
        }
        if (!pixels->shows) {
            memcpy(rgb, row, 3);
            continue;
        }
        rgb[0] = (unsigned char)((row[0] * alpha + white) / 255);
        rgb[1] = (unsigned char)((row[1] * alpha + white) / 255);
        rgb[2] = (unsigned char)((row[2] * alpha + white) / 255);
    }
    return true;
}

unsigned char *alfa__pull_rgb(VipsImage *image, alfa__pull_stop *stop, void *context)
{
    struct pixels pixels = {.width = (size_t)image->Xsize};
    const size_t size = 3 * pixels.width * (size_t)image->Ysize;
    pixels.rgb = malloc(size);
    if (!pixels.rgb) {
        vips_error("memory", "out of memory");
        return NULL;
    }
    alfa__image_large_pages(pixels.rgb, size);
    if (run((struct pull){image, image->Bands == 4 ? put_rgba : put_rgb, &pixels, stop, context, false}))
        return pixels.rgb;
    free(pixels.rgb);
    return NULL;
}

static bool put_line(void *to, int y, const VipsPel *row)
{
    return vips_image_write_line(to, y, (VipsPel *)row) == 0;
}

VipsImage *alfa__pull_picture(VipsImage *image, alfa__pull_stop *stop, void *context)
{
    if (image->dtype == VIPS_IMAGE_SETBUF) {
        g_object_ref(image);
        return image;
    }
    VipsImage *out = vips_image_new_memory();
    if (out && vips_image_pipelinev(out, VIPS_DEMAND_STYLE_ANY, image, NULL) == 0 &&
        run((struct pull){image, put_line, out, stop, context, false}))
        return out;
    if (out)
        g_object_unref(out);
    return NULL;
}
