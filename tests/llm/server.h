/* A chat endpoint for tests that behaves, or misbehaves, as told: plain sockets, one thread, one request at a
 * time, on a free port of 127.0.0.1. */
#ifndef ALFA_TESTS_LLM_SERVER_H
#define ALFA_TESTS_LLM_SERVER_H

struct llm_server;

/* how is one of:
 *   good            sentences on plain lines, 24 new ones each time
 *   form-0..form-9  the same as: lines, numbers, bullets, quotes, markdown, JSON, JSON in a fence, a
 * paragraph, a table, with reasoning and a preface busy-once       429 with Retry-After: 0 first, then good
 *   error-once      503 first, then good        cut-once   a cut connection first, then good
 *   busy-long       429 with Retry-After: 3600  error-500  always 500     late-500   good three times, then
 * 500 drip            a byte every 0.1 s          silent     nothing at all cut             half an answer,
 * then the end of the connection not-json, html, no-choices, null-message    answers that are none huge 50 MB
 * unknown-model  404 unauthorized    401 that repeats the Authorization header redirect        302 to the
 * address that llm_server_redirect() gave refusal, empty, foreign, few, same, cut-off, injection, wrong-side
 * what a model may say With "tls-good:", "tls-other-host:" or "tls-expired:" before it, all this over TLS
 * with such a certificate. */
struct llm_server *llm_server_start(const char *how);

int llm_server_port(const struct llm_server *server);
void llm_server_redirect(struct llm_server *server, const char *address);
/* Connections that sent a whole request, and the last such request. */
int llm_server_requests(struct llm_server *server);
const char *llm_server_last(struct llm_server *server);
/* File with the certificate, for those who want to trust it. */
const char *llm_server_certificate(const struct llm_server *server);
void llm_server_stop(struct llm_server *server);

#endif
