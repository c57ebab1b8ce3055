#!/usr/bin/env bash
# One would guess that the ellipse that OpenCV fits around a defect is about as long and as wide as the defect, so that its axes can be held against the
# sizes that a drawing allows.
# fitEllipse() fits a conic to the outline's pixels. The outline of a straight scratch is two parallel lines, which is a conic without an end: 80 pixels long,
# it is 230 at 3 pixels thick, 184 at 4, 151 at 6, further than the picture reaches. At 2 pixels thick the fit is exact and its ellipse is 0 x 1 pixel. At 1
# thick the points are moved at random first (cv2.setRNGSeed() decides), and every call has another length. fitEllipseAMS and fitEllipseDirect are
# no better. Of a filled ellipse the fit is right, and minAreaRect has 79 of all of them.
# It matters where defects are graded by the axes, the ratio or the angle of fitEllipse, as many examples do: a scratch of 2 pixels is a speck and passes,
# one of 3 is three times as long. What helps: minAreaRect, plus one pixel on each side, as it goes through the middle of the outermost pixels.
# Versions: opencv-python-headless 5.0.0.93 and 4.12.0.88 (where AMS and Direct give fitEllipse's answer for these), scikit-image 0.26.0, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check opencv-python-headless==5.0.0.93 scikit-image==0.26.0 numpy==2.4.6
v/bin/pip install -q --disable-pip-version-check --no-deps --target old opencv-python-headless==4.12.0.88
cat >length.py <<'EOF'
import sys
import cv2
import numpy as np
from skimage.measure import regionprops

SIDE, LONG = 120, 80

def scratch(thick):
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[50:50 + thick, 20:20 + LONG] = 1
    return mask

def stain():
    y, x = np.mgrid[:SIDE, :SIDE]
    return ((2 * (x - 60) / LONG) ** 2 + ((y - 60) / 5) ** 2 <= 1).astype(np.uint8)

def axes(fit, mask):
    outline = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0][0]
    return tuple(sorted((round(side, 1) for side in fit(outline)[1]), reverse=True))

print(f"OpenCV {cv2.__version__}: long and short axis of a scratch of {LONG} pixels")
print(f"{'thick':15}{'fitEllipse, four calls':54}{'AMS':15}{'Direct':15}{'minAreaRect':15}skimage")
seen = {}
for what, mask in {**{f"{thick}": scratch(thick) for thick in (1, 2, 3, 4, 6)}, "ellipse of 10": stain()}.items():
    calls = [axes(cv2.fitEllipse, mask) for _ in range(4)]
    others = [axes(fit, mask) for fit in (cv2.fitEllipseAMS, cv2.fitEllipseDirect, cv2.minAreaRect)]
    moments = round(regionprops(mask)[0].axis_major_length, 1)
    print(f"{what:15}{' '.join(map(str, calls)):54}" + "".join(f"{str(pair):15}" for pair in others) + f"{moments}")
    seen[what] = [pair[0] for pair in calls]
    if abs(others[2][0] - (LONG - 1)) > 2:
        sys.exit("changed: minAreaRect has another length")

if len(set(seen["1"])) == 1:
    sys.exit("changed: one length for a scratch of 1 pixel")
if seen["2"][0] > 2 or any(seen[thick][0] < 1.5 * LONG for thick in "346"):
    sys.exit("changed: the ellipse is as long as the scratch")
if abs(seen["ellipse of 10"][0] - LONG) > 2:
    sys.exit("changed: an ellipse has another length")
EOF
v/bin/python length.py
PYTHONPATH=old v/bin/python length.py
