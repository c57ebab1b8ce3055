#!/usr/bin/env bash
# One would guess that packages which compute the mean average precision of boxes count an alarm on a good part as a false one, and go through the boxes by their score,
# whatever their order, as that is what average precision is.
# map-boxes looks at the pictures that have a true box and at no others, whether exclude_not_in_annotations is False, as by default, or True: of a model that finds both
# defects and alarms on each of 1000 good parts, with higher scores, the result is 1. A row without a label for each good part makes them count: 0.002 then. mapcalc
# takes the boxes in the order in which they come: a false box that has the highest score counts last if it is listed last (1 for 0.67), and one with
# the lowest counts first if it is listed first.
# It matters for inspection above all, where most parts are good and false alarms are what a line is stopped by: of two models the one that cries wolf looks as good.
# What helps: pycocotools, and the row without a label; sorting before mapcalc.
# Versions: map-boxes 1.0.6, mapcalc 0.2.2, pycocotools 2.0.10, pandas 2.3.3, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check map-boxes==1.0.6 mapcalc==0.2.2 pycocotools==2.0.10 pandas==2.3.3 numpy==2.4.6
cat >alarms.py <<'EOF'
import contextlib
import io
import sys

import numpy as np
from map_boxes import mean_average_precision_for_boxes
from mapcalc import calculate_map
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

SPOT, ELSEWHERE = (0.1, 0.2, 0.1, 0.2), (0.5, 0.6, 0.5, 0.6)  # left, right, top, bottom


def boxes_map(true, found, **how):
    with contextlib.redirect_stdout(io.StringIO()):
        return float(mean_average_precision_for_boxes(np.array(true, object), np.array(found, object), verbose=False, **how)[0])


def coco_map(true, found, pictures):
    box = lambda place: [1000 * place[0], 1000 * place[2], 1000 * (place[1] - place[0]), 1000 * (place[3] - place[2])]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        notes = [{"id": at, "image_id": pictures.index(row[0]), "category_id": 1, "bbox": box(row[2:]), "area": 1e4, "iscrowd": 0} for at, row in enumerate(true, 1)]
        truth.dataset = {"info": {}, "images": [{"id": at} for at in range(len(pictures))], "annotations": notes, "categories": [{"id": 1}]}
        truth.createIndex()
        said = truth.loadRes([{"image_id": pictures.index(row[0]), "category_id": 1, "bbox": box(row[3:]), "score": row[2]} for row in found])
        judged = COCOeval(truth, said, "bbox")
        judged.evaluate()
        judged.accumulate()
        judged.summarize()
    return float(judged.stats[1])  # at an overlap of 0.5


wrong = False
true = [("bad1", "defect", *SPOT), ("bad2", "defect", *SPOT)]
hits = [("bad1", "defect", 0.9, *SPOT), ("bad2", "defect", 0.8, *SPOT)]
for good in (0, 10, 1000):
    names = [f"good{at}" for at in range(good)]
    found = hits + [(name, "defect", 0.95, *ELSEWHERE) for name in names]
    seen = [boxes_map(true, found, exclude_not_in_annotations=left_out) for left_out in (False, True)]
    named = boxes_map(true + [(name, np.nan, *(np.nan,) * 4) for name in names], found)
    due = coco_map(true, found, ["bad1", "bad2", *names])
    print(f"both defects and an alarm on each of {good} good parts: map-boxes {seen[0]:.3f} and {seen[1]:.3f}, with rows without a label {named:.3f}; pycocotools {due:.3f}")
    wrong |= seen != [1, 1] or abs(named - due) > 0.02

truth = {"boxes": [[10, 10, 50, 50], [100, 100, 150, 150]], "labels": [1, 1]}
false = [200, 200, 250, 250]
for name, boxes, scores, due, right in (
    ("a false box of score 0.95, listed last", truth["boxes"] + [false], [0.9, 0.8, 0.95], 1, 2 / 3),
    ("the same, listed first", [false] + truth["boxes"], [0.95, 0.9, 0.8], 2 / 3, 2 / 3),
    ("a false box of score 0.1, listed first", [false] + truth["boxes"], [0.1, 0.9, 0.8], 2 / 3, 1),
):
    seen = calculate_map(truth, {"boxes": boxes, "labels": [1, 1, 1], "scores": scores}, 0.5)
    print(f"{name}: mapcalc {seen:.2f}, by score {right:.2f}")
    wrong |= abs(seen - due) > 0.01
if wrong:
    sys.exit("changed: other precisions")
EOF
v/bin/python alarms.py 2>&1 | grep -v "fast version"
