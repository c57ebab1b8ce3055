/* Runs a command beside a test hub (server.h) that serves a folder:
 *     hub_endpoint [--count] HOW FOLDER 'alfa model pull hf:test/model'
 * The command is one for sh; HF_ENDPOINT is the hub's address. The exit code is the command's; with --count
 * what the hub saw is printed at the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "hub/server.h"

int main(int argc, char **argv)
{
    const int count = argc > 1 && strcmp(argv[1], "--count") == 0;
    if (argc != 4 + count) {
        fputs("usage: hub_endpoint [--count] HOW FOLDER COMMAND\n", stderr);
        return 99;
    }
    struct hub_server *server = hub_server_start(argv[1 + count], argv[2 + count]);
    setenv("HF_ENDPOINT", hub_server_endpoint(server), 1);
    const int status = system(argv[3 + count]);
    const struct hub_record record = hub_server_record(server);
    if (count)
        printf("hub %d, store %d (%d in part), tokens %d, leaked %d, bytes %lld\n", record.asked,
               record.stored, record.ranges, record.tokens, record.leaks, record.sent);
    hub_server_stop(server);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}
