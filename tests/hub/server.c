#include "hub/server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strings.h"
#include "tls/tls.h"

enum { REQUEST_LIMIT = 1 << 16 };

struct port {
    struct hub_server *server;
    int socket, number;
    pthread_t thread;
};

struct hub_server {
    char how[32], folder[512], endpoint[64];
    struct port hub, store;
    SSL_CTX *tls; /* NULL: nothing is encrypted */
    pthread_mutex_t lock;
    bool stop;
    int cuts;
    struct hub_record record;
};

/* One request that waits for its answer. */
struct turn {
    struct hub_server *server;
    int fd;
    SSL *tls;
    bool head, token;
    long long from; /* of a range; -1: all */
    char path[2048], how[32];
    int number; /* from 1 */
};

static void check(bool good, const char *what)
{
    if (!good) {
        perror(what);
        exit(99);
    }
}

static bool is_stopped(struct hub_server *server)
{
    pthread_mutex_lock(&server->lock);
    const bool stop = server->stop;
    pthread_mutex_unlock(&server->lock);
    return stop;
}

static bool is(const struct turn *turn, const char *how)
{
    return strcmp(turn->how, how) == 0;
}

/* ------------------------------------------------------------------ bytes */

static ssize_t send_some(const struct turn *turn, const void *bytes, size_t size)
{
    return turn->tls ? SSL_write(turn->tls, bytes, (int)(size < 1 << 20 ? size : 1 << 20))
                     : send(turn->fd, bytes, size, MSG_NOSIGNAL);
}

static ssize_t receive_some(const struct turn *turn, void *bytes, size_t size)
{
    return turn->tls ? SSL_read(turn->tls, bytes, (int)size) : recv(turn->fd, bytes, size, 0);
}

static bool put(const struct turn *turn, const void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        const ssize_t sent = send_some(turn, (const char *)bytes + done, size - done);
        if (sent <= 0)
            return false;
        done += (size_t)sent;
    }
    return true;
}

/* A head, and a body unless only the head was asked for. size is what the head says, -1: nothing. */
static bool reply(const struct turn *turn, const char *status, long long size, const char *headers,
                  const void *body, size_t body_size)
{
    char length[64] = "", *text;
    if (size >= 0)
        snprintf(length, sizeof length, "Content-Length: %lld\r\n", size);
    text = alfa__format("HTTP/1.1 %s\r\n%sConnection: close\r\n%s\r\n", status, length, headers);
    check(text, "memory");
    bool good = put(turn, text, strlen(text));
    if (good && !turn->head)
        good = put(turn, body, body_size);
    free(text);
    return good;
}

static void refuse(const struct turn *turn, const char *status, const char *code)
{
    static const char body[] = "{\"error\": \"no\"}";
    char *headers =
        *code ? alfa__format("X-Error-Code: %s\r\nX-Error-Message: no\r\n", code) : alfa__strdup("");
    check(headers, "memory");
    reply(turn, status, sizeof body - 1, headers, body, sizeof body - 1);
    free(headers);
}

static void find_header(const char *request, const char *name, char *out, size_t size)
{
    const char *place = strcasestr(request, name);
    snprintf(out, size, "%.*s", place ? (int)strcspn(place + strlen(name), "\r\n") : 0,
             place ? place + strlen(name) : "");
}

static bool read_request(struct turn *turn)
{
    char request[REQUEST_LIMIT + 1], method[8] = "", value[256];
    size_t size = 0;
    request[0] = 0;
    while (!strstr(request, "\r\n\r\n")) {
        const ssize_t got = receive_some(turn, request + size, REQUEST_LIMIT - size);
        if (got <= 0)
            return false;
        size += (size_t)got;
        request[size] = 0;
    }
    if (sscanf(request, "%7s %2047s", method, turn->path) != 2)
        return false;
    turn->head = strcmp(method, "HEAD") == 0;
    find_header(request, "\r\nauthorization: bearer ", value, sizeof value);
    turn->token = strcmp(value, HUB_TOKEN) == 0;
    find_header(request, "\r\nrange: bytes=", value, sizeof value);
    turn->from = *value ? strtoll(value, NULL, 10) : -1;
    return true;
}

/* ------------------------------------------------------------------ files */

struct file {
    char *bytes;
    long long size;
    char etag[80];
};

static void hash(char *out, const struct file *file)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    char head[40];
    const bool large = file->size >= HUB_LARGE;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, large ? EVP_sha256() : EVP_sha1(), NULL);
    if (!large)
        EVP_DigestUpdate(context, head, (size_t)snprintf(head, sizeof head, "blob %lld", file->size) + 1);
    EVP_DigestUpdate(context, file->bytes, (size_t)file->size);
    EVP_DigestFinal_ex(context, digest, &size);
    EVP_MD_CTX_free(context);
    for (unsigned i = 0; i < size; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/* The file that the last part of the path names; false when there is none. */
static bool read_file(struct file *out, const struct turn *turn)
{
    const char *name = strrchr(turn->path, '/');
    char *path = alfa__format("%s/%.*s", turn->server->folder, (int)strcspn(name + 1, "?"), name + 1);
    FILE *file = fopen(path, "rb");
    struct stat info;
    free(path);
    *out = (struct file){0};
    if (!file)
        return false;
    check(fstat(fileno(file), &info) == 0, "fstat");
    out->size = info.st_size;
    out->bytes = malloc((size_t)out->size + 16);
    check(out->bytes && fread(out->bytes, 1, (size_t)out->size, file) == (size_t)out->size, "fread");
    fclose(file);
    hash(out->etag, out);
    return true;
}

static void count_sent(struct hub_server *server, long long size)
{
    pthread_mutex_lock(&server->lock);
    server->record.sent += size;
    pthread_mutex_unlock(&server->lock);
}

/* ------------------------------------------------------------------ the store */

/* Whether the store cuts this time: always, or once. */
static bool cuts_now(const struct turn *turn)
{
    struct hub_server *server = turn->server;
    pthread_mutex_lock(&server->lock);
    const bool first = server->cuts++ == 0;
    pthread_mutex_unlock(&server->lock);
    return is(turn, "cut") || is(turn, "cut-at-once") || (is(turn, "no-ranges") && first);
}

static void drip(const struct turn *turn, const char *bytes, long long size)
{
    for (long long i = 0; i < size && !is_stopped(turn->server) && put(turn, bytes + i, 1); i++)
        usleep(50000);
}

static void wait_until_gone(const struct turn *turn)
{
    char byte;
    while (!is_stopped(turn->server) && recv(turn->fd, &byte, 1, MSG_DONTWAIT) != 0)
        usleep(20000);
}

static void send_stored(const struct turn *turn, const struct file *file)
{
    long long from = turn->from > 0 && !is(turn, "no-ranges") ? turn->from : 0;
    long long size = file->size - from, sent = size;
    char range[96] = "Accept-Ranges: bytes\r\n";
    if (from > 0)
        snprintf(range, sizeof range, "Content-Range: bytes %lld-%lld/%lld\r\n", from + is(turn, "shifted"),
                 file->size - 1, file->size);
    if (cuts_now(turn))
        sent = is(turn, "cut-at-once") ? 0 : size < file->size / 3 ? size : file->size / 3;
    if (is(turn, "short"))
        sent = size / 2;
    if (is(turn, "more"))
        sent = size += 10;
    if (is(turn, "drip") || is(turn, "silent"))
        sent = 0;
    const bool good =
        reply(turn, from > 0 ? "206 Partial Content" : "200 OK",
              is(turn, "short") || is(turn, "more") ? -1 : size, range, file->bytes + from, (size_t)sent);
    count_sent(turn->server, good ? sent : 0);
    if (good && is(turn, "drip"))
        drip(turn, file->bytes + from, size);
    if (good && is(turn, "silent"))
        wait_until_gone(turn);
}

static void serve_stored(const struct turn *turn)
{
    struct file file;
    pthread_mutex_lock(&turn->server->lock);
    turn->server->record.stored++;
    turn->server->record.leaks += turn->token;
    turn->server->record.ranges += turn->from > 0;
    pthread_mutex_unlock(&turn->server->lock);
    if (turn->token) {
        refuse(turn, "400 Bad Request", "");
    } else if (!read_file(&file, turn)) {
        refuse(turn, "404 Not Found", "");
    } else {
        if (is(turn, "wrong"))
            file.bytes[file.size / 2] ^= 1;
        if (turn->from >= file.size)
            refuse(turn, "416 Range Not Satisfiable", "");
        else
            send_stored(turn, &file);
        free(file.bytes);
    }
}

/* ------------------------------------------------------------------ the hub */

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void serve_list(const struct turn *turn)
{
    struct alfa__string text = {0};
    struct dirent **entries;
    const int count = scandir(turn->server->folder, &entries, is_shown, alphasort);
    alfa__string_append(&text, "{\"id\": \"test/model\", \"sha\": \"" HUB_COMMIT "\", \"siblings\": [");
    if (is(turn, "evil-names"))
        alfa__string_append(&text, "{\"rfilename\": \"../open_clip_config.json\"}, "
                                   "{\"rfilename\": \"/etc/open_clip_model.safetensors\"}, ");
    for (int i = 0; i < count; i++) {
        alfa__string_appendf(&text, "%s{\"rfilename\": \"%s%s\"}", i ? ", " : "",
                             is(turn, "evil-names") ? "../" : "", entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    alfa__string_append(&text, "]}");
    reply(turn, "200 OK", (long long)text.size, "Content-Type: application/json\r\n", text.text, text.size);
    alfa__string_free(&text);
}

static void describe(char *out, size_t size, const struct turn *turn, const struct file *file)
{
    const bool large = file->size >= HUB_LARGE;
    char length[40];
    snprintf(length, sizeof length, "%lld", is(turn, "huge") ? 1000000000000000LL : file->size);
    if (is(turn, "no-headers")) {
        *out = 0;
        return;
    }
    const char *etag = is(turn, "evil-etag") ? "../../../evil" : file->etag;
    int used = snprintf(out, size, "X-Repo-Commit: " HUB_COMMIT "\r\n%s: \"%s\"\r\n",
                        large ? "X-Linked-Etag" : "ETag", etag);
    if (large)
        snprintf(out + used, size - (size_t)used,
                 "ETag: \"not-the-hash-of-the-file\"\r\nX-Linked-Size: %s\r\n"
                 "Location: %s://127.0.0.1:%d/store/%s\r\n",
                 is(turn, "beyond") ? "99999999999999999999999999999"
                 : is(turn, "odd")  ? "many"
                                    : length,
                 turn->tls && !is(turn, "downgrade") ? "https" : "http", turn->server->store.number,
                 strrchr(turn->path, '/') + 1);
}

static void serve_resolve(const struct turn *turn)
{
    char headers[1024];
    struct file file;
    if (is(turn, "no-file") || !read_file(&file, turn)) {
        refuse(turn, "404 Not Found", "EntryNotFound");
        return;
    }
    describe(headers, sizeof headers, turn, &file);
    if (file.size >= HUB_LARGE) {
        reply(turn, "302 Found", 5, headers, "there", 5);
    } else {
        if (is(turn, "wrong-small"))
            file.bytes[0] ^= 1;
        reply(turn, "200 OK", file.size, headers, file.bytes, (size_t)file.size);
        count_sent(turn->server, turn->head ? 0 : file.size);
    }
    free(file.bytes);
}

static void redirect(const struct turn *turn, const char *prefix)
{
    const char *rest = strstr(turn->path, "/test/model");
    char *headers = alfa__format("Location: %s%s\r\n", prefix, turn->path);
    if (rest && !*prefix)
        snprintf(strstr(headers, "/test/model"), strlen(rest) + 3, "/test/newer%s\r\n", rest + 11);
    check(headers, "memory");
    reply(turn, "307 Temporary Redirect", 0, headers, "", 0);
    free(headers);
}

static void serve_endless(const struct turn *turn)
{
    char block[65536];
    memset(block, ' ', sizeof block);
    bool open = reply(turn, "200 OK", -1, "", "{", 1);
    while (open && !is_stopped(turn->server))
        open = put(turn, block, sizeof block);
}

/* Answers that need no file; false when this is none of them. */
static bool answer_oddly(const struct turn *turn)
{
    static const struct {
        const char *how, *status, *code;
    } refusals[] = {{"gated", "403 Forbidden", "GatedRepo"},
                    {"closed", "401 Unauthorized", "RepoNotFound"},
                    {"missing", "404 Not Found", "RepoNotFound"},
                    {"no-revision", "404 Not Found", "RevisionNotFound"},
                    {"proxy-auth", "407 Proxy Authentication Required", ""},
                    {"error", "500 Internal Server Error", ""}};
    static const char page[] = "<!DOCTYPE html><title>Welcome to the hotel</title>";
    const bool opened = turn->token && (is(turn, "gated") || is(turn, "closed"));
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (is(turn, refusals[i].how) && !opened)
            return refuse(turn, refusals[i].status, refusals[i].code), true;
    if (is(turn, "error-once") && turn->number == 1)
        return refuse(turn, "503 Service Unavailable", ""), true;
    if (is(turn, "busy-odd"))
        return reply(turn, "429 Too Many Requests", 0, "Retry-After: soon\r\n", "", 0), true;
    if (is(turn, "elsewhere"))
        return reply(turn, "302 Found", 0, "Location: file:///etc/passwd\r\n", "", 0), true;
    if (is(turn, "busy-long") || (is(turn, "busy-once") && turn->number == 1))
        return reply(turn, "429 Too Many Requests", 0,
                     is(turn, "busy-long") ? "Retry-After: 3600\r\n" : "Retry-After: 1\r\n", "", 0),
               true;
    if (is(turn, "page"))
        return reply(turn, "200 OK", sizeof page - 1, "Content-Type: text/html\r\n", page, sizeof page - 1),
               true;
    if (is(turn, "loop"))
        return redirect(turn, "/again"), true;
    if (is(turn, "renamed") && strstr(turn->path, "/test/model"))
        return redirect(turn, ""), true;
    if (is(turn, "endless"))
        return serve_endless(turn), true;
    return false;
}

static void serve_hub(struct turn *turn)
{
    pthread_mutex_lock(&turn->server->lock);
    turn->number = ++turn->server->record.asked;
    turn->server->record.tokens += turn->token;
    pthread_mutex_unlock(&turn->server->lock);
    if (answer_oddly(turn))
        return;
    if (strncmp(turn->path, "/api/models/", 12) == 0)
        serve_list(turn);
    else if (strstr(turn->path, "/resolve/"))
        serve_resolve(turn);
    else
        refuse(turn, "404 Not Found", "");
}

/* ------------------------------------------------------------------ ports */

static void serve(struct port *port, int fd)
{
    struct turn turn = {.server = port->server, .fd = fd};
    struct timeval patience = {5, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    pthread_mutex_lock(&port->server->lock);
    snprintf(turn.how, sizeof turn.how, "%s", port->server->how);
    pthread_mutex_unlock(&port->server->lock);
    turn.tls = port->server->tls ? tls_accept(port->server->tls, fd) : NULL;
    if (!turn.tls == !port->server->tls && read_request(&turn)) {
        if (port == &port->server->hub)
            serve_hub(&turn);
        else
            serve_stored(&turn);
    }
    if (turn.tls)
        SSL_shutdown(turn.tls);
    SSL_free(turn.tls);
    shutdown(fd, SHUT_WR);
    close(fd);
}

static void *run(void *context)
{
    struct port *port = context;
    while (!is_stopped(port->server)) {
        struct pollfd wait = {port->socket, POLLIN, 0};
        if (poll(&wait, 1, 20) != 1)
            continue;
        const int fd = accept(port->socket, NULL, NULL);
        if (fd >= 0)
            serve(port, fd);
    }
    return NULL;
}

static void open_port(struct port *port, struct hub_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    port->server = server;
    port->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(port->socket >= 0 && bind(port->socket, (struct sockaddr *)&address, size) == 0 &&
              listen(port->socket, 16) == 0 &&
              getsockname(port->socket, (struct sockaddr *)&address, &size) == 0,
          "socket");
    port->number = ntohs(address.sin_port);
}

static struct hub_server *start(const char *how, const char *folder, SSL_CTX *tls)
{
    struct hub_server *server = calloc(1, sizeof *server);
    check(server, "memory");
    snprintf(server->how, sizeof server->how, "%s", how);
    snprintf(server->folder, sizeof server->folder, "%s", folder);
    server->tls = tls;
    pthread_mutex_init(&server->lock, NULL);
    open_port(&server->hub, server);
    open_port(&server->store, server);
    snprintf(server->endpoint, sizeof server->endpoint, "%s://127.0.0.1:%d", tls ? "https" : "http",
             server->hub.number);
    check(pthread_create(&server->hub.thread, NULL, run, &server->hub) == 0, "thread");
    check(pthread_create(&server->store.thread, NULL, run, &server->store) == 0, "thread");
    return server;
}

struct hub_server *hub_server_start(const char *how, const char *folder)
{
    return start(how, folder, NULL);
}

struct hub_server *hub_server_start_tls(const char *how, const char *folder, enum certificate kind,
                                        const char *certificate)
{
    SSL_CTX *tls = tls_new(kind, certificate);
    check(tls, certificate);
    return start(how, folder, tls);
}

void hub_server_behave(struct hub_server *server, const char *how)
{
    pthread_mutex_lock(&server->lock);
    snprintf(server->how, sizeof server->how, "%s", how);
    pthread_mutex_unlock(&server->lock);
}

const char *hub_server_endpoint(const struct hub_server *server)
{
    return server->endpoint;
}

struct hub_record hub_server_record(struct hub_server *server)
{
    pthread_mutex_lock(&server->lock);
    const struct hub_record record = server->record;
    pthread_mutex_unlock(&server->lock);
    return record;
}

void hub_server_stop(struct hub_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->stop = true;
    pthread_mutex_unlock(&server->lock);
    pthread_join(server->hub.thread, NULL);
    pthread_join(server->store.thread, NULL);
    close(server->hub.socket);
    close(server->store.socket);
    pthread_mutex_destroy(&server->lock);
    SSL_CTX_free(server->tls);
    free(server);
}
