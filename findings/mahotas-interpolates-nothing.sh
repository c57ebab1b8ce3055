#!/usr/bin/env bash
# One would guess that mahotas' resize_to(), imresize(), zoom() and shift() interpolate by splines of the third order, as their documentation has it, and by
# other orders if told so, as scipy's do.
# They interpolate nothing, whatever the order: each new pixel is a copy of one of the old, the next to the right and below, and the last row and column are 0
# at most sizes. A map of 28 by 28 that is enlarged to 224 by 224 has steps of eight pixels, a black edge, and lies 4 pixels beside scipy's; a shift by
# half a pixel shifts nothing.
# It matters where anomaly maps are laid on the picture, or pictures aligned to parts of a pixel before they are compared: edges of defects are stairs, and
# the black edge is the lowest score, or the darkest defect. What helps: scipy.ndimage, or scikit-image.
# Versions: mahotas 1.4.19, scipy 1.17.1, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check mahotas==1.4.19 scipy==1.17.1 numpy==2.4.6
cat >resize.py <<'EOF'
import sys
import mahotas
import mahotas.interpolate
import mahotas.resize
import numpy as np
import scipy.ndimage

SMALL, LARGE = 28, 224
ramp = np.tile(np.arange(float(SMALL)), (SMALL, 1))
plain = np.full((SMALL, SMALL), 200.0)
wrong = False
for order in 1, 3:
    for name, resized in (
        ("resize_to", lambda map: mahotas.resize.resize_to(map, [LARGE, LARGE], order=order)),
        ("imresize", lambda map: mahotas.imresize(map, (LARGE, LARGE), order=order)),
        ("zoom", lambda map: mahotas.interpolate.zoom(map, LARGE / SMALL, order=order)),
        ("scipy's zoom", lambda map: scipy.ndimage.zoom(map, LARGE / SMALL, order=order)),
    ):
        row, edge = resized(ramp)[100], resized(plain)[100, -1]
        off = np.median(row[10:-10] - scipy.ndimage.zoom(ramp, LARGE / SMALL, order=1)[100, 10:-10]) * LARGE / SMALL
        print(f"{name:12} of order {order}: a ramp has {len(np.unique(row)):3} values, {off:.1f} pixels beside; a plain map of 200 ends with {edge:.0f}")
        right = len(np.unique(row)) > 200 and edge > 199
        wrong |= right != name.startswith("scipy") or not right and (len(np.unique(row)) != SMALL or edge != 0 or off < 3)
for by in 0.25, 0.5:
    seen = mahotas.interpolate.shift(ramp, (0, by), order=1)[5, 10], scipy.ndimage.shift(ramp, (0, by), order=1)[5, 10]
    print(f"column 10 shifted by {by}: mahotas {seen[0]:.2f}, scipy {seen[1]:.2f}")
    wrong |= max(abs(seen[0] - 10), abs(seen[1] - 10 + by)) > 1e-6
if wrong:
    sys.exit("changed: mahotas interpolates")
EOF
v/bin/python resize.py
