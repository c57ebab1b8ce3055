/* Runs a command beside a test endpoint (server.h):
 *     llm_endpoint HOW 'alfa prompts gear --llm $URL ...'
 * The command is one for sh; $URL is the endpoint's address, $CA its certificate. The exit code is the
 * command's; with --count before HOW, the number of requests is printed at the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "llm/server.h"

int main(int argc, char **argv)
{
    char url[64];
    int count = argc > 1 && strcmp(argv[1], "--count") == 0;
    if (argc != 3 + count) {
        fputs("usage: llm_endpoint [--count] HOW COMMAND\n", stderr);
        return 99;
    }
    const char *how = argv[1 + count];
    struct llm_server *server = llm_server_start(how);
    snprintf(url, sizeof url, "http%s://127.0.0.1:%d/v1", strncmp(how, "tls-", 4) == 0 ? "s" : "",
             llm_server_port(server));
    setenv("URL", url, 1);
    setenv("CA", llm_server_certificate(server), 1);
    int status = system(argv[2 + count]);
    if (count)
        printf("%d requests\n", llm_server_requests(server));
    llm_server_stop(server);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}
