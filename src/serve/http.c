/* The daemon: connections, limits, and who may ask. libmicrohttpd runs one thread that reads and writes; a
 * request that takes a while is suspended and given to the queue. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/status.h"
#include "serve/access.h"
#include "serve/server.h"

enum { LONGEST_HEARD = 8000000, MOST_UPLOADS = 1000000000, LONGEST_PEM = 1 << 20 };

/* ------------------------------------------------------------------ a request begins */

static const char *header(const struct alfa__request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static bool find_route(struct alfa__request *request, const char *method, const char *path)
{
    char allow[64];
    request->route = alfa__route_find(request, method, path, allow);
    if (request->route)
        return true;
    if (!*allow) {
        alfa__answer_problem(request, 404, "not_found", "there is nothing at this path");
        return false;
    }
    alfa__answer_problem(request, 405, "method", "this path takes %s", allow);
    alfa__answer_header(request, "Allow", allow);
    return false;
}

/* What can be said before the body is there. */
static void check_early(struct alfa__request *request, const char *method, const char *path)
{
    struct alfa__server *server = request->server;
    const char *length = header(request, "Content-Length");
    if (!alfa__access_host(request) || !find_route(request, method, path) ||
        !alfa__access_origin(request, method) || !alfa__access_token(request))
        return;
    if (length && strtoull(length, NULL, 10) > ALFA__REQUEST_MAX_BODY)
        alfa__answer_problem(request, 413, "limit", "the body has more than %d bytes",
                             (int)ALFA__REQUEST_MAX_BODY);
    else if (atomic_load(&server->stopping))
        alfa__answer_problem(request, 503, "stopping", "the server is stopping");
    else if (atomic_load(&server->uploads) > MOST_UPLOADS)
        alfa__answer_problem(request, 429, "busy", "too many uploads at once; try again");
    else if (request->route->flags & ALFA__ROUTE_WORK && alfa__queue_full(server->queue))
        alfa__answer_problem(request, 429, "busy", "too many requests wait already; try again");
}

/* Whether a request that is refused is heard to its end: who is cut off while sending often never sees the
 * answer. A long body is not worth it, and who asks first (Expect) waits for the answer. */
static bool hears_out(const struct alfa__request *request)
{
    const char *length = header(request, "Content-Length");
    return length && !header(request, "Expect") && strtoull(length, NULL, 10) > 0 &&
           strtoull(length, NULL, 10) <= LONGEST_HEARD;
}

static struct alfa__request *begin(struct alfa__server *server, struct MHD_Connection *connection,
                                   const char *method, const char *path)
{
    struct alfa__request *request = calloc(1, sizeof *request);
    if (!request)
        return NULL;
    request->server = server;
    request->connection = connection;
    request->start = alfa__clock();
    const char *type = header(request, "Content-Type");
    request->type = type ? type : "";
    atomic_fetch_add(&server->open, 1);
    check_early(request, method, path);
    if (!request->response)
        alfa__request_begin(request);
    return request;
}

/* ------------------------------------------------------------------ ... and is answered */

/* Gives the answer to the daemon. */
static enum MHD_Result finish(struct alfa__request *request)
{
    if (!request->response)
        alfa__answer_problem(request, 500, "runtime", "there is no answer to this");
    if (!request->response)
        return MHD_NO;
    if (atomic_load(&request->server->stopping))
        alfa__answer_header(request, "Connection", "close");
    return MHD_queue_response(request->connection, request->status, request->response);
}

static void check_body(struct alfa__request *request)
{
    alfa__request_end(request);
    if (request->too_large)
        alfa__answer_problem(request, 413, "limit",
                             "the body is too large: %d bytes of form or picture, %d of anything else, %d a "
                             "field, %d parts",
                             (int)ALFA__REQUEST_MAX_BODY, (int)ALFA__REQUEST_MAX_JSON,
                             (int)ALFA__REQUEST_MAX_FIELD, (int)ALFA__REQUEST_MAX_PARTS);
    else if (request->broken)
        alfa__answer_problem(
            request, 400, "form",
            "the form is damaged, or Content-Type does not name its boundary: let the library set it");
}

/* Suspended first, since a worker may be faster than this thread. */
static enum MHD_Result give_to_queue(struct alfa__request *request)
{
    request->queued = true;
    MHD_suspend_connection(request->connection);
    if (!alfa__queue_push(request->server->queue, request)) {
        alfa__answer_problem(request, 429, "busy", "too many requests wait already; try again");
        request->done = true;
        MHD_resume_connection(request->connection);
    }
    return MHD_YES;
}

static enum MHD_Result answer(struct alfa__request *request)
{
    alfa__guest_is(request->server->guests, request->connection, ALFA__GUEST_WAITING);
    if (!request->response)
        check_body(request);
    if (!request->response && request->route->flags & ALFA__ROUTE_WORK)
        return give_to_queue(request);
    if (!request->response)
        request->route->answer(request);
    return finish(request);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *bytes, size_t *size,
                                  void **place)
{
    struct alfa__server *server = context;
    struct alfa__request *request = *place;
    (void)version;
    if (!request) {
        *place = request = begin(server, connection, method, path);
        alfa__guest_is(server->guests, connection, ALFA__GUEST_SENDING);
        return !request ? MHD_NO : request->response && !hears_out(request) ? finish(request) : MHD_YES;
    }
    if (*size > 0) {
        if (!request->response)
            alfa__request_take(request, bytes, *size);
        else
            request->received += *size;
        atomic_fetch_add(&server->uploads, (long long)*size);
        *size = 0;
        alfa__guest_heard(server->guests, connection);
        return request->received > 2ull * ALFA__REQUEST_MAX_BODY ? MHD_NO : MHD_YES;
    }
    return request->queued ? request->done ? finish(request) : MHD_YES : answer(request);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **place,
                         enum MHD_RequestTerminationCode code)
{
    struct alfa__server *server = context;
    struct alfa__request *request = *place;
    (void)code;
    alfa__guest_is(server->guests, connection, ALFA__GUEST_SILENT);
    if (!request)
        return;
    alfa__metrics_count(server->metrics, request->route ? alfa__route_index(request->route) : -1,
                        request->status, alfa__clock() - request->start);
    atomic_fetch_sub(&server->uploads, (long long)request->received);
    atomic_fetch_sub(&server->open, 1);
    alfa__request_free(request);
    *place = NULL;
}

static void log_nothing(void *context, const char *format, va_list args)
{
    (void)context;
    (void)format;
    (void)args;
}

/* ------------------------------------------------------------------ listening */

static enum alfa_status bind_socket(int *out, const struct addrinfo *address, struct alfa_error *err)
{
    const int yes = 1;
    const int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, "--host", "no socket: %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0) {
        *out = fd;
        return ALFA_OK;
    }
    const int code = errno;
    close(fd);
    return alfa__fail(err, code == EADDRINUSE || code == EACCES ? ALFA_ERROR_USAGE : ALFA_ERROR_RUNTIME,
                      code == EADDRNOTAVAIL ? "--host" : "--port",
                      code == EADDRINUSE ? "is in use by another program; choose another, or 0 for a free one"
                                         : "cannot be listened at: %s",
                      strerror(code));
}

static enum alfa_status listen_at(int *out, const struct alfa__serve_options *options, struct alfa_error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found;
    char port[16];
    snprintf(port, sizeof port, "%d", options->port);
    if (getaddrinfo(options->host ? options->host : "127.0.0.1", port, &hints, &found) != 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--host",
                          "\"%s\" is no address; for example 192.168.1.20, or 0.0.0.0 for all",
                          options->host);
    enum alfa_status status = bind_socket(out, found, err);
    freeaddrinfo(found);
    return status;
}

/* The port, and whether only this machine reaches the socket. */
static void look_at_socket(struct alfa__server *server, int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    const struct sockaddr_in *v4 = (const void *)&address;
    const struct sockaddr_in6 *v6 = (const void *)&address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return;
    if (address.ss_family == AF_INET) {
        server->port = ntohs(v4->sin_port);
        server->loopback = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    } else if (address.ss_family == AF_INET6) {
        server->port = ntohs(v6->sin6_port);
        server->loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    }
}

/* ------------------------------------------------------------------ starting */

static enum alfa_status start(struct alfa__server *server, int fd, const char *cert, const char *key,
                              struct alfa_error *err)
{
    struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)cert},
                                   {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)key},
                                   {MHD_OPTION_END, 0, NULL}};
    if (!cert)
        tls[0].option = MHD_OPTION_END;
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
            (cert ? (unsigned)MHD_USE_TLS : 0u),
        0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, log_nothing, NULL,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, alfa__guests_notify, server->guests, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)ALFA__GUESTS_MOST, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)ALFA__REQUEST_IDLE,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)ALFA__REQUEST_MAX_HEADER + 16384,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (server->daemon)
        return ALFA_OK;
    return cert ? alfa__fail(err, ALFA_ERROR_INPUT, "--cert",
                             "the server does not start with this certificate and --key; both are PEM files")
                : alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "the server does not start: %s", strerror(errno));
}

static enum alfa_status start_with_files(struct alfa__server *server, int fd, struct alfa_error *err)
{
    const struct alfa__serve_options *options = server->options;
    char *cert = NULL, *key = NULL;
    size_t size;
    enum alfa_status status = ALFA_OK;
    if (options->cert)
        status = alfa__file_read(&cert, &size, options->cert, LONGEST_PEM, err);
    if (status == ALFA_OK && options->key)
        status = alfa__file_read(&key, &size, options->key, LONGEST_PEM, err);
    if (status == ALFA_OK)
        status = start(server, fd, cert, key, err);
    free(cert);
    free(key);
    return status;
}

enum alfa_status alfa__http_open(struct alfa__server *server, struct alfa_error *err)
{
    int fd = -1;
    if (server->options->socket > 0)
        fd = server->options->socket;
    else
        ALFA__TRY(listen_at(&fd, server->options, err));
    look_at_socket(server, fd);
    enum alfa_status status = alfa__access_open(server, err);
    if (status == ALFA_OK)
        status = start_with_files(server, fd, err);
    if (status != ALFA_OK)
        close(fd);
    return status;
}

void alfa__http_quiesce(struct alfa__server *server)
{
    atomic_store(&server->stopping, true);
    const int fd = MHD_quiesce_daemon(server->daemon);
    if (fd >= 0)
        shutdown(fd, SHUT_RD); /* who waits to be accepted is told so; the daemon may still use the number */
}

void alfa__http_close(struct alfa__server *server)
{
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    server->daemon = NULL;
}
