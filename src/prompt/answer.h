/* From what a language model says to sentences that can be prompts.
 *
 * An answer may be a numbered list, bullets, a table, JSON, quoted, in bold, one paragraph, with a preface or
 * reasoning before it. All that matters is where the words "An abnormal image of NOUN" (or "A normal ...")
 * stand: a sentence begins there and ends with its line, its quotation, its table cell or the next such
 * words. Everything else is left out and counted. An answer is data: nothing in it can become more than a
 * line of a prompt file that begins with these words. */
#ifndef ALFA_PROMPT_ANSWER_H
#define ALFA_PROMPT_ANSWER_H

#include "alfa_llm.h"
#include "prompt/answer_text.h"
#include "prompt/sentences.h"

/* What is wanted, and what was found so far. */
struct alfa__harvest {
    const char *noun;
    enum alfa_side side;
    const struct alfa_model *clip; /* whose context a sentence has to fit into; NULL: 1000 bytes are enough */
    int limit;                     /* more sentences than this are not kept */
    struct alfa__sentences *kept;  /* "An abnormal image of {class} with ..." */
    int *dropped;                  /* ALFA_DROP_COUNT counters */
    bool (*stop)(void *context);   /* asked now and then while a long answer is read; NULL: never */
    void *context;
    struct alfa__words
        *known; /* of the sentences that were kept, as many as known_count; begin with NULL, 0 */
    int known_count;
};

/* Frees what was remembered, not what was kept. */
void alfa__harvest_free(struct alfa__harvest *harvest);

/* Whether there is nothing in an answer but reasoning and white space; true when out of memory. */
bool alfa__answer_is_blank(const char *text);

/* Takes the sentences of an answer; cut says that the model was stopped before its end. Time is proportional
 * to the answer's length. Fails only with ALFA_ERROR_MEMORY and ALFA_ERROR_STOPPED. */
enum alfa_status alfa__answer_read(struct alfa__harvest *harvest, const char *text, bool cut,
                                   struct alfa_error *err);

/* Takes descriptions in the model's own words, such as "Look for cracks along the rim of the bottle": one a
 * line, of three words or more. The noun becomes {class}. */
enum alfa_status alfa__answer_own_words(struct alfa__harvest *harvest, const char *text, bool cut,
                                        struct alfa_error *err);

/* Takes descriptors, such as "cracks or chips on the surface": one a line, at most 15 words. */
enum alfa_status alfa__answer_descriptors(struct alfa__harvest *harvest, const char *text, bool cut,
                                          struct alfa_error *err);

#endif
