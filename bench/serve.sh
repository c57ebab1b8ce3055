#!/usr/bin/env bash
# alfa serve under load on this machine: requests a second, latency, memory, beside 'alfa detect' on the same pictures.
# Needs wrk and curl (Debian packages). Let the machine do nothing else meanwhile.
#   bench/serve.sh build/alfa [SECONDS [MODEL [REQUESTS]]]      REQUESTS: then as many, to see whether memory grows
# Every request brings a file that no other has (a number behind the picture's end), so that each is written to the store.
set -euo pipefail
program=$(realpath "$1")
seconds=${2:-10}
model=${3:-alfa-tiny}
requests=${4:-0}
here=$(dirname "$0")
PICTURES=$(echo "$here"/../examples/images/plate/*.jpg)
export PICTURES
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT

"$program" serve --model "$model" --data "$work/store" --port 0 2>"$work/said" &
server=$!
until grep -q 'ready at' "$work/said"; do
    kill -0 "$server" || { cat "$work/said"; exit 1; }
    sleep 0.1
done
url=$(sed -nE 's|.*ready at (http://[^/]+)/.*|\1|p' "$work/said")
# Milliseconds of processor time so far, of the server.
cpu() { awk -v tick="$(getconf CLK_TCK)" '{print ($14 + $15) * 1000 / tick}' "/proc/$server/stat"; }
# Until the server has answered those who left as well.
settle() { local at=; until [ "$at" = "$(cpu)" ]; do at=$(cpu) && sleep 0.3; done; }
rss() { awk '/^VmRSS/ {printf "%d", $2 / 1024}' "/proc/$server/status"; }
kept() { curl -sf "$url/metrics" | awk '$1 == "alfa_store_inspections" {print $2}'; }
load() { wrk -t 1 -c "$1" -d "$2s" --timeout 120s -s "$here/serve.lua" "$url/v1/detect?class=plate" | tail -n 1; }

# Pictures a second of alfa detect, which keeps nothing; without what its start takes.
mkdir "$work/many"
for i in $(seq 20); do for picture in $PICTURES; do ln -s "$(realpath "$picture")" "$work/many/$i-$(basename "$picture")"; done; done
detect() {
    local TIMEFORMAT='%R %U %S' first all
    first=$({ time "$program" detect "${PICTURES%% *}" --model "$model" --class plate -q >/dev/null; } 2>&1)
    all=$({ time "$program" detect "$work/many" --model "$model" --class plate -q >/dev/null; } 2>&1)
    echo "$first $all" | awk '{printf "%.2f %.1f\n", 99 / ($4 - $1), (($5 + $6) - ($2 + $3)) * 1000 / 99}'
}

# Milliseconds beside the detector itself, whose own stand in each answer: the median of a hundred pictures, which neighbours on the
# machine disturb less than sums. First of alfa serve over one connection, then of alfa detect, line by line, with one thread: with more
# it looks ahead.
median() { sort -n | awk '{a[NR] = $1} END {printf "%.2f", a[int((NR + 1) / 2)]}'; }
beside() {
    for picture in "$work"/many/*.jpg; do
        printf 'next\nurl = "%s/v1/detect?class=plate"\nheader = "Content-Type: image/jpeg"\ndata-binary = "@%s"\nwrite-out = " %%{time_total}\\n"\nsilent\n' "$url" "$picture"
    done | tail -n +2 >"$work/list"
    curl -K "$work/list" | sed -nE 's/.*"seconds":([0-9.e-]+).* ([0-9.]+)$/\1 \2/p' | tail -n +2 | awk '{print ($2 - $1) * 1000}' | median
    "$program" detect "$work/many" --model "$model" --class plate --threads 1 --json -q | while read -r line; do echo "$EPOCHREALTIME $line"; done |
        sed -E 's/ .*"seconds": ([0-9.e-]+).*/ \1/' | awk 'NR > 1 {print ($1 - last - $2) * 1000} {last = $1}' | { printf ' '; median; }
}

curl -sf -o /dev/null -H 'Content-Type: image/jpeg' --data-binary "@${PICTURES%% *}" "$url/v1/detect?class=plate"
echo "| clients | requests | a second | p50 ms | p99 ms | not answered with 200 | memory MB | CPU ms a request |"
echo "|---|---|---|---|---|---|---|---|"
sum=1
for clients in 1 8 64; do
    before=$(cpu)
    read -r count rate p50 p99 lost < <(load "$clients" "$seconds")
    each=$(awk -v a="$before" -v b="$(cpu)" -v n="$count" 'BEGIN {printf "%.1f", (b - a) / n}')
    echo "| $clients | $count | $rate | $p50 | $p99 | $lost | $(rss) | $each |"
    sum=$((sum + count - lost))
done
echo "answered with 200: $sum, in the store: $(kept) (wrk does not wait for those that are on their way at its end)"
echo
for round in 1 2 3 4; do # in turn, since a machine's pace changes
    settle
    read -r rate each < <(detect)
    read -r _ served _ _ _ < <(load 8 "$seconds")
    echo "$round $rate $each $served"
done | awk '{detect += $2; each += $3; serve += $4; printf "in turn, pictures a second: alfa detect %.1f, alfa serve with 8 clients %.1f\n", $2, $4}
    END {printf "all in all alfa serve does %.1f %% of alfa detect (CPU ms a picture there: %.1f)\n", 100 * serve / detect, each / NR}'
beside | awk '{printf "beside the detector, median of a picture: alfa serve %.2f ms, alfa detect %.2f ms, so %.2f ms over alfa detect\n", $1, $2, $1 - $2}'

[ "$requests" -gt 0 ] || exit 0
echo
echo "| requests so far | not answered with 200 | memory MB |"
echo "|---|---|---|"
done=0 missing=0 next=1
while [ "$done" -lt "$requests" ]; do
    read -r count _ _ _ lost < <(load 8 "$seconds")
    done=$((done + count)) missing=$((missing + lost))
    [ "$done" -lt "$next" ] && [ "$done" -lt "$requests" ] || { echo "| $done | $missing | $(rss) |"; next=$((done + requests / 10)); }
done
