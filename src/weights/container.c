#include "weights/container.h"
#include "weights/safetensors.h"
#include "weights/torch.h"

#include <string.h>

#define bad(...) alfa__fail(err, ALFA_ERROR_MODEL, path, __VA_ARGS__)

/* Files that people give for weights, by how they begin. */
static const struct {
    const char *bytes;
    size_t size;
    const char *message;
} strangers[] = {
    {"version https://git-lfs", 23,
     "is a pointer of Git LFS, not the weights: fetch them with 'git lfs pull'"},
    {"<!DOCTYPE", 9, "is a web page, not weights: download the file itself"},
    {"<!doctype", 9, "is a web page, not weights: download the file itself"},
    {"<html", 5, "is a web page, not weights: download the file itself"},
    {"GGUF", 4, "is a GGUF file: take the weights as safetensors"},
    {"\x89HDF\r\n", 6, "is an HDF5 file (Keras): take the weights as safetensors"},
    {"\x93NUMPY", 6, "is a NumPy file: take the weights as safetensors"},
    {"\x1f\x8b", 2, "is compressed with gzip: unpack it first"},
    {"\x28\xb5\x2f\xfd", 4, "is compressed with zstd: unpack it first"},
    {"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14,
     "is in PyTorch's format of before 1.6: open it with torch.load(..., weights_only=True), torch.save() "
     "what comes and give that file"},
    {"\x80\x02", 2, "is a pickle without an archive around it: save the weights with torch.save()"},
    {"\x80\x04", 2, "is a pickle without an archive around it: save the weights with torch.save()"},
};

static enum alfa_status refuse_stranger(const struct alfa__map *map, const char *path, struct alfa_error *err)
{
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        if (map->size >= strangers[i].size && memcmp(map->bytes, strangers[i].bytes, strangers[i].size) == 0)
            return bad("%s", strangers[i].message);
    if (map->size >= 8 && map->bytes[0] == '{' && map->bytes[7] != 0) /* no length of a header */
        return bad("is JSON, not weights: give the folder that it lies in");
    return ALFA_OK;
}

enum alfa_status alfa__container_open(struct alfa__tensors *out, const char *path, struct alfa_error *err)
{
    struct alfa__map map;
    *out = (struct alfa__tensors){0};
    enum alfa_status status = alfa__file_map(&map, path, err);
    if (status != ALFA_OK)
        return alfa__blame(status, ALFA_ERROR_MODEL, err);
    const bool zip =
        map.size > 4 && (memcmp(map.bytes, "PK\3\4", 4) == 0 || memcmp(map.bytes, "PK\5\6", 4) == 0);
    status = refuse_stranger(&map, path, err);
    alfa__file_unmap(&map);
    if (status != ALFA_OK)
        return status;
    return zip ? alfa__torch_open(out, path, err) : alfa__safetensors_open(out, path, err);
}
