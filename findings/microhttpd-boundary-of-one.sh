#!/usr/bin/env bash
# One would guess that libmicrohttpd's post processor reads any form that RFC 2046 allows: a boundary has 1 to 70 characters.
# With one of a single character MHD_create_post_processor() gives NULL, as for a body that is no form at all; with two it reads the form.
# It matters for clients that write their forms by hand, and for who takes NULL to mean that the request is wrong or memory is short.
# Versions: libmicrohttpd 0.9.75 (Debian 12). Needs gcc, and apt for the package.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get download -q libmicrohttpd12=0.9.75-6 libmicrohttpd-dev=0.9.75-6 >/dev/null 2>&1 && for package in *.deb; do dpkg -x "$package" .; done)
cat >"$work/form.c" <<'EOF'
#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <unistd.h>

static enum MHD_Result piece(void *context, enum MHD_ValueKind kind, const char *name, const char *file, const char *type,
                             const char *coding, const char *bytes, uint64_t offset, size_t size)
{
    (void)context, (void)kind, (void)file, (void)type, (void)coding, (void)offset;
    printf("%s=%.*s\n", name, (int)size, bytes);
    return MHD_YES;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *bytes, size_t *size, void **place)
{
    (void)context, (void)path, (void)method, (void)version;
    if (!*place) {
        *place = MHD_create_post_processor(connection, 4096, piece, NULL);
        if (!*place)
            printf("no post processor\n");
        return *place ? MHD_YES : MHD_NO;
    }
    if (*size) {
        MHD_post_process(*place, bytes, *size);
        *size = 0;
        return MHD_YES;
    }
    MHD_destroy_post_processor(*place);
    struct MHD_Response *response = MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    const enum MHD_Result queued = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}

int main(void)
{
    static const char *const boundaries[] = {"a", "ab", "abc"};
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, NULL, MHD_OPTION_END);
    const unsigned short port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < 3; i++) {
        const char *b = boundaries[i];
        char form[256], text[512];
        const int size = snprintf(form, sizeof form, "--%s\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nvalue\r\n--%s--\r\n", b, b);
        const int all = snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
                                 "multipart/form-data; boundary=%s\r\nContent-Length: %d\r\n\r\n%s", b, size, form);
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        printf("boundary %s: ", b);
        if (connect(fd, (void *)&address, sizeof address) == 0 && send(fd, text, (size_t)all, 0) == all)
            while (recv(fd, text, sizeof text, 0) > 0)
                ;
        close(fd);
    }
    MHD_stop_daemon(daemon);
}
EOF
libs=$(dirname "$(find "$work/usr" -name libmicrohttpd.so)")
gcc -I "$work/usr/include" "$work/form.c" "$libs"/libmicrohttpd.so.12 -Wl,-rpath,"$libs" -o "$work/form"
"$work/form" | tee "$work/said"
diff "$work/said" - <<'EOF'
boundary a: no post processor
boundary ab: key=value
boundary abc: key=value
EOF
