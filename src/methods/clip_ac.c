/* CLIP-AC (Radford et al. 2021, as WinCLIP and ALFA compare with it): two sentences, "a photo of a normal
 * [c]" and "a photo of an abnormal [c]" (Eq. 1 of ALFA), and the softmax of their cosines with the image. No
 * map. */
#include "base/strings.h"
#include "methods/methods.h"
#include "methods/pair.h"
#include "score/fusion.h"

#include <stdlib.h>

static enum alfa_status add(struct alfa__sentences *out, const char *before, const char *noun,
                            struct alfa_error *err)
{
    char *text = alfa__format("%s%s", before, noun);
    enum alfa_status status = text ? alfa__sentences_add(out, text, err) : alfa__fail_memory(err, 64);
    free(text);
    return status;
}

static enum alfa_status open(void **out, const struct alfa__method_setup *setup, struct alfa_error *err)
{
    struct alfa__sentences sides[2] = {0};
    enum alfa_status status = add(&sides[ALFA_NORMAL], "a photo of a normal ", setup->noun, err);
    if (status == ALFA_OK)
        status = add(&sides[ALFA_ABNORMAL], "a photo of an abnormal ", setup->noun, err);
    return alfa__pair_open(out, sides, status, setup->detector.temperature, setup->model, err);
}

static void request(const void *pointer, struct alfa__feature_request *out)
{
    (void)pointer;
    *out = (struct alfa__feature_request){.values = false};
}

static enum alfa_status score(void *pointer, struct alfa__verdict *out, const struct alfa__features *features,
                              struct alfa__arena *arena, struct alfa_error *err)
{
    const struct alfa__pair *pair = pointer;
    (void)arena;
    (void)err;
    *out = (struct alfa__verdict){
        .score = alfa__score(features->image, pair->prototypes, features->dim, pair->temperature)};
    return ALFA_OK;
}

const struct alfa__method alfa__method_clip_ac = {.kind = ALFA_METHOD_CLIP_AC,
                                                  .pipeline = &alfa__pipeline_verdict,
                                                  .name = "clip-ac",
                                                  .title = "CLIP-AC",
                                                  .paper = "Radford et al. 2021",
                                                  .zero_shot = true,
                                                  .decides = true,
                                                  .no_map = true,
                                                  .open = open,
                                                  .request = request,
                                                  .score = score,
                                                  .free = alfa__pair_free};
