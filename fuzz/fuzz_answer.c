/* What a language model's endpoint sends: the response, and the sentences in it. */
#include "fuzz.h"
#include "prompt/answer.h"
#include "prompt/answer_text.h"
#include "prompt/file.h"
#include "prompt/llm.h"

#include <stdlib.h>
#include <string.h>

static void harvest(const char *text, enum alfa_side side, bool cut)
{
    int dropped[ALFA_DROP_COUNT] = {0};
    struct alfa__sentences kept = {0};
    struct alfa__harvest wanted = {.noun = "metal nut",
                                   .side = side,
                                   .clip = fuzz_model(),
                                   .limit = 144,
                                   .kept = &kept,
                                   .dropped = dropped};
    struct alfa_error err;
    FUZZ_HOLDS(alfa__answer_read(&wanted, text, cut, &err) == ALFA_OK);
    FUZZ_HOLDS(kept.count <= 144);
    for (int i = 0; i < kept.count; i++) {
        FUZZ_HOLDS(strstr(kept.texts[i], "{class}") != NULL && !strpbrk(kept.texts[i], "\r\n"));
        FUZZ_HOLDS(strlen(kept.texts[i]) <= ALFA__PROMPT_SENTENCE_LIMIT);
    }
    alfa__harvest_free(&wanted);
    alfa__sentences_free(&kept);
    wanted.limit = 14;
    FUZZ_HOLDS(alfa__answer_descriptors(&wanted, text, cut, &err) == ALFA_OK);
    FUZZ_HOLDS(kept.count <= 14);
    alfa__harvest_free(&wanted);
    alfa__sentences_free(&kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct alfa__llm_answer answer;
    struct alfa_error err;
    char *text = fuzz_text(data, size);
    harvest(text, ALFA_ABNORMAL, true);
    harvest(text, ALFA_NORMAL, false);
    enum alfa_status status = alfa__llm_read(&answer, text, size, "endpoint", &err);
    fuzz_holds_status(status, &err);
    if (status == ALFA_OK)
        harvest(answer.text, ALFA_ABNORMAL, answer.cut);
    free(answer.text);
    free(text);
    return 0;
}
