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

curl -sf -o /dev/null -H 'Content-Type: image/jpeg' --data-binary "@${PICTURES%% *}" "$url/v1/detect?class=plate"
read -r before_rate before_cpu < <(detect)
echo "| clients | requests | a second | p50 ms | p99 ms | not answered with 200 | memory MB | CPU ms a request |"
echo "|---|---|---|---|---|---|---|---|"
sum=1
for clients in 1 8 64; do
    before=$(cpu)
    read -r count rate p50 p99 lost < <(load "$clients" "$seconds")
    each=$(awk -v a="$before" -v b="$(cpu)" -v n="$count" 'BEGIN {printf "%.1f", (b - a) / n}')
    echo "| $clients | $count | $rate | $p50 | $p99 | $lost | $(rss) | $each |"
    sum=$((sum + count - lost))
    [ "$clients" = 1 ] && alone=$rate
    [ "$clients" = 8 ] && eight=$rate
done
read -r after_rate after_cpu < <(detect)
awk -v a="$before_rate" -v b="$after_rate" -v one="$alone" -v eight="$eight" -v c="$before_cpu" -v d="$after_cpu" 'BEGIN {
    rate = (a + b) / 2
    printf "\nalfa detect on the same pictures: %.1f a second (before %.1f, after %.1f), CPU ms a picture %.1f\n", rate, a, b, (c + d) / 2
    printf "one client: %+.2f ms a request beside alfa detect; 8 clients: %.1f %% of its pictures a second\n", 1000 / one - 1000 / rate, 100 * eight / rate
}'
echo "answered with 200: $sum, in the store: $(kept) (wrk does not wait for those that are on their way at its end)"

[ "$requests" -gt 0 ] || exit 0
echo
echo "| requests so far | not answered with 200 | memory MB |"
echo "|---|---|---|"
done=0 missing=0 next=1
while [ "$done" -lt "$requests" ]; do
    read -r count _ _ _ lost < <(load 8 "$seconds")
    done=$((done + count)) missing=$((missing + lost))
    [ "$done" -lt "$next" ] || { echo "| $done | $missing | $(rss) |"; next=$((done + requests / 10)); }
done
