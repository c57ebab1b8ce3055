#!/usr/bin/env bash
# alfa serve under load on this machine: requests a second, latency, memory, beside 'alfa detect' on the same pictures.
# Needs wrk and curl (Debian packages). Let the machine do nothing else meanwhile.
#   bench/serve.sh build/alfa [SECONDS [MODEL]]
set -euo pipefail
program=$(realpath "$1")
seconds=${2:-10}
model=${3:-alfa-tiny}
here=$(dirname "$0")
export PICTURES=$(echo "$here"/../examples/images/plate/*.jpg)
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
# Milliseconds of processor time so far, of the server; of finished children of this shell.
cpu() { awk -v tick="$(getconf CLK_TCK)" '{print ($14 + $15) * 1000 / tick}' "/proc/$server/stat"; }
rss() { awk '/^VmRSS/ {printf "%d", $2 / 1024}' "/proc/$server/status"; }
curl -sf -o /dev/null -H 'Content-Type: image/jpeg' --data-binary "@${PICTURES%% *}" "$url/v1/detect?class=plate"

echo "| clients | requests | a second | p50 ms | p99 ms | not answered with 200 | memory MB | CPU ms a request |"
echo "|---|---|---|---|---|---|---|---|"
for clients in 1 8 64; do
    before=$(cpu)
    read -r count rate p50 p99 lost < <(wrk -t 1 -c "$clients" -d "${seconds}s" --timeout 60s -s "$here/serve.lua" \
        "$url/v1/detect?class=plate" | tail -n 1)
    each=$(awk -v a="$before" -v b="$(cpu)" -v n="$count" 'BEGIN {printf "%.1f", (b - a) / n}')
    echo "| $clients | $count | $rate | $p50 | $p99 | $lost | $(rss) | $each |"
done

# What the server adds to the judging itself: the detector's own time stands in each answer.
echo
for _ in $(seq 30); do
    for picture in $PICTURES; do
        curl -s -w ' %{time_total}\n' -H 'Content-Type: image/jpeg' --data-binary "@$picture" "$url/v1/detect?class=plate" |
            sed -E 's/.*"seconds":([0-9.e-]+).* ([0-9.]+)$/\1 \2/'
    done
done | awk '{print ($2 - $1) * 1000}' | sort -n | awk '{a[NR] = $1} END {printf "beside the detector: median %.2f ms, 90 %% %.2f ms a request\n", a[int((NR + 1) / 2)], a[int(NR * 0.9)]}'

# The same pictures with 'alfa detect', which keeps nothing.
mkdir "$work/many"
for i in $(seq 20); do for picture in $PICTURES; do ln -s "$(realpath "$picture")" "$work/many/$i-$(basename "$picture")"; done; done
TIMEFORMAT='%R %U %S'
first=$({ time "$program" detect "${PICTURES%% *}" --model "$model" --class plate -q >/dev/null; } 2>&1)
all=$({ time "$program" detect "$work/many" --model "$model" --class plate -q >/dev/null; } 2>&1)
echo "$first $all" | awk '{printf "alfa detect: %.1f pictures a second, CPU ms a picture %.1f\n", 99 / ($4 - $1), (($5 + $6) - ($2 + $3)) * 1000 / 99}'
