#!/usr/bin/env bash
# One would guess that torchvision's to_dtype(picture, torch.uint16, scale=True) makes 65535 of 1.0, as it makes 255 for uint8, and that adjust_gamma() with a gamma of 1
# leaves a frame of 16 bits as it is.
# It multiplies by 65535.999, which is 65536 in float32, and that is 0 in 16 bits: white becomes black, and only white does; 0.9999 is 65529. adjust_gamma(),
# adjust_hue() and convert_image_dtype(), which take that way, make 0 of each saturated pixel of a uint16 frame. float64 and uint8 are right, and all below
# white is, so that a frame which is not overexposed shows nothing.
# It matters where frames of 16 bits are augmented, or maps and masks of 0 and 1 are written with 16 bits: glare and the strongest scores become holes, and a mask
# of ones is empty. What helps: (65535 * picture).round().to(torch.uint16).
# Versions: torch 2.15.0, torchvision 0.29.2, numpy 2.4.6; Python 3.11 on x86-64. Needs 7 GB of disk for a while.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check torch==2.15.0 torchvision==0.29.2 numpy==2.4.6
cat >white.py <<'EOF'
import sys
import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional

values = [0.0, 0.25, 0.5, 0.9999, 1.0]
floats = torch.tensor(values).reshape(1, 1, 5)
wrong = False
for kind, white in ((torch.uint8, 255), (torch.uint16, 0)):
    for of in torch.float32, torch.float64:
        made = functional.to_dtype(floats.to(of), kind, scale=True).flatten().tolist()
        by_name = v2.ToDtype(kind, scale=True)(floats.to(of)).flatten().tolist()
        print(f"{values} of {of} as {kind}: {made}")
        due = white if of == torch.float32 else torch.iinfo(kind).max
        wrong |= made != by_name or made[-1] != due or made[-2] < 0.99 * torch.iinfo(kind).max
frame = torch.tensor([0, 20000, 65000, 65534, 65535]).to(torch.uint16).reshape(1, 1, 5)
for name, change in {
    "adjust_gamma by 1": lambda picture: functional.adjust_gamma(picture, 1.0),
    "adjust_gamma by 0.5": lambda picture: functional.adjust_gamma(picture, 0.5),
    "convert_image_dtype of floats": lambda picture: functional.convert_image_dtype(functional.convert_image_dtype(picture, torch.float32), torch.uint16),
    "adjust_hue by 0": lambda picture: functional.adjust_hue(picture.expand(3, 1, 5), 0.0)[:1],
    "adjust_brightness by 1": lambda picture: functional.adjust_brightness(picture, 1.0),
}.items():
    made = change(frame).flatten().tolist()
    print(f"{frame.flatten().tolist()} by {name}: {made}")
    wrong |= made[-1] != (65535 if "brightness" in name else 0) or made[-3] < 64000
mask = functional.to_dtype(torch.ones(1, 8, 8), torch.uint16, scale=True)
print(f"a mask of 64 ones as uint16: {int((mask.to(torch.int64) > 0).sum())} pixels")
wrong |= bool(mask.to(torch.int64).any())
if wrong:
    sys.exit("changed: other whites")
EOF
v/bin/python white.py
