#!/usr/bin/env bash
# One would guess that PyLabel's splitter.GroupShuffleSplit(), whose group_col is "img_filename", puts a picture with all of its boxes into one of train, test and val, and
# that a set of good and bad parts keeps both, and each box, in the formats that it writes.
# It groups by the row, and each box is a row: of 100 pictures of 6 defects each, nearly all are in more than one split. StratifiedGroupShuffleSplit
# splits by picture. A good part, an XML without objects, is left out when VOC is read. In COCO it is kept, and the last box of the picture before it is written twice for it.
# YOLO's numbers have four digits behind the point: in a line scan of 8192 x 20480 a scratch of one line has a height of 0, one of two lines of 2.05, and
# all places are rounded to two lines.
# It matters where defects are split for a training: the test pictures are those that were trained on, and the recall is as good as it looks. What helps:
# StratifiedGroupShuffleSplit, and a look at the number of pictures and boxes before and after.
# Versions: pylabel 0.1.55, pandas 2.3.3, numpy 1.26.4, scikit-learn 1.7.2, opencv-python 4.11.0.86; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pylabel==0.1.55 pandas==2.3.3 numpy==1.26.4 scikit-learn==1.7.2 opencv-python==4.11.0.86
cat >split.py <<'EOF'
import json
import os
import sys
import warnings

warnings.simplefilter("ignore")
from pylabel import importer

WIDTH, HEIGHT = 8192, 20480


def coco(name, pictures):
    notes = [{"image_id": at, "category_id": 1, "bbox": box, "area": box[2] * box[3], "iscrowd": 0, "segmentation": []} for at, boxes in enumerate(pictures, 1) for box in boxes]
    json.dump({
        "images": [{"id": at, "file_name": f"p{at}.png", "width": WIDTH, "height": HEIGHT} for at in range(1, len(pictures) + 1)],
        "annotations": [{**note, "id": at} for at, note in enumerate(notes, 1)],
        "categories": [{"id": 1, "name": "scratch", "supercategory": ""}],
    }, open(name, "w"))
    return importer.ImportCoco(name)


wrong = False
for method, settings, least in (("GroupShuffleSplit", {}, 80), ("StratifiedGroupShuffleSplit", {"train_pct": 0.5, "test_pct": 0.25, "val_pct": 0.25}, 0)):
    parts = coco("many.json", [[[100 * k, 100, 50, 50] for k in range(6)]] * 100)
    getattr(parts.splitter, method)(**settings)
    places = parts.df.groupby("img_filename")["split"].nunique()
    print(f"{method}: of {len(places)} pictures {(places > 1).sum()} are in two splits or three")
    wrong |= (places > 1).sum() < least or (least == 0 and (places > 1).any())

few = coco("few.json", [[[1000, 2000, 3, 4000]], [[5000, 7000, 4000, 1], [5000, 9000, 4000, 2]], []])
few.export.ExportToCoco("again.json")
written = [(note["image_id"], note["bbox"]) for note in json.load(open("again.json"))["annotations"]]
print(f"COCO of 3 boxes on two parts and of a good one: {len(written)} boxes: {written}")
wrong |= len(written) != 4 or written[-1] != written[-2]

few.export.ExportToYoloV5(output_path="yolo/labels", copy_images=False)
heights = [float(line.split()[4]) * HEIGHT for line in open("yolo/labels/p2.txt")]
print(f"YOLO, scratches of 1 and 2 lines: {', '.join(f'{height:.2f}' for height in heights)} lines")
wrong |= sorted(round(height, 2) for height in heights) != [0, 2.05]

os.mkdir("voc")
mark = "<object><name>scratch</name><pose>U</pose><truncated>0</truncated><difficult>0</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"
for name, marks in (("bad", mark), ("good", "")):
    with open(f"voc/{name}.xml", "w") as file:
        file.write(f"<annotation><folder>voc</folder><filename>{name}.png</filename><path>{name}.png</path><source><database>U</database></source>")
        file.write(f"<size><width>200</width><height>100</height><depth>3</depth></size><segmented>0</segmented>{marks}</annotation>")
found = sorted(set(importer.ImportVOC(path="voc").df["img_filename"]))
print("VOC of a bad part and a good one:", found)
wrong |= found != ["bad.png"]
if wrong:
    sys.exit("changed: other splits or boxes")
EOF
v/bin/python split.py 2>&1 | grep -v "it/s"
