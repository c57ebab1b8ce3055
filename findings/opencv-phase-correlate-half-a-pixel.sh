#!/usr/bin/env bash
# One would guess that OpenCV's phaseCorrelate finds a picture unmoved against itself, whatever its size.
# It finds it moved by exactly half a pixel along each side whose padded length is odd: the side is padded to the next product of 2, 3 and 5, and the middle of
# an odd one lies between two pixels for it. That is so for sides of 121 to 125, 129 to 135, 217 to 225, 675, 1125 and others, each side by itself, and for every
# other shift, too. skimage's phase_cross_correlation and OpenCV's own phaseCorrelateIterative are right.
# It matters where parts are laid onto a golden one before they are subtracted, or a position is measured in a cut-out: 128 x 128 is right, 130 x 130 half a
# pixel beside, which gives each edge of the part a false line. What helps: cut-outs of even padded sides (cv2.getOptimalDFTSize), or phaseCorrelateIterative.
# Versions: opencv-python-headless 5.0.0.93 and 4.13.0.92, scikit-image 0.26.0, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opencv-python-headless==5.0.0.93 scikit-image==0.26.0 numpy==2.4.6
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps --target old opencv-python-headless==4.13.0.92
cat >shift.py <<'EOF'
import sys
import cv2
import numpy as np
from skimage.registration import phase_cross_correlation

drawn = np.random.default_rng(0)
print("OpenCV", cv2.__version__)
wrong = False
for height, width in (128, 128), (130, 130), (128, 130), (225, 320), (480, 640), (675, 1200), (1125, 2000):
    picture = drawn.normal(size=(height, width))
    padded = [cv2.getOptimalDFTSize(side) for side in (width, height)]
    due = [side % 2 / 2 for side in padded]
    for moved in (0, 0), (3, 2):
        other = np.roll(picture, moved[::-1], (0, 1))
        seen = {"phaseCorrelate": cv2.phaseCorrelate(picture, other)[0], "Iterative": cv2.phaseCorrelateIterative(picture, other)}
        down, right = phase_cross_correlation(picture, other, upsample_factor=10)[0]
        seen["skimage"] = -right, -down
        print(f"  {width:4} x {height:4}, moved by {moved}:", ", ".join(f"{name} ({x + 0:.2f}, {y + 0:.2f})" for name, (x, y) in seen.items()))
        for name, found in seen.items():
            off = np.subtract(found, moved)
            wrong |= np.abs(off - (due if name == "phaseCorrelate" else 0)).max() > 0.06
sides = [side for side in range(100, 260) if abs(cv2.phaseCorrelate(*[drawn.normal(size=(64, side))] * 2)[0][0]) > 0.4]
print("  sides from 100 to 259 that are half a pixel off:", sides)
if wrong or sides != [side for side in range(100, 260) if cv2.getOptimalDFTSize(side) % 2]:
    sys.exit("changed: other sizes are half a pixel off")
EOF
v/bin/python shift.py
PYTHONPATH=old v/bin/python shift.py
