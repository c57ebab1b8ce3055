/* A real server, started from the program, and a client for it: what the tests of alfa serve begin with. A
 * test includes this first; it brings cmocka along. */
#ifndef ALFA_TESTS_SERVE_CLIENT_H
#define ALFA_TESTS_SERVE_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct server {
    char folder[64]; /* temporary; data, cache and token files are below */
    pid_t pid;
    int port;
    char url[64];
};

/* Makes the folder; then starts the program that the test's only argument names with a small model. extra:
 * more arguments, ending with NULL; may be NULL. When the first is "socket", it gets one that listens
 * already. */
void server_make(struct server *server);
void server_start(struct server *server, const char *const *extra);
/* Ends it with a signal and gives what waitpid() says; the folder stays. */
int server_stop(struct server *server, int signal);
/* Stops it when it runs, and removes the folder. */
void server_remove(struct server *server);

/* For the set-up and tear-down of a group of tests: makes and starts; ends it with SIGTERM, which it has to
 * obey in order, and removes. Both give what cmocka wants: 0. */
int server_open(struct server *server);
int server_close(struct server *server);

struct answer {
    long status; /* 0: the connection failed */
    char *body;
    size_t size;
    char *headers;
    json_t *json; /* NULL: the body is none */
};

/* A request with up to 8 headers ("Name: value") and a body; path begins with '/'. */
struct answer ask(const struct server *server, const char *method, const char *path,
                  const char *const *headers, const void *body, size_t size);
/* GET; and a body that is JSON. */
struct answer get(const struct server *server, const char *path);
struct answer send_json(const struct server *server, const char *method, const char *path, const char *json);
/* A form with a picture and fields: "name=value" ending with NULL. */
struct answer send_form(const struct server *server, const char *path, const char *file,
                        const char *const *fields);
/* The same with a file of another name than "image". */
struct answer send_file(const struct server *server, const char *path, const char *part, const char *file,
                        const char *const *fields);
/* Judges a picture as "plate". */
struct answer detect(const struct server *server, const char *file);
void answer_free(struct answer *answer);

/* The number or text at a key of the answer; fails the test when it is not there. */
double number_of(const struct answer *answer, const char *key);
const char *text_of(const struct answer *answer, const char *key);
bool has_header(const struct answer *answer, const char *line);

/* Sends bytes as they are and reads until the server closes or milliseconds have passed; freed with free().
 */
char *send_raw(const struct server *server, const char *bytes, size_t size, int milliseconds);
int connect_raw(const struct server *server);

/* The program under test, set by main(). */
extern const char *program;

#define CHIP "examples/images/plate/chip.jpg"
#define GOOD "examples/images/plate/good_1.jpg"

#endif
