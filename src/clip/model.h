/* A model as the pipeline sees it: two towers, a tokenizer, facts. The public side is in alfa.h.
 *
 * Opening reads the config and checks every tensor's name, type and shape; a tower's weights are packed at
 * its first use, so that cached prompts never cost the text tower's memory. */
#ifndef ALFA_CLIP_MODEL_H
#define ALFA_CLIP_MODEL_H

#include "clip/image_tower.h"
#include "clip/text_tower.h"
#include "clip/tokenizer.h"
#include "image/resize.h"

#include <pthread.h>

struct alfa_model {
    struct alfa_model_info info;
    struct alfa__config config;
    struct alfa__weights weights;
    struct alfa__tokenizer *tokenizer;
    enum alfa__type type;
    bool int8; /* the image tower multiplies bytes */
    int threads;
    char *name, *cache_dir; /* cache_dir may be NULL */
    pthread_mutex_t lock;   /* of all below, while towers are made */
    struct alfa__image_tower image_tower;
    struct alfa__text_tower text_tower;
    bool has_image_tower, has_text_tower;
    long long packs_from;                         /* parameters of a model that is worth a file */
    struct alfa__packs *image_packs, *text_packs; /* what the towers' layers may point into */
};

/* How this model's library makes a square of an image: open_clip and transformers round differently when they
 * crop, and some models are made for the whole image squashed. */
enum alfa__fit alfa__model_fit(const struct alfa_model *model, enum alfa_resize resize);

/* The towers, packed at the first call. */
enum alfa_status alfa__model_image_tower(const struct alfa_model *model, const struct alfa__image_tower **out,
                                         struct alfa_error *err);
enum alfa_status alfa__model_text_tower(const struct alfa_model *model, const struct alfa__text_tower **out,
                                        struct alfa_error *err);

/* Fails with ALFA_ERROR_MEMORY when the weights of those towers that are asked for and not there yet need
 * more memory than is free: asked before work begins that could not be finished. */
enum alfa_status alfa__model_check_room(const struct alfa_model *model, bool image, bool text,
                                        struct alfa_error *err);

/* g(t) without normalisation: count x embed_dim into out. truncated, when not NULL, gets how many texts were
 * cut. */
enum alfa_status alfa__model_embed_raw(const struct alfa_model *model, float *out, const char *const *texts,
                                       int count, int *truncated, struct alfa_error *err);

/* Divides each of count rows of width numbers by its length; a row of zeros stays. */
void alfa__normalise_rows(float *rows, int count, int width);

#endif
