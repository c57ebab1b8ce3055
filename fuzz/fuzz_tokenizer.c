/* A file of merges, and texts for the vocabulary that comes with the program. */
#include "clip/merges.h"
#include "clip/tokenizer.h"
#include "fuzz.h"

#include <stdlib.h>

#define CONTEXT 77

static void encode(const struct alfa__tokenizer *tokenizer, const char *text, int vocabulary)
{
    int ids[CONTEXT], count = 0;
    bool truncated;
    struct alfa_error err;
    enum alfa_status status = alfa__tokenizer_encode(tokenizer, ids, &count, &truncated, text, &err);
    fuzz_holds_status(status, &err);
    if (status != ALFA_OK)
        return;
    FUZZ_HOLDS(count >= 2 && count <= CONTEXT);
    FUZZ_HOLDS(ids[0] == vocabulary - 2 && ids[count - 1] == vocabulary - 1);
    for (int i = 0; i < count; i++)
        FUZZ_HOLDS(ids[i] >= 0 && ids[i] < vocabulary);
}

static const struct alfa__tokenizer *built_in(void)
{
    static struct alfa__tokenizer *tokenizer;
    if (!tokenizer)
        FUZZ_HOLDS(alfa__tokenizer_parse(&tokenizer, alfa__clip_merges, alfa__clip_merges_size(), "merges",
                                         (struct alfa__vocabulary){49408, CONTEXT, ALFA__CLEANING_OPEN_CLIP},
                                         NULL) == ALFA_OK);
    return tokenizer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int vocabularies[] = {514, 515, 520, 600};
    char *text = fuzz_text(data, size);
    for (size_t i = 0; i < sizeof vocabularies / sizeof *vocabularies; i++) {
        struct alfa__tokenizer *tokenizer;
        struct alfa_error err;
        enum alfa_status status = alfa__tokenizer_parse(
            &tokenizer, text, size, "merges",
            (struct alfa__vocabulary){vocabularies[i], CONTEXT, ALFA__CLEANING_OPEN_CLIP}, &err);
        fuzz_holds_status(status, &err);
        if (status == ALFA_OK)
            encode(tokenizer, text, vocabularies[i]);
        alfa__tokenizer_free(tokenizer);
    }
    encode(built_in(), text, 49408);
    free(text);
    return 0;
}
