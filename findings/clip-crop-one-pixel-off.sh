#!/usr/bin/env bash
# One would guess that transformers and open_clip cut the same square of a picture for CLIP: shorter side to 224, the middle of the longer one.
# Where the rest is odd its half is rounded otherwise: torchvision, which open_clip uses, goes to the even number, transformers always down. Of every four
# lengths one is cut a pixel further: 335 leaves 111, and 56 or 55 of them go before. Both of transformers' processors do so.
# It matters where a memory of good parts or a threshold was made with one and pictures are judged with the other: 2448 x 2048, as many cameras of 5
# megapixels give, is such a size, and then it is all of them. The grain of a surface has other values everywhere (3 to 8 % of the range in the mean here).
# What helps: square pictures, or a crop of one's own.
# Versions: transformers 5.23.0, open-clip-torch 3.3.0, torch 2.15.0, torchvision 0.29.2, Pillow 13.0.0, numpy 2.4.6. Needs 7 GB of disk for a while.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check torch==2.15.0 torchvision==0.29.2 open-clip-torch==3.3.0 transformers==5.23.0 pillow==13.0.0 numpy==2.4.6
cat >crop.py <<'EOF'
import os, sys
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import numpy as np
from open_clip.transform import image_transform
from PIL import Image
from transformers import CLIPImageProcessor, CLIPImageProcessorPil

rng = np.random.default_rng(0)
std = np.array([0.26862954, 0.26130258, 0.27577711]).reshape(3, 1, 1)  # of CLIP's normalisation
open_clip = image_transform(224, is_train=False)
processors = {"transformers": CLIPImageProcessor(), "transformers, PIL": CLIPImageProcessorPil()}

def apart(width, height):
    """Mean difference of the pixels from open_clip's, in parts of their range."""
    picture = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
    own = open_clip(picture).numpy()
    return [float(np.abs((processor(picture, return_tensors="np")["pixel_values"][0] - own) * std).mean()) for processor in processors.values()]

off = [width for width in range(224, 264) if max(apart(width, 224)) > 0.01]
print(f"of the widths 224 to 263 at height 224 these are cut elsewhere: {' '.join(map(str, off))}")
wrong = off != [width for width in range(224, 264) if (width - 224) % 4 == 3]
for width, height in (640, 480), (1000, 667), (667, 1000), (2448, 2048), (1024, 683):
    found = apart(width, height)
    print(f"{width} x {height}: " + ", ".join(f"{name} {value:.4f}" for name, value in zip(processors, found)) + " from open_clip")
    wrong |= (max(found) > 0.01) != (max(width, height) * 224 // min(width, height) % 4 == 3)
if wrong:
    print("changed: the crops agree, or differ for other sizes")
sys.exit(wrong)
EOF
v/bin/python -W ignore crop.py
