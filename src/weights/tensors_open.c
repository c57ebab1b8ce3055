#include "weights/container.h"
#include "weights/shards.h"

#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    const size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

enum alfa_status alfa__tensors_open(struct alfa__tensors *out, const char *path, struct alfa_error *err)
{
    *out = (struct alfa__tensors){0};
    return ends_with(path, ".index.json") ? alfa__shards_open(out, path, err)
                                          : alfa__container_open(out, path, err);
}
