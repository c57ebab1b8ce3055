#!/usr/bin/env bash
# One would guess that the same picture made smaller by the same filter of Pillow has the same pixels in every version, as it had from 3.4 (2016) to 12.3: rows
# first, then columns, rounded to 8 bits between. Pillow 13.0 does columns first where that is less work, that is for tall pictures, and what is rounded and clipped
# between is another picture then: a fifth to a quarter of the pixels of a steel strip of 256 x 1600 made 240 x 240 are one level off, and where one side is
# made larger (200 x 300 to 240 x 240) edges by up to 6 of 255, since bicubic overshoots and is clipped in between. Wide and nearly square pictures stay as they were, and so
# does a tall one turned by a quarter, so that a check with one photograph of a camera (4:3) shows nothing.
# It matters for whatever was computed with one version and is compared with the other: banks and features of normal parts, stored CLIP embeddings,
# expected values of tests, scores near a threshold. torchvision's Resize on PIL images, open_clip's and transformers' slow image processors all go through it.
# Versions: Pillow 12.3.0 and 13.0.0, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >resize.py <<'EOF'
import sys

import numpy as np
import PIL
from PIL import Image


def surface(width, height):
    """A ground steel surface with scratches along and across."""
    random = np.random.default_rng(0)
    grey = random.normal(128, 12, (height, width)) + 40 * np.sin(np.arange(width) / 7)
    for _ in range(6):
        grey[:, random.integers(0, width):][:, :2] += 70
        grey[random.integers(0, height):][:2] -= 60
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


pixels = {}
for width, height in (256, 1600), (1600, 256), (200, 300), (300, 200), (400, 1200), (480, 640), (3000, 4000), (1280, 1024):
    pixels[f"{width} x {height}"] = np.asarray(surface(width, height).resize((240, 240), Image.Resampling.BICUBIC)).astype(int)
np.savez(sys.argv[1], **pixels)
print("Pillow", PIL.__version__)
EOF
for version in 12.3.0 13.0.0; do
    python3 -m venv "v$version"
    "v$version/bin/pip" install -q --disable-pip-version-check "pillow==$version" numpy==2.4.6
    "v$version/bin/python" resize.py "$version.npz"
done
cat >compare.py <<'EOF'
import sys

import numpy as np

tall = ["256 x 1600", "200 x 300", "400 x 1200"]
before, now = np.load("12.3.0.npz"), np.load("13.0.0.npz")
wrong = 0
for name in before.files:
    gap = np.abs(before[name] - now[name])
    print(f"{name} made 240 x 240: {(gap > 0).mean():.0%} of the pixels differ, by up to {gap.max()} of 255")
    wrong += (gap.max() > 0) != (name in tall)
wrong += np.abs(before["200 x 300"] - now["200 x 300"]).max() < 3
if wrong:
    print("changed: the versions agree, or differ for other shapes")
sys.exit(bool(wrong))
EOF
v13.0.0/bin/python compare.py
