#!/usr/bin/env bash
# One would guess that imea, which measures the shapes of particles and parts in a mask, finds the same for the same shape wherever it lies, and gives lengths in
# millimetres once it knows how many there are to a pixel.
# Its circumscribing and inscribing circles are about the centroid within the shape's own box, but reach to the outline within the picture: a disc of 4.1 mm
# has circles of 9.7 and 1.7, 21.0 and 13.0, or 43.4 and 35.4 mm, by where it lies. Spreads (feret_std, martin_std, nassenstein_std, chords) stay in pixels,
# beside means in millimetres. The enclosing circle, Feret's diameters and the axes are right.
# It matters where particles on a belt are sorted, or parts called round, by the ratio of the circles: a good part is round in one corner of the picture
# only, and the spread of its diameters is ten times the mean. What helps: diameter_min_enclosing_circle and diameter_max_inclosing_circle.
# Versions: imea 0.3.5, opencv-python 5.0.0.93, scikit-image 0.26.0, pandas 3.0.0, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check imea==0.3.5 opencv-python==5.0.0.93 scikit-image==0.26.0 pandas==3.0.0 numpy==2.4.6
cat >circles.py <<'EOF'
import sys
import imea
import numpy as np

MILLIMETRES = 0.1  # to a pixel
DIAMETER = 41
y, x = np.mgrid[:300, :300]

def measured(inside, millimetres):
    return imea.shape_measurements_2d(inside, millimetres).iloc[0]

wrong = False
for left, top, circumscribing in (40, 40, 9.65), (80, 80, 20.95), (200, 100, 43.44):
    shape = measured((x - left) ** 2 + (y - top) ** 2 <= (DIAMETER / 2) ** 2, MILLIMETRES)
    print(
        f"disc of {DIAMETER * MILLIMETRES:.1f} mm about ({left}, {top}): circumscribing circle {shape['diameter_circumscribing_circle']:.1f}, inscribing"
        f" {shape['diameter_inscribing_circle']:.1f}; enclosing {shape['diameter_min_enclosing_circle']:.1f}, enclosed {shape['diameter_max_inclosing_circle']:.1f}"
    )
    wrong |= abs(shape["diameter_circumscribing_circle"] - circumscribing) > 0.2 or abs(shape["diameter_min_enclosing_circle"] - 4.1) > 0.1
plate = (abs(x - 100) < 30) & (abs(y - 100) < 10)
fine, coarse = (measured(plate, millimetres) for millimetres in (0.01, 0.1))
for shape, millimetres in (fine, 0.01), (coarse, 0.1):
    print(f"plate at {millimetres} mm a pixel: feret_mean {shape['feret_mean']:.3f}, feret_max {shape['feret_max']:.3f}, feret_std {shape['feret_std']:.3f}")
wrong |= abs(coarse["feret_mean"] / fine["feret_mean"] - 10) > 0.1 or fine["feret_std"] != coarse["feret_std"]
if wrong:
    sys.exit("changed: other circles or spreads")
EOF
v/bin/python -W ignore circles.py
