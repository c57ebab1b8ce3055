/* CLIP models that are published and that this engine runs, by the names that open_clip gave them: where they
 * lie on the Hugging Face hub, and what a file of weights without a config beside it is.
 *
 *     const struct alfa__known *known = alfa__known_find("ViT-B-16-plus-240");
 *     known->repository                         "timm/vit_base_patch16_plus_clip_240.laion400m_e31"
 *
 * The hub holds each as open_clip_config.json with open_clip_model.safetensors, or the same weights in
 * PyTorch's format, open_clip_pytorch_model.bin; which of them a repository has only its own list tells. */
#ifndef ALFA_WEIGHTS_KNOWN_H
#define ALFA_WEIGHTS_KNOWN_H

#include "weights/config.h"

struct alfa__known {
    const char *shape;      /* the architecture: "ViT-B-16-plus-240" */
    const char *tag;        /* the weights: "laion400m_e31" */
    const char *repository; /* on the hub */
    const char *licence;
    bool quick_gelu;  /* what the weights were trained with */
    bool half;        /* mean and std of pixels are 0.5 instead of CLIP's own */
    bool paper;       /* what ALFA's authors used */
    const char *note; /* a trap in it, or NULL */
};

/* Ends with a row whose shape is NULL. The rows of a shape follow each other; the first of them is meant by
 * the shape alone. */
extern const struct alfa__known alfa__known_models[];

/* The row that a name means: "SHAPE:TAG" or "SHAPE", where the case of letters and the difference between
 * '-', '_' and '/' do not count; "SHAPE-quickgelu", open_clip's name for the same with the other activation,
 * means a row that has it. NULL when there is none. */
const struct alfa__known *alfa__known_find(const char *name);

/* The row of a repository on the hub; NULL when there is none. */
const struct alfa__known *alfa__known_repository(const char *repository);

/* The shape of a row, as its config on the hub tells it. */
void alfa__known_config(struct alfa__config *out, const struct alfa__known *known);

/* Numbers in the weights of a shape; their file has four bytes for each, and a little more. */
long long alfa__known_parameters(const struct alfa__config *config);

#endif
