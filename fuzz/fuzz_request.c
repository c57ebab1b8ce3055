/* What comes over a connection: a server in this process gets the bytes as they are. Whatever they say, it
 * answers in HTTP or not at all, never that something in it is broken (500), and goes on. */
#include "fuzz.h"
#include "serve/serve.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Milliseconds until half the connection is closed, and of silence after that; bytes of an answer that are
 * looked at. Who closes half of it before the answer gets none (libmicrohttpd). */
enum { PATIENCE = 300, SURELY = 60000, SILENCE = 50, LONGEST = 1 << 16 };

static struct sockaddr_in address = {.sin_family = AF_INET};
static struct alfa__serve_options how;
static struct alfa_model *model;
static pthread_t thread;
static atomic_bool over;

static bool is_over(void)
{
    return atomic_load(&over);
}

static void say(const char *line)
{
    (void)line;
}

static void *serve(void *context)
{
    struct alfa_error err;
    (void)context;
    FUZZ_HOLDS(alfa__serve(&how, &err) == ALFA_OK);
    return NULL;
}

static void stop(void)
{
    atomic_store(&over, true);
    pthread_join(thread, NULL);
    alfa_model_free(model);
}

static void start(void)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    socklen_t size = sizeof address;
    options.threads = 1;
    FUZZ_HOLDS(alfa_model_open(&model, "tests/data/models/openclip-gelu", &options, NULL) == ALFA_OK);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    FUZZ_HOLDS(fd > 0 && bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 16) == 0);
    FUZZ_HOLDS(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    how = (struct alfa__serve_options){.folder = strdup(fuzz_path("store")),
                                       .prompts = "prompts",
                                       .socket = fd,
                                       .queue = 4,
                                       .model = model,
                                       .stop = is_over,
                                       .say = say};
    signal(SIGPIPE, SIG_IGN);
    FUZZ_HOLDS(how.folder && pthread_create(&thread, NULL, serve, NULL) == 0);
    atexit(stop);
}

/* The beginning of the answer, until the server closes or is silent for a while. patience: ms for its first
 * byte. */
static size_t converse(char *answer, const uint8_t *data, size_t size, int patience)
{
    size_t got = 0;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    FUZZ_HOLDS(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    while (size > 0) {
        const ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent <= 0)
            break;
        data += sent;
        size -= (size_t)sent;
    }
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    poll(&wait, 1, patience);
    shutdown(fd, SHUT_WR);
    while (got < LONGEST && poll(&wait, 1, SILENCE) == 1) {
        const ssize_t more = read(fd, answer + got, LONGEST - got);
        if (more <= 0)
            break;
        got += (size_t)more;
    }
    close(fd);
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t health[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    static char answer[LONGEST + 1];
    if (!thread)
        start();
    size_t got = converse(answer, data, size, PATIENCE);
    FUZZ_HOLDS(got == 0 || (got > 12 && memcmp(answer, "HTTP/1.", 7) == 0));
    FUZZ_HOLDS(got == 0 || memcmp(answer + 9, "500", 3) != 0);
    got = converse(answer, health, sizeof health - 1, SURELY);
    FUZZ_HOLDS(got > 12 && memcmp(answer + 9, "200", 3) == 0);
    return 0;
}
