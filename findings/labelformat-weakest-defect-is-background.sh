#!/usr/bin/env bash
# One would guess that labelformat's maskpair input takes what is not 0 in a mask for a defect, as other readers of mask folders do, and a black mask for a
# picture without any.
# Unless told otherwise it parts each mask's values by Otsu's method. A mask of 0 and one other value is right; of two kinds of defect in one mask, 100 and 255,
# the lower one becomes background, of 1, 2 and 3 the first. Nothing is said. A mask of one value, as each good part has, ends the whole conversion
# with "All-NaN slice encountered".
# It matters where masks say by their value which defect it is (MVTec LOCO and many own data sets): defects are gone before anything is trained or
# measured, and whether a spot counts depends on what else is in its picture. What helps: threshold=0 (--threshold 0): all of these are right then.
# Versions: labelformat 0.1.17, opencv-python-headless 5.0.0.93, pillow 13.0.0, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check labelformat==0.1.17 opencv-python-headless==5.0.0.93 pillow==13.0.0 numpy==2.4.6
cat >masks.py <<'EOF'
import pathlib, shutil, sys
import numpy as np
from labelformat.formats import MaskPairInstanceSegmentationInput
from PIL import Image

SIDE = 20

def mask(*values):
    """Squares of SIDE x SIDE pixels one beside another, one for each value."""
    pixels = np.zeros((64, 192), np.uint8)
    for number, value in enumerate(values):
        pixels[10 : 10 + SIDE, 10 + 40 * number : 10 + 40 * number + SIDE] = value
    return pixels

def squares(pixels, **how):
    """Which of the squares a folder with this one picture has as defects, or the error."""
    root = pathlib.Path("set")
    shutil.rmtree(root, ignore_errors=True)
    for folder, picture in (("pictures", np.zeros_like(pixels)), ("masks", pixels)):
        (root / folder).mkdir(parents=True)
        Image.fromarray(picture).save(root / folder / "part.png")
    source = MaskPairInstanceSegmentationInput("pictures/*.png", "masks/*.png", root, category_names="defect", segmentation_type="rle", **how)
    try:
        found = [label.segmentation.get_binary_mask() > 0 for picture in source.get_labels() for label in picture.objects]
    except ValueError as error:
        return str(error)
    whole = np.any(found, axis=0) if found else np.zeros(pixels.shape, bool)
    return [number + 1 for number in range(4) if whole[10 : 10 + SIDE, 10 + 40 * number : 10 + 40 * number + SIDE].all()]

wrong = 0
for values, expected in (((255,), [1]), ((1,), [1]), ((100, 255), [2]), ((1, 2), [1, 2]), ((1, 2, 3), [2, 3]), ((80, 160, 240, 255), [2, 3, 4]), ((), "All-NaN slice encountered")):
    seen, helped = squares(mask(*values)), squares(mask(*values), threshold=0)
    print(f"squares of {str(values):21} found {str(seen):28} with threshold 0 {helped}")
    wrong += seen != expected or helped != list(range(1, len(values) + 1))
if wrong:
    sys.exit("changed: other squares are defects")
EOF
v/bin/python masks.py
