#include "cli/trace.h"

#include <stdio.h>
#include <time.h>

#include "base/files.h"
#include "base/sha256.h"

enum alfa_status alfa__trace_file(char out[ALFA__TRACE_DIGEST], const char *path, struct alfa_error *err)
{
    unsigned char digest[ALFA__SHA256];
    struct alfa__map map = {0};
    ALFA__TRY(alfa__file_map(&map, path, err));
    alfa__sha256(digest, map.bytes, map.size);
    alfa__file_unmap(&map);
    for (int i = 0; i < ALFA__SHA256; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return ALFA_OK;
}

void alfa__trace_now(char out[ALFA__TRACE_TIME])
{
    const time_t now = time(NULL);
    struct tm parts;
    if (!gmtime_r(&now, &parts) || !strftime(out, ALFA__TRACE_TIME, "%Y-%m-%dT%H:%M:%SZ", &parts))
        out[0] = 0;
}
