/* The pickle of such a file alone, in an archive with two storages that is sound. */
#include "tensors.h"
#include "unit/weights/archive.h"
#include "weights/torch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const float numbers[64] = {1, 2, 3};
    struct archive archive = {0};
    struct alfa__tensors file;
    struct alfa_error err;
    archive_add_bytes(&archive, "a/data.pkl", data, size);
    archive_add_bytes(&archive, "a/data/0", numbers, sizeof numbers);
    archive_add_bytes(&archive, "a/data/1", numbers, sizeof numbers / 2);
    archive_end(&archive, false);
    const char *path = fuzz_file("a.pt", archive.bytes.text, archive.bytes.size);
    enum alfa_status status = alfa__torch_open(&file, path, &err);
    fuzz_tensors(status, &file, &err);
    alfa__string_free(&archive.bytes);
    return 0;
}
