#!/usr/bin/env bash
# One would guess that Pillow either works on a 16-bit grey picture (mode I;16, what a 16-bit PNG or TIFF opens as) or refuses it: filters, enhancers
# and ImageChops say "image has wrong mode", and resize() is right with every filter.
# rotate() and transform() with BILINEAR or BICUBIC do neither: they mix single bytes, high and low ones, of the left half of each row and write the
# result as pixels of the whole row. A picture that is 1000 on the left and 60000 on the right comes out of a rotation by half a degree with values from
# 3 to 231 on either side, and the mode is I;16 still. By 90 or 180 degrees, or with NEAREST, the default, it is right. histogram(), entropy() and
# ImageStat count the bytes of the left half and leave out the right one, though getextrema() of the same picture is right.
# It matters for X-ray, thermal and 12-bit cameras: straightening a part or turning it at random in training leaves noise, and a check of the exposure by
# ImageStat watches half of the picture, in bytes. What helps is convert("I") or convert("F") before, for geometry, and numpy for statistics.
# Versions: Pillow 13.0.0, and 12.1.0 does the same; numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check pillow==13.0.0 numpy==2.4.6
v/bin/pip install -q --disable-pip-version-check --no-deps --target old pillow==12.1.0
cat >turn.py <<'EOF'
import sys
import numpy as np
import PIL
from PIL import Image, ImageFilter, ImageStat

print("Pillow", PIL.__version__)
stored = np.full((64, 64), 1000, np.uint16)
stored[:, 32:] = 60000  # dark on the left, bright on the right
Image.fromarray(stored).save("part.png")
part = Image.open("part.png")
wide = part.convert("F")
shift = Image.Transform.AFFINE, (1, 0, 0.5, 0, 1, 0)

def inside(picture):
    """The smallest and largest value well within the dark and within the bright half."""
    pixels = np.array(picture)
    if picture.size == (32, 32):
        pixels = pixels.repeat(2, 0).repeat(2, 1)
    halves = pixels[16:48, 8:24], pixels[16:48, 40:56]
    return [(round(float(half.min())), round(float(half.max()))) for half in halves]

seen = {}
for filter in "NEAREST", "BILINEAR", "BICUBIC":
    how = Image.Resampling[filter]
    seen |= {
        f"resize, {filter}": part.resize((32, 32), how),
        f"rotate by 180, {filter}": part.rotate(180, resample=how),
        f"rotate by 0.5, {filter}": part.rotate(0.5, resample=how),
        f"move by 0.5, {filter}": part.transform((64, 64), *shift, resample=how),
        f"rotate by 0.5 in mode F, {filter}": wide.rotate(0.5, resample=how),
    }
right = [(1000, 1000), (60000, 60000)]
for what, picture in seen.items():
    found = inside(picture)
    print(f"  {what:35} {picture.mode:5} dark {found[0]}, bright {found[1]}")
    bytewise = what.startswith(("rotate by 0.5,", "move")) and not what.endswith("NEAREST")
    if bytewise and max(map(max, found)) > 255:
        sys.exit(f"changed: {what} has 16 bits")
    if not bytewise and sorted(found) != right:
        sys.exit(f"changed: {what} has other values")
statistics = ImageStat.Stat(part)
levels = {level: count for level, count in enumerate(part.histogram()) if count}
print(f"  getextrema {part.getextrema()}; ImageStat mean {statistics.mean[0]}, extrema {statistics.extrema[0]}; histogram {levels}")
if part.getextrema() != (1000, 60000) or levels != {1000 >> 8: 2048, 1000 & 255: 2048}:
    sys.exit("changed: the histogram counts something else than the bytes of the left half")
try:
    part.filter(ImageFilter.GaussianBlur(1))
    sys.exit("changed: a filter takes the picture")
except ValueError as error:
    print("  GaussianBlur:", error)
EOF
v/bin/python turn.py
PYTHONPATH=old v/bin/python turn.py
