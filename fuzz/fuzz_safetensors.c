/* A file of weights: what it claims is either refused or true. */
#include "tensors.h"
#include "weights/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct alfa__tensors file;
    struct alfa_error err;
    enum alfa_status status = alfa__safetensors_open(&file, fuzz_file("a.safetensors", data, size), &err);
    fuzz_tensors(status, &file, &err);
    return 0;
}
