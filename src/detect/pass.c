#include "detect/pass.h"
#include "detect/judge.h"

struct alfa__feature_request alfa__detector_request(const struct alfa_detector_options *options,
                                                    const struct alfa__layer *layers, int count)
{
    struct alfa__feature_request request = alfa__judge_request(options);
    for (int i = 0; i < count; i++)
        request.layers[request.layer_count++] = layers[i];
    return request;
}

enum alfa_status alfa__passes_plan(struct alfa__passes *out, const struct alfa_detector *d,
                                   const struct alfa_image *image, struct alfa__pose pose, int tiles,
                                   struct alfa_error *err)
{
    const int width = image->width, height = image->height, side = d->model->info.image_size;
    *out = (struct alfa__passes){
        .image = image,
        .whole = {alfa__resize_box(width, height, side, alfa__model_fit(d->model, d->options.resize)), width,
                  height, pose},
        .joined = true};
    if (tiles == ALFA_TILES_AUTO)
        tiles = alfa__tiles_auto(width, height, side);
    return alfa__tiles_plan(&out->tiling, out->whole.box, tiles, err);
}

int alfa__passes_count(const struct alfa__passes *passes)
{
    return 1 + passes->tiling.n * passes->tiling.n;
}

/* Which patches count; NULL for all. */
static enum alfa_status find_inside(const unsigned char **out, int *count, struct alfa_detector *d,
                                    const struct alfa__frame *frame, struct alfa_error *err)
{
    const int grid = d->model->info.grid;
    const bool roi = alfa__roi_active(&d->roi);
    *out = NULL;
    *count = grid * grid;
    if (!roi && d->options.window_stride == 1)
        return ALFA_OK;
    unsigned char *inside = alfa__arena_array(&d->arena, (size_t)grid * (size_t)grid, 1);
    if (!inside)
        return alfa__fail_memory(err, (size_t)grid * (size_t)grid);
    if (roi)
        *count = alfa__roi_patches(inside, &d->roi, frame, grid);
    alfa__inside_stride(inside, roi ? inside : NULL, grid, (int)d->options.window_stride);
    *out = inside;
    return ALFA_OK;
}

/* The pixels of a tile as a picture. */
static enum alfa_status cut(struct alfa_image **out, const struct alfa_image *image, struct alfa__box box,
                            struct alfa_error *err)
{
    const size_t stride = (size_t)image->width * 3;
    return alfa_image_from_rgb(out, image->rgb + (size_t)box.y * stride + 3 * (size_t)box.x, (int)box.width,
                               (int)box.height, stride, err);
}

static enum alfa_status compute(struct alfa__pass *out, struct alfa_detector *d,
                                const struct alfa__passes *passes, const struct alfa__frame *frame,
                                const struct alfa__feature_request *request, struct alfa_error *err)
{
    struct alfa_image *tile;
    if (out->whole)
        return alfa__features_run(d->model, &out->features, passes->image, d->options.resize, request,
                                  &d->arena, err);
    ALFA__TRY(cut(&tile, passes->image, frame->box, err));
    enum alfa_status status =
        alfa__features_run(d->model, &out->features, tile, ALFA_RESIZE_SQUASH, request, &d->arena, err);
    alfa_image_free(tile);
    return status;
}

static struct alfa__spot spot_of(const struct alfa__box *box, const struct alfa__box *whole)
{
    return (struct alfa__spot){(box->x - whole->x) / whole->width, (box->y - whole->y) / whole->height,
                               box->width / whole->width, box->height / whole->height};
}

static void add_times(struct alfa_times *sum, const struct alfa_times *more)
{
    sum->resize += more->resize;
    sum->image += more->image;
    sum->windows += more->windows;
}

enum alfa_status alfa__pass_look(struct alfa__pass *out, struct alfa_detector *d,
                                 const struct alfa__passes *passes, int i,
                                 const struct alfa__feature_request *request, struct alfa_error *err)
{
    struct alfa__feature_request own = *request;
    struct alfa__frame frame = passes->whole;
    int count;
    if (i > 0)
        frame.box = alfa__tiles_box(&passes->tiling, i - 1);
    ALFA__TRY(find_inside(&own.inside, &count, d, &frame, err));
    out->whole = i == 0;
    out->blank = count == 0;
    out->spot = spot_of(&frame.box, &passes->whole.box);
    if (out->blank && !out->whole)
        return ALFA_OK;
    if (out->blank)
        return alfa__fail(err, ALFA_ERROR_INPUT, "region of interest",
                          "is too small: it covers at least half of none of the %d x %d patches",
                          d->model->info.grid, d->model->info.grid);
    ALFA__TRY(compute(out, d, passes, &frame, &own, err));
    add_times(&d->times, &out->features.times);
    return ALFA_OK;
}

enum alfa_status alfa__pass_judge(struct alfa__judgement *out, const struct alfa_detector *d,
                                  const struct alfa__features *features, bool joined,
                                  struct alfa__arena *arena, struct alfa_error *err)
{
    struct alfa_detector_options options = d->options;
    options.temperature = alfa__judge_temperature(&options, d->model->config.stem.present, joined);
    return alfa__judge(out, features, &d->embeddings, &options, arena, err);
}

enum alfa_status alfa__pass_run(struct alfa__pass *out, struct alfa_detector *d,
                                const struct alfa__passes *passes, int i,
                                const struct alfa__feature_request *request, struct alfa_error *err)
{
    ALFA__TRY(alfa__pass_look(out, d, passes, i, request, err));
    if (out->blank)
        return ALFA_OK;
    return alfa__pass_judge(&out->judgement, d, &out->features, passes->joined, &d->arena, err);
}
