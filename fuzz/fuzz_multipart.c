/* A form: the first line is its Content-Type, what follows the body. Parts lie in the body, one behind the
 * other. */
#include "fuzz.h"
#include "serve/multipart.h"

#include <stdlib.h>
#include <string.h>

static void read_parts(struct alfa__multipart *form, const char *body, size_t size)
{
    const char *behind = body;
    struct alfa__multipart_part part;
    while (alfa__multipart_next(form, &part) == ALFA__MULTIPART_PART) {
        FUZZ_HOLDS(part.data >= behind && part.data + part.size < body + size);
        FUZZ_HOLDS(part.name && part.data[part.size] == 0);
        behind = part.data + part.size;
        free(part.name);
        free(part.file);
    }
    FUZZ_HOLDS(!part.name && !part.file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    char *line = memchr(text, '\n', size), *body = line ? line + 1 : text + size;
    const size_t left = size - (size_t)(body - text);
    struct alfa__multipart form;
    if (line)
        *line = 0;
    if (alfa__multipart_begin(&form, text, body, left))
        read_parts(&form, body, left);
    alfa__multipart_end(&form);
    free(text);
    return 0;
}
