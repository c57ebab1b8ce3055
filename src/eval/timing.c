#include "eval/timing.h"
#include "base/clock.h"

#include <math.h>

static enum alfa_status judge(double *seconds, const struct alfa__method *method, void *state,
                              const struct alfa__feature_request *request, const struct alfa_model *model,
                              enum alfa_resize resize, const struct alfa_image *image,
                              struct alfa__arena *arena, struct alfa_error *err)
{
    const double start = alfa__clock();
    struct alfa__features features;
    struct alfa__verdict verdict;
    ALFA__TRY(alfa__features_run(model, &features, image, resize, request, arena, err));
    ALFA__TRY(method->score(state, &verdict, &features, arena, err));
    *seconds = alfa__clock() - start;
    return ALFA_OK;
}

static void add(struct alfa__timing *out, double seconds)
{
    const double before = seconds - out->mean;
    out->mean += before / ++out->count;
    out->deviation += before * (seconds - out->mean); /* a sum of squares until the end */
}

enum alfa_status alfa__eval_time(struct alfa__timing *out, const struct alfa__method *method, void *state,
                                 const struct alfa__feature_request *request, const struct alfa_model *model,
                                 enum alfa_resize resize, int bits, const char *const *paths, int count,
                                 struct alfa_error *err)
{
    struct alfa_image_options how = ALFA_IMAGE_OPTIONS_INIT;
    struct alfa__arena arena = {0};
    enum alfa_status status = ALFA_OK;
    *out = (struct alfa__timing){0};
    how.bits = bits;
    for (int i = -1; i < count && status == ALFA_OK; i++) {
        const struct alfa__mark mark = alfa__arena_mark(&arena);
        struct alfa_image *image;
        double seconds = 0;
        if (alfa_image_load_as(&image, paths[i < 0 ? 0 : i], &how, NULL) != ALFA_OK)
            continue;
        status = judge(&seconds, method, state, request, model, resize, image, &arena, err);
        alfa_image_free(image);
        alfa__arena_reset(&arena, mark);
        if (i >= 0 && status == ALFA_OK)
            add(out, seconds);
    }
    out->deviation = out->count > 1 ? sqrt(out->deviation / (out->count - 1)) : 0;
    alfa__arena_free(&arena);
    return status;
}
