/* A file of weights: what it claims is either refused or true. */
#include "fuzz.h"
#include "weights/safetensors.h"

#include <string.h>

static void look(const struct alfa__safetensors *file, const struct alfa__tensor *tensor)
{
    float numbers[16];
    char shape[64];
    const size_t most = sizeof numbers / sizeof *numbers;
    const size_t some = tensor->count < most ? tensor->count : most;
    FUZZ_HOLDS(alfa__safetensors_find(file, tensor->name) == tensor);
    FUZZ_HOLDS(tensor->rank >= 0 && tensor->rank <= ALFA__MAX_RANK);
    FUZZ_HOLDS(tensor->bytes >= file->map.bytes && tensor->size <= file->map.size);
    FUZZ_HOLDS((size_t)(tensor->bytes - file->map.bytes) <= file->map.size - tensor->size);
    alfa__shape_text(shape, sizeof shape, tensor->rank, tensor->shape);
    if (tensor->dtype > ALFA__DTYPE_BF16)
        return;
    alfa__tensor_read(tensor, 0, some, numbers);
    alfa__tensor_read(tensor, tensor->count - some, some, numbers);
    alfa__tensor_drop(tensor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct alfa__safetensors file;
    struct alfa_error err;
    enum alfa_status status = alfa__safetensors_open(&file, fuzz_file("a.safetensors", data, size), &err);
    fuzz_holds_status(status, &err);
    for (size_t i = 0; status == ALFA_OK && i < file.count; i++)
        look(&file, &file.tensors[i]);
    alfa__safetensors_close(&file);
    return 0;
}
