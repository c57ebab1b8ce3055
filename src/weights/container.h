/* One file of tensors, whichever container it is. */
#ifndef ALFA_WEIGHTS_CONTAINER_H
#define ALFA_WEIGHTS_CONTAINER_H

#include "weights/tensors.h"

/* As alfa__tensors_open(), without indexes. */
enum alfa_status alfa__container_open(struct alfa__tensors *out, const char *path, struct alfa_error *err);

#endif
