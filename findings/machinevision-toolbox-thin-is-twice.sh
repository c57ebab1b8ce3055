#!/usr/bin/env bash
# One would guess that a blob's area in the Machine Vision Toolbox is the number of its pixels, "area in pixels" as its documentation has it, and grows with it.
# It is the area within the line through the pixels' centres: a scratch of 100 by 2 pixels has 99, and a square of 2 by 2 has 1, as a single pixel has. For blobs
# that have no such area it makes up another: a scratch of 100 by 1 has 198, as much as one of 100 by 3, and twice as much as one that is twice as wide. A spot
# of 349 pixels has 320. It prints "found 1 runt blob" for those of a single pixel's width, no more.
# It matters where parts are sorted by the area of their defects, or specks below so many pixels are left out: a scratch that gets wider seems to heal, the
# threshold that catches the thin one misses the wide one. What helps: the sum of the mask, or scikit-image's regionprops.
# Versions: machinevision-toolbox-python 2.4.1, opencv-python 5.0.0.93, scikit-image 0.26.0, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check machinevision-toolbox-python==2.4.1 opencv-python==5.0.0.93 scikit-image==0.26.0 numpy==2.4.6
cat >area.py <<'EOF'
import contextlib, io, sys
import numpy as np
from machinevisiontoolbox import Image
from skimage.measure import label, regionprops

SIDE = 160
y, x = np.mgrid[:SIDE, :SIDE]
wrong = False
for what, inside, area in (
    ("100 by 1, lying", (x >= 20) & (x < 120) & (y == 40), 198),
    ("100 by 1, slanted", (x == y) & (x >= 20) & (x < 120), 198),
    ("100 by 2", (x >= 20) & (x < 120) & (y >= 40) & (y < 42), 99),
    ("100 by 3", (x >= 20) & (x < 120) & (y >= 40) & (y < 43), 198),
    ("100 by 4", (x >= 20) & (x < 120) & (y >= 40) & (y < 44), 297),
    ("one pixel", (x == 20) & (y == 40), 1),
    ("2 by 2", (x >= 20) & (x < 22) & (y >= 40) & (y < 42), 1),
    ("spot", (x - 80) ** 2 + (y - 80) ** 2 <= 10.5**2, 320),
):
    far = (x - 140) ** 2 + (y - 140) ** 2 <= 15**2  # another one, as a lone pixel raises an error
    with contextlib.redirect_stdout(io.StringIO()):
        blobs = Image((inside | far).astype(np.uint8) * 255).blobs()
    found = min(float(np.ravel(blob.area)[0]) for blob in blobs)
    pixels = min(region.area for region in regionprops(label(inside | far, connectivity=2)))
    print(f"{what:18}: {int(inside.sum()):3} pixels, scikit-image {pixels:.0f}, Machine Vision Toolbox {found:.0f}")
    wrong |= found != area or pixels != inside.sum()
if wrong:
    sys.exit("changed: other areas")
EOF
v/bin/python -W ignore area.py
