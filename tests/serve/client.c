#include "serve/client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/folder.h"

const char *program;

/* ------------------------------------------------------------------ the server */

void server_make(struct server *server)
{
    *server = (struct server){0};
    snprintf(server->folder, sizeof server->folder, "/tmp/alfa-serve-XXXXXX");
    assert_non_null(mkdtemp(server->folder));
}

/* As systemd does. */
static void pass_socket(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    char pid[16];
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0)
        _exit(126);
    dup2(fd, 3);
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "1", 1);
}

static void run(const struct server *server, const char *const *extra, int output)
{
    char data[96];
    const char *argv[32] = {program,       "serve", "--model",   "tests/data/models/openclip-gelu",
                            "--precision", "f32",   "--threads", "1",
                            "--port",      "0",     "--data",    data};
    size_t count = 12;
    dup2(output, STDERR_FILENO);
    snprintf(data, sizeof data, "%s/data", server->folder);
    if (extra && *extra && strcmp(*extra, "socket") == 0) {
        pass_socket();
        extra++;
    }
    for (; extra && *extra && count < 31; extra++)
        argv[count++] = *extra;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setenv("HOME", server->folder, 1);
    setenv("OMP_WAIT_POLICY", "passive", 1);
    setenv("ALFA_DATA", ".", 1);
    unsetenv("XDG_CACHE_HOME");
    execv(program, (char **)argv);
    _exit(127);
}

/* Reads the line that says where it listens. */
static void read_port(struct server *server, int fd)
{
    char text[4096] = "", *place = NULL;
    size_t used = 0;
    while (!place && used + 1 < sizeof text) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        const ssize_t got = poll(&wait, 1, 60000) == 1 ? read(fd, text + used, sizeof text - 1 - used) : 0;
        if (got <= 0)
            break;
        used += (size_t)got;
        text[used] = 0;
        place = strstr(text, "ready at ");
        place = place && strchr(place, '\n') ? place : NULL;
    }
    if (!place || sscanf(strchr(place + 16, ':') + 1, "%d", &server->port) != 1)
        fail_msg("the server did not start: %s", text);
    snprintf(server->url, sizeof server->url, "%.5s://127.0.0.1:%d",
             strncmp(place + 9, "https", 5) == 0 ? "https" : "http", server->port);
    if (strncmp(place + 9, "https", 5) != 0)
        snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d", server->port);
}

void server_start(struct server *server, const char *const *extra)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0)
        run(server, extra, ends[1]);
    close(ends[1]);
    read_port(server, ends[0]);
    close(ends[0]); /* it says nothing else that matters */
}

int server_stop(struct server *server, int number)
{
    int status = 0;
    kill(server->pid, number);
    assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
    server->pid = 0;
    return status;
}

void server_remove(struct server *server)
{
    if (server->pid)
        server_stop(server, SIGKILL);
    assert_int_equal(folder_remove(server->folder), 0);
}

int server_open(struct server *server)
{
    server_make(server);
    server_start(server, NULL);
    return 0;
}

int server_close(struct server *server)
{
    const int status = server_stop(server, SIGTERM);
    server_remove(server);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

/* ------------------------------------------------------------------ requests */

struct text {
    char *bytes;
    size_t size;
};

static size_t collect(char *bytes, size_t one, size_t count, void *context)
{
    struct text *text = context;
    (void)one;
    char *more = realloc(text->bytes, text->size + count + 1);
    if (!more)
        return 0;
    memcpy(more + text->size, bytes, count);
    text->bytes = more;
    text->size += count;
    more[text->size] = 0;
    return count;
}

static struct answer perform(const struct server *server, CURL *curl, const char *method, const char *path,
                             const char *const *headers)
{
    struct answer answer = {0};
    struct text body = {0}, head = {0};
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    char url[1024];
    snprintf(url, sizeof url, "%s%s", server->url, path);
    for (; headers && *headers; headers++)
        list = curl_slist_append(list, *headers);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &head);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L); /* of a certificate that the test made */
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_slist_free_all(list);
    answer.body = body.bytes ? body.bytes : calloc(1, 1);
    answer.size = body.size;
    answer.headers = head.bytes ? head.bytes : calloc(1, 1);
    answer.json = json_loadb(answer.body, answer.size, 0, NULL);
    return answer;
}

struct answer ask(const struct server *server, const char *method, const char *path,
                  const char *const *headers, const void *body, size_t size)
{
    CURL *curl = curl_easy_init();
    if (body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    }
    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    struct answer answer = perform(server, curl, method, path, headers);
    curl_easy_cleanup(curl);
    return answer;
}

struct answer get(const struct server *server, const char *path)
{
    return ask(server, "GET", path, NULL, NULL, 0);
}

struct answer send_json(const struct server *server, const char *method, const char *path, const char *json)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    return ask(server, method, path, headers, json, strlen(json));
}

struct answer send_form(const struct server *server, const char *path, const char *file,
                        const char *const *fields)
{
    return send_file(server, path, "image", file, fields);
}

struct answer send_file(const struct server *server, const char *path, const char *name, const char *file,
                        const char *const *fields)
{
    CURL *curl = curl_easy_init();
    curl_mime *form = curl_mime_init(curl);
    if (file) {
        curl_mimepart *part = curl_mime_addpart(form);
        curl_mime_name(part, name);
        curl_mime_filedata(part, file);
    }
    for (; fields && *fields; fields++) {
        char field[64] = "";
        const char *equals = strchr(*fields, '=');
        memcpy(field, *fields, (size_t)(equals - *fields));
        curl_mimepart *part = curl_mime_addpart(form);
        curl_mime_name(part, field);
        curl_mime_data(part, equals + 1, CURL_ZERO_TERMINATED);
    }
    curl_easy_setopt(curl, CURLOPT_MIMEPOST, form);
    struct answer answer = perform(server, curl, "POST", path, NULL);
    curl_mime_free(form);
    curl_easy_cleanup(curl);
    return answer;
}

struct answer detect(const struct server *server, const char *file)
{
    static const char *const fields[] = {"class=plate", NULL};
    return send_form(server, "/v1/detect", file, fields);
}

void answer_free(struct answer *answer)
{
    json_decref(answer->json);
    free(answer->body);
    free(answer->headers);
    *answer = (struct answer){0};
}

double number_of(const struct answer *answer, const char *key)
{
    json_t *value = json_object_get(answer->json, key);
    if (!json_is_number(value))
        fail_msg("no number \"%s\" in %s", key, answer->body);
    return json_number_value(value);
}

const char *text_of(const struct answer *answer, const char *key)
{
    json_t *value = json_object_get(answer->json, key);
    if (!json_is_string(value))
        fail_msg("no text \"%s\" in %s", key, answer->body);
    return json_string_value(value);
}

bool has_header(const struct answer *answer, const char *line)
{
    return strcasestr(answer->headers, line) != NULL;
}

/* ------------------------------------------------------------------ raw bytes */

int connect_raw(const struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)server->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

char *send_raw(const struct server *server, const char *bytes, size_t size, int milliseconds)
{
    struct text text = {0};
    char piece[4096];
    const int fd = connect_raw(server);
    assert_true(fd >= 0);
    while (size > 0) {
        const ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            break;
        bytes += sent;
        size -= (size_t)sent;
    }
    for (struct pollfd wait = {.fd = fd, .events = POLLIN}; poll(&wait, 1, milliseconds) == 1;) {
        const ssize_t got = read(fd, piece, sizeof piece);
        if (got <= 0)
            break;
        collect(piece, 1, (size_t)got, &text);
    }
    close(fd);
    return text.bytes ? text.bytes : calloc(1, 1);
}
