/* What must hold of tensors that a reader of weights gave out. */
#ifndef ALFA_FUZZ_TENSORS_H
#define ALFA_FUZZ_TENSORS_H

#include "fuzz.h"
#include "weights/tensors.h"

/* One tensor: its bytes lie in the file, and its numbers can be read from both ends. */
static inline void fuzz_tensor(const struct alfa__tensors *tensors, const struct alfa__tensor *tensor)
{
    const struct alfa__map *map = tensors->maps;
    float numbers[16];
    char shape[64];
    const size_t most = sizeof numbers / sizeof *numbers;
    const size_t some = tensor->count < most ? tensor->count : most;
    FUZZ_HOLDS(alfa__tensors_find(tensors, tensor->name) == tensor);
    FUZZ_HOLDS(tensor->rank >= 0 && tensor->rank <= ALFA__MAX_RANK);
    FUZZ_HOLDS(tensor->bytes >= map->bytes && tensor->size <= map->size);
    FUZZ_HOLDS((size_t)(tensor->bytes - map->bytes) <= map->size - tensor->size);
    alfa__shape_text(shape, sizeof shape, tensor->rank, tensor->shape);
    if (tensor->dtype > ALFA__DTYPE_BF16)
        return;
    alfa__tensor_read(tensor, 0, some, numbers);
    alfa__tensor_read(tensor, tensor->count - some, some, numbers);
    alfa__tensor_drop(tensor);
}

/* All of a file, which is closed. */
static inline void fuzz_tensors(enum alfa_status status, struct alfa__tensors *tensors,
                                const struct alfa_error *err)
{
    fuzz_holds_status(status, err);
    for (size_t i = 0; status == ALFA_OK && i < tensors->count; i++)
        fuzz_tensor(tensors, &tensors->list[i]);
    alfa__tensors_close(tensors);
}

#endif
