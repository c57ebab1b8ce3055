#!/usr/bin/env bash
# What sharing work over a broker costs and gains, and that it loses nothing, with a RabbitMQ broker of its own and the built-in model.
#   bench/fleet.sh build/alfa build/tests/fleet_proxy [overhead] [pair] [memory] [list] [resume] [chaos]
# overhead  the time a job of a worker of one thread beside that of an image in alfa detect, alternating; wall clock and processor time
# pair      images a second with one worker and with two, each on a processor of its own, in turns, and what fleet_sim.py says of two from
#           what was measured of one ($ROUNDS rounds of $IMAGES images: 3 of 400)
# memory    resident memory of a worker after 1,000, 2,000 ... 10,000 jobs (the small model of the tests), and what a job costs the broker
# list      resident memory of alfa submit while a list of $COUNT (1,000,000) paths goes through it; no file is there, so that a worker
#           answers at once, each with an error
# resume    the same when it goes on with lists ($COUNTS lines) of which 1,000 are left: memory, and how long until the first answer
# chaos     2,000 jobs while workers are killed at random, connections cut and the broker restarts: what is lost, what is double
set -euo pipefail
alfa=$(realpath "$1") proxy=$(realpath "$2")
shift 2
[ $# -gt 0 ] || set -- overhead pair memory chaos
pictures=$PWD/examples/images
picture=$PWD/tests/data/images/valid/rgb.png
small=$PWD/tests/data/models/openclip-gelu
sim=$PWD/bench/fleet_sim.py
work=$(mktemp -d)
. tests/fleet/broker.sh
workers=() others=()
trap 'kill -9 "${workers[@]}" "${others[@]}" 2>/dev/null || true; kill_broker; rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache OMP_WAIT_POLICY=passive ALFA_DATA=$PWD
cd "$work"
mkdir -p cache/alfa; : >cache/alfa/alfa-tiny.introduced
settle_broker; open_broker
url=amqp://127.0.0.1:$port

folder() { # NAME COUNT: links to the pictures of the examples
    mkdir -p "$1"
    local all=("$pictures"/*/*.jpg) i
    for i in $(seq "$2"); do ln -s "${all[i % ${#all[@]}]}" "$1/$i.jpg"; done
}
ready() { until grep -q 'working for' "$1" 2>/dev/null; do sleep 0.05; done; }
worker() { # LOG COMMAND...
    local log=$1; shift
    : >"$log"
    "$@" worker --root / --amqp "$url" --threads 1 2>"$log" & workers+=($!); last=$!
    ready "$log"
}
stop() { kill -TERM "$1"; wait "$1" || true; }
processor_time() { awk '{print ($14 + $15) / 100}' "/proc/$1/stat"; }
seconds() { awk "BEGIN { printf \"%.3f\", $1 }"; }
now() { date +%s.%N; }
submit() { "$alfa" submit "$@" --amqp "$url" 2>/dev/null; }
per() { awk "BEGIN { printf \"%.1f\", 1000 * ($1) / $2 }"; }

overhead() {
    local n=200 round begin
    folder over $n
    worker over.log "$alfa"
    submit over --class warm >/dev/null
    for round in 1 2 3; do
        begin=$(now); /usr/bin/time -f '%U %S' -o cpu "$alfa" detect over --class plate --threads 1 >/dev/null 2>&1
        local detect=$(per "$(now) - $begin" $n) detect_cpu=$(per "$(tr ' ' + <cpu)" $n) before=$(processor_time $last)
        begin=$(now); submit over --class plate$round >/dev/null
        echo "overhead $round: detect $detect ms an image ($detect_cpu ms of processor time), worker $(per "$(now) - $begin" $n) ms a job ($(per "$(processor_time $last) - $before" $n) ms)"
    done
    stop $last
}

# The rate that the simulation says for so many workers that share two processors with broker and asker.
simulated() { # WORKERS MS-OF-A-WORKER MS-OF-BROKER-AND-ASKER
    python3 "$sim" --workers "$1" --service-ms "$2" --broker-ms "$3" --cores 2 --hop-ms 0.5 --jobs 4000 | tail -1 | cut -d'|' -f3 | tr -d ' '
}

pair() {
    local n=${IMAGES:-400} round begin before
    folder two $n; folder warm 10
    for round in $(seq "${ROUNDS:-3}"); do
        worker one.log taskset -c 0 "$alfa"; local one=$last
        submit warm --class warm >/dev/null
        before=$(processor_time "$(cat rabbit/pid)"); begin=$(now)
        /usr/bin/time -f '%U %S' -o cpu "$alfa" submit two --class one$round --amqp "$url" >/dev/null 2>&1
        local took=$(seconds "$(now) - $begin") job
        local alone=$(seconds "$n / $took") others_ms=$(per "$(processor_time "$(cat rabbit/pid)") - $before + $(tr ' ' + <cpu)" $n)
        job=$(per "$took" $n)
        worker two.log taskset -c 1 "$alfa"
        submit warm --class warm >/dev/null
        begin=$(now); submit two --class both$round >/dev/null
        local both=$(seconds "$n / ($(now) - $begin)")
        local said=$(simulated 2 "$job" "$others_ms")
        echo "pair $round: one worker $alone images/s ($job ms a job; broker and asker $others_ms ms of processor time), two $both," \
            "$(seconds "$both / $alone") times; simulated $said, $(awk "BEGIN { printf \"%+.1f\", 100 * ($said / $both - 1) }") %"
        stop $one; stop $last
    done
}

memory() {
    local i
    mkdir -p thousand; for i in $(seq 1000); do ln -s "$picture" thousand/$i.png; done
    : >memory.log
    "$alfa" worker --root / --amqp "$url" --threads 1 -m "$small" 2>memory.log & workers+=($!); last=$!
    ready memory.log
    local begin=$(now) before=$(processor_time "$(cat rabbit/pid)")
    for i in $(seq 10); do
        submit thousand --class plate >/dev/null
        echo "memory: $((i * 1000)) jobs, $(awk '/VmRSS/ {print $2}' /proc/$last/status) kB"
    done
    echo "broker: $(per "$(processor_time "$(cat rabbit/pid)") - $before" 10000) ms of processor time a job, at $(seconds "10000 / ($(now) - $begin)") jobs a second"
    stop $last
}

# Kilobytes: the most that were resident so far.
peak() { awk '/VmHWM/ {print $2}' "/proc/$1/status" 2>/dev/null || echo "?"; }

# Instead of the shell that calls it.
ask_list() { exec "$alfa" submit --list list.txt --root / --class plate --amqp "$url" -o list.jsonl "$@"; }

# Goes on with a list of so many of which some are left; seconds until the first new answer is in the file.
go_on() { # LINES LEFT
    local size=$(stat -c %s list.jsonl) begin=$(now) asker first memory
    ask_list 2>list.log & asker=$!; others+=($!)
    until [ "$(stat -c %s list.jsonl)" -gt "$size" ] || ! kill -0 $asker 2>/dev/null; do sleep 0.02; done
    first=$(seconds "$(now) - $begin")
    memory=$(peak $asker)
    while kill -0 $asker 2>/dev/null; do memory=$(peak $asker | grep -v '?' || echo "$memory"); sleep 0.05; done
    echo "of $1 lines $2 were left: $first s until the first answer, $(seconds "$(now) - $begin") s for all, the asker at most $memory kB;" \
        "$(wc -l <list.jsonl) answers, $(cut -c9-24 list.jsonl | sort -u | wc -l) ids"
}

make_list() { seq "$1" | sed 's,.*,/nowhere/archive/line-7/station-3/&.png,' >list.txt; }

list() {
    local n=${COUNT:-1000000} asker next=1000 begin
    worker l1.log "$alfa"; local one=$last
    make_list "$n"; rm -f list.jsonl
    begin=$(now)
    ask_list 2>list.log & asker=$!; others+=($!)
    while kill -0 $asker 2>/dev/null; do
        sleep 0.5
        [ "$(stat -c %s list.jsonl 2>/dev/null || echo 0)" -ge $((250 * next)) ] || continue
        echo "list: $(wc -l <list.jsonl) answers, the asker at most $(peak $asker) kB"
        next=$((next < n / 10 ? next * 10 : next + n / 10))
    done
    echo "list: $n lines, $(wc -l <list.jsonl) answers, $(cut -c9-24 list.jsonl | sort -u | wc -l) ids, $(seconds "$n / ($(now) - $begin)") a second"
    stop $one
}

# The answers that a run would have left: the line of a real one with the ids of the others, which are hashes (base/hash.h) that go on
# from the same state. Were they others, all would be asked for again.
finished() { # COUNT: of list.txt
    python3 - one.jsonl list.txt "$1" <<'END'
import itertools, json, sys
line = open(sys.argv[1]).readline()
answer, prime, mask = json.loads(line), 1099511628211, 2**64 - 1
state, back = int(answer["id"], 16), pow(prime, -1, 2**64)
for byte in reversed(answer["path"].encode() + b"\0"):
    state = (state * back & mask) ^ byte
common = answer["path"].rsplit("/", 1)[0] + "/"
for byte in common.encode():
    state = (state ^ byte) * prime & mask
for path in itertools.islice(open(sys.argv[2]), int(sys.argv[3])):
    path, one = path.rstrip("\n"), state
    for byte in path[len(common):].encode() + b"\0":
        one = (one ^ byte) * prime & mask
    sys.stdout.write(line.replace(answer["id"], "%016x" % one).replace(answer["path"], path))
END
}

resume() {
    local n
    worker r1.log "$alfa"; local one=$last
    for n in ${COUNTS:-10000 100000 1000000}; do
        make_list "$n"; rm -f one.jsonl
        "$alfa" submit --list <(head -1 list.txt) --root / --class plate --amqp "$url" -o one.jsonl 2>/dev/null || true
        finished $((n - 1000)) >list.jsonl
        echo "resume: $(go_on "$n" 1000)"
    done
    stop $one
}

chaos() {
    local n=2000 a b through cutter asker next=20
    folder many $n
    through=$(free_port 5000)
    "$proxy" "$through" "$port" & others+=($!); cutter=$!
    local direct=$url; url=amqp://127.0.0.1:$through
    worker a.log "$alfa"; a=$last
    worker b.log "$alfa"; b=$last
    "$alfa" submit many --class plate --amqp "$url" -o chaos.jsonl 2>chaos.log & asker=$!; others+=($!)
    local killed=0 cut=0 restarted=0
    while kill -0 $asker 2>/dev/null; do
        sleep 0.5
        local done=$(wc -l <chaos.jsonl 2>/dev/null || echo 0)
        [ "$done" -ge $next ] || continue
        next=$((next + 100 + RANDOM % 100))
        if [ $restarted = 0 ] && [ "$done" -gt 900 ]; then
            close_broker; open_broker; restarted=1
        elif [ $((RANDOM % 3)) = 0 ]; then
            kill -USR1 $cutter; cut=$((cut + 1))
        elif [ $((RANDOM % 2)) = 0 ]; then
            kill -9 $a; wait $a 2>/dev/null || true; worker a.log "$alfa"; a=$last; killed=$((killed + 1))
        else
            kill -9 $b; wait $b 2>/dev/null || true; worker b.log "$alfa"; b=$last; killed=$((killed + 1))
        fi
    done
    wait $asker || true
    echo "chaos: $n jobs, $killed workers killed, connections cut $cut times, broker restarted $restarted time: $(wc -l <chaos.jsonl) lines," \
        "$(cut -c9-24 chaos.jsonl | sort -u | wc -l) ids, $(grep -c '"error"' chaos.jsonl || true) failed"
    stop $a; stop $b; url=$direct
}

for what in "$@"; do $what; done 2>/dev/null
