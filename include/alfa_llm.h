/* alfa_llm.h - sentences and descriptors from a language model (libalfa).
 *
 * Conventions and errors are alfa.h's. A libalfa that was built without libcurl has these functions too; they
 * fail with ALFA_ERROR_USAGE. */
#ifndef ALFA_LLM_H
#define ALFA_LLM_H

#include <alfa.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A language model behind an OpenAI-compatible chat endpoint (Ollama, llama.cpp, vLLM, LM Studio, a cloud).
 * Proxies come from the usual variables, which libcurl reads. Certificates are verified. */
struct alfa_llm_options {
    size_t size;         /* sizeof this struct, set by ALFA_LLM_OPTIONS_INIT */
    const char *url;     /* "http://localhost:11434/v1"; /chat/completions is added; one that ends with
                            /completions is asked to complete a text instead */
    const char *model;   /* its name at the endpoint */
    const char *key;     /* sent to this host only; NULL: none */
    const char *ca_file; /* certificates to trust instead of the system's; NULL: the system's */
    const char *domain;  /* kind of photographs, for the queries; NULL: "industrial" */
    int count;           /* sentences wanted a side, 16 to 144; descriptors: 14 are enough */
    int tries;           /* of each request, 1 to 20; 429, 5xx and cut connections are tried again */
    double timeout;      /* seconds for one answer */
    double pause;        /* seconds before the second try; doubled, with jitter, before others */
    const struct alfa_model *clip; /* sentences longer than its context are dropped; NULL: of 1000 bytes */
    bool (*stop)(void *context);   /* asked about once a second; true ends with ALFA_ERROR_STOPPED; or NULL */
    void *context;
    const char *key_header; /* header that carries the key as it is, such as "api-key"; NULL: a bearer token,
                               or api-key for a host of azure.com */
    int own_words; /* 1: the model is not told how to begin, and describes in its own words (paper 5.3:
                      without syntactic consistency) */
    int unused;    /* 0 */
};
#define ALFA_LLM_OPTIONS_INIT                                                                           \
    {                                                                                                   \
        sizeof(struct alfa_llm_options), NULL, NULL, NULL, NULL, NULL, 48, 5, 300, 1, NULL, NULL, NULL, \
            NULL, 0, 0                                                                                  \
    }

/* Goes up when the queries change: part of the key of a cache. */
#define ALFA_LLM_QUERIES 1

/* Why a line of an answer is not among the sentences. */
#define ALFA_DROP_LIST(X)                             \
    X(ALFA_DROP_OPENING, "without the opening words") \
    X(ALFA_DROP_REFUSAL, "refusals")                  \
    X(ALFA_DROP_LANGUAGE, "in another language")      \
    X(ALFA_DROP_SIDE, "on the wrong side")            \
    X(ALFA_DROP_EMPTY, "empty")                       \
    X(ALFA_DROP_CUT, "cut off")                       \
    X(ALFA_DROP_LONG, "too long")                     \
    X(ALFA_DROP_DUPLICATE, "duplicates")              \
    X(ALFA_DROP_NEAR, "near-duplicates")

enum alfa_drop {
#define ALFA_DROP_ENUM(name, text) name,
    ALFA_DROP_LIST(ALFA_DROP_ENUM)
#undef ALFA_DROP_ENUM
        ALFA_DROP_COUNT
};
#define ALFA_DROP_ROOM 31

struct alfa_generation {
    size_t size;                 /* sizeof this struct, set by ALFA_GENERATION_INIT */
    int requests;                /* answered */
    int kept[2];                 /* sentences by side; descriptors are all abnormal */
    int dropped[ALFA_DROP_ROOM]; /* by reason; those from ALFA_DROP_COUNT on are for reasons to come */
};
#define ALFA_GENERATION_INIT                    \
    {                                           \
        sizeof(struct alfa_generation), 0, {0}, \
        {                                       \
            0                                   \
        }                                       \
    }

/* Asks for sentences about a normal and an abnormal thing and writes them as a prompt file with its
 * provenance to path, and the transcript beside it: gear.txt has gear.transcript.jsonl, a JSON object
 * {"question", "answer", "cut"} a line. out may be NULL. Fails with ALFA_ERROR_USAGE (options),
 * ALFA_ERROR_RUNTIME (the endpoint, or fewer than 16 usable sentences a side), ALFA_ERROR_OUTPUT; path is
 * then as it was. */
ALFA_API ALFA_CHECK enum alfa_status alfa_prompts_generate(struct alfa_generation *out, const char *path,
                                                           const char *class_name,
                                                           const struct alfa_llm_options *options,
                                                           struct alfa_error *err);

/* The same for descriptors: short phrases that say what may be wrong, one a line; at least 5. */
ALFA_API ALFA_CHECK enum alfa_status alfa_descriptors_generate(struct alfa_generation *out, const char *path,
                                                               const char *class_name,
                                                               const struct alfa_llm_options *options,
                                                               struct alfa_error *err);

/* The words for a reason, never NULL. */
ALFA_API const char *alfa_drop_text(enum alfa_drop reason);

#ifdef __cplusplus
}
#endif
#endif
