#!/usr/bin/env bash
# One would guess that the package demosaic gives the same picture of a Bayer frame, but for finer details, by each of its methods: malvar, its default,
# "bilinear", "none" or "cv", which calls OpenCV.
# malvar's overshoot wraps in 8 bits: beside an edge from 20 to 220 the dark side has pixels of 251. The blur that follows by default spreads each over three. The
# pictures of the three methods that are its own are 4, 2 or 1 pixels smaller than the frame each way and up to 2 beside it, and have red and blue in an order
# that depends on the pattern (RGB for BGGR and GRBG, BGR for RGGB and GBRG), whether RGB or BGR is asked for. "cv" does as it is told. Nothing is said.
# It matters where the frames of a line's camera are converted by it: every dark side of an edge has bright specks, which are what a detector looks for, places
# found are pixels off, and with another method or camera red and blue change places. What helps: method="cv" and blur_kernel=0, or OpenCV itself.
# Versions: demosaic 1.1.3, numpy 2.4.6, opencv-python-headless 5.0.0.93; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps demosaic==1.1.3 numpy==2.4.6 opencv-python-headless==5.0.0.93 scipy==1.17.1 \
    loguru==0.7.3 piexif==1.1.3 pillow==13.0.0 pyyaml==6.0.4
cat >bayer.py <<'EOS'
import sys
import numpy as np
import demosaic.colour as codes
from demosaic.bayer import demosaic

SIDE = 32
SCENE = {"R": 200, "G": 100, "B": 50}
METHODS = "none", "bilinear", "malvar", "cv"

def frame(pattern):
    mosaic = np.zeros((SIDE, SIDE), np.uint8)
    for at, colour in enumerate(pattern):
        mosaic[at // 2 :: 2, at % 2 :: 2] = SCENE[colour]
    return mosaic

right = True
for pattern in "RGGB", "BGGR", "GRBG", "GBRG":
    for order in "RGB", "BGR":
        seen = {}
        for method in METHODS:
            picture = demosaic(frame(pattern), method, getattr(codes, f"{pattern}2{order}"), 0)
            names = {value: name for name, value in SCENE.items()}
            seen[method] = "".join(names[int(value)] for value in picture[10, 10])
        print(f"{pattern}2{order}: " + ", ".join(f"{method} {seen[method]}" for method in METHODS))
        own = "RGB" if pattern in ("BGGR", "GRBG") else "BGR"
        right &= seen == {"none": own, "bilinear": own, "malvar": own, "cv": order}
edge = np.tile(np.where(np.arange(SIDE) < SIDE // 2, 20, 220).astype(np.uint8), (SIDE, 1))
for method, side in zip(METHODS, (31, 30, 28, 32)):
    picture, blurred = (demosaic(edge, method, codes.RGGB2RGB, blur)[..., 1] for blur in (0, 3))
    print(f"{method:8}: {picture.shape[1]} x {picture.shape[0]} pixels of {SIDE} x {SIDE}; an edge from 20 to 220 "
          f"{picture[10, 10:18].tolist()}, blurred {blurred[10, 10:18].tolist()}")
    right &= picture.shape == (side, side) and picture[:, :13].max() == (251 if method == "malvar" else 20)
if not right:
    sys.exit("changed: other pictures")
EOS
v/bin/python -W ignore bayer.py
