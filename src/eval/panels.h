/* Pictures to look at: for a few images of a class the photograph with the outline of its mask, and the maps
 * of the compared methods beside it.
 *
 * Which images is a rule, not a choice: by the scores of the first method the anomalous image with the
 * lowest, the middle and the highest, and the normal image with the highest. Colours (image/heat.h) run from
 * the lowest to the highest value that a method gives any image of the class, so one colour means the same on
 * all images of a method, and nothing across methods. Of the seeds the first is shown.
 *
 * In the folder for tables: panels/CLASS-N.png, panels/CLASS.html (a section that knows what it was made of),
 * and panels.html, which puts the sections together; of another run panels-2/... and panels-2.html. */
#ifndef ALFA_EVAL_PANELS_H
#define ALFA_EVAL_PANELS_H

#include "dataset/dataset.h"
#include "dataset/mask.h"

#include <stdint.h>

/* A method with so many normal images. */
struct alfa__panel_method {
    const char *label; /* its title, as tables say it */
    int shots;
    double low, high; /* of its maps, over all judged images of the class */
};

/* A class that was judged. */
struct alfa__panel_class {
    const char *folder; /* for tables */
    int number;         /* of the run in it (eval/place.h) */
    uint64_t key;       /* of everything that the panels depend on; 0: they are drawn again next time */
    const struct alfa__class *class;
    const bool *judged;                       /* one an item */
    const struct alfa__mask *masks;           /* one an item */
    const double *scores;                     /* of the first method, one an item */
    const char *first;                        /* its title */
    int bits;                                 /* of 16 in the files, when somebody said so */
    bool crop;                                /* only the square in the middle was looked at */
    const struct alfa__panel_method *methods; /* those with maps */
    int method_count;
    int side; /* of maps, in pixels */
    /* The map of method number m of item i, side x side floats into map. */
    enum alfa_status (*map)(void *context, float *map, int m, size_t i, struct alfa_error *err);
    void *context;
};

/* Whether the folder holds the class's panels with this key. */
bool alfa__panels_there(const char *folder, int number, const char *class_name, uint64_t key);

/* Draws the panels of a class and writes its section. */
enum alfa_status alfa__panels_draw(const struct alfa__panel_class *panels, struct alfa_error *err);

/* Writes panels.html from the sections that are there. */
enum alfa_status alfa__panels_page(const char *folder, int number, const char *const *classes,
                                   int class_count, const char *model, struct alfa_error *err);

#endif
