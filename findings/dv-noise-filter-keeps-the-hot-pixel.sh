#!/usr/bin/env bash
# One would guess that dv-processing's FastDecayNoiseFilter, like its BackgroundActivityNoiseFilter, takes out an event camera's noise, and leaves the edges of
# what moves.
# It counts the events of blocks of 4 by 4 pixels and lets those pass that come when there were more than 6 of late: of a hot pixel that fires each
# millisecond 93 % pass, and of an edge of one pixel's width that passes once, none, since a block has 4 of its events. The other filter takes out the
# hot pixel and keeps the edge.
# It matters where scratches on a web or wire show as short bursts of few events, and pixels are hot since the camera is: the filter leaves what a defect
# detector should not see, and takes what it should; with a lower threshold lonely events pass too. What helps: BackgroundActivityNoiseFilter.
# Versions: dv-processing 2.0.4, numpy 2.4.6; Python 3.11. Needs no camera.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check dv-processing==2.0.4 numpy==2.4.6
cat >noise.py <<'EOF'
import sys
import dv_processing as dv

WIDTH, HEIGHT, START = 640, 480, 1_700_000_000_000_000  # microseconds

def passing(filter, events):
    """The share of the events (time, x, y) that pass."""
    store = dv.EventStore()
    for time, x, y in events:
        store.push_back(START + time, x, y, True)
    filter.accept(store)
    return len(filter.generateEvents()) / len(events)

filters = {
    "BackgroundActivityNoiseFilter": lambda: dv.noise.BackgroundActivityNoiseFilter((WIDTH, HEIGHT)),
    "FastDecayNoiseFilter": lambda: dv.noise.FastDecayNoiseFilter((WIDTH, HEIGHT)),
}
seen = {}
for what, events in {
    "hot pixel at 10 kHz": [(number * 100, 100, 100) for number in range(100)],
    "hot pixel at 1 kHz": [(number * 1000, 100, 100) for number in range(100)],
    "lonely events": [(number * 100_000, 100, 100) for number in range(100)],
    "edge that passes once": [(y, 320, y) for y in range(HEIGHT)],
}.items():
    seen[what] = [passing(made(), events) for made in filters.values()]
    print(f"{what:21}:", ", ".join(f"{name} {share:.0%}" for name, share in zip(filters, seen[what])))
right = all(seen[what][0] == 0 for what in seen if what != "edge that passes once") and seen["edge that passes once"][0] > 0.9
turned = seen["hot pixel at 1 kHz"][1] > 0.8 and seen["hot pixel at 10 kHz"][1] > 0.8 and seen["edge that passes once"][1] == 0
if not right or not turned:
    sys.exit("changed: other events pass")
EOF
v/bin/python noise.py
