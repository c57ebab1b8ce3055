#!/usr/bin/env bash
# One would guess that minAreaRect of the same outline has the same width, height and angle after a minor update of OpenCV.
# OpenCV 4.5.1 to 4.12 give angles above 0 up to 90 degrees; 4.13 and 5 from -90 to below 0, as before 4.5.1 and as documented. The rectangle is the same, and
# its width and height have changed places for all that do not lie exactly along the axes. A part of 80 x 20 pixels that is turned by 10 degrees was 80 wide
# and 20 high, and is 20 wide and 80 high; boxPoints() starts at another corner. fitEllipse() is as before.
# It matters where parts are set upright by that angle and cut out, the usual recipe: what lay now stands, so that no reference, template or bank of good
# parts fits, by an update alone; widths held against a tolerance become lengths. What helps: the longer side and its direction taken from boxPoints() or by
# max(), not from the places in the tuple.
# Versions: opencv-python-headless 5.0.0.93, 4.13.0.92 and 4.12.0.88, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opencv-python-headless==5.0.0.93 numpy==2.4.6
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps --target middle opencv-python-headless==4.13.0.92
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps --target old opencv-python-headless==4.12.0.88
cat >upright.py <<'EOF'
import sys
import cv2
import numpy as np

print("OpenCV", cv2.__version__)
new = sys.argv[1] == "new"
wrong = False
for turned in 10, 45, 80, 100, 170:
    picture = np.zeros((200, 200), np.uint8)
    part = cv2.boxPoints(((100, 100), (80, 20), turned))
    cv2.fillPoly(picture, [np.round(part).astype(np.int32)], 255)
    outline = max(cv2.findContours(picture, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], key=cv2.contourArea)
    centre, (wide, high), angle = cv2.minAreaRect(outline)
    upright = cv2.warpAffine(picture, cv2.getRotationMatrix2D(centre, angle, 1), (200, 200))
    cut = cv2.getRectSubPix(upright, (round(wide), round(high)), centre)
    print(f"  a part of 80 x 20, turned by {turned:3}: {wide:4.1f} wide, {high:4.1f} high, angle {angle:6.1f}; cut out {cut.shape[1]} x {cut.shape[0]}, {(cut > 127).mean():.0%} of it part")
    lies = (turned < 90) != new
    wrong |= (wide > high) != lies or (angle < 0) != new or (cut > 127).mean() < 0.95
if wrong:
    sys.exit("changed: other widths, heights and angles")
EOF
v/bin/python upright.py new
PYTHONPATH=middle v/bin/python upright.py new
PYTHONPATH=old v/bin/python upright.py old
