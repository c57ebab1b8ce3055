#include "eval/timing.h"
#include "base/clock.h"
#include "eval/run_walk.h"

#include <math.h>

static enum alfa_status judge(double *seconds, const struct alfa__unit *unit, const struct alfa_image *image,
                              const struct alfa__eval_options *o, struct alfa__arena *arena,
                              struct alfa_error *err)
{
    const double start = alfa__clock();
    struct alfa__features features;
    struct alfa__verdict verdict;
    ALFA__TRY(alfa__features_run(o->model, &features, image, o->detector.resize, &unit->request, arena, err));
    ALFA__TRY(unit->entrant->method->score(unit->state, &verdict, &features, arena, err));
    *seconds = alfa__clock() - start;
    return ALFA_OK;
}

static void add(struct alfa__timing *out, double seconds)
{
    const double before = seconds - out->mean;
    out->mean += before / ++out->count;
    out->deviation += before * (seconds - out->mean); /* a sum of squares until the end */
}

/* Judges the image in a file; one that cannot be read takes no time. */
static enum alfa_status judge_file(double *seconds, const struct alfa__unit *unit, const char *path,
                                   const struct alfa__eval_options *o, struct alfa__arena *arena,
                                   struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    struct alfa_image_options how = ALFA_IMAGE_OPTIONS_INIT;
    struct alfa_image *image;
    how.bits = o->bits;
    *seconds = 0;
    if (alfa_image_load_as(&image, path, &how, NULL) != ALFA_OK)
        return ALFA_OK;
    enum alfa_status status = judge(seconds, unit, image, o, arena, err);
    alfa_image_free(image);
    alfa__arena_reset(arena, mark);
    return status;
}

enum alfa_status alfa__unit_time(struct alfa__timing *out, const struct alfa__walk *w,
                                 const struct alfa__unit *unit, struct alfa_error *err)
{
    const struct alfa__eval_options *o = w->run->options;
    const int count = o->timed < (int)w->class->count ? o->timed : (int)w->class->count;
    struct alfa__arena arena = {0};
    enum alfa_status status = ALFA_OK;
    *out = (struct alfa__timing){0};
    if (!count || unit->seed || unit->entrant->method->finish)
        return ALFA_OK;
    for (int i = -1; i < count && status == ALFA_OK; i++) {
        double seconds;
        status = judge_file(&seconds, unit, w->class->items[i < 0 ? 0 : i].image, o, &arena, err);
        if (i >= 0 && seconds > 0)
            add(out, seconds);
    }
    out->deviation = out->count > 1 ? sqrt(out->deviation / (out->count - 1)) : 0;
    alfa__arena_free(&arena);
    return status;
}
