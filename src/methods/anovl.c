/* AnoVL (Deng et al., "AnoVL: Adapting Vision-Language Models for Unified Zero-shot Anomaly Localization",
 * 2023) without its test-time adapter and without the mean over augmented copies ("AnoVL-" in the paper's
 * Table 1).
 *
 * Patches come from a second path beside the blocks, which adds each block's attention of values to values,
 *
 *     y += W_o softmax(v v^T / sqrt(d_h)) v + b_o,    v from ln_1 of the normal path's x,
 *
 * and no MLP; u = proj^T ln_post(y) (clip/image_tower.h). Map: softmax of the two cosines, without
 * temperature as in the authors' code, then the mean of 3 x 3 cells, the edge repeated. Image: the same
 * softmax of f(x), from the normal path. Texts: 7 states a label in 66 wordings, 462 a label; things and
 * surfaces have different ones. Changed: the map is enlarged without aligned corners, as those of all other
 * methods. */
#include "base/strings.h"
#include "methods/methods.h"
#include "methods/pair.h"
#include "score/fusion.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof array / sizeof *array)

static const char *const states[2][7] = {{"normal %s", "flawless %s", "perfect %s", "unblemished %s",
                                          "%s without flaw", "%s without defect", "%s without damage"},
                                         {"damaged %s", "abnormal %s", "imperfect %s", "blemished %s",
                                          "%s with flaw", "%s with defect", "%s with damage"}};

/* What stands for "photo": of things, of surfaces. */
static const char *const pictures[2][3] = {{"industrial photo", "industrial image", "manufacturing image"},
                                           {"industrial photo", "textural photo", "surface picture"}};

/* Before the picture, after it and the article, after the thing. */
static const char *const wordings[][3] = {{"a cropped ", "", ""},
                                          {"a close-up ", "", ""},
                                          {"a bright ", "", ""},
                                          {"a dark ", "", ""},
                                          {"a jpeg corrupted ", "", ""},
                                          {"a blurry ", "", ""},
                                          {"a ", "", ""},
                                          {"a ", "small ", ""},
                                          {"a ", "large ", ""},
                                          {"a ", "", " for visual inspection"},
                                          {"a ", "", " for anomaly detection"}};

static enum alfa_status add(struct alfa__sentences *out, const char *const wording[3], const char *picture,
                            const char *article, const char *thing, struct alfa_error *err)
{
    const char *a = wording[0][2] == 0 && strchr("aeiou", picture[0]) ? "an " : wording[0];
    char *text = alfa__format("%s%s of %s %s%s%s.", a, picture, article, wording[1], thing, wording[2]);
    enum alfa_status status = text ? alfa__sentences_add(out, text, err) : alfa__fail_memory(err, 64);
    free(text);
    return status;
}

/* All wordings of a thing in its state. */
static enum alfa_status add_wordings(struct alfa__sentences *out, bool texture, const char *thing,
                                     struct alfa_error *err)
{
    for (size_t p = 0; p < COUNT(pictures[0]); p++)
        for (size_t w = 0; w < COUNT(wordings); w++) {
            ALFA__TRY(add(out, wordings[w], pictures[texture][p], "a", thing, err));
            ALFA__TRY(add(out, wordings[w], pictures[texture][p], "the", thing, err));
        }
    return ALFA_OK;
}

static enum alfa_status add_states(struct alfa__sentences *out, int side,
                                   const struct alfa__method_setup *setup, struct alfa_error *err)
{
    for (size_t i = 0; i < COUNT(states[0]); i++) {
        const char *state = states[side][i], *place = strstr(state, "%s");
        char *thing = alfa__format("%.*s%s%s", (int)(place - state), state, setup->noun, place + 2);
        enum alfa_status status =
            thing ? add_wordings(out, setup->texture || alfa__is_surface(setup->noun), thing, err)
                  : alfa__fail_memory(err, strlen(setup->noun));
        free(thing);
        ALFA__TRY(status);
    }
    return ALFA_OK;
}

static enum alfa_status open(void **out, const struct alfa__method_setup *setup, struct alfa_error *err)
{
    struct alfa__sentences sides[2] = {0};
    enum alfa_status status = ALFA_OK;
    for (int side = 0; side < 2 && status == ALFA_OK; side++)
        status = add_states(&sides[side], side, setup, err);
    return alfa__pair_open(out, sides, status, 1, setup->model, err);
}

static void request(const void *pointer, struct alfa__feature_request *out)
{
    (void)pointer;
    *out = (struct alfa__feature_request){.value_path = true};
}

static int within(int i, int count)
{
    return i < 0 ? 0 : i >= count ? count - 1 : i;
}

/* Mean of the 3 x 3 cells around each cell, the edge repeated. */
static void average(double *out, const double *map, int side)
{
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            double sum = 0;
            for (int dy = -1; dy <= 1; dy++)
                for (int dx = -1; dx <= 1; dx++)
                    sum += map[within(y + dy, side) * side + within(x + dx, side)];
            out[y * side + x] = sum / 9;
        }
}

static enum alfa_status score(void *pointer, struct alfa__verdict *out, const struct alfa__features *features,
                              struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__pair *pair = pointer;
    struct alfa__verdict sharp = {.side = 0};
    *out = (struct alfa__verdict){
        .score = alfa__score(features->image, pair->prototypes, features->dim, pair->temperature)};
    ALFA__TRY(alfa__pair_map(pair, &sharp, features, features->value_path + features->dim, arena, err));
    if (!alfa__verdict_map(out, features->grid, arena))
        return alfa__fail_memory(err, (size_t)features->grid * sizeof *out->map);
    average(out->map, sharp.map, features->grid);
    return ALFA_OK;
}

const struct alfa__method alfa__method_anovl = {.kind = ALFA_METHOD_ANOVL,
                                                .pipeline = &alfa__pipeline_verdict,
                                                .name = "anovl",
                                                .title = "AnoVL-",
                                                .paper = "Deng et al. 2023",
                                                .zero_shot = true,
                                                .decides = true,
                                                .open = open,
                                                .request = request,
                                                .score = score,
                                                .free = alfa__pair_free};
