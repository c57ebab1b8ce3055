/* MaskCLIP (Zhou, Loy, Dai, "Extract Free Dense Labels from CLIP", ECCV 2022): without queries and keys the
 * last attention lets every token pass its own value, which then lies where the embedding lies and can be
 * compared with texts:
 *
 *     u_j = proj^T ln_post(W_o v_j + b_o),    map_j = softmax(<u_j, f+> / tau, <u_j, f-> / tau)[abnormal]
 *
 * Texts are WinCLIP's ensemble, as in the tables of WinCLIP and ALFA. Here the simple variant without
 * residual and MLP in the last block; the authors' code for ViT keeps both. The image score, which the paper
 * does not have, is the map's maximum. */
#include "methods/methods.h"
#include "methods/pair.h"
#include "prompt/templates.h"

static enum alfa_status open(void **out, const struct alfa__method_setup *setup, struct alfa_error *err)
{
    struct alfa__sentences sides[2] = {0};
    enum alfa_status status = ALFA_OK;
    for (int side = 0; side < 2 && status == ALFA_OK; side++)
        status = alfa__templates_winclip(&sides[side], (enum alfa_side)side, setup->noun, err);
    return alfa__pair_open(out, sides, status, setup->detector.temperature, setup->model, err);
}

static void request(const void *pointer, struct alfa__feature_request *out)
{
    (void)pointer;
    *out = (struct alfa__feature_request){.values = true};
}

static enum alfa_status score(void *pointer, struct alfa__verdict *out, const struct alfa__features *features,
                              struct alfa__arena *arena, struct alfa_error *err)
{
    const float *patches = features->values + features->dim; /* behind the class token */
    *out = (struct alfa__verdict){.side = 0};
    ALFA__TRY(alfa__pair_map(pointer, out, features, patches, arena, err));
    out->score = alfa__largest(out->map, out->side * out->side);
    return ALFA_OK;
}

const struct alfa__method alfa__method_maskclip = {.kind = ALFA_METHOD_MASKCLIP,
                                                   .pipeline = &alfa__pipeline_verdict,
                                                   .name = "maskclip",
                                                   .title = "MaskCLIP",
                                                   .paper = "Zhou et al. 2022",
                                                   .zero_shot = true,
                                                   .decides = true,
                                                   .open = open,
                                                   .request = request,
                                                   .score = score,
                                                   .free = alfa__pair_free};
