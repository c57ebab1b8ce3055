#!/usr/bin/env bash
# One would guess that a mark, KeyPoints, in the middle of its box, BoundingBoxes, stays there whatever torchvision's v2 transforms do to both and to the picture.
# RandomHorizontalFlip and RandomVerticalFlip turn a mark at x to width - 1 - x and a box's edge at x to width - x: the mark lies a pixel beside the middle of its box. A flip wants
# places that count from the middle of the first pixel, all the others, resize, turns, crops by scale, want such that count from its edge: with either, half of
# the transforms are off, resize to the double by half a pixel, a turn by 90 degrees by a whole one. ElasticTransform cuts marks to whole pixels and boxes after that too,
# into opposite directions: with a strength of 0 marks lie half a pixel too far to the left and above, boxes half a pixel too far to the right and below.
# It matters where pins, fiducials or the ends of a scratch are learned together with their boxes, flipped in each second picture: what is learned is the mean of both.
# What helps: marks as the middles of small boxes, for flips and all but ElasticTransform.
# Versions: torchvision 0.29.2, torch 2.15.0, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check torch==2.15.0 torchvision==0.29.2 numpy==2.4.6
cat >boxes.py <<'EOF'
import sys

import numpy as np
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

SIDE, MARKS = 128, 20
y_of, x_of = np.mgrid[:SIDE, :SIDE] + 0.5


def spot(x, y):
    return tv_tensors.Image(torch.tensor(np.exp(-((x_of - x) ** 2 + (y_of - y) ** 2) / 18), dtype=torch.float32)[None])


def middle(picture):
    """The middle of a spot, counted from the edge of the first pixel."""
    grey = np.asarray(picture)[0].astype(float)
    rows, columns = np.mgrid[: grey.shape[0], : grey.shape[1]] + 0.5
    return np.array([(grey * columns).sum(), (grey * rows).sum()]) / grey.sum()


def seen(transform, from_edge):
    of_mark, of_box = [], []
    for seed in range(MARKS):
        at = np.random.default_rng(seed).uniform(0.4, 0.6, 2) * SIDE
        mark = tv_tensors.KeyPoints(torch.tensor([at - (0 if from_edge else 0.5)], dtype=torch.float32), canvas_size=(SIDE, SIDE))
        box = tv_tensors.BoundingBoxes(torch.tensor([[*(at - 9), *(at + 9)]], dtype=torch.float32), format="XYXY", canvas_size=(SIDE, SIDE))
        torch.manual_seed(seed)
        picture, mark, box = transform(spot(*at), mark, box)
        box = np.asarray(box)[0]
        of_mark.append(np.asarray(mark)[0] + (0 if from_edge else 0.5) - middle(picture))
        of_box.append((box[:2] + box[2:]) / 2 - middle(picture))
    return np.mean(of_mark, axis=0), np.mean(of_box, axis=0)


wrong = False
transforms = {
    "to the left": (v2.RandomHorizontalFlip(1), (-1, 0), (0, 0), (0, 0)),
    "upside down": (v2.RandomVerticalFlip(1), (0, -1), (0, 0), (0, 0)),
    "twice the size": (v2.Resize((2 * SIDE, 2 * SIDE)), (0, 0), (-0.5, -0.5), (0, 0)),
    "a turn by 90 degrees": (v2.RandomRotation((90, 90)), (0, 0), (0, 1), (0, 0)),
    "a crop of the middle": (v2.CenterCrop(100), (0, 0), (0, 0), (0, 0)),
    "an elastic transform of 0": (v2.ElasticTransform(1e-6, 5.0), (-0.5, -0.5), None, (0.5, 0.5)),
}
for name, (transform, edge, centre, boxes) in transforms.items():
    from_edge, from_centre = seen(transform, True), seen(transform, False)
    (x, y), (u, v), (p, q) = from_edge[0], from_centre[0], from_edge[1]
    print(f"{name}: beside the spot, marks counted from the edge {x:.2f} {y:.2f}, from the middle of the first pixel {u:.2f} {v:.2f}, middles of boxes {p:.2f} {q:.2f}")
    near = 0.2 if "elastic" in name else 0.05
    wrong |= np.abs(from_edge[0] - edge).max() > near or np.abs(from_edge[1] - boxes).max() > near
    wrong |= centre is not None and np.abs(from_centre[0] - centre).max() > near
if wrong:
    sys.exit("changed: other places")
EOF
v/bin/python -W ignore boxes.py
