#!/usr/bin/env bash
# One would guess that a program turns a TIFF whose 0 is white (PhotometricInterpretation MinIsWhite) or leaves it, but does the same for 8 and 16 bits.
# OpenCV and Pillow turn it over in 8 bits and leave it in 16: the same radiograph is a positive from one file and a negative from the other. OpenCV
# turns the 16-bit file over as well when it is read with IMREAD_GRAYSCALE or IMREAD_COLOR, but not with IMREAD_UNCHANGED or IMREAD_ANYDEPTH: two flags
# give two pictures that are negatives of each other, and no flag gives 16 bits the right way round. libvips turns both, tifffile neither.
# It matters where X-ray pictures are inspected: detectors and film scanners write such files, and a pore is dark for one program and bright for the next.
# What helps is to look at tag 262 and turn 16 bits by hand, or to read with libvips.
# Versions: opencv-python-headless 5.0.0.93, and 4.12.0.88 does the same; Pillow 13.0.0, tifffile 2026.3.3, pyvips 3.2.0 with libvips 8.18.7,
# numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
# Without a libvips of the system in sight pyvips takes the one of pyvips-binary.
PKG_CONFIG_LIBDIR=/nonexistent v/bin/pip install -q --disable-pip-version-check opencv-python-headless==5.0.0.93 pillow==13.0.0 tifffile==2026.3.3 \
    pyvips==3.2.0 pyvips-binary==8.18.7 numpy==2.4.6
v/bin/pip install -q --disable-pip-version-check --no-deps --target old opencv-python-headless==4.12.0.88
cat >read.py <<'EOF'
import sys
import cv2
import numpy as np
import pyvips
import tifffile
from PIL import Image

print("OpenCV", cv2.__version__)
# A weld with a pore: 0 is white, so the pore, which lets more through, has the lower numbers.
dense, pore = 200, 40
seen = {}
for bits in 8, 16:
    stored = np.full((32, 32), dense << (bits - 8), np.uint8 if bits == 8 else np.uint16)
    stored[8:16, 8:16] = pore << (bits - 8)
    path = f"{bits}.tif"
    tifffile.imwrite(path, stored, photometric="miniswhite")
    for what, read in {
        "OpenCV, IMREAD_GRAYSCALE": cv2.imread(path, cv2.IMREAD_GRAYSCALE),
        "OpenCV, IMREAD_COLOR": cv2.imread(path, cv2.IMREAD_COLOR)[..., 0],
        "OpenCV, IMREAD_UNCHANGED": cv2.imread(path, cv2.IMREAD_UNCHANGED),
        "OpenCV, IMREAD_ANYDEPTH": cv2.imread(path, cv2.IMREAD_ANYDEPTH),
        "Pillow": np.array(Image.open(path)),
        "libvips": pyvips.Image.new_from_file(path).numpy(),
        "tifffile": tifffile.imread(path),
    }.items():
        weld, hole = int(read[2, 2]), int(read[10, 10])
        seen[bits, what] = "bright" if hole > weld else "dark"
        print(f"  {bits:2} bits, {what:25} weld {weld:5}, pore {hole:5}: a {seen[bits, what]} pore")

as_white = {"OpenCV, IMREAD_GRAYSCALE", "OpenCV, IMREAD_COLOR", "libvips"}
for (bits, what), shade in seen.items():
    expected = "bright" if what in as_white or (bits == 8 and what != "tifffile") else "dark"
    if shade != expected:
        sys.exit(f"changed: {what} has a {shade} pore from {bits} bits")
EOF
v/bin/python read.py
PYTHONPATH=old v/bin/python read.py
