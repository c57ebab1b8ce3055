/* A .safetensors file, mapped and checked: 8 bytes of header length, a JSON header, then the bytes of the
 * tensors. Everything the header claims is checked before anyone relies on it: sizes, types, offsets that
 * overlap, leave holes or leave the file. Limits: header 16 MiB of 131,072 values, 16,384 tensors, rank 8. */
#ifndef ALFA_WEIGHTS_SAFETENSORS_H
#define ALFA_WEIGHTS_SAFETENSORS_H

#include "weights/tensors.h"

/* Closed with alfa__tensors_close(), also after a failure. */
enum alfa_status alfa__safetensors_open(struct alfa__tensors *out, const char *path, struct alfa_error *err);

#endif
