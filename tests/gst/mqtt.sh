#!/usr/bin/env bash
# alfadetect and a real broker: every judged frame arrives, over a broker that is away, is restarted, refuses, and speaks TLS with a
# certificate of an authority of its own; who asks gets the next frame's result. The environment says where the plugins are.
# mqtt.sh PLUGIN, from the root of the repository.
set -euo pipefail
PATH=$PATH:/usr/sbin
for needed in mosquitto mosquitto_sub mosquitto_rr gst-launch-1.0; do
    command -v $needed >/dev/null || { echo "SKIPPED: mosquitto, mosquitto-clients or gstreamer1.0-tools is not installed"; exit 77; }
done
readelf -d "$1" | grep -qE 'lib[at]san' && { echo "SKIPPED: gst-launch-1.0 cannot load what is built with sanitizers"; exit 77; }
model=$PWD/tests/data/models/openclip-gelu
export ALFA_DATA=$PWD
work=$(mktemp -d)
job= broker= listener=
# A shell behind $(...) that loses its child (bash, when numbers of processes come again) comes here too.
trap '[ $BASHPID = $$ ] || exit; kill -9 $job $broker $listener 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
export XDG_STATE_HOME=$work/state
is_open() { (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; }
port=$((20000 + ($$ + 5000) % 12000)) # below those that the system gives to others
while is_open; do port=$((port + 1)); done

fail() { echo "gst/mqtt: $*"; echo "-- got"; cut -c1-200 got; echo "-- messages"; tail -20 messages; echo "-- broker"; tail -5 broker.log; exit 1; }
until_true() { # what COMMAND...: a minute; with N others waiting for each processor 1 + N minutes
    local what=$1 begin=$SECONDS crowd; shift
    until "$@"; do
        sleep 0.1
        crowd=$(awk -v processors="$(nproc)" '{ print 1 + int($1 / processors) }' /proc/loadavg)
        [ $((SECONDS - begin)) -lt $((60 * crowd)) ] || fail "$what"
    done
}
settings() { printf '%s\n' "listener $port 127.0.0.1" "persistence true" "persistence_location $work/" "log_dest stderr" "log_type all" "user root" "$@" >broker.conf; }
open_broker() { mosquitto -c broker.conf >>broker.log 2>&1 & broker=$!; until_true "broker" is_open; }
close_broker() { kill $broker; wait $broker 2>/dev/null || true; broker=; }
listen() { # a session that the broker keeps
    local before
    until before=$(subscribed) && [ "$before" ]; do :; done
    mosquitto_sub -h 127.0.0.1 -p $port -i ear -c -q 1 -t 'line1/#' -F '%t %p' "$@" >>got 2>/dev/null & listener=$!
    until_true "listener" eval '[ "$(subscribed)" -gt '$before' ]'
}
subscribed() { grep -c 'Sending SUBACK to ear' broker.log || true; }
source="video/x-raw,format=GRAY8,width=64,height=48,framerate=20/1"
launch() { # FRAMES LIVE PROPERTY...: a pipeline of so many frames, instead of the shell that calls it
    local frames=$1 live=$2; shift 2
    exec gst-launch-1.0 -m videotestsrc num-buffers=$frames is-live=$live ! "$source" ! alfadetect class=plate model="$model" mqtt=mqtt://127.0.0.1:$port \
        mqtt-topic=line1 "$@" ! fakesink >messages 2>&1
}
stream() { (launch "$@"); }
ids() { grep '^line1/result' got | grep -o '"id": "[0-9a-f-]*"' | sort -u | wc -l; }
has() { [ "$(ids)" -ge "$1" ]; }
: >got; : >messages; : >broker.log

# Away: the stream goes on, and its results wait on the disk for the next start.
stream 3 false || fail "a broker that is away ends the stream"
grep -q 'cannot be reached' messages || fail "does not say that the broker is away"
[ -s state/alfa/line1.outbox ] || fail "where is the outbox?"
settings "allow_anonymous true"; open_broker; listen
stream 2 false || fail "stream"
until_true "five results" has 5
until_true "goodbye" eval 'tail -1 got | grep -q "line1/status {\"online\": false}"'
grep -q '^line1/status {"online": true' got || fail "status"
grep -m1 '^line1/result' got | grep -q '{"id": "[0-9a-f]*-1", "time": "20[0-9TZ:-]*", "frame": 1, "pts": 0, .*"score": ' || fail "message: $(head -2 got)"

# Restarted in mid-stream: nothing is lost, and the stream did not stop for it.
launch 60 true every=3 & job=$!
until_true "some" has 10
close_broker; kill $listener; sleep 0.5; open_broker; listen
wait $job || fail "the stream ends with its broker"
job=
until_true "twenty more" has 25
[ "$(ids)" = 25 ] || fail "$(ids) results instead of 25"

# Frames pass unjudged until somebody asks.
launch 10000 true every=0 mqtt-trigger=plant/ask & job=$!
until_true "answer" eval 'mosquitto_rr -h 127.0.0.1 -p $port -V 5 -t plant/ask -e plc/answer -m now -W 2 >answer 2>/dev/null && grep -q score answer'
grep -q '"frame": [0-9]*, .*"score": ' answer || fail "answer: $(cat answer)"
before=$(ids); sleep 0.5; [ "$(ids)" = "$before" ] || fail "judges without being asked"
mosquitto_pub -h 127.0.0.1 -p $port -t plant/ask -m now
until_true "answer on the topic's own" grep -q '^line1/answer {"id"' got
kill $job; wait $job 2>/dev/null || true; job=

# Refused: said once, and the stream goes on; with the password all arrives.
begin() { : >messages; launch 100000 true every=1000000 "$@" & job=$!; } # its first frame is judged
goes_on() { sleep 0.3; kill -0 $job 2>/dev/null || fail "$1 ends the stream"; }
end() { # what was not sent is in the outbox
    until_true "first frame" grep -q '(element): alfadetect,' messages
    kill $job; wait $job 2>/dev/null || true; job=
}
close_broker; kill $listener
mosquitto_passwd -b -c passwords line secret 2>/dev/null; settings "allow_anonymous false" "password_file $work/passwords"; open_broker
printf 'line\nwrong\n' >wrong; printf 'line\nsecret\n' >right
before=$(ids)
begin mqtt-user-file=wrong
until_true "does not say that it was refused" grep -q 'refuses' messages
goes_on "a refusal"; end
listen -u line -P secret
begin mqtt-user-file=right
until_true "two more" has $((before + 2))
end

# TLS: a certificate of another authority is told in a line, and the stream goes on; with the right one all arrives.
close_broker; kill $listener
authority() { openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout $1.key -out $1.pem 2>/dev/null; }
authority plant; authority other
openssl req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout broker.key -out broker.csr 2>/dev/null
openssl x509 -req -in broker.csr -CA plant.pem -CAkey plant.key -CAcreateserial -days 2 -extfile <(echo subjectAltName=IP:127.0.0.1) -out broker.pem 2>/dev/null
settings "allow_anonymous true" "certfile $work/broker.pem" "keyfile $work/broker.key"; open_broker
before=$(ids)
begin mqtt=mqtts://127.0.0.1:$port mqtt-ca=other.pem
until_true "does not say that the certificate is wrong" grep -q '127.0.0.1: cannot be reached yet (its certificate does not verify)' messages
sleep 3 # it tries again, and has said so
goes_on "a wrong certificate"; end
[ "$(grep -c 'does not verify' messages)" = 1 ] || fail "says more than once that the certificate is wrong"
begin mqtt=mqtts://127.0.0.1:$port # the system's authorities
until_true "the system's authorities" grep -q 'does not verify' messages
end
listen --cafile plant.pem
begin mqtt=mqtts://127.0.0.1:$port mqtt-ca=plant.pem
until_true "three over TLS" has $((before + 3))
end

# What is wrong is said before the first frame.
wrong() { # WORDS PROPERTY...
    local words=$1; shift
    stream 1 false "$@" && fail "$*: is taken"
    grep -q -- "$words" messages || fail "$words"
}
wrong 'mqtt: "http://x" does not begin with mqtt://' mqtt=http://x
wrong 'mqtt-topic: "a/#" cannot be published to' mqtt-topic=a/#
wrong 'mqtt-trigger: "a/+" is no single topic' mqtt-trigger=a/+
wrong 'none: cannot be opened' mqtt-user-file=none
wrong 'none.pem: cannot be opened' mqtt=mqtts://127.0.0.1 mqtt-ca=none.pem
wrong 'right: has no certificate in it' mqtt=mqtts://127.0.0.1 mqtt-ca=right
wrong 'mqtt-ca: is for mqtts://' mqtt-ca=plant.pem
wrong 'cannot be written' mqtt-outbox=/nowhere/x.outbox
echo "gst/mqtt: all as it should be"
