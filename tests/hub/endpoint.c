/* Runs a command beside a test hub (server.h) that serves a folder:
 *     hub_endpoint [--count | --tls FILE] HOW FOLDER 'alfa model pull hf:test/model'
 * The command is one for sh; HF_ENDPOINT is the hub's address. The exit code is the command's; with --count
 * what the hub saw is printed at the end. With --tls the hub speaks https, and its certificate, which nobody
 * trusts, is written to FILE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "hub/server.h"

int main(int argc, char **argv)
{
    const int count = argc > 1 && strcmp(argv[1], "--count") == 0;
    const int tls = argc > 2 && strcmp(argv[1], "--tls") == 0 ? 2 : 0;
    if (argc != 4 + count + tls) {
        fputs("usage: hub_endpoint [--count | --tls FILE] HOW FOLDER COMMAND\n", stderr);
        return 99;
    }
    const char *const *rest = (const char *const *)argv + 1 + count + tls;
    struct hub_server *server = tls ? hub_server_start_tls(rest[0], rest[1], CERTIFICATE_GOOD, argv[2])
                                    : hub_server_start(rest[0], rest[1]);
    setenv("HF_ENDPOINT", hub_server_endpoint(server), 1);
    const int status = system(rest[2]);
    const struct hub_record record = hub_server_record(server);
    if (count)
        printf("hub %d, store %d (%d in part), tokens %d, leaked %d, bytes %lld\n", record.asked,
               record.stored, record.ranges, record.tokens, record.leaks, record.sent);
    hub_server_stop(server);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}
