/* What the model saw of an image, kept on disk, so that a run that was killed goes on and a run with other
 * options does not look again.
 *
 * One file an image (by its content, the model and the precision) holds the features of a pass as they were,
 * f32, so results with kept features are those without, bit for bit. A pass asks for what its methods need; a
 * file that holds less is replaced by one that holds both. Files are written whole or not at all; a damaged
 * one counts as missing. With ViT-B-16-plus-240 an image takes up to 13 MB. */
#ifndef ALFA_EVAL_STORE_H
#define ALFA_EVAL_STORE_H

#include "clip/features.h"
#include "eval/facts.h"

/* Zero-initialised but for the model: nothing is kept. */
struct alfa__store {
    const struct alfa_model *model; /* that looks */
    const char *folder;             /* lent; NULL: nothing is kept */
    enum alfa_resize resize;
    int bits;                 /* of 16, as said (struct alfa_image_options); 0: as the file says */
    struct alfa__facts facts; /* about the images that were looked at */
    long long limit;          /* bytes that the folder may hold */
    long long used;           /* bytes that it holds */
    int refused;              /* images that found no room */
    int found;                /* images that were there */
};

/* Makes the folder and counts what it holds; model and folder are lent. */
enum alfa_status alfa__store_open(struct alfa__store *out, const struct alfa_model *model, const char *folder,
                                  long long limit, struct alfa_error *err);

/* Counts again what the folder holds, when others have written there. */
enum alfa_status alfa__store_count(struct alfa__store *store, struct alfa_error *err);

/* Whether the store has what is asked for of the image in a file. */
bool alfa__store_has(const struct alfa__store *store, const char *path,
                     const struct alfa__feature_request *request);

/* An image as the model saw it. */
struct alfa__seen {
    struct alfa__features features;
    int width, height; /* of the image, pixels */
};

/* The image in a file, made square as store->resize says: from the store when it has what is asked for,
 * otherwise computed and put there. Fails as alfa_image_load() and alfa__features_run() do, never for the
 * store. */
enum alfa_status alfa__store_features(struct alfa__store *store, struct alfa__seen *out, const char *path,
                                      const struct alfa__feature_request *request, struct alfa__arena *arena,
                                      struct alfa_error *err);

#endif
