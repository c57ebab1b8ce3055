/* A file of torch.save(): the zip archive around it, its pickle and its storages. */
#include "tensors.h"
#include "weights/torch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct alfa__tensors file;
    struct alfa_error err;
    enum alfa_status status = alfa__torch_open(&file, fuzz_file("a.pt", data, size), &err);
    fuzz_tensors(status, &file, &err);
    return 0;
}
