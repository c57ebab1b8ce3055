/* Who may ask: this machine, or whoever has the token; and never another page in somebody's browser. */
#ifndef ALFA_SERVE_ACCESS_H
#define ALFA_SERVE_ACCESS_H

#include "serve/server.h"

/* Reads the token, once it is known where the server listens: an address that others reach needs one. */
enum alfa_status alfa__access_open(struct alfa__server *server, struct alfa_error *err);

/* Each is true when the request may go on; otherwise it has its answer.
 * Host: a server for this machine alone is only called by this machine's names, so that a foreign name that
 * was pointed here (DNS rebinding) reaches nothing. Origin: what changes something must not come from another
 * site's page (CSRF). Token: Authorization: Bearer, or the cookie of a page that has shown it. */
bool alfa__access_host(struct alfa__request *request);
bool alfa__access_origin(struct alfa__request *request, const char *method);
bool alfa__access_token(struct alfa__request *request);

/* Whether this is the token; takes the same time for every wrong one. */
bool alfa__access_is_token(const struct alfa__server *server, const char *token);

#endif
