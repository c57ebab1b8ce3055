/* The reasoning that some models show before their answer, in the answer. */
#ifndef ALFA_PROMPT_REASONING_H
#define ALFA_PROMPT_REASONING_H

#include <stdbool.h>

/* What is left of a text without it: NULL when out of memory; freed with free().
 *
 * Marks that are known: <think>, <thought>, <reasoning>, <reflection>, <analysis>, <scratchpad> and their
 * like, also as [THINK] (Magistral), with bars (<|begin_of_thought|>, <|START_THINKING|>) or a name space
 * (<seed:think>); the triangles of Kimi; the channels of harmony, whole, as other decoders write them, or
 * without their special tokens (analysis...assistantfinal); Gemma's <|channel>thought ... <channel|>;
 * <details type="reasoning">; fences called thinking; lines such as "Thinking..." and "...done thinking.",
 * "Here is my response:", "Final answer:"; quoted lines behind "Thinking..."; <answer> and
 * <|begin_of_solution|>, which say where the answer begins.
 *
 * What stands between two marks goes. Behind a closing mark that nothing opened, and behind one that says
 * that the answer begins, only what follows is left. What an opening mark without a closing one begins goes
 * to the end. Time is proportional to the text's length. */
char *alfa__reasoning_drop(const char *text);

/* Whether a name, as of a member of JSON, says that reasoning follows: "reasoning", "Thoughts". */
bool alfa__reasoning_is_word(const char *name);

#endif
