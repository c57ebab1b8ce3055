#!/usr/bin/env bash
# One would guess that an opening takes away what is too thin for the kernel and leaves the rest where it is, so that a top-hat (what the opening took) shows
# scratches alone, with a kernel of 4 as with one of 5.
# With an even number OpenCV's morphologyEx moves the rest by one pixel to the lower right (by n with iterations=n): its erosion and its dilation both
# round to the same side. The top-hat and the black-hat then have false lines as bright as the print itself along the edges of a part that is free of
# scratches, and a mask that is cleaned by an opening has every defect a pixel off, partly beside it. scikit-image and scipy turn the kernel over between
# the two and have neither, and OpenCV with 3 or 5 neither.
# It matters where the kernel's size follows from a width in millimetres or from the picture's (size // 50): an even one finds edges. What helps is to make
# it odd, or erode() and dilate() with anchor=(k // 2, k // 2) for the one and (k - 1 - k // 2, k - 1 - k // 2) for the other.
# Versions: opencv-python-headless 5.0.0.93, and 4.12.0.88 does the same; scikit-image 0.26.0, scipy 1.17.1, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check opencv-python-headless==5.0.0.93 scikit-image==0.26.0 scipy==1.17.1 numpy==2.4.6
v/bin/pip install -q --disable-pip-version-check --no-deps --target old opencv-python-headless==4.12.0.88
cat >tophat.py <<'EOF'
import sys
import cv2
import numpy as np
from scipy import ndimage
from skimage import morphology

DARK, BRIGHT = 60, 200
part = np.full((80, 80), DARK, np.uint8)
part[20:60, 20:60] = BRIGHT  # a print without a scratch

def with_anchors(size, kernel):
    first, second = size // 2, size - 1 - size // 2
    return part - cv2.dilate(cv2.erode(part, kernel, anchor=(first, first)), kernel, anchor=(second, second))

print(f"OpenCV {cv2.__version__}: false pixels in the top-hat and their largest value; the print moved by")
seen = {}
for size in 2, 3, 4, 5, 6:
    kernel = np.ones((size, size), np.uint8)
    opened = cv2.morphologyEx(part, cv2.MORPH_OPEN, kernel)
    twice = cv2.morphologyEx(part, cv2.MORPH_OPEN, kernel, iterations=2)
    hats = {
        "OpenCV": cv2.morphologyEx(part, cv2.MORPH_TOPHAT, kernel),
        "with anchors": with_anchors(size, kernel),
        "scikit-image": morphology.white_tophat(part, kernel),
        "scipy": ndimage.white_tophat(part, footprint=kernel),
    }
    moved = [int(np.argwhere(result == BRIGHT).min()) - 20 for result in (opened, twice)]
    hats["OpenCV's black-hat"] = cv2.morphologyEx(part, cv2.MORPH_BLACKHAT, kernel)
    seen[size] = {what: (int((hat > 0).sum()), int(hat.max())) for what, hat in hats.items()}, moved
    shown = ", ".join(f"{what} {count} {most}" for what, (count, most) in seen[size][0].items())
    print(f"  {size} x {size}: {shown}; {moved[0]}, and {moved[1]} with iterations=2")

for size, (hats, moved) in seen.items():
    even = size % 2 == 0
    ours = [hats.pop("OpenCV"), hats.pop("OpenCV's black-hat")]
    if any(hat != ((79, BRIGHT - DARK) if even else (0, 0)) for hat in ours) or moved != ([1, 2] if even else [0, 0]):
        sys.exit(f"changed: OpenCV with {size} x {size}")
    if any(hat != (0, 0) for hat in hats.values()):
        sys.exit(f"changed: the others with {size} x {size}")
EOF
v/bin/python tophat.py
PYTHONPATH=old v/bin/python tophat.py
