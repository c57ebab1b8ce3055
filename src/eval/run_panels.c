#include "eval/panels.h"
#include "eval/run_walk.h"

#include <math.h>
#include <stdlib.h>

/* The units that are drawn, beside what is said about them. */
struct shown {
    struct alfa__walk *walk;
    const struct alfa__unit **units;
};

static enum alfa_status shown_map(void *context, float *map, int m, size_t i, struct alfa_error *err)
{
    const struct shown *shown = context;
    return alfa__unit_map(map, shown->walk, shown->units[m], i, err);
}

/* Lowest and highest value of a unit's maps. */
static void find_range(struct alfa__panel_method *out, const struct alfa__walk *w,
                       const struct alfa__unit *unit)
{
    const size_t cells = (size_t)unit->side * (size_t)unit->side;
    bool any = false;
    for (size_t i = 0; i < w->class->count; i++)
        for (size_t p = 0; w->judged[i] && p < cells; p++) {
            const double value = (double)unit->maps[i * cells + p];
            out->low = any ? fmin(out->low, value) : value;
            out->high = any ? fmax(out->high, value) : value;
            any = true;
        }
}

enum alfa_status alfa__walk_draw(struct alfa__walk *w, struct alfa_error *err)
{
    struct alfa__panel_method *methods = calloc((size_t)w->count, sizeof *methods);
    const struct alfa__unit **units = calloc((size_t)w->count, sizeof *units), *first = NULL;
    struct shown shown = {w, units};
    bool complete = w->failed == 0;
    int count = 0;
    for (int u = 0; u < w->count && methods && units; u++) {
        const struct alfa__unit *unit = &w->units[u];
        complete = complete && !unit->dropped;
        if (unit->dropped || unit->seed)
            continue;
        first = first ? first : unit;
        if (!unit->maps)
            continue;
        methods[count] = (struct alfa__panel_method){.label = unit->entrant->title, .shots = unit->shots};
        find_range(&methods[count], w, unit);
        units[count++] = unit;
    }
    enum alfa_status status =
        methods && units ? ALFA_OK : alfa__fail_memory(err, (size_t)w->count * sizeof *methods);
    if (status == ALFA_OK && first) {
        const struct alfa__panel_class panels = {.folder = w->run->options->out,
                                                 .number = w->run->number,
                                                 .key = complete ? w->panels : 0,
                                                 .class = w->class,
                                                 .judged = w->judged,
                                                 .masks = w->masks,
                                                 .scores = first->scores,
                                                 .first = first->entrant->title,
                                                 .bits = w->run->options->bits,
                                                 .crop = w->run->options->detector.resize == ALFA_RESIZE_CROP,
                                                 .methods = methods,
                                                 .method_count = count,
                                                 .side = w->run->options->model->info.image_size,
                                                 .map = shown_map,
                                                 .context = &shown};
        status = alfa__panels_draw(&panels, err);
    }
    free(methods);
    free(units);
    return status;
}
