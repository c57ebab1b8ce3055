#!/usr/bin/env bash
# One would guess that the polygon drawn around a defect is the same mask in every tool, give or take its edge.
# The four that Python's tools draw polygons with disagree on what a pixel is: for pycocotools a vertex lies between pixels, for OpenCV (supervision
# draws with it), Pillow (labelme) and scikit-image on the middle of one; OpenCV rounds, and draws the outline too, as Pillow does. A scratch 0.8 pixels high
# and 80 long is 80, 162, 81 or 0 pixels; half a pixel lower it is 0, 81, 162 and 81: there or not at all, and not in the same tool.
# It matters where defects are annotated as polygons: a picture counts as defective and its mask is empty, a spot of 4 x 4 has 16 pixels or 25, and
# pixel AUROC, PRO and F1 are of the tool that drew. What helps: keep masks as pictures or RLE, and look for polygons that gave none.
# Versions: pycocotools 2.0.11, opencv-python-headless 5.0.0.93, Pillow 13.0.0, scikit-image 0.26.0, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pycocotools==2.0.11 opencv-python-headless==5.0.0.93 pillow==13.0.0 scikit-image==0.26.0 numpy==2.4.6
cat >polygons.py <<'EOF'
import sys
import cv2, numpy as np
from PIL import Image, ImageDraw
from pycocotools import mask
from skimage.draw import polygon2mask

HEIGHT, WIDTH = 64, 100

def box(x, y, width, height):
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]

def areas(polygon):
    coco = mask.decode(mask.merge(mask.frPyObjects([[value for point in polygon for value in point]], HEIGHT, WIDTH)))
    opencv = cv2.fillPoly(np.zeros((HEIGHT, WIDTH), np.uint8), [np.array(polygon).round().astype(np.int32)], 1)
    pillow = Image.new("1", (WIDTH, HEIGHT))
    ImageDraw.Draw(pillow).polygon(polygon, fill=1, outline=1)
    skimage = polygon2mask((HEIGHT, WIDTH), [(y, x) for x, y in polygon])
    return [int(np.asarray(found).astype(bool).sum()) for found in (coco, opencv, pillow, skimage)]

expected = {
    "scratch, 0.8 high, at 20.1": (box(10, 20.1, 80, 0.8), [80, 162, 81, 0]),
    "scratch, 0.8 high, at 20.6": (box(10, 20.6, 80, 0.8), [0, 81, 162, 81]),
    "scratch, 1 high, at 20": (box(10, 20, 80, 1), [80, 162, 162, 162]),
    "scratch, 1 high, at 20.5": (box(10, 20.5, 80, 1), [80, 243, 162, 81]),
    "spot, 4 x 4": (box(30, 30, 4, 4), [16, 25, 25, 25]),
    "stain, 40 x 40": (box(20, 20, 40, 40), [1600, 1681, 1681, 1681]),
}
print(f"{'pixels':28}pycocotools  OpenCV  Pillow  scikit-image")
wrong = 0
for name, (polygon, wanted) in expected.items():
    found = areas(polygon)
    print(f"{name:28}{found[0]:11}{found[1]:8}{found[2]:8}{found[3]:14}")
    wrong += found != wanted
if wrong:
    print("changed: other areas")
sys.exit(wrong > 0)
EOF
v/bin/python polygons.py
