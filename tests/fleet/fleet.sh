#!/usr/bin/env bash
# alfa worker and alfa submit with a real broker: the answers are those of alfa detect; bad input is told in a line and loses
# nothing; killed workers, cut connections and a broker that restarts neither lose nor double an answer.
#   fleet.sh PROGRAM PROXY HUB, from the root of the repository; HUB is an HTTP server (tests/hub/endpoint.c)
set -euo pipefail
alfa=$(realpath "$1") proxy=$(realpath "$2") hub=$(realpath "$3")
picture=$PWD/tests/data/images/valid/rgb.png
kinds=$PWD/tests/data/images/kinds
good=$PWD/examples/images/plate
model=$PWD/tests/data/models/openclip-gelu
work=$(mktemp -d)
. tests/fleet/broker.sh
workers=() others=()
trap 'kill -9 "${workers[@]}" "${others[@]}" 2>/dev/null || true; kill_broker; rm -rf "$work"' EXIT
cd "$work"
export XDG_CACHE_HOME=$work/cache OMP_WAIT_POLICY=passive ALFA_DATA=$OLDPWD
mkdir -p cache/alfa in/sub banks; : >cache/alfa/alfa-tiny.introduced

fail() {
    echo "fleet: $*"
    for file in worker-*.log submit.log; do [ ! -s $file ] || { echo "-- $file"; tail -8 $file | cut -c1-200; }; done
    [ ! -s broker.log ] || { echo "-- broker"; tail -5 broker.log | cut -c1-300; }
    exit 1
}
until_true() { # what COMMAND...
    local what=$1; shift
    patient 90 "$@" || fail "$what"
}
said() { grep -q -- "$1" "$2"; }
begin_worker() { # NAME OPTION...
    local name=$1; shift
    "$alfa" worker -m "$model" --threads 1 --root in --amqp "${url:-amqp://127.0.0.1:$port}" "$@" >worker-$name.out 2>worker-$name.log &
    workers+=($!) last=$!
}
worker() { begin_worker "$@"; until_true "worker $1 starts" said 'working for' worker-$1.log; }
stop() { kill -TERM $1; wait $1 || fail "a worker ends with $?"; }
submit() { "$alfa" submit --amqp "${url:-amqp://127.0.0.1:$port}" "$@" 2>submit.log; }
begin_submit() { # beside what follows; killed at the end
    "$alfa" submit --amqp "${url:-amqp://127.0.0.1:$port}" "$@" 2>submit.log & asker=$!
    others+=($asker)
}
publish() { amqp-publish --url=amqp://127.0.0.1:$port -r "$1" -p -b "$2" "${@:3}"; }
get() { amqp-get --url=amqp://127.0.0.1:$port -q "$1" || true; }
lines() { cat "$@" 2>/dev/null | wc -l; }
expect() { [ "$2" = "$3" ] || fail "$1: $2, not $3"; }
refused() { # WORDS CODE OPTION...: a worker that does not even start, and says why in one line
    local words=$1 code=$2 got=0; shift 2
    timeout 60 "$alfa" worker -m "$model" --root in "$@" >worker-r.out 2>worker-r.log || got=$?
    [ $got = $code ] && said "$words" worker-r.log && [ "$(lines worker-r.log)" = 1 ] || fail "$words: ends with $got: $(cat worker-r.log)"
}

# Away at first: the worker waits.
settle_broker
begin_broker
begin_worker away; first=$last
for i in 1 2 3 4 5 6; do cp "$picture" in/$i.png; done
head -c 60 "$picture" >in/sub/cut.png
mkdir -p in/old/report_files; touch in/old/report.html; cp "$picture" in/old/report_files/heat.png # a report of before: no pictures to judge
"$alfa" detect in -m "$model" --class plate --json 2>/dev/null | sed -E 's/^\{"path": "([^"]*)".*"score": ([0-9.e-]*),.*/\1 \2/' | sort >wanted || true
until_true "away" said 'cannot be reached: Connection refused.*trying again' worker-away.log
wait_for_broker || fail "no broker"
until_true "found" said 'connected' worker-away.log

# The same as detect; a second time nothing is left to do.
submit in --root in --class plate -o out.jsonl && fail "a damaged picture is no failure"
expect "lines" "$(lines out.jsonl)" 7
sed -E 's/.*"path": "([^"]*)".*"score": ([0-9.e-]*),.*/\1 \2/; s/.*"path": "([^"]*)".*"error": .*/\1/' out.jsonl | sort >got
diff <(sed -E 's/^\{.*"path": "([^"]*)".*/\1/' wanted | sort) got >diff || { sed -n 1,9p diff; fail "not as detect says"; }
grep -q '"path": "in/sub/cut.png".*"error": ".*", "code": "input"' out.jsonl || fail "no error for the damaged picture"
again() { # FILE OPTION...: all is finished, and one failed
    local got=0
    submit in --root in --class plate -o "$@" || got=$?
    [ $got = 3 ] && said '0 images: .* 7 finished before' submit.log && said "$1: has 1 that failed before" submit.log ||
        fail "goes on with $1: ends with $got: $(cat submit.log)"
}
again out.jsonl
cp in/1.png 'in/"error": "1.png'; submit in --root in --class plate --csv -o out.csv && fail "a damaged picture is no failure of a table"
rm 'in/"error": "1.png'; again out.csv --csv
submit in/1.png --root in --class plate -o out.jsonl || fail "one that did not fail: $(cat submit.log)"
mkdir far && cp "$picture" far/1.png && touch far/a.HEIC far/b.dcm && ln -s nowhere far/2.png # not in silence
submit far --send --class plate >far.jsonl && fail "a link that leads to nothing is no failure"
said 'far/[ab].*: is a picture of a kind that is not read; 2 are left out' submit.log && [ $(lines far.jsonl) = 2 ] || fail "left out: $(cat submit.log)"
submit --send --class plate "$kinds/three-pages.tif" "$kinds/low12.png" >noted.jsonl || fail "noted"
said '2 pictures in all have notes' submit.log && grep -q '"notes": *."has 3 pages: only the first' noted.jsonl || fail "notes: $(cat submit.log)"
submit --send --class plate --csv in/1.png >sent.csv || fail "sent"
expect "the score of a picture that was sent" "$(sed -n 2p sent.csv | cut -d, -f6)" "$(sed -n 's/^in\/1.png //p' got)"

# Jobs that are none: an answer for whoever asked, the letter among the dead with the reason.
publish alfa.jobs 'hello'
publish alfa.jobs '{"alfa": 2, "id": "newer", "image": {"path": "1.png"}, "class": "plate"}'
until_true "two are given up" eval '[ "$(grep -c "given up" worker-away.log)" = 2 ]'
sleep 0.5
[ "$(get alfa.dead) $(get alfa.dead)" = 'hello {"alfa": 2, "id": "newer", "image": {"path": "1.png"}, "class": "plate"}' ] || fail "dead letters"
get alfa.results | grep -q 'is no JSON' && get alfa.results | grep -q '"id":"newer".*protocol 2' || fail "answers to jobs that are none"
ln -s /etc in/etc
for job in '"image": {"path": "../wanted"}, "class": "plate"' '"image": {"path": "etc/hostname"}, "class": "plate"' \
    '"image": {"url": "http://127.0.0.1/x.png"}, "class": "plate"' '"image": {"base64": "????"}, "class": "plate"' \
    '"image": {"path": "1.png"}, "bank": "0123456789012345678901234567890123456789012345678901234567890123"' \
    '"image": {"path": "1.png"}, "class": "plate", "model": "nobody"' '"image": {"path": "1.png"}, "class": "plate", "options": {"method": "musc"}'; do
    publish alfa.jobs "{\"alfa\": 1, \"id\": \"bad\", $job}"
done
rm in/etc
until_true "bad jobs" eval '[ "$(grep -c "(failed)" worker-away.log)" = 9 ]'
for words in 'does not lie in' 'does not lie in' 'may not fetch' 'is no base64' 'needs a worker with --banks' 'no model here' 'judges pictures one by one'; do
    until_true "answer: $words" eval 'get alfa.results >answer && [ -s answer ]'
    said "$words" answer || fail "$words: $(cat answer)"
done
stop $first
said 'ended: ' worker-away.log || fail "does not say what it did"

# Banks by hash; one whose bytes are others is refused.
"$alfa" learn "$good"/good_1.jpg "$good"/good_2.jpg --class plate -m "$model" -o 1.bank >/dev/null 2>&1 || fail "no bank"
worker banks --banks banks --limit 0.001; second=$last
submit in/2.png --root in --bank 1.bank --banks banks -o bank.jsonl || fail "bank: $(cat submit.log)"
"$alfa" detect in/2.png -m "$model" --bank 1.bank --json 2>/dev/null | grep -o '"score": [0-9.e-]*' >score
said "\"bank_sha256\": \"$(sha256sum 1.bank | cut -c1-64)\"" bank.jsonl || fail "does not say which bank: $(cat bank.jsonl)"
said "$(cat score)" bank.jsonl || fail "a bank judges otherwise than in detect: $(cat score bank.jsonl)"
[ -e banks/$(sha256sum 1.bank | cut -d' ' -f1).bank ] || fail "the bank is not where workers look"
publish alfa.jobs "{\"alfa\": 1, \"id\": \"gone\", \"image\": {\"path\": \"1.png\"}, \"bank\": \"$(printf %064d 1)\"}"
until_true "unknown bank" said 'is not among those of --banks' worker-banks.log
cp 1.bank banks/$(printf %064d 0).bank
publish alfa.jobs "{\"alfa\": 1, \"id\": \"other\", \"image\": {\"path\": \"1.png\"}, \"bank\": \"$(printf %064d 0)\"}"
until_true "wrong hash" said 'another hash' worker-banks.log
submit "$good/good_1.jpg" --send --class plate >/dev/null && fail "takes more than --limit"
said 'has more than 1000 bytes' submit.log || fail "limit: $(cat submit.log)"
stop $second

# A folder that is gone is no reason to fail jobs: they are tried again.
worker gone; third=$last
mv in elsewhere; mkdir in
publish alfa.jobs '{"alfa": 1, "id": "later", "image": {"path": "5.png"}, "class": "plate"}'
until_true "tries again" said 'unmounted.*trying again' worker-gone.log
rmdir in; mv elsewhere in
while get alfa.results | grep -q .; do :; done
until_true "later" eval 'get alfa.results >answer && grep -q later answer'
grep -q '"score"' answer || fail "later: $(cat answer)"
stop $third

# Addresses: what begins as is allowed is fetched, from a server that is not ready at first; redirects are not followed.
mkdir served; cp "$picture" served/small.png; cp "$good/chip.jpg" served/moved.jpg
"$hub" error-once served 'echo $HF_ENDPOINT >address; while [ ! -e enough ]; do sleep 0.1; done' & others+=($!)
until_true "HTTP" [ -s address ]
from=$(cat address)/camera/1/resolve
worker url --fleet url --allow-url $from/; eighth=$last
printf '%s\n' $from/main/small.png $from/main/moved.jpg $from/main/none.png $(cat address)/camera/2/resolve/main/small.png \
    $from/../x.png http://127.0.0.1:1/x.png >addresses
submit --list addresses --class plate --fleet url >urls.jsonl && fail "addresses that may not be fetched are no failure"
grep small.png urls.jsonl | grep -q "$(sed -n 's/^in\/1.png /"score": /p' got)" || fail "a fetched picture: $(cat urls.jsonl)"
said 'small.png: cannot be fetched: the server answers 503 (trying again)' worker-url.log || fail "an answer of 503"
for words in 'moved.jpg.*the server answers 302' 'none.png.*the server answers 404' 'camera/2/.*may not fetch' '\.\./x.png.*may not fetch' ':1/x.png.*may not fetch'; do
    said "$words" urls.jsonl || fail "$words: $(cat urls.jsonl)"
done
touch enough; stop $eighth

# A job that took five workers along is given up, with the reason.
publish alfa.jobs '{"alfa": 1, "id": "poison", "image": {"path": "1.png"}, "class": "plate"}'
printf '%s\n' '#!/bin/sh' 'kill -9 $PPID' >die; chmod +x die
for i in 1 2 3 4 5; do amqp-consume --url=amqp://127.0.0.1:$port -q alfa.jobs -c 1 ./die >/dev/null 2>&1 || true; done 2>/dev/null
worker poison; fourth=$last
until_true "poison" said 'poison: was tried 5 times.*given up' worker-poison.log
until_true "poison among the dead" eval 'get alfa.dead >answer && grep -q poison answer'
stop $fourth

# What would lose jobs, and what no try will mend, is refused at the start.
amqp-declare-queue --url=amqp://127.0.0.1:$port -d -q plain.jobs >/dev/null
refused "declaring the queue plain.jobs: the broker refuses (406)" 2 --amqp amqp://127.0.0.1:$port --fleet plain
refused "logging in: the broker refuses (403)" 2 --amqp amqp://line:wrong@127.0.0.1:$port
refused "refuses (530).*vhost" 2 --amqp amqp://127.0.0.1:$port/nowhere
refused "certificate does not verify" 2 --amqp amqps://localhost:$tls_port
refused "is not amqp://" 2 --amqp http://127.0.0.1
printf 'line\nthe right one\n' >user
url=amqps://localhost:$tls_port worker tls --amqp-user-file user --amqp-ca cert.pem --fleet tls; stop $last

# A full queue is waited for. The broker tells publishers a moment after it is full, so that a burst gets in.
mkdir many some; for i in $(seq 700); do ln in/1.png many/$i.png; done; mv many in/many
for i in $(seq 300); do ln in/1.png some/$i.png; done; mv some in/some
begin_submit in/many --root in --class plate --fleet small -o small.jsonl; small=$asker
until_true "full" said 'is full: waiting' submit.log
worker small --fleet small; fifth=$last
wait $small || fail "through a full queue: $(cat submit.log)"
expect "answers through a full queue" "$(lines small.jsonl)" 700
stop $fifth

# Queues that somebody removes, with what is in them: who reads declares them again, who asked asks again.
remove() { amqp-delete-queue --url=amqp://127.0.0.1:$port -q $1 >/dev/null; }
begin_submit in/many --root in --class plate --fleet gone -o gone.jsonl; gone=$asker
until_true "jobs wait" eval 'amqp-get --url=amqp://127.0.0.1:$port -q gone.jobs >/dev/null'
remove gone.jobs
until_true "jobs that are gone are sent again" said '\(gone.jobs: \|(541)\).*trying again' submit.log # a broker that was just handing one over says 541
until_true "asks again" said ': connected' submit.log
worker gone-1 --fleet gone; seventh=$last
wait $gone || fail "jobs that were removed: $(cat submit.log)"
expect "answers to jobs that were removed" "$(cut -c9-24 gone.jsonl | sort -u | wc -l)" 700
remove gone.jobs; remove gone.workers
until_true "the worker notices" said 'a queue is gone; trying again' worker-gone-1.log
submit in/1.png --root in --class plate --fleet gone >/dev/null || fail "a worker whose queue was removed: $(cat submit.log)"
stop $seventh

# A broker that failed while it removed a queue (the proxy says so in its place): what was in it is asked again at once.
through=$(free_port 4000)
"$proxy" $through $port & others+=($!) cutter=$!
until_true "proxy" is_open $through
all_wait() { (broker_env "${RABBIT%-server}ctl" -q list_queues name messages) 2>/dev/null | grep -q '^failed.jobs[[:space:]]300$'; }
url=amqp://127.0.0.1:$through begin_submit in/some --root in --class plate --fleet failed -o failed.jsonl; failed=$asker
until_true "all jobs wait" all_wait
remove failed.jobs; kill -USR2 $cutter
worker failed --fleet failed; seventh=$last
until_true "jobs of a queue that a failure took" eval '! kill -0 $failed 2>/dev/null'
wait $failed || fail "a broker that failed: $(cat submit.log)"
said 'refuses (541)' submit.log || fail "what failed: $(cat submit.log)"
expect "answers after a failure" "$(cut -c9-24 failed.jsonl | sort -u | wc -l)" 300
stop $seventh

# A broker that is short of memory: answers wait, and a worker that is told to end does not wait for it.
worker short --fleet short; seventh=$last
begin_submit in/many --root in --class plate --fleet short -o short.jsonl; short=$asker
until_true "answers" [ -s short.jsonl ]
broker_ctl set_vm_memory_high_watermark 0.00001 || fail "rabbitmqctl"
until_true "answers wait" said 'short of memory or disk: answers wait' worker-short.log
kill -TERM $seventh; until_true "a worker ends while answers wait" eval '! kill -0 $seventh 2>/dev/null'
broker_ctl set_vm_memory_high_watermark 0.8 || fail "rabbitmqctl"
worker short-2 --fleet short; seventh=$last
wait $short || fail "a broker that was short of memory: $(cat submit.log)"
expect "answers of a broker that was short of memory" "$(cut -c9-24 short.jsonl | sort -u | wc -l)" 700
stop $seventh

# A full disk: a line, and the next run has all that is left.
worker disk; sixth=$last
(trap '' XFSZ; ulimit -f 40; submit in/some --root in --class plate -o disk.jsonl) && fail "a full disk is no failure"
said 'cannot be written' submit.log || fail "full disk: $(cat submit.log)"
[ "$(lines disk.jsonl)" -gt 10 ] || fail "nothing was written before the disk was full"
submit in/some --root in --class plate -o disk.jsonl || fail "after a full disk: $(cat submit.log)"
expect "lines" "$(lines disk.jsonl)" 300
expect "ids" "$(cut -c9-24 disk.jsonl | sort -u | wc -l)" 300
stop $sixth

# Chaos: workers are killed, connections cut, the broker restarts, the asker is stopped and begins again.
url=amqp://127.0.0.1:$through
worker a; a=$last; worker b; b=$last
begin_submit in/some --root in --class chaos -o chaos.jsonl
at_least() { [ "$(lines chaos.jsonl)" -ge $1 ]; }
until_true "30 answers" at_least 30;  kill -9 $a; begin_worker a2; a=$last
until_true "60 answers" at_least 60; kill -USR1 $cutter
until_true "90 answers" at_least 90; kill -9 $b; begin_worker b2; b=$last
until_true "130 answers" at_least 130; close_broker; open_broker || fail "the broker does not come back"
until_true "170 answers" at_least 170; kill -USR1 $cutter
until_true "200 answers" at_least 200; kill -INT $asker || true; wait $asker || true
submit in/some --root in --class chaos -o chaos.jsonl || fail "the rest: $(cat submit.log)"
expect "lines" "$(lines chaos.jsonl)" 300
expect "ids" "$(cut -c9-24 chaos.jsonl | sort -u | wc -l)" 300
grep -q '"error"' chaos.jsonl && fail "failed: $(grep -m1 '"error"' chaos.jsonl)"
stop $a; stop $b
echo "fleet: all as it should be"
