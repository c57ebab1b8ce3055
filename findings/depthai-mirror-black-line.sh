#!/usr/bin/env bash
# One would guess that depthai's ImageManip mirrors a frame, turns it by 90 or 180 degrees, or halves it, so that each pixel is where it belongs.
# On the host it takes, for each pixel, the one whose corner is nearest: a mirrored frame lies one pixel beside, its first column (row, or both) is black, and
# the last one of the frame is lost. Made smaller, a frame is one pixel of each block, and the others are left out: dark lines two pixels wide are
# all gone at a quarter of the size, or all as dark as before, by where they lie. Its settings name no way of interpolation.
# It matters where a pipeline is tried out on recorded frames, or pictures of a mirror are turned back: the black edge is the greatest anomaly of each part,
# positions are one pixel off, and scratches come and go. What helps: numpy's or OpenCV's flip, and cv2.resize with INTER_AREA.
# Versions: depthai 3.12.0, opencv-python-headless 4.13.0.92, numpy 2.4.6; Python 3.11. Needs no camera.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check depthai==3.12.0 opencv-python-headless==4.13.0.92 numpy==2.4.6
cat >manip.py <<'EOF'
import os, sys
import depthai
import numpy as np

def made(picture, how):
    with depthai.Pipeline(False) as pipeline:
        manip = pipeline.create(depthai.node.ImageManip)
        manip.setRunOnHost(True)
        how(manip.initialConfig)
        given, taken = manip.inputImage.createInputQueue(), manip.out.createOutputQueue()
        pipeline.start()
        frame = depthai.ImgFrame()
        frame.setCvFrame(picture, depthai.ImgFrame.Type.GRAY8)
        given.send(frame)
        result = taken.get().getCvFrame().copy()
        pipeline.stop()
        pipeline.wait()
    return result

picture = np.random.default_rng(0).integers(1, 256, (480, 640)).astype(np.uint8)
seen_so = []
for name, how, true in (
    ("mirrored left to right", lambda c: c.addFlipHorizontal(), picture[:, ::-1]),
    ("mirrored top to bottom", lambda c: c.addFlipVertical(), picture[::-1]),
    ("turned by 180 degrees", lambda c: c.addRotateDeg(180), picture[::-1, ::-1]),
    ("turned by 90 degrees", lambda c: c.addRotateDeg(90), np.rot90(picture, -1)),
    ("cut out", lambda c: c.addCrop(10, 6, 320, 200), picture[6:206, 10:330]),
):
    seen = made(picture, how)
    columns, rows = np.flatnonzero(~seen.any(0)).tolist(), np.flatnonzero(~seen.any(1)).tolist()
    right, down = len(columns), len(rows)
    moved = np.array_equal(seen[down:, right:], true[: true.shape[0] - down, : true.shape[1] - right])
    print(f"{name:22}: columns {columns} and rows {rows} are black, the rest is {'' if moved else 'not '}what it should be, {right} to the right and {down} down")
    seen_so.append((right, down) if moved else None)
for first in range(4):
    lines = np.full((480, 640), 200, np.uint8)
    for x in range(8 + first, 640, 40):
        lines[:, x : x + 2] = 40
    seen = made(lines, lambda c: c.setOutputSize(160, 120))
    mean = lines.reshape(120, 4, 160, 4).mean((1, 3))
    print(f"lines at pixel {first} of a block of 4, at a quarter of the size: darkest {seen.min():3}, the mean would be {mean.min():.0f}")
    seen_so.append(int(seen.min()))
changed = seen_so != [(1, 0), (0, 1), (1, 1), (1, 0), (0, 0), 40, 200, 200, 40]
if changed:
    print("changed: other lines are black, or gone")
sys.stdout.flush()
os._exit(changed)
EOF
DEPTHAI_LEVEL=error v/bin/python manip.py
