/* Weights in several files that an index holds together, as transformers writes large models:
 * model.safetensors.index.json beside model-00001-of-00002.safetensors, or pytorch_model.bin.index.json. */
#ifndef ALFA_WEIGHTS_SHARDS_H
#define ALFA_WEIGHTS_SHARDS_H

#include "weights/tensors.h"

#define ALFA__MAX_SHARDS 256

/* path is the index. Every file that it names must lie beside it and hold exactly the tensors that it says.
 * Closed with alfa__tensors_close(), also after a failure. */
enum alfa_status alfa__shards_open(struct alfa__tensors *out, const char *path, struct alfa_error *err);

#endif
