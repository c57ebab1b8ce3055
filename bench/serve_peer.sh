#!/usr/bin/env bash
# alfa serve beside a FastAPI service around anomalib's inferencer (bench/peer_service.py): the same requests, in one run, in turn.
# Needs wrk and curl (Debian packages); puts Python with the peer into WORK/venv (from PyPI, 6 GB).
#   [ROUNDS=2] bench/serve_peer.sh build/alfa WORK [SECONDS [MODEL]]
# Both judge with what they learned from the same two good pictures. Memory is the resident set of the whole service.
set -euo pipefail
program=$(realpath "$1")
work=$2
seconds=${3:-10}
model=${4:-alfa-tiny}
here=$(realpath "$(dirname "$0")")
plates=$here/../examples/images/plate
PICTURES=$(echo "$plates"/*.jpg)
export PICTURES
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE # slow numpy and torch down where they are set
mkdir -p "$work"
work=$(realpath "$work")
python=$work/venv/bin/python
if ! [ -e "$work/venv/complete" ]; then
    echo "setting up Python in $work/venv"
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet torch==2.15.0 torchvision==0.29.2 'anomalib[openvino]==2.7.0' fastapi uvicorn
    touch "$work/venv/complete"
fi
[ -e "$work/weights/openvino/model.xml" ] || (cd "$work" && "$python" "$here/peer_service.py" prepare "$work" "$plates"/good_*.jpg) >"$work/prepare.log" 2>&1

scratch=$(mktemp -d)
pid=
stop() { [ -z "$pid" ] || { kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null || true; }; pid=; }
trap 'stop; rm -rf "$scratch"' EXIT
rss() { awk '/^VmRSS/ {printf "%d", $2 / 1024}' "/proc/$pid/status"; }
post() { curl -sf -H 'Content-Type: image/jpeg' --data-binary "@$plates/chip.jpg" "$1"; }

# measure NAME URL: one line for each number of clients.
measure() {
    for clients in 1 8; do
        read -r count rate p50 p99 lost < <(wrk -t 1 -c "$clients" -d "${seconds}s" --timeout 60s -s "$here/serve.lua" "$2" | tail -n 1)
        echo "| $1 | $clients | $count | $rate | $p50 | $p99 | $lost | $(rss) |"
    done
}

alfa() {
    "$program" serve --model "$model" --data "$scratch/store" --banks "$scratch/plates.bank" --port 0 2>"$scratch/said" &
    pid=$!
    until grep -q 'ready at' "$scratch/said"; do sleep 0.1; done
    local url
    url=$(sed -nE 's|.*ready at (http://[^/]+)/.*|\1|p' "$scratch/said")
    until post "$url/v1/detect?bank=plates" >/dev/null; do sleep 0.1; done
    measure "alfa serve" "$url/v1/detect?bank=plates"
    stop
}

peer() {
    local port=$((20000 + RANDOM % 20000))
    (cd "$scratch" && exec "$python" "$here/peer_service.py" serve "$work" "$port" "$1") >"$scratch/peer.log" 2>&1 &
    pid=$!
    until post "http://127.0.0.1:$port/v1/detect" >"$scratch/answer"; do
        kill -0 "$pid" || { tail -n 5 "$scratch/peer.log"; exit 1; }
        sleep 0.5
    done
    measure "anomalib, $1" "http://127.0.0.1:$port/v1/detect"
    stop
}

"$program" learn "$plates"/good_*.jpg --class plate --model "$model" -o "$scratch/plates.bank" -q
echo "| service | clients | requests | a second | p50 ms | p99 ms | not answered with 200 | memory MB |"
echo "|---|---|---|---|---|---|---|---|"
for _ in $(seq "${ROUNDS:-2}"); do
    alfa
    peer openvino
    peer torch
done
