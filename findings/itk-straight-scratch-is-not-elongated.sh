#!/usr/bin/env bash
# One would guess that SimpleITK's elongation, the ratio of a label's axes, is largest for the straightest and thinnest scratch, and 1 for a round spot.
# It is 0 for a scratch of one pixel that runs along a row, a column or a diagonal, where the smaller moment is 0: less than for any spot. Two pixels thick
# it is 23, and with one pixel off the line 74. GetFlatness() is 0 with it, and GetEquivalentEllipsoidDiameter(), the axes of the ellipse of the same area,
# is (0, 0). The label's area, Feret diameter and oriented bounding box are right.
# It matters where scratches are told from spots by elongation: the thinnest, machine-straight ones (a cut, a line of the rolling mill, a dead row of the
# sensor) are filed as spots, or as nothing. What helps: the sides of GetOrientedBoundingBoxSize(), or skimage's axis lengths, whose minor one may be 0.
# Versions: simpleitk 2.5.7, scikit-image 0.26.0, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check simpleitk==2.5.7 scikit-image==0.26.0 numpy==2.4.6
cat >shape.py <<'EOF'
import sys
import numpy as np
import SimpleITK
from skimage.measure import regionprops

SIDE, LONG = 100, 40

def straight(thick):
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[50:50 + thick, 20:20 + LONG] = 1
    return mask

def bent():
    mask = straight(1)
    mask[50, 40], mask[51, 40] = 0, 1
    return mask

y, x = np.mgrid[:SIDE, :SIDE]
defects = {
    "1 x 40": straight(1),
    "1 x 40, upright": straight(1).T.copy(),
    "1 x 40, diagonal": np.diag((np.arange(SIDE) >= 20) & (np.arange(SIDE) < 20 + LONG)).astype(np.uint8),
    "1 x 40, one pixel off": bent(),
    "2 x 40": straight(2),
    "spot of 20": ((x - 50) ** 2 + (y - 50) ** 2 <= 100).astype(np.uint8),
}
print(f"{'':24}{'elongation':>11}{'flatness':>10}{'ellipsoid':>15}{'box':>15}{'Feret':>7}  skimage's axes")
elongation = {}
for what, mask in defects.items():
    shape = SimpleITK.LabelShapeStatisticsImageFilter()
    shape.ComputeFeretDiameterOn()
    shape.ComputeOrientedBoundingBoxOn()
    shape.Execute(SimpleITK.GetImageFromArray(mask))
    elongation[what] = shape.GetElongation(1)
    ellipsoid, box = ([round(side, 1) for side in sides] for sides in (shape.GetEquivalentEllipsoidDiameter(1), shape.GetOrientedBoundingBoxSize(1)))
    of = regionprops(mask)[0]
    print(f"{what:24}{elongation[what]:11.1f}{shape.GetFlatness(1):10.1f}{str(ellipsoid):>15}{str(box):>15}{shape.GetFeretDiameter(1):7.1f}"
          f"  {of.axis_major_length:.1f} x {of.axis_minor_length:.1f}")

if any(elongation[what] != 0 for what in list(defects)[:3]):
    sys.exit("changed: a straight scratch is elongated")
if elongation["2 x 40"] < 20 or elongation["1 x 40, one pixel off"] < 60 or abs(elongation["spot of 20"] - 1) > 0.1:
    sys.exit("changed: another elongation of the others")
EOF
v/bin/python shape.py
