"""Write the sets of real defects with marks as data sets that `alfa eval` reads.

    python defect_sets.py --real FOLDER --out SETS

FOLDER holds defects/NAME/{normal,defect}/*.jpg with masks (`x_mask.png` beside `x.jpg`) or boxes.csv (README.md). Of each set
at most 60 good and 60 damaged photographs, evenly spread, and two good ones for train/good; boxes become masks.
"""

import argparse
import csv
import shutil
from collections import defaultdict
from pathlib import Path

from PIL import Image, ImageDraw

SETS = ("bsdata", "deeppcb", "missing_screws")
MOST = 60


def spread(paths, count):
    paths = sorted(paths)
    return [paths[i * len(paths) // count] for i in range(count)] if len(paths) > count else paths


def boxes_of(folder):
    boxes = defaultdict(list)
    if (folder / "boxes.csv").exists():
        for row in csv.DictReader(open(folder / "boxes.csv")):
            boxes[row["file"]].append([int(float(row[key])) for key in ("x0", "y0", "x1", "y1")])
    return boxes


def write_mask(photo, boxes, out):
    drawn = photo.with_name(photo.stem + "_mask.png")
    if drawn.exists():
        shutil.copy(drawn, out)
        return
    mask = Image.new("L", Image.open(photo).size, 0)
    for box in boxes:
        ImageDraw.Draw(mask).rectangle(box, fill=255)
    mask.save(out)


def write_set(folder, out):
    for name in ("train/good", "test/good", "test/defect", "ground_truth/defect"):
        (out / name).mkdir(parents=True, exist_ok=True)
    good = spread((folder / "normal").glob("*.jpg"), MOST + 2)
    for i, photo in enumerate(good):
        shutil.copy(photo, out / ("train/good" if i in (0, len(good) // 2) else "test/good"))
    boxes = boxes_of(folder)
    for photo in spread((folder / "defect").glob("*.jpg"), MOST):
        shutil.copy(photo, out / "test/defect")
        write_mask(photo, boxes[f"defect/{photo.name}"], out / f"ground_truth/defect/{photo.stem}_mask.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    for name in SETS:
        write_set(args.real / "defects" / name, args.out / name)


if __name__ == "__main__":
    main()
