#!/usr/bin/env bash
# One would guess that AUPRO, which counts every defect the same however large it is, counts in anomalib the defects of the masks: a scratch is one.
# Masks are made as small as the model's picture (256) by taking every fourth pixel of 1024, before regions are counted: a scratch of two pixels falls
# apart into 23 crumbs, each a defect, and one of one pixel into 37, which are 46 pixels together. A stain on another picture is still one.
# It matters for sets with thin defects and a few large ones: a model that finds the scratch alone has AUPRO 0.96, and one that finds the stain alone 0.19,
# where both have 0.57 by the masks in full, and two sizes of input cannot be compared at all. What helps: maps enlarged to the masks, and AUPRO of these.
# Versions: anomalib 2.7.0, torch 2.15.0, torchvision 0.29.2; PaDiM with drawn weights. Needs 7 GB of disk for a while.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check anomalib==2.7.0 torch==2.15.0 torchvision==0.29.2
cat >regions.py <<'EOF'
import logging, os, sys, warnings
warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
import cv2, numpy as np, torch
from PIL import Image
from anomalib.data import Folder
from anomalib.engine import Engine
from anomalib.metrics.aupro import _AUPRO
from anomalib.models import Padim

SIZE = 1024
rng = np.random.default_rng(0)
for name in "train", "good", "bad", "masks":
    os.mkdir(name)
along = np.linspace(0, 1, 60)
curve = np.stack([100 + 800 * along, 500 + 150 * np.sin(5 * along)], 1).round().astype(np.int32)
scratches = {width: cv2.polylines(np.zeros((SIZE, SIZE), np.uint8), [curve], False, 255, width) for width in (1, 2, 4)}
stain = cv2.circle(np.zeros((SIZE, SIZE), np.uint8), (700, 300), 60, 255, -1)
masks = {"0 stain": stain, **{f"{width} scratch, {width} wide": mask for width, mask in scratches.items()}}

def save(path, mask=None):
    picture = 128 + 30 * np.sin(np.arange(SIZE) / 90) + rng.normal(0, 12, (SIZE, SIZE))
    if mask is not None:
        picture[mask > 0] = 30
    Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).convert("RGB").save(path)

for i in range(4):
    save(f"train/{i}.png"), save(f"good/{i}.png")
for name, mask in masks.items():
    save(f"bad/{name}.png", mask)
    Image.fromarray(mask).save(f"masks/{name}.png")

torch.manual_seed(0)
model = Padim(backbone="resnet18", layers=["layer1", "layer2"], pre_trained=False, n_features=30)
data = Folder(name="surface", root=".", normal_dir="train", normal_test_dir="good", abnormal_dir="bad", mask_dir="masks", train_batch_size=2,
              eval_batch_size=2, num_workers=0, val_split_mode="same_as_test")
engine = Engine(max_epochs=1, accelerator="cpu", devices=1, logger=False, enable_progress_bar=False, default_root_dir="out")
engine.fit(model, datamodule=data)
small = {}
for batch in engine.predict(model, datamodule=data):
    small |= {os.path.basename(path)[:-4]: mask for path, mask in zip(batch.image_path, batch.gt_mask)}
parts = lambda mask: cv2.connectedComponents(np.ascontiguousarray(mask, np.uint8))[0] - 1
for name, mask in masks.items():
    print(f"FOUND {name[2:]:15} {parts(mask)} region of {int((mask > 0).sum()):5} pixels; in test() {parts(small[name].numpy()):2} of {int(small[name].sum()):4} in all")

def aupro(finds, truths):
    """Of a map that finds one of the two defects, and is even elsewhere."""
    metric = _AUPRO()
    for name, truth in truths.items():
        metric.update(truth[None].float() * (name == finds), truth[None].int())
    return float(metric.compute())

pair = "0 stain", "2 scratch, 2 wide"
found = {}
for name in pair:
    found[name] = aupro(name, {n: torch.from_numpy(masks[n] > 0) for n in pair}), aupro(name, {n: small[n] > 0 for n in pair})
    full, shrunk = found[name]
    print(f"FOUND a map that finds the {name[2:]:15} alone: AUPRO {full:.2f} by the masks in full, {shrunk:.2f} by those of test()")
crumbs = parts(small[pair[1]].numpy())
if not (crumbs >= 15 and parts(small["4 scratch, 4 wide"].numpy()) == 1 and found[pair[0]][1] < 0.25 and found[pair[1]][1] > 0.9):
    print("FOUND changed: the scratch stays whole")
    sys.exit(1)
EOF
v/bin/python regions.py 2>log | grep ^FOUND | cut -c 7- || { tail -3 log; exit 1; }
