#!/usr/bin/env bash
# One would guess that a client of libmosquitto with a thread of its own (mosquitto_loop_start) tells by mosquitto_disconnect_callback_set()
# when a connection fails, and tries again, as the manual of both says.
# When the broker's certificate does not verify and mosquitto_connect_async() is over by then (it is when the broker takes a moment to answer; else
# it returns MOSQ_ERR_TLS itself), the thread ends: neither on_connect nor on_disconnect is called, and there is no other try, also when the
# certificate is mended. Only the log callback has a line. A connection that ends later is told and tried again.
# It matters for senders that run for months: after a broker's certificate has expired and was renewed they say nothing and send nothing. What
# helps: watch the log for errors of TLS, then mosquitto_loop_stop(client, true), mosquitto_connect_async() and mosquitto_loop_start().
# Versions: libmosquitto 2.0.11 (Debian 12), OpenSSL 3.0. Needs gcc, openssl, and apt for the packages.
set -euo pipefail
work=$(mktemp -d)
server=
trap 'kill -9 $server 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download -q libmosquitto1=2.0.11-1.2+deb12u2 libmosquitto-dev=2.0.11-1.2+deb12u2 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
library=$(dirname "$(find . -name 'libmosquitto.so.1')")
cat >client.c <<'EOF'
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void on_connect(struct mosquitto *client, void *context, int code)
{
    (void)client, (void)context;
    printf("on_connect %d\n", code);
}

static void on_disconnect(struct mosquitto *client, void *context, int code)
{
    (void)client, (void)context;
    printf("on_disconnect %d\n", code);
}

static void on_log(struct mosquitto *client, void *context, int level, const char *text)
{
    (void)client, (void)context, (void)level;
    printf("log: %s\n", text);
}

int main(int argc, char **argv) /* PORT CA */
{
    setvbuf(stdout, NULL, _IONBF, 0);
    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new("client", true, NULL);
    mosquitto_connect_callback_set(client, on_connect);
    mosquitto_disconnect_callback_set(client, on_disconnect);
    mosquitto_log_callback_set(client, on_log);
    if (argc != 3 || mosquitto_tls_set(client, argv[2], NULL, NULL, NULL, NULL) != MOSQ_ERR_SUCCESS)
        return 2;
    printf("connect_async %d\n", mosquitto_connect_async(client, "127.0.0.1", atoi(argv[1]), 10));
    mosquitto_loop_start(client);
    sleep(15);
    return 0;
}
EOF
gcc -Iusr/include client.c -o client "$library/libmosquitto.so.1" -Wl,-rpath,"$PWD/$library"
for name in broker other; do
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout $name.key -out $name.pem 2>/dev/null
done
port=$((20000 + $$ % 12000))
is_open() { (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; }
while is_open; do port=$((port + 1)); done
openssl s_server -accept 127.0.0.1:$port -cert broker.pem -key broker.key -quiet >/dev/null 2>&1 & server=$!
until is_open; do sleep 0.1; done

# The kernel takes the connection, the server answers a moment later.
kill -STOP $server
./client $port other.pem >distrusted & client=$!
sleep 2; kill -CONT $server; wait $client
echo "a certificate that does not verify, in 15 seconds:"; sed 's/^/    /' distrusted

# For comparison: it verifies, and the server is gone 3 seconds later.
./client $port broker.pem >lost & client=$!
sleep 3; kill -9 $server; wait $server 2>/dev/null || true; server=; wait $client
echo "a server that goes:"; sed 's/^/    /' lost

grep -q '^connect_async 0' distrusted || { echo "changed: connect_async says something else"; exit 1; }
grep -q 'certificate verify failed' distrusted || { echo "changed: the log does not say why"; exit 1; }
grep -q '^on_' distrusted && { echo "changed: a callback tells of it"; exit 1; }
[ "$(grep -c 'sending CONNECT' distrusted)" = 1 ] || { echo "changed: it tries again"; exit 1; }
grep -q '^on_disconnect' lost && [ "$(grep -c 'sending CONNECT' lost)" -gt 1 ] || { echo "changed: a lost connection is not told, or not tried again"; exit 1; }
echo "a failed TLS handshake ends the client's thread without a word"
