/* What lies in a model's folder: files that may hold its weights, in the order in which they are tried, and
 * the configs. */
#ifndef ALFA_WEIGHTS_FOLDER_H
#define ALFA_WEIGHTS_FOLDER_H

#include "base/status.h"

#define ALFA__MAX_CANDIDATES 8

/* Zero-initialise; freed with alfa__model_folder_free(). */
struct alfa__model_folder {
    char *path;
    char *weights[ALFA__MAX_CANDIDATES];
    int count;
    char *open_clip, *hugging_face; /* the configs, NULL when they are not there */
    bool failed;                    /* while it is looked at: there was no memory for a name */
};

/* path is a folder, or a file of weights, whose folder it becomes. open_clip's own names come first, then
 * those of transformers, then the only file that ends like weights; safetensors come before PyTorch's files.
 * count is 0 when there is none. Fails with ALFA_ERROR_MODEL when there is nothing at path, or several files
 * of which none has a known name. */
enum alfa_status alfa__model_folder_look(struct alfa__model_folder *out, const char *path,
                                         struct alfa_error *err);
/* That there are no weights, and what there is instead: TensorFlow's, Flax's, ONNX ... */
enum alfa_status alfa__model_folder_refuse(const struct alfa__model_folder *folder, struct alfa_error *err);

void alfa__model_folder_free(struct alfa__model_folder *folder);

#endif
