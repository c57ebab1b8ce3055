#!/usr/bin/env bash
# One would guess that masks which supervision's DetectionDataset writes as COCO are the same masks to pycocotools, by which COCO files are measured.
# A mask of one part without a hole is written as the polygon through the centres of its outermost pixels. supervision draws it over them and has the
# mask back; pycocotools takes the corners for where the area ends, and has a row and a column less: a spot of 4 x 4 is 3 x 3, a scratch of 2 pixels is 1.
# The file's own "area" is the right one. A mask with a hole or of two parts is written exactly, but as a crowd (iscrowd 1), which COCOeval leaves out.
# It matters where annotated defects, thin and small as they are, are converted by it: those very masks given as predictions have AP 0 (a scratch), 0.2 (a
# spot) or none at all (a frame, two parts), and loaders that skip crowds never learn them.
# Versions: supervision 0.31.2, pycocotools 2.0.11, numpy 2.4.6, opencv-python-headless 5.0.0.93.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check supervision==0.31.2 pycocotools==2.0.11 numpy==2.4.6 opencv-python-headless==5.0.0.93
cat >masks.py <<'EOF'
import contextlib, io, os, sys, warnings
warnings.simplefilter("ignore")
import numpy as np, supervision
from PIL import Image
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

def boxes(*places):
    mask = np.zeros((128, 128), np.uint8)
    for y, x, height, width in places:
        mask[y : y + height, x : x + width] = 1
    return mask

masks = {
    "scratch, 2 wide": boxes((20, 10, 2, 80)),
    "scratch, 3 wide": boxes((20, 10, 3, 80)),
    "spot, 4 x 4": boxes((30, 30, 4, 4)),
    "stain, 60 x 60": boxes((30, 30, 60, 60)),
    "frame": boxes((20, 20, 80, 80)) - boxes((30, 30, 60, 60)),
    "two parts": boxes((30, 30, 20, 20), (70, 30, 20, 60)),
}
os.mkdir("pictures")
given = {}
for name, mask in masks.items():
    Image.new("RGB", (128, 128)).save(f"pictures/{name}.png")
    box = supervision.mask_to_xyxy(mask[None] > 0).astype(float)
    given[f"pictures/{name}.png"] = supervision.Detections(xyxy=box, mask=mask[None] > 0, class_id=np.array([0]))
supervision.DetectionDataset(["defect"], list(given), given).as_coco(annotations_path="coco.json")
back = supervision.DetectionDataset.from_coco("pictures", "coco.json", force_masks=True)
own = {os.path.basename(path): detections.mask[0] for path, _, detections in back}

def quietly(function):
    with contextlib.redirect_stdout(io.StringIO()):
        return function()

coco = quietly(lambda: COCO("coco.json"))
ids = {image["file_name"]: image["id"] for image in coco.loadImgs(coco.getImgIds())}
seen = {}
for name, mask in masks.items():
    image = ids[f"{name}.png"]
    (truth,) = coco.loadAnns(coco.getAnnIds(image))
    coded = rle.encode(np.asfortranarray(mask))
    perfect = {"image_id": image, "category_id": truth["category_id"], "segmentation": coded, "bbox": rle.toBbox(coded).tolist(), "score": 1.0}
    found = quietly(lambda: COCOeval(coco, coco.loadRes([perfect]), "segm"))
    found.params.imgIds = [image]
    quietly(lambda: (found.evaluate(), found.accumulate(), found.summarize()))
    pixels = int(coco.annToMask(truth).sum())
    seen[name] = pixels, truth["iscrowd"], round(float(found.stats[0]), 2)
    assert np.array_equal(own[f"{name}.png"], mask > 0) and truth["area"] == mask.sum()
    told = "none" if found.stats[0] < 0 else f"{found.stats[0]:.2f}"
    print(f"{name:16} {mask.sum():4} pixels, iscrowd {truth['iscrowd']}, pycocotools has {pixels:4}; the same mask predicted: AP {told}")
expected = {
    "scratch, 2 wide": (79, 0, 0.0),
    "scratch, 3 wide": (158, 0, 0.4),
    "spot, 4 x 4": (9, 0, 0.2),
    "stain, 60 x 60": (3481, 0, 1.0),
    "frame": (2800, 1, -1.0),
    "two parts": (1600, 1, -1.0),
}
if seen != expected:
    print("changed: pycocotools has other masks, or they are no crowds")
sys.exit(seen != expected)
EOF
v/bin/python masks.py
