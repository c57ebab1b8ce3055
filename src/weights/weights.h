/* A model's weights under one set of names, whatever layout the file has.
 *
 * Names are open_clip's ("visual.transformer.resblocks.3.ln_1.weight"). Hugging Face files are read through a
 * table of names, the text tower's "text." prefix of newer open_clip files is found by itself, a prefix that
 * all names have ("module.", "_orig_mod.", "model.") is left out, and what is stored differently (projections
 * transposed, q, k and v apart) comes out in one form. A tensor that is missing or has another shape than the
 * config says is an error: nothing ever stays random. */
#ifndef ALFA_WEIGHTS_WEIGHTS_H
#define ALFA_WEIGHTS_WEIGHTS_H

#include "weights/config.h"
#include "weights/packs.h"
#include "weights/tensors.h"

/* A tensor that was asked for while check_only: q, k and v of a block as the one that open_clip has. */
struct alfa__request {
    char name[256];
    int rank;
    size_t shape[4];
};

/* Zero-initialise; freed with alfa__weights_close(), also after a failed open. */
struct alfa__weights {
    struct alfa__tensors file;
    char *path;        /* of the file or index */
    char *folder;      /* that it lies in */
    char *config_path; /* NULL: no config was beside the weights */
    char *config_from; /* for a person: that path, or what stood in for it */
    bool hugging_face; /* names are Hugging Face's */
    bool text_prefix;  /* the text tower's names begin with "text." */
    bool check_only;   /* read nothing: *out becomes NULL, but names, types and shapes are checked */
    bool *used;        /* tensors that were asked for while check_only, in the order of file.list */
    struct alfa__request *requests; /* all of them, in order: what the model consists of */
    size_t request_count;
    struct alfa__packs
        *packs; /* where layers find themselves packed, or keep what they pack; NULL: nowhere */
    char fingerprint[17];
    long long parameters;
};

/* Opens a model's folder, or a file of weights: finds the weights (weights/folder.h) and what they are. That
 * is said by the config beside them; without one it is derived (weights/shapes.h), and the activation must be
 * said by the archive or by the caller. An activation that contradicts the config is an error. cache: a
 * folder that keeps what the fingerprint needs, or NULL. */
enum alfa_status alfa__weights_open(struct alfa__weights *out, struct alfa__config *config, const char *path,
                                    enum alfa_activation activation, const char *cache,
                                    struct alfa_error *err);
void alfa__weights_close(struct alfa__weights *weights);

/* Fails when a LoRA lies beside the weights: what it changes is not in them. */
enum alfa_status alfa__weights_refuse_adapter(const struct alfa__weights *weights, struct alfa_error *err);

/* Fails when the file holds tensors that nobody asked for while check_only, and that matter. */
enum alfa_status alfa__weights_check_used(const struct alfa__weights *weights, struct alfa_error *err);

/* The tensor itself by its open_clip name, whatever its shape; NULL when there is none. */
const struct alfa__tensor *alfa__weights_tensor(const struct alfa__weights *weights, const char *name);

/* The tensor as f32, freed with free(). "visual.proj" and "text_projection" come as outputs x inputs: their
 * shape is asked for as [embed_dim, width]. */
enum alfa_status alfa__weights_read(const struct alfa__weights *weights, float **out, const char *name,
                                    int rank, const size_t *shape, struct alfa_error *err);

/* The rows of q, k and v of a block as one matrix 3 width x width, and their biases as one vector 3 width,
 * freed with free(). block is "visual.transformer.resblocks.3." */
enum alfa_status alfa__weights_read_qkv(const struct alfa__weights *weights, float **out, const char *block,
                                        size_t width, struct alfa_error *err);
enum alfa_status alfa__weights_read_qkv_bias(const struct alfa__weights *weights, float **out,
                                             const char *block, size_t width, struct alfa_error *err);

/* The tensor itself, lent, for reading rows of it. */
enum alfa_status alfa__weights_find(const struct alfa__weights *weights, const struct alfa__tensor **out,
                                    const char *name, int rank, const size_t *shape, struct alfa_error *err);

#endif
