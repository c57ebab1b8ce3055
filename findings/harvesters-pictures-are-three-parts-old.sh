#!/usr/bin/env bash
# One would guess that fetch() of Harvesters, called once for each part that lies before a free-running camera, gives a picture of that part, or at worst
# of the frame before.
# After start() without arguments the camera fills the few buffers that there are (3 by default) and then loses frames for want of one. Each fetch()
# gives the oldest and frees one, which the next frame fills at once: with one part a second each picture is 3 seconds old, the picture of the part three
# before. Nothing raises; only frame numbers tell, as timestamps need a producer that has them. More buffers make it worse. start(run_as_thread=True)
# keeps the newest instead: each picture is of now.
# It matters where a controller asks for one picture a part: the reject gate opens for the wrong one as long as the line runs, and a test with one part
# that lies there shows nothing. What helps is run_as_thread=True, or to fetch all the time and drop.
# Versions: harvesters 1.4.3, genicam 1.6.0 with its own simulated camera (viky.cti, 20 frames a second), numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check harvesters==1.4.3 genicam==1.6.0 numpy==2.4.6
cat >fetch.py <<'EOF'
import os, sys, time
import genicam
from harvesters.core import Harvester

EVERY, PARTS = 1 / 20, 7  # seconds a frame; one part a second
harvester = Harvester()
harvester.add_file(os.path.join(os.path.dirname(genicam.__file__), "viky.cti"))
harvester.update()

def ages_of_pictures(**how):
    """How many seconds ago the picture of each part was taken when it is fetched."""
    camera = harvester.create(0)
    camera.remote_device.node_map.AcquisitionFrameRate.value = 1 / EVERY
    camera.start(**how)
    with camera.fetch(timeout=5) as buffer:
        first, started = buffer.module.frame_id, time.monotonic()
    ages = []
    for _ in range(PARTS):
        time.sleep(1)
        with camera.fetch(timeout=5) as buffer:
            taken = (buffer.module.frame_id - first) * EVERY
            ages.append(time.monotonic() - started - taken)
    print(f"start({', '.join(f'{k}={v}' for k, v in how.items())}), {camera.num_buffers} buffers: pictures are {', '.join(f'{age:.1f}' for age in ages)} s old")
    camera.stop()
    camera.destroy()
    return ages

plain = ages_of_pictures()
thread = ages_of_pictures(run_as_thread=True)
harvester.reset()
if min(plain[3:]) < 2 or max(plain[3:]) > 4:
    sys.exit("changed: a picture is not three parts old")
if max(thread) > 1:
    sys.exit("changed: run_as_thread gives old pictures as well")
EOF
v/bin/python fetch.py
