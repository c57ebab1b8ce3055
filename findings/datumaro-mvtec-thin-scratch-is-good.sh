#!/usr/bin/env bash
# One would guess that Datumaro, asked for the boxes of a set in MVTec AD's layout (format mvtec_detection), gives each region of a mask the box around it, and
# that what it imports as mvtec is the set, each picture once.
# A straight scratch of one or two pixels, or a spot of 2 x 2, has none: the picture has no annotation left, though its mask has 120 pixels, and is written as
# YOLO with an empty file of labels, which is what a good part has. Of what is wider the box ends at the middle of the last pixel and is a pixel short: a spot
# of 3 x 3 is 2 x 2. mvtec, the format without a task, gives every picture three times, once with each kind of annotation.
# It matters where detectors are trained or counted by such boxes: thin scratches are taught and counted as good, a small spot has half its area, and
# shares of a set imported as mvtec hold the same picture in both. What helps: mvtec_segmentation, and boxes made of its masks with one pixel added.
# Versions: datumaro 1.13.12, numpy 2.4.6, Pillow 12.3.0; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check datumaro==1.13.12 numpy==2.4.6 pillow==12.3.0
cat >boxes.py <<'EOF'
import os, sys, warnings
warnings.simplefilter("ignore")
import numpy as np
from datumaro import AnnotationType, Dataset
from PIL import Image

HEIGHT, WIDTH = 64, 96
REGIONS = {  # y, x, height, width
    "scratch along": (20, 10, 1, 60),
    "scratch down": (2, 40, 60, 1),
    "scratch, 2 wide": (20, 10, 2, 60),
    "scratch, 3 wide": (20, 10, 3, 60),
    "spot, 2 x 2": (30, 30, 2, 2),
    "spot, 3 x 3": (30, 30, 3, 3),
    "stain, 20 x 30": (10, 10, 20, 30),
}

def save(path, pixels):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Image.fromarray(pixels).save(path)

grey = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
save("set/train/good/000.png", grey)
save("set/test/good/000.png", grey)
for name, (y, x, height, width) in REGIONS.items():
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[y : y + height, x : x + width] = 255
    save(f"set/test/{name}/000.png", grey)
    save(f"set/ground_truth/{name}/000_mask.png", mask)

def imported(format):
    return {item.id: item.annotations for item in Dataset.import_from("set", format) if item.subset == "test"}

masks, boxes = imported("mvtec_segmentation"), imported("mvtec_detection")
detection = Dataset.import_from("set", "mvtec_detection")
detection.export("yolo", "yolo", save_media=True)
labels = {}
for folder, _, files in os.walk("yolo"):
    for file in files:
        if file == "000.txt":
            labels[os.path.basename(folder)] = len(open(os.path.join(folder, file)).read().split("\n")[0].split())
wrong = 0
for name, (y, x, height, width) in REGIONS.items():
    pixels = sum(int(a.image.sum()) for a in masks[f"{name}/000"] if a.type == AnnotationType.mask)
    found = [(int(a.w), int(a.h)) for a in boxes[f"{name}/000"] if a.type == AnnotationType.bbox]
    others = [a.type.name for a in boxes[f"{name}/000"] if a.type != AnnotationType.bbox]
    told = "no box, no annotation" if not found + others else f"box of {found[0][0]} x {found[0][1]}"
    print(f"{name:16} {pixels:3} pixels, {width:2} x {height:2}: {told}, line of YOLO with {labels.get(name)} values")
    expected = [(width - 1, height - 1)] if min(width, height) > 2 else []
    wrong += pixels != height * width or found != expected or others != [] or (labels.get(name) == 0) != (expected == [])
print(f"{'good':16} {[a.type.name for a in boxes['good/000']]}, line of YOLO with {labels.get('good')} values")
pictures, taken = 2 + len(REGIONS), len(Dataset.import_from("set", "mvtec"))
print(f"{pictures} pictures; imported as mvtec: {taken}")
if wrong or taken != 3 * pictures or labels.get("good") != 0:
    sys.exit("changed: other boxes, or another number of pictures")
EOF
v/bin/python boxes.py 2>log || { cat log; exit 1; }
