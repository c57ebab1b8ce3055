/* Packed weights: a file that is found holds what it says, anything else is made anew. */
#include "base/hash.h"
#include "fuzz.h"
#include "weights/packs.h"

#include <stdio.h>
#include <string.h>

#define IDENTITY UINT64_C(0x1122334455667788)

static void open_and_find(const char *folder)
{
    static const char *const names[] = {"visual.proj", "a", ""};
    struct alfa__packs *packs = alfa__packs_open(folder, "a.packs", IDENTITY);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t size = 0;
        unsigned sum = 0;
        const unsigned char *bytes = alfa__packs_find(packs, names[i], &size);
        for (size_t at = 0; bytes && at < size; at++)
            sum += bytes[at];
        (void)sum;
        if (bytes)
            alfa__packs_drop(packs, names[i]);
        else
            alfa__packs_add(packs, names[i], "0123456", 7);
    }
    alfa__packs_finish(packs);
    alfa__packs_close(packs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char folder[256];
    fuzz_file("packs/a.packs", data, size);
    snprintf(folder, sizeof folder, "%s", fuzz_path("packs"));
    open_and_find(folder);
    open_and_find(folder); /* what was made anew */
    return 0;
}
