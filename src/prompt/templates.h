/* The sentences that are made from a noun: ALFA's templates and WinCLIP's compositional ensemble. */
#ifndef ALFA_PROMPT_TEMPLATES_H
#define ALFA_PROMPT_TEMPLATES_H

#include "prompt/sentences.h"

/* The words for {domain}: those of "industrial", "medical" or "surface", or the ones that stand in domain
 * with commas between them, each at most 40 bytes. NULL means "industrial". */
#define ALFA__MAX_DOMAINS 8
struct alfa__domains {
    int count;
    char words[ALFA__MAX_DOMAINS][41];
};
enum alfa_status alfa__domains_read(struct alfa__domains *out, const char *domain, struct alfa_error *err);

/* "A {domain} image of a {state} {noun}[ with {details}]": 3 domains x 6 states x 4 details = 72 a label,
 * domains outermost; "An" and "an" before a vowel. */
enum alfa_status alfa__templates_alfa(struct alfa__sentences *out, enum alfa_side side, const char *noun,
                                      const struct alfa__domains *domains, struct alfa_error *err);

/* Adds the sentence once for each domain, with the word in place of {domain}; a sentence without {domain}
 * once.
 */
enum alfa_status alfa__templates_expand(struct alfa__sentences *out, const char *sentence,
                                        const struct alfa__domains *domains, struct alfa_error *err);

/* WinCLIP (CVPR 2023): 22 sentences a state, states outermost; 7 normal states (154) and 4 abnormal ones
 * (88). */
enum alfa_status alfa__templates_winclip(struct alfa__sentences *out, enum alfa_side side, const char *noun,
                                         struct alfa_error *err);

#endif
