#include "detect/result.h"
#include "detect/regions.h"
#include "prompt/set.h"

#include <math.h>
#include <stdlib.h>

enum alfa_status alfa__result_new(struct alfa_result **out, const struct alfa_prompts *prompts, int map_side,
                                  int grid, struct alfa__box box, struct alfa_error *err)
{
    const size_t pixels = (size_t)map_side * (size_t)map_side, cells = (size_t)grid * (size_t)grid;
    struct alfa_result *result = *out = calloc(1, sizeof *result);
    if (!result)
        return alfa__fail_memory(err, sizeof *result);
    result->prompts = alfa__prompts_hold(prompts);
    result->map_side = map_side;
    result->grid = grid;
    result->box = box;
    result->area = (struct alfa_area){box.x, box.y, box.width, box.height};
    result->map = pixels ? malloc(pixels * sizeof *result->map) : NULL;
    result->grid_values = cells ? malloc(cells * sizeof *result->grid_values) : NULL;
    if ((pixels && !result->map) || (cells && !result->grid_values)) {
        alfa_result_free(result);
        *out = NULL;
        return alfa__fail_memory(err, pixels * sizeof *result->map);
    }
    return ALFA_OK;
}

enum alfa_status alfa__result_find_regions(struct alfa_result *result, double min_area,
                                           struct alfa_error *err)
{
    const struct alfa_summary *s = &result->summary;
    if (!result->map || isnan(s->pixel_threshold))
        return ALFA_OK;
    const struct alfa__canvas canvas = {result->map, result->map_side, result->box, s->width, s->height};
    return alfa__regions_find(&result->regions, &result->region_count, &canvas, s->pixel_threshold, min_area,
                              err);
}

/* ------------------------------------------------------------------ what it lends */

const struct alfa_summary *alfa_result_summary(const struct alfa_result *result)
{
    return result ? &result->summary : NULL;
}

const char *alfa_result_settings(const struct alfa_result *result)
{
    return result ? result->settings : NULL;
}

const struct alfa_times *alfa_result_times(const struct alfa_result *result)
{
    return result ? &result->times : NULL;
}

const float *alfa_result_map(const struct alfa_result *result, int *width, int *height)
{
    const int side = result ? result->map_side : 0;
    if (width)
        *width = side;
    if (height)
        *height = side;
    return result ? result->map : NULL;
}

const float *alfa_result_grid(const struct alfa_result *result, int *side)
{
    if (side)
        *side = result ? result->grid : 0;
    return result ? result->grid_values : NULL;
}

const struct alfa_area *alfa_result_area(const struct alfa_result *result)
{
    return result ? &result->area : NULL;
}

int alfa_result_region_count(const struct alfa_result *result)
{
    return result ? result->region_count : 0;
}

const struct alfa_region *alfa_result_region(const struct alfa_result *result, int index)
{
    return result && index >= 0 && index < result->region_count ? &result->regions[index] : NULL;
}

int alfa_result_prompt_count(const struct alfa_result *result)
{
    return result ? result->explanation.prompt_count : 0;
}

const struct alfa_prompt_score *alfa_result_prompt(const struct alfa_result *result, int index)
{
    return index >= 0 && index < alfa_result_prompt_count(result) ? &result->explanation.prompts[index]
                                                                  : NULL;
}

const struct alfa_similarity *alfa_result_similarities(const struct alfa_result *result, enum alfa_side side,
                                                       int *count)
{
    const bool known = result && (side == ALFA_NORMAL || side == ALFA_ABNORMAL);
    if (count)
        *count = known ? result->explanation.similarity_count[side] : 0;
    return known ? result->explanation.similarities[side] : NULL;
}

const float *alfa_result_embedding(const struct alfa_result *result)
{
    return result ? result->explanation.rows : NULL;
}

const float *alfa_result_region_embedding(const struct alfa_result *result, int region)
{
    const struct alfa__explanation *e = result ? &result->explanation : NULL;
    return e && region >= 0 && region < e->region_count ? e->rows + (1 + (size_t)region) * (size_t)e->dim
                                                        : NULL;
}

void alfa_result_free(struct alfa_result *result)
{
    if (!result)
        return;
    alfa__explanation_free(&result->explanation);
    alfa_prompts_free(result->prompts);
    free(result->map);
    free(result->grid_values);
    free(result->regions);
    free(result->settings);
    free(result);
}
