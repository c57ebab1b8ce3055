/* A proxy whose connections a test can cut: proxy PORT TARGET forwards 127.0.0.1:PORT to 127.0.0.1:TARGET.
 * SIGUSR1 resets all connections that are open; new ones are taken as before. SIGUSR2 closes them as a broker
 * does that failed inside: AMQP's connection.close with 541. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 64 };

static volatile sig_atomic_t cut_now, fail_now;

static void on_signal(int number)
{
    *(number == SIGUSR2 ? &fail_now : &cut_now) = 1;
}

static struct sockaddr_in address(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((unsigned short)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* With a reset, as when a cable is pulled and a firewall forgets. */
static void cut(int *fd)
{
    const struct linger hard = {1, 0};
    if (*fd < 0)
        return;
    setsockopt(*fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(*fd);
    *fd = -1;
}

static int connect_to(int port)
{
    const struct sockaddr_in to = address(port);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    close(fd);
    return -1;
}

/* A method frame of channel 0, in between others when nothing else is on its way. */
static void fail(int (*pair)[2])
{
    static const unsigned char close_frame[] =
        "\1\0\0\0\0\0\x19\0\x0a\0\x32\2\x1d\x0eINTERNAL_ERROR\0\0\0\0\xce";
    if ((*pair)[0] < 0)
        return;
    (void)!write((*pair)[0], close_frame, sizeof close_frame - 1);
    close((*pair)[0]);
    (*pair)[0] = -1;
    cut(&(*pair)[1]);
}

static bool forward(int from, int to)
{
    char part[65536];
    const ssize_t got = read(from, part, sizeof part);
    for (ssize_t done = 0; done < got;) {
        const ssize_t sent = send(to, part + done, (size_t)(got - done), MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        done += sent;
    }
    return got > 0;
}

static void take_new(int listener, int (*pairs)[2], int target)
{
    int fd = accept(listener, NULL, NULL);
    for (int i = 0; fd >= 0 && i < MOST; i++)
        if (pairs[i][0] < 0 && pairs[i][1] < 0) {
            pairs[i][0] = fd;
            pairs[i][1] = connect_to(target);
            fd = -1;
            if (pairs[i][1] < 0)
                cut(&pairs[i][0]);
        }
    if (fd >= 0)
        cut(&fd);
}

int main(int argc, char **argv)
{
    int pairs[MOST][2];
    struct pollfd wait[1 + 2 * MOST];
    const struct sigaction action = {.sa_handler = on_signal};
    if (argc != 3)
        return 2;
    const struct sockaddr_in at = address(atoi(argv[1]));
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, target = atoi(argv[2]);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (const struct sockaddr *)&at, sizeof at) != 0 || listen(listener, MOST) != 0) {
        perror("proxy");
        return 1;
    }
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    for (int i = 0; i < MOST; i++)
        pairs[i][0] = pairs[i][1] = -1;
    for (;;) {
        wait[0] = (struct pollfd){.fd = listener, .events = POLLIN};
        for (int i = 0; i < 2 * MOST; i++)
            wait[1 + i] = (struct pollfd){.fd = pairs[i / 2][i % 2], .events = POLLIN};
        const int ready = poll(wait, 1 + 2 * MOST, -1);
        for (int i = 0; cut_now && i < 2 * MOST; i++)
            cut(&pairs[i / 2][i % 2]);
        for (int i = 0; fail_now && i < MOST; i++)
            fail(&pairs[i]);
        cut_now = fail_now = 0;
        if (ready <= 0)
            continue;
        for (int i = 0; i < 2 * MOST; i++)
            if (pairs[i / 2][i % 2] >= 0 && wait[1 + i].revents &&
                !forward(pairs[i / 2][i % 2], pairs[i / 2][1 - i % 2])) {
                cut(&pairs[i / 2][0]);
                cut(&pairs[i / 2][1]);
            }
        if (wait[0].revents)
            take_new(listener, pairs, target);
    }
}
