#!/usr/bin/env bash
# One would guess that kornia's center_crop cuts pixels out of the middle of a picture, as torchvision's does.
# Where the rest is odd the middle lies between pixels, and it interpolates: with an odd rest one way each pixel is the mean of two, both ways of four. Grain of a
# deviation of 1 has 0.71 or 0.50, and a scratch of one pixel is two wide and half as deep. mode="nearest" takes many columns (or rows) twice, and leaves out
# as many, here 80 of 224: a scratch is twice as wide, or gone. With an even rest it is a copy. kornia.augmentation's CenterCrop always cuts.
# It matters where a memory of good parts or a threshold was made with pictures of one size, and other pictures are a pixel larger, or with torchvision: the same
# surface has half the grain, so good parts are further from good and a thin scratch is nearer. 2448 x 2048 brought to 268 x 224, say, is even, and 299 wide
# is odd. What helps: CenterCrop, or slices.
# Versions: kornia 0.9.0, torch 2.15.0, torchvision 0.29.2, numpy 2.4.6. Needs 7 GB of disk for a while.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check kornia==0.9.0 torch==2.15.0 torchvision==0.29.2 numpy==2.4.6
cat >crop.py <<'EOS'
import sys
import torch
from kornia.augmentation import CenterCrop
from kornia.geometry.transform import center_crop
from torchvision.transforms.v2.functional import center_crop as of_torchvision

SIDE = 224
drawn = torch.Generator().manual_seed(0)
crops = {
    "torchvision": lambda picture: of_torchvision(picture, [SIDE, SIDE]),
    "kornia": lambda picture: center_crop(picture, (SIDE, SIDE)),
    "kornia, nearest": lambda picture: center_crop(picture, (SIDE, SIDE), mode="nearest"),
    "kornia's CenterCrop": CenterCrop((SIDE, SIDE)),
}
right = True
for height, width in (224, 298), (224, 299), (298, 298), (299, 299):
    grain = torch.randn(1, 1, height, width, generator=drawn)
    scratched = torch.ones(1, 1, height, width)
    scratched[..., width // 2] = 0
    for name, crop in crops.items():
        kept, seen = float(crop(grain).std()), crop(scratched)[0, 0, SIDE // 2]
        depth, across = 1 - float(seen.min()), int((seen < 0.9).sum())
        columns = len({tuple(column.tolist()) for column in crop(grain)[0, 0].T})
        print(f"{height} x {width} by {name:20}: grain of 1 has {kept:.2f}, a scratch of depth 1 and width 1 has {depth:.2f} and {across}, {columns} different columns")
        odd = (height % 2 + width % 2) if name == "kornia" else 0
        right &= abs(kept - 0.5 ** (odd / 2)) < 0.02
        if name == "kornia, nearest" and width % 2:
            right &= columns < 200
        else:
            right &= columns == SIDE and abs(depth - (0.5 if odd else 1)) < 0.01 and across == (2 if odd else 1)
if not right:
    sys.exit("changed: other crops")
EOS
v/bin/python -W ignore crop.py
