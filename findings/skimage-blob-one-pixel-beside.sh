#!/usr/bin/env bash
# One would guess that a spot in the middle of a picture is found in its middle, by each of the three detectors that scikit-image has, and at the mirrored place in
# a mirrored picture.
# blob_doh, the fast one, finds it a pixel higher and further to the left, however the picture is turned or mirrored; blob_log and blob_dog find the middle. It
# takes the determinant of hessian_matrix_det(), whose boxes (approximate=True, the default) do not lie about the pixel: for some sigmas the answer to a round spot is
# symmetric about the pixel before, to the last digit, for others half a pixel beside and lopsided. approximate=False is symmetric about the spot.
# It matters where dots of a grid, solder balls or beads are measured: all are shifted by the same pixel against what else was measured, or against the same part
# turned by 180 degrees by two, and a calibration takes it for an offset of the camera. What helps: blob_log, or hessian_matrix_det(approximate=False).
# Versions: scikit-image 0.26.0, numpy 2.4.6, scipy 1.17.1; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check scikit-image==0.26.0 numpy==2.4.6 scipy==1.17.1
cat >spot.py <<'EOF'
import sys
import numpy as np
from skimage.feature import blob_dog, blob_doh, blob_log, hessian_matrix_det

MIDDLE = 60
y, x = np.mgrid[: 2 * MIDDLE + 1, : 2 * MIDDLE + 1] - MIDDLE
finders = {
    "blob_doh": lambda picture: blob_doh(picture, max_sigma=25, num_sigma=25),
    "blob_log": lambda picture: blob_log(picture, max_sigma=25, num_sigma=25, threshold=0.1),
    "blob_dog": lambda picture: blob_dog(picture, max_sigma=25, threshold=0.3),
}
wrong = False
for name, find in finders.items():
    places = []
    for size in 3, 5, 8, 12:
        for kind, picture in ("blurred", np.exp(-(x**2 + y**2) / (2 * size**2))), ("disc", (x**2 + y**2 <= 2 * size**2).astype(float)):
            assert np.array_equal(picture, picture[::-1]) and np.array_equal(picture, picture[:, ::-1])
            places += [tuple(int(value) - MIDDLE for value in spot[:2]) for spot in find(picture)]
    print(f"{name}: {len(places)} spots of 8 found, off by {sorted(set(places))}")
    wrong |= len(places) != 8 or set(places) != {(-1, -1) if name == "blob_doh" else (0, 0)}
turned = np.exp(-((x - 20) ** 2 + (y - 10) ** 2) / 50)
apart = finders["blob_doh"](turned)[0, :2] + finders["blob_doh"](turned[::-1, ::-1])[0, :2] - 2 * MIDDLE
print(f"a spot, and the same picture turned by 180 degrees: {apart} pixels from lying at the same place of the part")
wrong |= not np.array_equal(apart, [-2, -2])

def lopsided(answer, axis):
    """The largest difference to the answer mirrored about an axis of twice the row given, in parts of its largest value."""
    rows = np.arange(30, 91)
    return abs(answer[rows] - answer[axis - rows]).max() / answer.max()

spot = np.exp(-(x**2 + y**2) / 50)
for sigma in 5, 9, 10:
    for approximate in True, False:
        answer = hessian_matrix_det(spot, sigma, approximate=approximate)
        about = {axis / 2 - MIDDLE: lopsided(answer, axis) for axis in range(2 * MIDDLE - 4, 2 * MIDDLE + 5)}
        best = min(about, key=about.get)
        print(f"sigma {sigma}, approximate={approximate}: mirrored about the spot it differs by {100 * about[0]:.1f} %, least, {100 * about[best]:.1f} %, mirrored about {best:+.1f}")
        wrong |= (about[0] > 0.1) != approximate or (best < 0) != approximate
if wrong:
    sys.exit("changed: spots are found elsewhere")
EOF
v/bin/python spot.py
