#include "report/npy.h"

#include "base/files.h"

#include <stdio.h>
#include <string.h>

/* Magic, version, length of the text, text; spaces fill up to the next 64 bytes, so that the numbers are
 * aligned. */
static void append_header(struct alfa__string *out, int width, int height)
{
    char text[118 + 1];
    int used = snprintf(text, sizeof text, "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }",
                        height, width);
    memset(text + used, ' ', sizeof text - (size_t)used);
    text[117] = '\n';
    alfa__string_append_bytes(out, "\x93NUMPY\x01\x00\x76\x00", 10);
    alfa__string_append_bytes(out, text, 118);
}

void alfa__npy_append(struct alfa__string *out, const float *map, int width, int height)
{
    append_header(out, width, height);
    alfa__string_append_bytes(out, map, (size_t)width * height * sizeof *map);
}

enum alfa_status alfa__npy_write(const char *path, const float *map, int width, int height,
                                 struct alfa_error *err)
{
    struct alfa__string file = {0};
    alfa__npy_append(&file, map, width, height);
    enum alfa_status status = alfa__string_ok(&file)
                                  ? alfa__file_write(path, file.text, file.size, err)
                                  : alfa__fail_memory(err, (size_t)width * height * sizeof *map);
    alfa__string_free(&file);
    return status;
}
