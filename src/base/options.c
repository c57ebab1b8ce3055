#include "base/options.h"

#include <string.h>

/* More than any struct will ever have: a size that nobody set is caught before it is read along. */
#define MOST ((size_t)4096)

static enum alfa_status check_size(size_t theirs, const char *init, struct alfa_error *err)
{
    if (theirs < sizeof theirs || theirs > MOST || theirs % 8)
        return alfa__fail(err, ALFA_ERROR_USAGE, NULL, "a struct without its size: begin with %s", init);
    return ALFA_OK;
}

enum alfa_status alfa__options_take(void *own, size_t size, const void *given, const char *init,
                                    struct alfa_error *err)
{
    const unsigned char *bytes = given;
    size_t theirs;
    if (!given)
        return ALFA_OK;
    memcpy(&theirs, given, sizeof theirs);
    ALFA__TRY(check_size(theirs, init, err));
    for (size_t i = size; i < theirs; i++)
        if (bytes[i])
            return alfa__fail(err, ALFA_ERROR_USAGE, NULL,
                              "options of a newer version ask for what this one (%s) does not know",
                              ALFA_VERSION);
    memcpy(own, given, theirs < size ? theirs : size);
    memcpy(own, &size, sizeof size);
    return ALFA_OK;
}

enum alfa_status alfa__options_give(void *out, const void *own, size_t size, const char *init,
                                    struct alfa_error *err)
{
    size_t theirs;
    memcpy(&theirs, out, sizeof theirs);
    ALFA__TRY(check_size(theirs, init, err));
    memcpy(out, own, theirs < size ? theirs : size);
    memcpy(out, &theirs, sizeof theirs);
    return ALFA_OK;
}
