#!/usr/bin/env bash
# alfa watch, alfa serve and a real broker: every result arrives, over a broker that is away, comes back, is killed, wants a password and
# speaks TLS. mqtt.sh PROGRAM, from the root of the repository.
set -euo pipefail
PATH=$PATH:/usr/sbin
command -v mosquitto >/dev/null && command -v mosquitto_sub >/dev/null ||
    { echo "SKIPPED: mosquitto and mosquitto-clients are not installed"; exit 77; }
alfa=$(realpath "$1")
images=$PWD/tests/data/images/valid
model=$PWD/tests/data/models/openclip-gelu
work=$(mktemp -d)
job= broker= listener=
trap 'kill -9 $job $broker $listener 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
export XDG_STATE_HOME=$work/state XDG_CACHE_HOME=$work/cache OMP_WAIT_POLICY=passive
is_open() { (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; }
port=$((20000 + $$ % 12000)) # below those that the system gives to others
while is_open; do port=$((port + 1)); done
mkdir in

fail() { echo "mqtt: $*"; echo "-- got"; cut -c1-150 got; echo "-- messages"; cat messages; echo "-- broker"; tail -5 broker.log; exit 1; }
until_true() { # what DESCRIPTION COMMAND...
    local what=$1; shift
    for _ in $(seq 300); do "$@" && return; sleep 0.1; done
    fail "$what"
}
settings() { printf '%s\n' "listener $port 127.0.0.1" "persistence true" "persistence_location $work/" "log_dest stdout" "user root" "$@" >broker.conf; }
open_broker() {
    mosquitto -c broker.conf >>broker.log 2>&1 & broker=$!
}
close_broker() { kill "$@" $broker; wait $broker 2>/dev/null || true; broker=; }
listen() { # a session that the broker keeps
    mosquitto_sub -h 127.0.0.1 -p $port -i ear -c -q 1 -t 'line1/#' -F '%t %r %p' "$@" >>got 2>/dev/null & listener=$!
    sleep 0.5
}
start() { : >lines; : >messages; "$alfa" watch in -c bottle -m "$model" --threshold 0 --mqtt "${url:-mqtt://127.0.0.1:$port}" --topic line1 "$@" >lines 2>messages & job=$!; until_true "start" grep -q watching messages; }
stop() { kill -TERM $job; wait $job || fail "ends with $?"; job=; }
put() { for name in "$@"; do cp "$images/rgb.png" in/$name.png; done; }
results() { grep '^line1/result' got | grep -o '"path": "[^"]*"' | sort -u | wc -l; }
has() { [ "$(results)" -ge "$1" ]; }
: >got; : >messages

# Away at first; what was judged waits and comes once, in order, with a status.
settings "allow_anonymous true"
start
put a b
until_true "two lines" eval '[ "$(wc -l <lines)" = 2 ]'
until_true "away" grep -q 'cannot be reached yet (Connection refused): trying again' messages
open_broker; until_true "broker" is_open
listen
until_true "what waited" has 2
until_true "status" grep -q '^line1/status . {"online": true' got
put c; until_true "c" has 3
[ "$(grep -c '^line1/result' got)" = 3 ] || fail "something came twice"
grep '^line1/result' got | head -1 | cut -d' ' -f3- >first
grep -q '"id": "[0-9a-f-]*", "time": "20[0-9TZ:-]*", "path": "in/a.png".*"decision": "anomaly"' first || fail "message: $(cat first)"

# Restarted in between; killed, so that nothing is said of it.
close_broker -TERM
put d e
until_true "lost" grep -q 'connection is lost' messages
open_broker; until_true "broker" is_open
kill $listener 2>/dev/null || true; listen
until_true "d and e" has 5
until_true "back" grep -q 'connected' messages
close_broker -KILL
put f; sleep 0.5

# The sender killed while the broker is away: the outbox has it.
kill -9 $job; wait $job 2>/dev/null || true
open_broker; until_true "broker" is_open
kill $listener 2>/dev/null || true; listen
start
until_true "f" has 6
stop
until_true "goodbye" eval "tail -3 got | grep -q '^line1/status . {\"online\": false}'"
[ "$(head -c 20 state/alfa/*.outbox | tr -d '\n')" = 0000000000000000020 ] && [ "$(stat -c %s state/alfa/*.outbox)" = 20 ] || fail "the outbox is not empty"

# More than the client takes at once, of an earlier run: all of it, in order.
{ printf '%019d\n' 20; seq 700 | sed 's/.*/{"old": &}/'; } >old; cat old >"$(echo state/alfa/*.outbox)"
start
until_true "what is old" eval '[ "$(grep -c "{\"old\": " got)" = 700 ]'
stop
grep -o '"old": [0-9]*' got | cut -d' ' -f2 | sort -nc || fail "what is old comes out of order"
grep -v '{"old": ' got >rest; cat rest >got # counted no more

# No room for messages: they are sent while the broker is there, and said.
printf '#!/bin/bash\nulimit -f 1\nexec "%s" "$@"\n' "$alfa" >small; chmod +x small
(alfa=$work/small; start; until_true "online" eval "tail -1 got | grep -q '\"online\": true'"; put small$(printf %090d 0); until_true "a message for which there is no room" grep -q '^line1/result.*in/small0' got; stop)
grep -q 'outbox: cannot be written: File too large; messages are sent, but none is kept' messages || fail "does not say that none is kept"
rm in/small0*.png; grep -v 'in/small' got >rest; cat rest >got # counted no more

# A will, when it is killed.
start --explain-prompts; put g; until_true "g" has 7
grep '"path": "in/g.png"' got | grep -q '"prompts": \[{"side": ' || fail "no prompts"
kill -9 $job; wait $job 2>/dev/null || true
until_true "will" eval "tail -1 got | grep -q '^line1/status . {\"online\": false}'"

# Questions: of MQTT 5 with a topic for the answer, and without one; before the first picture, and the newest out of its turn.
if command -v mosquitto_rr >/dev/null; then
    start --mqtt-trigger line1/ask
    until_true "listens" eval "grep -q connected messages || [ ! -s messages ] || tail -1 got | grep -q '\"online\": true'"
    question() { mosquitto_rr -h 127.0.0.1 -p $port -V 5 -q 1 -t line1/ask -e plc/answer -m now -W 20 -D publish correlation-data 42 >answer; }
    question && grep -q '^{"error": "no picture has come since the start"}$' answer || fail "answer: $(cat answer)"
    kill -STOP $job
    for n in 01 02 03 04 05 06 07 08 09; do put q$n; done
    question & asking=$!
    sleep 0.5; kill -CONT $job
    wait $asking && grep -q '"path": "in/q09.png", .*"score"' answer || fail "newest: $(cat answer)"
    mosquitto_pub -h 127.0.0.1 -p $port -q 1 -t line1/ask -m now
    until_true "without a topic" grep -q '^line1/answer . {"id": ' got
    until_true "the others" has 16
    stop
    rm in/q*.png; grep -v 'in/q0' got >rest; cat rest >got # counted no more
    "$alfa" watch in -c bottle -m "$model" --mqtt mqtt://127.0.0.1:$port --mqtt-trigger 'line1/+' 2>messages && fail "takes a wildcard"
    grep -q 'mqtt-trigger: "line1/+" is no single topic' messages || fail "does not name the wildcard"
fi

# A password; then the right one.
close_broker -TERM
mosquitto_passwd -b -c users line 'right one' 2>/dev/null
settings "allow_anonymous false" "password_file $work/users"
open_broker; until_true "broker" is_open
printf 'line\nwrong\n' >user; start --mqtt-user-file user
until_true "refused" grep -q '127.0.0.1: refuses: ' messages
put h; until_true "h" eval '[ "$(wc -l <lines)" = 1 ]'
stop
grep -q '1 message could not be sent: they are kept' messages || fail "does not say what is left"
printf 'line\nright one\n' >user; start --mqtt-user-file user
kill $listener 2>/dev/null || true; listen -u line -P 'right one'
until_true "h with the password" has 8
stop

# TLS that verifies, and one that does not.
close_broker -TERM
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout other.key -out other.pem 2>/dev/null
settings "allow_anonymous true" "certfile $work/cert.pem" "keyfile $work/key.pem"
open_broker; until_true "broker" is_open
url=mqtts://127.0.0.1:$port
start --mqtt-ca cert.pem
kill $listener 2>/dev/null || true; listen --cafile cert.pem
put i; until_true "i over TLS" has 9
stop
put j; start; until_true "j judged" eval '[ "$(wc -l <lines)" = 1 ]'
until_true "does not verify" grep -q '127.0.0.1: cannot be reached yet (its certificate does not verify)' messages
sleep 1.5
has 10 && fail "believes any certificate"
stop
# A certificate that is mended while the sender runs; the broker shows the wrong one late, when libmosquitto's first call is over.
kill -STOP $broker
start --mqtt-ca other.pem
kill -CONT $broker
until_true "does not verify" grep -q 'its certificate does not verify' messages
put k; until_true "k judged" eval '[ "$(wc -l <lines)" = 1 ]'
sleep 2.5 # it has tried again meanwhile
close_broker -TERM
settings "allow_anonymous true" "certfile $work/other.pem" "keyfile $work/other.key"; open_broker; until_true "broker" is_open
kill $listener 2>/dev/null || true; listen --cafile other.pem
until_true "connected" grep -q '127.0.0.1: connected' messages
until_true "j and k over TLS" has 11
stop
url=mqtt://127.0.0.1:$port start
until_true "no TLS" grep -q '127.0.0.1: cannot be reached yet (it ends the connection at once' messages
stop

# The server's answers, also those that wait while the broker is away; what it keeps is numbered.
close_broker -TERM
settings "allow_anonymous true"
: >messages
"$alfa" serve --port 0 --data store -m "$model" --mqtt mqtt://127.0.0.1:$port --topic line1 >lines 2>messages & job=$!
until_true "server" grep -q http:// messages
web=$(grep -o 'http://[0-9.:]*' messages | head -1 | grep -o '[0-9]*$')
ask() { # PARAMETERS
    exec 3<>/dev/tcp/127.0.0.1/$web
    { printf 'POST /v1/detect?class=bottle&%s HTTP/1.1\r\nHost: localhost:%s\r\nContent-Type: image/png\r\n' "$1" "$web"
      printf 'Content-Length: %s\r\nConnection: close\r\n\r\n' "$(stat -c %s "$images/rgb.png")"; cat "$images/rgb.png"; } >&3
    cat <&3 >answer; exec 3>&-
    head -1 answer | grep -q 200 || fail "answers $(head -1 answer)"
}
ask name=first.png; ask store=no
[ "$(head -c 20 store/messages.outbox | tr -d '\n')" = 0000000000000000020 ] && [ "$(stat -c %s store/messages.outbox)" -gt 500 ] || fail "nothing waits"
open_broker; until_true "broker" is_open
kill $listener 2>/dev/null || true; listen
until_true "the server's" grep -q '^line1/result . {"id": "1", "time": "20[0-9TZ:-]*", .*"name": "first.png"' got
until_true "what is not kept" eval "grep -q '\"id\": \"unkept-' got"
ask name=third.png
until_true "third" grep -q '"id": "2", "time"' got
stop
"$alfa" serve --port 0 --data store -m "$model" --topic line1 2>messages && fail "takes a topic alone"
grep -q 'alfa: --mqtt: URL is needed' messages || fail "does not say that a URL is needed"
echo "mqtt: all as it should be"
