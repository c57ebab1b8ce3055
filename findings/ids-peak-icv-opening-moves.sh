#!/usr/bin/env bash
# One would guess that in ids_peak_icv erosion() and then dilation() of a Region by the same structuring element is an opening, and the other way round a
# closing: what is large enough stays where it is.
# Its dilation takes the element turned by 180 degrees about (0, 0), its erosion takes it as it is. With the rectangle that is made most easily, 3 x 3 from
# (0, 0), an opened or closed square is whole and 2 pixels further up and left. Centred, at (-1, -1), it stays; elements of an even size have no centre, and
# move it by a pixel wherever they are put. Erosion of L-shapes is right, but their opening adds pixels that were never part of the defect.
# It matters where marked places are cleaned so and then measured, masked or cut out of the picture: the more often, the further they are off; specks of 2
# pixels are then beside the defect. What helps: elements that are symmetric about (0, 0), or dilation() by the element turned by 180 degrees.
# Versions: ids_peak_icv 1.6.0, ids-peak-ipl 1.18.0, ids-peak-common 2.1.0, numpy 2.4.6, scipy 1.17.1; Python 3.11. Needs no camera.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check ids-peak-icv==1.6.0 ids-peak-ipl==1.18.0 ids-peak-common==2.1.0 numpy==2.4.6 scipy==1.17.1
cat >opening.py <<'EOF'
import sys
import numpy as np
from ids_peak_common import Point, Rectangle, Size
from ids_peak_icv import Region
from scipy import ndimage

SIDE = 40

def box(x, y, width, height):
    return Region.create_from_rectangle(Rectangle(Point(x, y), Size(width, height)))

def mask(region):
    pixels = np.zeros((SIDE, SIDE), bool)
    for point in region.points:
        pixels[point.y, point.x] = True
    return pixels

def kernel(x, y, width, height):
    """The element as scipy takes it: its (0, 0) in the middle of an array."""
    middle = np.zeros((9, 9), bool)
    middle[4 + y : 4 + y + height, 4 + x : 4 + x + width] = True
    return middle

def place(pixels):
    y, x = np.nonzero(pixels)
    return f"{x.min()} to {x.max()}, {y.min()} to {y.max()}"

square = box(10, 12, 12, 12)
expected = {(0, 0, 3, 3): (-2, -2), (-1, -1, 3, 3): (0, 0), (0, 0, 2, 2): (-1, -1), (-1, -1, 2, 2): (1, 1), (0, 0, 5, 1): (-4, 0), (-2, 0, 5, 1): (0, 0)}
print("a square from 10 to 21, 12 to 23")
wrong = 0
for element, moved in expected.items():
    opened = mask(square.erosion(box(*element)).dilation(box(*element)))
    closed = mask(square.dilation(box(*element)).erosion(box(*element)))
    x, y, width, height = element
    turned = box(1 - x - width, 1 - y - height, width, height)
    helped = mask(square.erosion(box(*element)).dilation(turned))
    true = ndimage.binary_dilation(ndimage.binary_erosion(mask(square), kernel(*element)), kernel(*element))
    print(f"element {width} x {height} from ({x:2}, {y:2}): opened {place(opened):16} closed {place(closed):16} scipy {place(true):16} turned {place(helped)}")
    shifted = np.roll(mask(square), moved[::-1], axis=(0, 1))
    wrong += not (np.array_equal(opened, shifted) and np.array_equal(closed, shifted) and np.array_equal(true, mask(square)) and np.array_equal(helped, true))

corner = box(0, 0, 3, 1).union(box(0, 0, 1, 3))  # an L
defect = box(10, 10, 3, 1).union(box(10, 10, 1, 3))
opened = mask(defect.erosion(corner).dilation(corner))
print(f"an L opened by itself: {opened.sum()} pixels, {np.count_nonzero(opened & ~mask(defect))} of them outside of it")
wrong += np.count_nonzero(opened & ~mask(defect)) == 0
if wrong:
    sys.exit("changed: an opening lies elsewhere")
EOF
v/bin/python opening.py
