#include "detect/judge.h"
#include "score/aligner.h"
#include "score/contextual.h"
#include "score/fusion.h"
#include "score/top.h"

#include "base/parallel.h"

bool alfa__judge_reads_top(const struct alfa_detector_options *options)
{
    return options->method == ALFA_METHOD_ALFA && options->image_score == ALFA_IMAGE_SCORE_TOP;
}

double alfa__judge_temperature(const struct alfa_detector_options *options, bool stem, bool joined)
{
    const bool sharper = stem && !joined && alfa__judge_reads_top(options);
    return sharper ? options->temperature * 4 / 7 : options->temperature;
}

/* The aligner that really acts: WinCLIP has none, and strength 0 is none. */
static enum alfa_aligner effective_aligner(const struct alfa_detector_options *options)
{
    return options->method == ALFA_METHOD_WINCLIP || options->aligner_strength == 0 ? ALFA_ALIGNER_NONE
                                                                                    : options->aligner;
}

/* A patch of the whole image's own pass (scale 1) has nothing to be aligned to: W = I. */
static enum alfa_aligner aligner_of(const struct alfa__windows *windows,
                                    const struct alfa_detector_options *options)
{
    return windows->scale == 1 ? ALFA_ALIGNER_NONE : effective_aligner(options);
}

/* Readings that work on the value tokens of the window's patches. */
static bool uses_values(enum alfa_aligner kind)
{
    return kind == ALFA_ALIGNER_R4 || kind == ALFA_ALIGNER_PROCRUSTES;
}

struct alfa__feature_request alfa__judge_request(const struct alfa_detector_options *options)
{
    struct alfa__feature_request request = {.values = uses_values(effective_aligner(options)),
                                            .pixels = options->window_mask == ALFA_WINDOW_PIXELS};
    for (int i = 0; i < ALFA_MAX_SCALES; i++)
        request.scales[i] = options->scales[i];
    return request;
}

static double *new_doubles(struct alfa__arena *arena, int count)
{
    return alfa__arena_array(arena, (size_t)count, sizeof(double));
}

/* Eq. 2-4 and Algorithm 1: which prompts speak for this image, and the prototypes F_TG made of them. */
static enum alfa_status adapt_prompts(struct alfa__judgement *out, const struct alfa__features *features,
                                      const struct alfa__prompt_embeddings *prompts,
                                      const struct alfa_detector_options *options, struct alfa__arena *arena,
                                      struct alfa_error *err)
{
    const int *counts = prompts->counts;
    double *cosines[2] = {new_doubles(arena, counts[0]), new_doubles(arena, counts[1])};
    struct alfa__selection selection = {
        .weights = {new_doubles(arena, counts[0]), new_doubles(arena, counts[1])}};
    if (!cosines[0] || !cosines[1] || !selection.weights[0] || !selection.weights[1])
        return alfa__fail_memory(err, (size_t)(counts[0] + counts[1]) * sizeof(double));
    for (int side = 0; side < 2; side++)
        alfa__contextual_cosines(cosines[side], features->image, prompts->rows[side], counts[side],
                                 prompts->dim);
    alfa__contextual_select(&selection, options->contextual, options->contextual_k,
                            (const double *const *)cosines, counts);
    for (int side = 0; side < 2; side++) {
        alfa__prototype(out->prototypes + side * prompts->dim, prompts->rows[side], selection.weights[side],
                        counts[side], prompts->dim);
        out->kept[side] = selection.kept[side];
        out->cosines[side] = cosines[side];
        out->weights[side] = selection.weights[side];
    }
    out->fallback = selection.fallback;
    return ALFA_OK;
}

/* WinCLIP: all prompts, mean of the raw embeddings. */
static void average_prompts(struct alfa__judgement *out, const struct alfa__prompt_embeddings *prompts)
{
    for (int side = 0; side < 2; side++) {
        alfa__prototype_of_raw(out->prototypes + side * prompts->dim, prompts->rows[side],
                               prompts->counts[side], prompts->dim);
        out->kept[side] = prompts->counts[side];
    }
}

/* Window w of a scale: F_TL,ij = F_TG W_ij, then Eq. 11, S_L(x_ij). aligned: room for 2 x dim. */
static double score_window(const struct alfa__features *features, const struct alfa__windows *windows, int w,
                           const double *prototypes, double *aligned,
                           const struct alfa_detector_options *options)
{
    const enum alfa_aligner kind = aligner_of(windows, options);
    const int dim = features->dim;
    const float *embedding = windows->embeddings + (size_t)w * (size_t)dim;
    const size_t first = (size_t)w * (size_t)windows->length + 1; /* behind the class token */
    const struct alfa__aligner aligner = {
        options->aligner_strength,
        kind == ALFA_ALIGNER_R4 ? ALFA__ALIGNER_RIDGE_TOKENS : ALFA__ALIGNER_RIDGE_POOLED, dim};
    if (uses_values(kind))
        (kind == ALFA_ALIGNER_R4 ? alfa__align_tokens : alfa__align_procrustes)(
            &aligner, aligned, prototypes,
            &(struct alfa__patches){features->values, windows->index + first,
                                    windows->values + first * (size_t)dim, windows->length - 1});
    else if (kind == ALFA_ALIGNER_R3)
        alfa__align_pooled(&aligner, aligned, prototypes, features->image, embedding);
    return alfa__score(embedding, kind == ALFA_ALIGNER_NONE ? prototypes : aligned, dim,
                       options->temperature);
}

/* The same for every window. aligned: 2 x dim for each thread. */
static void score_windows(double *scores, const struct alfa__features *features,
                          const struct alfa__windows *windows, const double *prototypes, double *aligned,
                          const struct alfa_detector_options *options)
{
#pragma omp parallel for schedule(static)
    for (int w = 0; w < windows->count; w++)
        scores[windows->places ? windows->places[w] : w] =
            score_window(features, windows, w, prototypes,
                         aligned + (size_t)omp_get_thread_num() * 2 * (size_t)features->dim, options);
}

/* Window scores of every scale to grids, grids to S~_L and to the pixel map. */
static enum alfa_status build_maps(struct alfa__judgement *out, const struct alfa__features *features,
                                   const struct alfa_detector_options *options, struct alfa__arena *arena,
                                   struct alfa_error *err)
{
    const int patches = features->grid * features->grid;
    double *aligned = new_doubles(arena, 2 * features->dim * omp_get_max_threads()),
           *scores = new_doubles(arena, patches);
    const double *maps[ALFA_MAX_SCALES];
    out->windows = new_doubles(arena, patches);
    out->map = new_doubles(arena, patches);
    if (!aligned || !scores || !out->windows || !out->map)
        return alfa__fail_memory(err, (size_t)(3 * patches + 2 * features->dim) * sizeof(double));
    for (int i = 0; i < features->scale_count; i++) {
        double *map = new_doubles(arena, patches);
        if (!map)
            return alfa__fail_memory(err, (size_t)patches * sizeof *map);
        score_windows(scores, features, &features->windows[i], out->prototypes, aligned, options);
        alfa__harmonic_scale_inside(map, scores, features->inside, features->grid,
                                    features->windows[i].scale);
        maps[i] = map;
    }
    alfa__harmonic_maps(out->windows, maps, features->scale_count, patches);
    alfa__harmonic_with_global(out->map, maps, features->scale_count, patches, out->global);
    for (int i = 0; features->inside && i < patches; i++)
        if (!features->inside[i])
            out->windows[i] = out->map[i] = 0;
    return ALFA_OK;
}

enum alfa_status alfa__judge(struct alfa__judgement *out, const struct alfa__features *features,
                             const struct alfa__prompt_embeddings *prompts,
                             const struct alfa_detector_options *options, struct alfa__arena *arena,
                             struct alfa_error *err)
{
    const bool winclip = options->method == ALFA_METHOD_WINCLIP;
    *out = (struct alfa__judgement){.prototypes = new_doubles(arena, 2 * features->dim)};
    if (!out->prototypes)
        return alfa__fail_memory(err, 2 * (size_t)features->dim * sizeof *out->prototypes);
    if (winclip)
        average_prompts(out, prompts);
    else
        ALFA__TRY(adapt_prompts(out, features, prompts, options, arena, err));
    out->global = alfa__score(features->image, out->prototypes, features->dim, options->temperature);
    ALFA__TRY(build_maps(out, features, options, arena, err));
    out->local = alfa__local_score(out->windows, features->grid * features->grid);
    out->score = winclip ? out->global : alfa__image_score(out->global, out->local);
    return alfa__judge_reads_top(options)
               ? alfa__top_score(&out->score, out->map,
                                 (struct alfa__top){features->inside, features->grid, ALFA__TOP_OF_WORDS},
                                 arena, err)
               : ALFA_OK;
}
