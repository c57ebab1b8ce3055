/* The text side of reading answers: clean lines, words, what language, what it means. */
#ifndef ALFA_PROMPT_ANSWER_TEXT_H
#define ALFA_PROMPT_ANSWER_TEXT_H

#include "alfa.h"

#include <stdint.h>

/* The answer as plain lines: reasoning (prompt/reasoning.h) and code fences away, JSON unpacked to its
 * strings, control characters to spaces, typographic quotes to plain ones, emphasis removed. NULL when out of
 * memory; freed with free(). */
char *alfa__answer_clean(const char *text);

/* The word at or after *text: lower-case letters and digits, cut to size. Returns false at the end; *text
 * goes behind the word. */
bool alfa__answer_word(char *out, size_t size, const char **text);

/* Whether the text is mostly not English: another script, or function words of another language. */
bool alfa__answer_is_foreign(const char *text);

/* "I'm sorry, but I cannot ..." */
bool alfa__answer_is_refusal(const char *text);

/* Whether the sentence says the opposite of its side: a normal one that names a fault without a "no", or an
 * abnormal one that is "free of defects". */
bool alfa__answer_contradicts(const char *text, enum alfa_side side, const char *noun);

/* Whether the text ends in the middle: "...", or a word like "with". */
bool alfa__answer_is_unfinished(const char *text);

/* The different words of a text, without filling words and plurals, as hashes in rising order. */
enum { ALFA__MOST_WORDS = 128 };
struct alfa__words {
    uint64_t hashes[ALFA__MOST_WORDS];
    int count;
};
void alfa__answer_words(struct alfa__words *out, const char *text);

/* How much two texts have in common, 0 to 1: words in both / words in either. Two without any words have 1.
 */
double alfa__answer_overlap(const struct alfa__words *a, const struct alfa__words *b);

#endif
