#!/usr/bin/env bash
# One would guess that the perimeter that scikit-image gives for a region (regionprops, perimeter()) is about that of its outline, whichever way it lies: about 205
# for a scratch of 100 by 2 pixels.
# It finds the outermost pixels first, and gives each a length by how its neighbours among them lie; pixels whose neighbours lie in another way than along a line
# count nothing. Of a scratch at 45 degrees that is three pixels wide along each row, as one of 2 pixels is, nearly all lie so, and its perimeter is 6.8;
# lying or standing it is 204, and at 30 degrees 196. neighborhood=8 has 6.0, and 78 for 2.5 pixels at 30 degrees, where the default has 174. What is one
# pixel wide has half. perimeter_crofton is between 190 and 210 for all but the diagonal of one pixel, OpenCV's arcLength between 198 and 215.
# It matters where scratches are told from spots by circularity, 4 pi area / perimeter^2, which is 1 for a disc: the slanted scratch has 57, and a rule "below 0.3
# is a scratch" finds it in every direction but that one. What helps: perimeter_crofton, or the axes' lengths.
# Versions: scikit-image 0.26.0, opencv-python-headless 5.0.0.93, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check scikit-image==0.26.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
cat >perimeter.py <<'EOS'
import sys
import cv2, numpy as np
from skimage.measure import perimeter, regionprops

SIDE = 200
yy, xx = np.mgrid[:SIDE, :SIDE] - SIDE // 2

def scratch(width, degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return ((abs(xx * c + yy * s) <= 50 + 1e-9) & (abs(yy * c - xx * s) <= width / 2 + 1e-9)).astype(np.uint8)

cases = {"a disc of 41": ((xx**2 + yy**2 <= 20.5**2).astype(np.uint8), 131.9)}
for width, degrees, expected in (
    (2, 0, 204.0), (2, 15, 182.9), (2, 30, 196.0), (2, 45, 6.8), (2, 60, 196.0), (2, 90, 204.0),
    (2.5, 30, 173.7), (2.5, 45, 6.8), (1, 0, 99.0), (1, 45, 97.6), (3, 45, 203.6), (4, 45, 203.6),
):
    cases[f"100 by {width} at {degrees}"] = scratch(width, degrees), expected
right = True
for what, (mask, expected) in cases.items():
    (region,) = regionprops(mask)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    circularity = 4 * np.pi * region.area / region.perimeter**2
    print(f"{what:16}: {int(region.area):4} pixels, perimeter {region.perimeter:5.1f} (neighborhood=8 {perimeter(mask, neighborhood=8):5.1f}), "
          f"Crofton {region.perimeter_crofton:5.1f}, OpenCV {cv2.arcLength(contours[0], True):5.1f}, circularity {circularity:5.2f}")
    right &= abs(region.perimeter - expected) < 0.1
if not right:
    sys.exit("changed: other perimeters")
EOS
v/bin/python perimeter.py
