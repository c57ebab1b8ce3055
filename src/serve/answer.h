/* Answers: every function here gives a request its answer, once. */
#ifndef ALFA_SERVE_ANSWER_H
#define ALFA_SERVE_ANSWER_H

#include <jansson.h>

#include "alfa.h"
#include "serve/request.h"

/* Takes the object; NULL: out of memory, which becomes an error of the server. */
void alfa__answer_json(struct alfa__request *request, unsigned status, json_t *object);

/* An error as RFC 9457 has it: application/problem+json with a code for programs and a sentence for people.
 */
void alfa__answer_problem(struct alfa__request *request, unsigned status, const char *code,
                          const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same for what the library reported. */
void alfa__answer_error(struct alfa__request *request, const struct alfa_error *err);

/* Takes bytes, which are freed with free(). tag NULL: nobody keeps them; else a browser does, and asks next
 * time whether they are still the same. */
void alfa__answer_bytes(struct alfa__request *request, const char *type, void *bytes, size_t size,
                        const char *tag);

/* True when the client has what this tag stands for: it got 304. */
bool alfa__answer_known(struct alfa__request *request, const char *tag);

/* Lends bytes that outlive the server. */
void alfa__answer_static(struct alfa__request *request, const char *type, const void *bytes, size_t size,
                         const char *tag);

void alfa__answer_empty(struct alfa__request *request, unsigned status);

/* Adds a header to the answer. */
void alfa__answer_header(struct alfa__request *request, const char *name, const char *value);

#endif
