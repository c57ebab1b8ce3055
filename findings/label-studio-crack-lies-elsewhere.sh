#!/usr/bin/env bash
# One would guess that Label Studio's exporter gives a rectangle that was turned along a crack as the box around it in COCO and YOLO, and that what it can't write
# in a format it refuses, or leaves the picture out.
# YOLO has the box as it was before it was turned: for a crack that stands upright one that lies beside it. COCO turns it, but in per cent of width and height as
# if both were equal: in a picture of 200 x 100 a crack of 10 x 80 pixels is a box of 20 x 40. Only YOLO_OBB is right. A pore marked by an ellipse is not
# written: YOLO has an empty file for it, which is what a good part has, and COCO leaves the picture out; the log has one line. A picture of no defect has
# neither width nor height in COCO.
# It matters where long defects are marked by turned rectangles and round ones by ellipses, as one does: the model learns cracks beside the cracks, and pores as good.
# What helps: polygons, or the JSON of Label Studio itself.
# Versions: label-studio-sdk 2.1.2, pillow 13.0.0; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check label-studio-sdk==2.1.2 pillow==13.0.0
cat >export.py <<'EOF'
import json
import math
import os
import sys

from label_studio_sdk.converter import Converter
from label_studio_sdk.converter.converter import Format
from PIL import Image

WIDTH, HEIGHT = 200, 100
CONFIG = """<View><Image name="image" value="$image"/>
<RectangleLabels name="box" toName="image"><Label value="crack"/></RectangleLabels>
<EllipseLabels name="round" toName="image"><Label value="pore"/></EllipseLabels></View>"""


def mark(kind, name, value, label):
    value = {**value, kind: [label]}
    return {"id": name, "type": kind, "from_name": name, "to_name": "image", "original_width": WIDTH, "original_height": HEIGHT, "image_rotation": 0, "value": value}


def crack(degrees):  # 80 x 10 pixels, turned about (40, 20)
    return mark("rectanglelabels", "box", {"x": 20, "y": 20, "width": 40, "height": 10, "rotation": degrees}, "crack")


def around(degrees):
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = [(40 + x * cos - y * sin, 20 + x * sin + y * cos) for x in (0, 80) for y in (0, 10)]
    (left, right), (top, bottom) = ((min(side), max(side)) for side in zip(*corners))
    return [left, top, right - left, bottom - top]


pore = mark("ellipselabels", "round", {"x": 50, "y": 50, "radiusX": 10, "radiusY": 10, "rotation": 0}, "pore")
parts = {"level": [crack(0)], "slanted": [crack(30)], "upright": [crack(90)], "pore": [pore], "good": []}
os.mkdir("images")
tasks = []
for at, (name, marks) in enumerate(parts.items(), 1):
    Image.new("L", (WIDTH, HEIGHT)).save(f"images/{name}.png")
    tasks.append({"id": at, "data": {"image": f"{name}.png"}, "annotations": [{"id": at, "result": marks, "was_cancelled": False, "completed_by": {"id": 1}}], "predictions": []})
json.dump(tasks, open("tasks.json", "w"))
converter = Converter(CONFIG, ".", download_resources=False, upload_dir="images")
for kind in (Format.COCO, Format.YOLO, Format.YOLO_OBB):
    converter.convert("tasks.json", kind.name, kind, is_dir=False, image_dir="images")


def yolo(kind, name):
    (path,) = [entry.path for entry in os.scandir(f"{kind}/labels") if entry.name.endswith(f"{name}.txt")]
    return [[float(number) for number in line.split()[1:]] for line in open(path)]


coco = json.load(open("COCO/result.json"))
seen = {}
for picture in coco["images"]:
    name = os.path.basename(picture["file_name"]).rsplit("__", 1)[1].removesuffix(".png")
    seen[name] = [note["bbox"] for note in coco["annotations"] if note["image_id"] == picture["id"]]
    if name == "good":
        print("COCO, a good part:", picture["width"], "x", picture["height"])
wrong = False


def near(one, two):
    return all(abs(a - b) < 0.01 for a, b in zip(one, two, strict=True))


for name, degrees, in_coco in (("level", 0, (40, 20, 80, 10)), ("slanted", 30, (30, 20, 79.28, 28.66)), ("upright", 90, (20, 20, 20, 40))):
    x, y, width, height = yolo("YOLO", name)[0]
    boxes = {"COCO": seen[name][0], "YOLO": [(x - width / 2) * WIDTH, (y - height / 2) * HEIGHT, width * WIDTH, height * HEIGHT]}
    turned = yolo("YOLO_OBB", name)[0]
    xs, ys = [value * WIDTH for value in turned[::2]], [value * HEIGHT for value in turned[1::2]]
    boxes["YOLO_OBB"] = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
    for kind, box in boxes.items():
        print(f"{name} crack, left, top, width and height: {kind} {', '.join(f'{side:.1f}' for side in box)} for {', '.join(f'{side:.1f}' for side in around(degrees))}")
    wrong |= not near(boxes["YOLO_OBB"], around(degrees)) or not near(boxes["YOLO"], around(0)) or not near(boxes["COCO"], in_coco)
print(f"a pore: {len(yolo('YOLO', 'pore'))} lines in YOLO, {'a picture' if 'pore' in seen else 'no picture'} in COCO; a good part: {len(yolo('YOLO', 'good'))} lines")
wrong |= "pore" in seen or yolo("YOLO", "pore") != [] or yolo("YOLO", "good") != []
if wrong:
    sys.exit("changed: other boxes")
EOF
v/bin/python export.py 2>&1 | grep -v Warning
