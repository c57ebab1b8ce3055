#!/usr/bin/env bash
# One would guess that cv2.VideoWriter with codec 0, "uncompressed (raw)" in its documentation, gives frames back as they were, and lossless codecs too: the
# frames are BGR, and the file is as large as one would fear.
# It writes half of each frame: YUV with one colour for four pixels (I420), and greys of 16 to 235. A red scratch of one pixel, (200, 40, 40) on grey 128, comes
# back as two pale columns, (181, 101, 101) and (142, 62, 62), and the grey as (124, 126, 123). Ut Video asked for by the name of its RGB kind, ULRG, is
# written as ULY0, its YUV kind; ffmpeg's Huffyuv (FFVH) does the same, the plain one (HFYU), FFV1, MPNG and raw RGBA keep every bit. With
# isColor=False codec 0 and FFV1 keep greys, and HFYU has half of the pixels 1 off.
# It matters where a line's frames are recorded "without loss" to learn or to judge from later: thin colours are gone, and all others are moved, so a recording
# does not score as the line did. What helps is FFV1 (in .mkv or .avi), which is smaller too.
# Versions: opencv-python-headless 5.0.0.93 and 4.12.0.88 with their own ffmpeg, PyAV 18.1.0 to see what was written, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check opencv-python-headless==5.0.0.93 av==18.1.0 numpy==2.4.6
v/bin/pip install -q --disable-pip-version-check --no-deps --target old opencv-python-headless==4.12.0.88
cat >record.py <<'EOF'
import os, sys
import cv2
import numpy as np

SIDE, SCRATCH = 64, 31
colour = np.full((SIDE, SIDE, 3), 128, np.uint8)
colour[:, SCRATCH] = 40, 40, 200
grey = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE)).astype(np.uint8)

def through_file(path, codec, frame):
    fourcc = cv2.VideoWriter_fourcc(*codec) if codec else 0
    writer = cv2.VideoWriter(path, cv2.CAP_FFMPEG, fourcc, 10, (SIDE, SIDE), frame.ndim == 3)
    for _ in range(3):
        writer.write(frame)
    writer.release()
    read = cv2.VideoCapture(path, cv2.CAP_FFMPEG).read()[1]
    return read if frame.ndim == 3 else read[..., 0]

print(f"OpenCV {cv2.__version__}: columns {SCRATCH - 2} to {SCRATCH + 1} of a red scratch in column {SCRATCH}, as RGB; distance of random greys")
seen = {}
for codec in "", "ULRG", "FFVH", "HFYU", "FFV1", "MPNG", "RGBA":
    path = f"{codec or 0}.avi"
    greys = through_file("grey.avi", codec, grey)
    read = through_file(path, codec, colour)
    near = [tuple(map(int, pixel[::-1])) for pixel in read[SIDE // 2, SCRATCH - 2:SCRATCH + 2]]
    seen[codec] = bool((read == colour).all()), float(np.abs(greys.astype(int) - grey).mean())
    print(f"  {codec or 0!s:5} {os.path.getsize(path):6} bytes ", *near, f" greys {seen[codec][1]:.2f}")
for codec, (kept, off) in seen.items():
    if kept != (codec not in ("", "ULRG", "FFVH")):
        sys.exit(f"changed: colours with {codec or 0}")
    if codec in ("", "FFV1") and off > 0 or codec == "HFYU" and off == 0:
        sys.exit(f"changed: greys with {codec or 0}")
EOF
cat >written.py <<'EOF'
import sys
import av

written = {}
for codec in "0", "ULRG", "FFVH", "HFYU", "FFV1":
    with av.open(f"{codec}.avi") as file:
        context = file.streams.video[0].codec_context
        written[codec] = context.pix_fmt
        print(f"  {codec:5} is {context.name} {context.codec_tag}, {context.pix_fmt}")
if any(written[codec] != "yuv420p" for codec in ("0", "ULRG", "FFVH")) or "yuv420p" in (written["HFYU"], written["FFV1"]):
    sys.exit("changed: other pixels in the files")
EOF
PYTHONPATH=old v/bin/python record.py
v/bin/python record.py
v/bin/python written.py
