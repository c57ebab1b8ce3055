/* What was found out about an image: the insides of a result, for those who make one. */
#ifndef ALFA_DETECT_RESULT_H
#define ALFA_DETECT_RESULT_H

#include "detect/explanation.h"

struct alfa_result {
    struct alfa_prompts *prompts; /* held: summary and explanation lend of them */
    struct alfa_summary summary;
    char *settings; /* what it was made with, a JSON object (settings.h) */
    struct alfa_times times;
    int map_side, grid;
    float *map;         /* map_side x map_side */
    float *grid_values; /* grid x grid */
    struct alfa__box box;
    struct alfa_area area; /* the box, as the public interface lends it */
    struct alfa_region *regions;
    int region_count;
    struct alfa__explanation explanation; /* empty unless asked for */
};

/* A result of those prompts with room for a map that shows a box of the image; sides of 0 are no map. */
enum alfa_status alfa__result_new(struct alfa_result **out, const struct alfa_prompts *prompts, int map_side,
                                  int grid, struct alfa__box box, struct alfa_error *err);

/* Finds the regions when summary and map are there; without a map or a threshold there are none. */
enum alfa_status alfa__result_find_regions(struct alfa_result *result, double min_area,
                                           struct alfa_error *err);

#endif
