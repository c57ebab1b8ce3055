#!/usr/bin/env bash
# One would guess that opendefectkit, a kit for sets of defects, keeps each defect where it lies when it mends a set (AnnotationFixer.fix_all()) or converts one.
# fix_all() takes out what is below 5 pixels one way, by default: scratches of 1 to 4 pixels, however long, are gone, and a picture that has nothing else gets an empty file
# of labels, which is what a good part has. The report counts them as "tiny". coco_to_yolo() names each file of labels by the picture's name without its folder: of
# broken/000.png, scratch/000.png and good/000.png, as MVTec AD and its like number them, one file is left, that of the last one. convert_with_label_map() takes each
# picture of a YOLO set for 640 x 640, wherever it lies and whatever size it has: in the COCO that it writes a pore of 20 x 20 at 1540, 100 of 1600 x 256 is 8 x 50 at
# 616, 250 of 640 x 640, and the PNG is called a JPEG.
# It matters where a set is cleaned before a detector learns: defects that are left out become examples of good surface. What helps: remove_tiny_boxes=False, names that
# are unique without their folder, and yolo_to_coco(), which is told where the pictures are.
# Versions: opendefectkit 0.1.0, opencv-python 5.0.0.93, pillow 13.0.0, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opendefectkit==0.1.0 opencv-python==5.0.0.93 pillow==13.0.0 numpy==2.4.6
cat >defects.py <<'EOF'
import json
import os
import sys

from opendefectkit.convert import coco_to_yolo, convert_with_label_map, yolo_to_coco
from opendefectkit.validate import AnnotationFixer
from PIL import Image

WIDE, HIGH = 1600, 256
BOXES = {"long scratch": (100, 60, 400, 2), "wide scratch": (100, 60, 400, 6), "pore": (1540, 100, 20, 20)}


def yolo(x, y, wide, high):
    return f"0 {(x + wide / 2) / WIDE:.6f} {(y + high / 2) / HIGH:.6f} {wide / WIDE:.6f} {high / HIGH:.6f}"


for folder in "set/images", "set/labels":
    os.makedirs(folder)
open("set/classes.txt", "w").write("defect\n")
for name, box in BOXES.items():
    Image.new("L", (WIDE, HIGH), 128).save(f"set/images/{name}.png")
    open(f"set/labels/{name}.txt", "w").write(yolo(*box) + "\n")
AnnotationFixer("set").fix_all("mended")
kept = {name: len(open(f"mended/labels/{name}.txt").read().split()) // 5 for name in BOXES}
print(f"fix_all: boxes left {kept}, of one each")
right = kept == {"long scratch": 0, "wide scratch": 1, "pore": 1}

pictures = ["broken/000.png", "scratch/000.png", "good/000.png"]
json.dump(
    {
        "images": [{"id": at, "file_name": name, "width": WIDE, "height": HIGH} for at, name in enumerate(pictures)],
        "annotations": [{"id": at, "image_id": at, "category_id": 0, "bbox": [10, 10, 40, 40], "area": 1600, "iscrowd": 0} for at in range(2)],
        "categories": [{"id": 0, "name": "defect"}],
    },
    open("coco.json", "w"),
)
coco_to_yolo("coco.json", "flat", ".")
files = {name: len(open(f"flat/{name}").read().split()) // 5 for name in sorted(os.listdir("flat")) if name != "classes.txt"}
print(f"coco_to_yolo: {len(pictures)} pictures with 2 boxes become {files}")
right &= files == {"000.txt": 0}

for how, convert in (
    ("convert_with_label_map", lambda to: convert_with_label_map("set", to, {"flaw": ["defect"]}, target_format="coco_json")),
    ("yolo_to_coco", lambda to: yolo_to_coco("set", f"{to}/annotations.json", "set/images")),
):
    os.makedirs(how)
    convert(how)
    made = json.load(open(f"{how}/annotations.json"))
    at = next(image for image in made["images"] if image["file_name"].startswith("pore"))
    box = next(note["bbox"] for note in made["annotations"] if note["image_id"] == at["id"])
    print(f"{how}: a pore {BOXES['pore']} of {WIDE} x {HIGH} is {[round(side, 1) for side in box]} of {at['width']} x {at['height']} in {at['file_name']}")
    right &= (abs(box[0] - 1540) < 1) == (how == "yolo_to_coco") and (at["width"] == 640) == (how == "convert_with_label_map")
if not right:
    sys.exit("changed: other boxes")
EOF
v/bin/python defects.py 2>&1 | grep -E "^(fix_all|coco_to|convert_|yolo_to|changed|Traceback|[A-Za-z]*Error)"
