#include "fleet/link_inside.h"

#include <errno.h>
#include <math.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/strings.h"

#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"
#define FIRST_PAUSE 0.5
#define LONGEST_PAUSE 30.0
enum { PROBE = 2000 /* ms for a connection that is to fail */ };

/* ------------------------------------------------------------------ what went wrong */

void alfa__link_close(struct alfa__link *link)
{
    if (link->has_letter)
        amqp_destroy_envelope(&link->letter);
    link->has_letter = false;
    if (link->connection) {
        struct timeval soon = {.tv_sec = 2};
        amqp_set_rpc_timeout(link->connection, &soon);
        amqp_connection_close(link->connection, AMQP_REPLY_SUCCESS);
        amqp_destroy_connection(link->connection);
    }
    link->connection = NULL;
    link->base = link->sent;
}

/* A connection that is dead already is not asked to close. */
static void drop(struct alfa__link *link)
{
    amqp_connection_state_t dead = link->connection;
    link->connection = NULL;
    alfa__link_close(link);
    if (dead)
        amqp_destroy_connection(dead);
}

enum alfa_status alfa__link_lost(struct alfa__link *link, enum alfa_status status, int code,
                                 const char *doing, struct alfa_error *err)
{
    drop(link);
    return alfa__fail(err, status, link->place, "%s: %s", doing, amqp_error_string2(code));
}

/* "ACCESS_REFUSED - Login was refused using..." is a text for whoever set up the broker, and so a part of the
 * line. */
static enum alfa_status fail_refused(struct alfa__link *link, int code, amqp_bytes_t text, const char *what,
                                     struct alfa_error *err)
{
    char *said = alfa__format("%.*s", (int)(text.len < 300 ? text.len : 300), (const char *)text.bytes);
    drop(link);
    /* 320: it is going down or an operator closed it; 541: its own failure; 405: somebody else holds the
     * queue */
    const bool later = code == 320 || code == 541 || code == 405 || code == 506;
    alfa__fail(err, later ? ALFA_ERROR_RUNTIME : ALFA_ERROR_USAGE, link->place,
               "%s: the broker refuses (%d): %s", what, code, said ? said : "");
    free(said);
    return later ? ALFA_ERROR_RUNTIME : ALFA_ERROR_USAGE;
}

enum alfa_status alfa__link_check(struct alfa__link *link, amqp_rpc_reply_t reply, const char *what,
                                  struct alfa_error *err)
{
    if (reply.reply_type == AMQP_RESPONSE_NORMAL)
        return ALFA_OK;
    if (reply.reply_type != AMQP_RESPONSE_SERVER_EXCEPTION)
        return alfa__link_lost(link, ALFA_ERROR_RUNTIME, reply.library_error, what, err);
    if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
        const amqp_channel_close_t *m = reply.reply.decoded;
        return fail_refused(link, m->reply_code, m->reply_text, what, err);
    }
    const amqp_connection_close_t *m = reply.reply.decoded;
    return fail_refused(link, m->reply_code, m->reply_text, what, err);
}

/* ------------------------------------------------------------------ opening */

static enum alfa_status copy_parts(struct alfa__link *link, const struct amqp_connection_info *parts,
                                   struct alfa_error *err)
{
    link->host = alfa__strdup(parts->host);
    link->user = alfa__strdup(parts->user);
    link->password = alfa__strdup(parts->password);
    link->vhost = alfa__strdup(parts->vhost);
    link->place = alfa__format("%s:%d", parts->host, parts->port);
    link->port = parts->port;
    link->tls = parts->ssl;
    return link->host && link->user && link->password && link->vhost && link->place
               ? ALFA_OK
               : alfa__fail_memory(err, 256);
}

static enum alfa_status read_url(struct alfa__link *link, const char *url, struct alfa_error *err)
{
    struct amqp_connection_info parts;
    char *copy = alfa__strdup(url); /* is cut into pieces */
    if (!copy)
        return alfa__fail_memory(err, strlen(url));
    enum alfa_status status = ALFA_OK;
    amqp_default_connection_info(&parts);
    if (amqp_parse_url(copy, &parts) != AMQP_STATUS_OK || !*parts.host || parts.port < 1 ||
        parts.port > 65535)
        status = alfa__fail(err, ALFA_ERROR_USAGE, "--amqp",
                            "is not amqp://[USER:PASSWORD@]HOST[:PORT][/VHOST], nor amqps:// with TLS");
    else
        status = copy_parts(link, &parts, err);
    explicit_bzero(copy, strlen(url));
    free(copy);
    return status;
}

static enum alfa_status read_user(struct alfa__link *link, const char *path, struct alfa_error *err)
{
    char *user, *password;
    size_t size;
    if (!path)
        return ALFA_OK;
    ALFA__TRY(alfa__file_read_login(&user, &password, &size, path, err));
    free(link->user);
    free(link->password);
    link->user = alfa__strdup(user);
    link->password = alfa__strdup(password);
    explicit_bzero(user, size);
    free(user);
    return link->user && link->password ? ALFA_OK : alfa__fail_memory(err, size);
}

/* librabbitmq reads the certificates with each connection: what cannot be read is said at once. */
static enum alfa_status check_ca(struct alfa__link *link, const char *ca, struct alfa_error *err)
{
    char *text;
    size_t size;
    if (!link->tls)
        return ca ? alfa__fail(err, ALFA_ERROR_USAGE, "--amqp-ca", "is for amqps://") : ALFA_OK;
    ALFA__TRY(alfa__file_read(&text, &size, ca ? ca : SYSTEM_CA, (size_t)16 << 20, err));
    const bool is_pem = strstr(text, "-----BEGIN CERTIFICATE-----") != NULL;
    free(text);
    if (!is_pem)
        return alfa__fail(err, ALFA_ERROR_INPUT, ca ? ca : SYSTEM_CA, "has no certificate (PEM) in it");
    link->ca = alfa__strdup(ca ? ca : SYSTEM_CA);
    return link->ca ? ALFA_OK : alfa__fail_memory(err, 64);
}

enum alfa_status alfa__link_open(struct alfa__link **out, const struct alfa__link_options *options,
                                 struct alfa_error *err)
{
    struct alfa__link *link = calloc(1, sizeof *link);
    *out = NULL;
    if (!link)
        return alfa__fail_memory(err, sizeof *link);
    link->name = alfa__strdup(options->name);
    enum alfa_status status = link->name ? read_url(link, options->url, err) : alfa__fail_memory(err, 64);
    if (status == ALFA_OK)
        status = read_user(link, options->user_file, err);
    if (status == ALFA_OK)
        status = check_ca(link, options->ca, err);
    if (status == ALFA_OK)
        *out = link;
    else
        alfa__link_free(link);
    return status;
}

void alfa__link_free(struct alfa__link *link)
{
    if (!link)
        return;
    alfa__link_close(link);
    if (link->password)
        explicit_bzero(link->password, strlen(link->password));
    free(link->host);
    free(link->user);
    free(link->password);
    free(link->vhost);
    free(link->place);
    free(link->ca);
    free(link->name);
    free(link);
}

/* ------------------------------------------------------------------ connecting */

bool alfa__link_is_up(const struct alfa__link *link)
{
    return link->connection != NULL;
}

const char *alfa__link_place(const struct alfa__link *link)
{
    return link->place;
}

double alfa__link_pause(struct alfa__link *link)
{
    unsigned random = 0;
    const double pause = link->pause > 0 ? link->pause : FIRST_PAUSE;
    (void)!getrandom(&random, sizeof random, GRND_NONBLOCK);
    link->pause = fmin(LONGEST_PAUSE, 2 * pause);
    return pause * (1 + 0.5 * random / 4294967295.0);
}

/* What a connection to one address fails for; 0: it does not. */
static int try_address(const struct addrinfo *to)
{
    const int fd = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->ai_protocol);
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int cause = fd < 0 || connect(fd, to->ai_addr, to->ai_addrlen) != 0 ? errno : 0;
    socklen_t size = sizeof cause;
    if (cause == EINPROGRESS &&
        (poll(&wait, 1, PROBE) != 1 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &size) != 0))
        cause = ETIMEDOUT;
    if (fd >= 0)
        close(fd);
    return cause;
}

/* librabbitmq keeps it to itself why a socket cannot be opened, so one is opened without it. */
static int find_cause(const struct alfa__link *link)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char port[12];
    int cause = 0;
    snprintf(port, sizeof port, "%d", link->port);
    if (getaddrinfo(link->host, port, &hints, &found) != 0)
        return 0;
    for (const struct addrinfo *one = found; one; one = one->ai_next)
        cause = try_address(one);
    freeaddrinfo(found);
    return cause;
}

static enum alfa_status fail_reaching(struct alfa__link *link, int code, struct alfa_error *err)
{
    const int cause = code == AMQP_STATUS_SOCKET_ERROR ? find_cause(link) : 0;
    if (!cause)
        return alfa__link_lost(link, ALFA_ERROR_RUNTIME, code, "cannot be reached", err);
    drop(link);
    return alfa__fail(err, ALFA_ERROR_RUNTIME, link->place, "cannot be reached: %s", strerror(cause));
}

static enum alfa_status open_socket(struct alfa__link *link, struct alfa_error *err)
{
    struct timeval patience = {.tv_sec = ALFA__LINK_TIMEOUT};
    amqp_socket_t *socket =
        link->tls ? amqp_ssl_socket_new(link->connection) : amqp_tcp_socket_new(link->connection);
    if (!socket)
        return alfa__fail_memory(err, 64);
    if (link->tls && amqp_ssl_socket_set_cacert(socket, link->ca) != AMQP_STATUS_OK)
        return alfa__fail(err, ALFA_ERROR_USAGE, link->ca, "cannot be used as certificates (PEM)");
    if (link->tls) {
        amqp_ssl_socket_set_verify_peer(socket, 1);
        amqp_ssl_socket_set_verify_hostname(socket, 1);
    }
    const int code = amqp_socket_open_noblock(socket, link->host, link->port, &patience);
    if (code == AMQP_STATUS_SSL_PEER_VERIFY_FAILED)
        return alfa__link_lost(link, ALFA_ERROR_USAGE, code,
                               "its certificate does not verify (--amqp-ca names one to trust)", err);
    if (code == AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED)
        return alfa__link_lost(link, ALFA_ERROR_USAGE, code, "its certificate is for another host", err);
    if (code == AMQP_STATUS_SSL_CONNECTION_FAILED)
        return alfa__link_lost(link, ALFA_ERROR_RUNTIME, code, "does not speak TLS with us", err);
    return code == AMQP_STATUS_OK ? ALFA_OK : fail_reaching(link, code, err);
}

/* Asks to be told when the broker takes no letters or a queue is removed, and says who we are. */
static amqp_rpc_reply_t login(struct alfa__link *link)
{
    const amqp_field_value_t yes = {.kind = AMQP_FIELD_KIND_BOOLEAN, .value = {.boolean = 1}};
    amqp_table_entry_t can[2] = {{.key = amqp_cstring_bytes("connection.blocked"), .value = yes},
                                 {.key = amqp_cstring_bytes("consumer_cancel_notify"), .value = yes}};
    amqp_table_entry_t rows[3] = {
        {.key = amqp_cstring_bytes("capabilities"),
         .value = {.kind = AMQP_FIELD_KIND_TABLE, .value = {.table = {2, can}}}},
        {.key = amqp_cstring_bytes("connection_name"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8, .value = {.bytes = amqp_cstring_bytes(link->name)}}},
        {.key = amqp_cstring_bytes("product"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8, .value = {.bytes = amqp_cstring_bytes("alfa")}}}};
    const amqp_table_t told = {3, rows};
    return amqp_login_with_properties(link->connection, link->vhost, 0, AMQP_DEFAULT_FRAME_SIZE,
                                      ALFA__LINK_HEARTBEAT, &told, AMQP_SASL_METHOD_PLAIN, link->user,
                                      link->password);
}

enum alfa_status alfa__link_connect(struct alfa__link *link, struct alfa_error *err)
{
    struct timeval patience = {.tv_sec = ALFA__LINK_TIMEOUT};
    alfa__link_close(link);
    link->connection = amqp_new_connection();
    if (!link->connection)
        return alfa__fail_memory(err, 1024);
    amqp_set_handshake_timeout(link->connection, &patience);
    amqp_set_rpc_timeout(link->connection, &patience);
    enum alfa_status status = open_socket(link, err);
    if (status == ALFA_OK)
        status = alfa__link_check(link, login(link), "logging in", err);
    if (status == ALFA_OK) {
        amqp_channel_open(link->connection, ALFA__LINK_CHANNEL);
        status = alfa__link_check(link, amqp_get_rpc_reply(link->connection), "opening a channel", err);
    }
    if (status == ALFA_OK) {
        amqp_confirm_select(link->connection, ALFA__LINK_CHANNEL);
        status = alfa__link_check(link, amqp_get_rpc_reply(link->connection), "asking for confirms", err);
    }
    if (status != ALFA_OK)
        drop(link);
    else
        link->pause = 0;
    return status;
}
