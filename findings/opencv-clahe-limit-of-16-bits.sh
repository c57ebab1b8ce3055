#!/usr/bin/env bash
# One would guess that OpenCV's CLAHE with one clip limit and one grid raises contrast alike in a frame of 8 bits and in the same one of 12 or 16 bits, and in a frame
# and a part of it, and that a lower limit raises it less.
# With 16 bits a tile has 65536 bins, and each may hold one pixel at least: where a tile has fewer pixels than that, the limit cannot be less than 65536 by its pixels.
# A frame of 512 x 512 with 8 x 8 tiles has grain 17 times as strong for each limit from 1 to 16, where 8 bits have 2 to 16 times; one of 1024 x 1024 5 times up to
# a limit of 4; one of 2048 x 2048 is as with 8 bits.
# It matters where CLAHE is tuned on parts of a frame, or brought from 8 bits to 12: with the usual limit of 2 to 4 the grain is 17 times as strong in place of 3 to 5,
# and turning the limit does nothing. What helps: fewer tiles (2 x 2 for 512 x 512 pixels), or whole frames.
# Versions: opencv-python-headless 5.0.0.93, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opencv-python-headless==5.0.0.93 numpy==2.4.6
cat >limit.py <<'EOF'
import sys
import cv2
import numpy as np

LIMITS = 1, 2, 4, 8, 16, 32
drawn = np.random.default_rng(0)

def gains(frame, tiles):
    return [float(cv2.createCLAHE(limit, (tiles, tiles)).apply(frame).std() / frame.std()) for limit in LIMITS]

wrong = False
for side, tiles, floor in ((512, 8, 16), (1024, 8, 4), (2048, 8, 1), (512, 2, 1)):
    surface = drawn.normal(2000, 20, (side, side))  # of 4096
    for bits, kind in ((8, np.uint8), (12, np.uint16)):
        found = gains((surface / 2 ** (12 - bits)).round().astype(kind), tiles)
        print(f"{side} x {side}, {tiles} x {tiles} tiles, {bits} bits: grain times " + ", ".join(f"{gain:.1f} for {limit}" for limit, gain in zip(LIMITS, found)))
        due = [1 + max(limit, floor if bits > 8 else 1) for limit in LIMITS]
        wrong |= any(abs(gain / right - 1) > 0.15 for gain, right in zip(found, due))
if wrong:
    sys.exit("changed: other limits")
EOF
v/bin/python limit.py
