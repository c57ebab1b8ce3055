/* Frames: Y4M, or behind a first line "--raw SPEC" a dump. */
#include "fuzz.h"

#include <string.h>

#include "cli/frames.h"

static void read_frames(struct alfa__stream *stream)
{
    struct alfa__frames *frames;
    struct alfa_image *image;
    struct alfa_error err;
    const enum alfa_status opened = alfa__frames_open(&frames, stream, "a.y4m", &err);
    FUZZ_HOLDS(opened == ALFA_OK || !frames);
    if (opened != ALFA_OK)
        fuzz_holds_status(opened, &err);
    if (!frames) {
        alfa__stream_close(stream);
        return;
    }
    for (int i = 0; i < 4; i++) {
        const enum alfa_status status = alfa__frames_next(&image, frames, &err);
        if (status != ALFA_OK)
            fuzz_holds_status(status, &err);
        FUZZ_HOLDS(status == ALFA_OK || !image);
        if (status == ALFA_OK && !image)
            break;
        alfa_image_free(image);
    }
    alfa__frames_free(frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char begin[] = "--raw ";
    struct alfa__stream *stream;
    struct alfa_error err;
    char spec[64];
    const uint8_t *end = memchr(data, '\n', size);
    const size_t skip = sizeof begin - 1, line = end ? (size_t)(end - data) : 0;
    const bool raw = line > skip && line < skip + sizeof spec && memcmp(data, begin, skip) == 0;
    if (raw) {
        memcpy(spec, data + skip, line - skip);
        spec[line - skip] = 0;
        data += line + 1;
        size -= line + 1;
    }
    if (alfa__frames_plan(raw ? spec : NULL, &err) == ALFA_OK &&
        alfa__stream_open(&stream, fuzz_file("a.y4m", data, size), &err) == ALFA_OK)
        read_frames(stream);
    return 0;
}
