/* What systemd would hear, on a socket of a file and on one without. */
#include "cli/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_heard(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char got[64] = "";
    const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    memcpy(address.sun_path, name, strlen(name));
    if (*name == '@')
        address.sun_path[0] = 0;
    assert_int_equal(bind(fd, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
                     0);
    setenv("NOTIFY_SOCKET", name, 1);
    alfa__service_say("READY=1");
    alfa__service_say("WATCHDOG=1");
    assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), 7);
    assert_memory_equal(got, "READY=1", 7);
    assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), 10);
    assert_memory_equal(got, "WATCHDOG=1", 10);
    close(fd);
}

static void it_is_heard(void **state)
{
    char name[64];
    (void)state;
    snprintf(name, sizeof name, "/tmp/alfa-notify-%d", (int)getpid());
    assert_heard(name);
    unlink(name);
    snprintf(name, sizeof name, "@alfa-notify-%d", (int)getpid());
    assert_heard(name);
}

static void nobody_asked(void **state)
{
    (void)state;
    unsetenv("NOTIFY_SOCKET");
    alfa__service_say("READY=1");
    setenv("NOTIFY_SOCKET", "nowhere", 1);
    alfa__service_say("READY=1");
    setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
    alfa__service_say("READY=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_heard), cmocka_unit_test(nobody_asked)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
