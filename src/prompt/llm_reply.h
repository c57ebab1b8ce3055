/* What an endpoint's response says besides its answer: in the forms of OpenAI, vLLM, FastAPI, OpenRouter,
 * Ollama. */
#ifndef ALFA_PROMPT_LLM_REPLY_H
#define ALFA_PROMPT_LLM_REPLY_H

#include "base/status.h"

#define ALFA__LLM_REASON 256

/* The endpoint's own words about an error, on one line, short, and without the key (which may be NULL); ""
 * when it has none. */
void alfa__llm_reason(char out[ALFA__LLM_REASON], const char *body, const char *key);

/* Whether a response that was sent as a success is an error all the same: no message, but an error or words
 * about one. *code gets what HTTP would have said (429), 0 when nobody says. */
bool alfa__llm_is_error(int *code, const char *body);

#endif
