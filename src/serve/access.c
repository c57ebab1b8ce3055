#include "serve/access.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "base/files.h"
#include "base/status.h"

enum { LONGEST_TOKEN = 4096, SHORTEST_TOKEN = 16 };

static const char *header(const struct alfa__request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* ------------------------------------------------------------------ the token */

static void digest(char out[65], const void *bytes, size_t size)
{
    char *text = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, size);
    snprintf(out, 65, "%s", text);
    g_free(text);
}

/* Digests of equal length are compared to their ends, so that time tells nothing. */
static bool same_digest(const char a[65], const char b[65])
{
    unsigned char different = 0;
    for (int i = 0; i < 64; i++)
        different |= (unsigned char)(a[i] ^ b[i]);
    return different == 0;
}

bool alfa__access_is_token(const struct alfa__server *server, const char *token)
{
    char shown[65];
    digest(shown, token, strlen(token));
    return same_digest(shown, server->token);
}

static enum alfa_status read_token(struct alfa__server *server, const char *path, struct alfa_error *err)
{
    char *text;
    size_t size;
    ALFA__TRY(alfa__file_read(&text, &size, path, LONGEST_TOKEN, err));
    alfa__drop_mark(text);
    const size_t length = strcspn(text, "\r\n");
    text[length] = 0;
    const bool good = length >= SHORTEST_TOKEN && strlen(text) == length;
    if (good)
        digest(server->token, text, length);
    free(text);
    return good ? ALFA_OK
                : alfa__fail(err, ALFA_ERROR_INPUT, path,
                             "its first line has fewer than %d characters; for example: openssl rand -hex 32",
                             (int)SHORTEST_TOKEN);
}

enum alfa_status alfa__access_open(struct alfa__server *server, struct alfa_error *err)
{
    const struct alfa__serve_options *options = server->options;
    unsigned char random[32];
    if (options->token_file)
        ALFA__TRY(read_token(server, options->token_file, err));
    if (!server->loopback && !*server->token)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--host",
                          "others can reach this address: give --token-file FILE, whose first line "
                          "every request then has to show");
    if (!server->loopback && !options->cert)
        options->say("without --cert and --key the token and the pictures can be read on the network");
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "no random numbers: %s", strerror(errno));
    digest(server->session, random, sizeof random);
    return ALFA_OK;
}

static bool has_cookie(const struct alfa__request *request)
{
    char shown[65] = "";
    const char *value = MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, "alfa_session");
    if (!value || strlen(value) != 64)
        return false;
    memcpy(shown, value, 64);
    return same_digest(shown, request->server->session);
}

bool alfa__access_token(struct alfa__request *request)
{
    const char *shown = header(request, "Authorization");
    if (!*request->server->token || request->route->flags & ALFA__ROUTE_OPEN)
        return true;
    if (shown && strncasecmp(shown, "Bearer ", 7) == 0 && alfa__access_is_token(request->server, shown + 7))
        return true;
    if (has_cookie(request))
        return true;
    alfa__answer_problem(request, 401, "token",
                         "this needs the server's token: send it as 'Authorization: Bearer TOKEN'");
    alfa__answer_header(request, "WWW-Authenticate", "Bearer");
    return false;
}

/* ------------------------------------------------------------------ Host */

/* Whether host is name or name:port; port 0: any. */
static bool is_name(const char *host, const char *name, int port)
{
    const size_t size = strlen(name);
    char *end;
    if (strncasecmp(host, name, size) != 0)
        return false;
    if (!host[size])
        return true;
    if (host[size] != ':' || !host[size + 1])
        return false;
    const long given = strtol(host + size + 1, &end, 10);
    return !*end && (given == port || port == 0);
}

bool alfa__access_host(struct alfa__request *request)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    const struct alfa__server *server = request->server;
    const char *host = header(request, "Host");
    if (!server->loopback)
        return true; /* the token guards it */
    for (size_t i = 0; host && i < sizeof names / sizeof *names; i++)
        if (is_name(host, names[i], server->port))
            return true;
    if (host && server->options->host && is_name(host, server->options->host, server->port))
        return true;
    if (host && server->options->name && is_name(host, server->options->name, 0))
        return true;
    alfa__answer_problem(request, 421, "host",
                         "this server answers to localhost only; --name says what else it is called");
    return false;
}

/* ------------------------------------------------------------------ Origin */

/* Whether origin is scheme://host of this request; a proxy of that name may speak HTTPS for this server. */
static bool same_origin(const struct alfa__request *request, const char *origin)
{
    const char *name = request->server->options->name, *begin = strstr(origin, "://");
    if (name && begin && is_name(begin + 3, name, 0))
        return true;
    const char *host = header(request, "Host");
    const char *scheme = request->server->options->cert ? "https://" : "http://";
    return host && strncasecmp(origin, scheme, strlen(scheme)) == 0 &&
           strcasecmp(origin + strlen(scheme), host) == 0;
}

bool alfa__access_origin(struct alfa__request *request, const char *method)
{
    const char *origin = header(request, "Origin"), *site = header(request, "Sec-Fetch-Site");
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        return true;
    if ((!origin || same_origin(request, origin)) &&
        (!site || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0))
        return true;
    alfa__answer_problem(request, 403, "origin", "a page of another site must not change anything here");
    return false;
}
