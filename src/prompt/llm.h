/* One question to a language model: POST URL/chat/completions, as OpenAI made it and Ollama, llama.cpp, vLLM
 * and LM Studio understand it; an address that ends with /completions alone is asked to complete a text.
 *
 * The request has only what every endpoint knows (model, messages, stream: false). 429, 5xx and connections
 * that break are tried again, later each time, with jitter; Retry-After is followed up to a minute. An error
 * that is sent as a success counts as what it says of itself. An endpoint that may not know the system role
 * is asked once more without. A redirect is an error, so the key never goes to another host. An answer has at
 * most ALFA__LLM_ANSWER_LIMIT bytes. */
#ifndef ALFA_PROMPT_LLM_H
#define ALFA_PROMPT_LLM_H

#include "base/status.h"

#include "alfa_llm.h"

#define ALFA__LLM_ANSWER_LIMIT ((size_t)4 << 20) /* bytes of a response */
#define ALFA__LLM_LONGEST_PAUSE 60.0             /* seconds between two tries */

struct alfa__llm;

/* Checks the options (url, model, key, tries, timeout, pause) and keeps them: they must stay. Connects to
 * nothing. Fails with ALFA_ERROR_USAGE. Freed with alfa__llm_close(). */
enum alfa_status alfa__llm_open(struct alfa__llm **out, const struct alfa_llm_options *options,
                                struct alfa_error *err);
void alfa__llm_close(struct alfa__llm *llm);

/* "localhost:11434": the endpoint without what may be secret in its address. Lives as long as llm. */
const char *alfa__llm_host(const struct alfa__llm *llm);

struct alfa__llm_answer {
    char *text;   /* what the model said, freed with free() */
    bool cut;     /* it was stopped at its limit of length */
    char end[24]; /* why it ended, in the endpoint's word; "" when it does not say */
};

/* Asks with a system text and a question. On failure *out is zeroed and err says in one line, with the host
 * as its source, what happened. */
enum alfa_status alfa__llm_ask(struct alfa__llm *llm, struct alfa__llm_answer *out, const char *manner,
                               const char *question, struct alfa_error *err);

/* The answer in the body of a response; host is the source in err. On failure *out is zeroed. */
enum alfa_status alfa__llm_read(struct alfa__llm_answer *out, const char *body, size_t size, const char *host,
                                struct alfa_error *err);

#endif
