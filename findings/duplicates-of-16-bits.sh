#!/usr/bin/env bash
# One would guess that tools that look for duplicates among a set's pictures compare what the pictures show, also where these have 12 or 16 bits.
# imagehash, and cleanvision, which hashes by it, turn each picture into 8 bits by Pillow's convert("L"), which cuts off at 255 and does not divide: a 12-bit
# radiograph is white throughout. Six different plates have one and the same hash (average, perceptual, difference, wavelet); cleanvision lists all six as near
# duplicates of each other and as too light, and none as of low information. Their 8-bit versions have six hashes, and are listed as grey and nothing else.
# It matters where sets are thinned before learning or training and test pictures are kept apart by it: of radiographs and thermal pictures all but one are
# thrown away, or a real duplicate does not stand out. What helps: hash 8-bit versions (value >> 4).
# Versions: ImageHash 4.3.2, cleanvision 0.3.7, Pillow 13.0.0, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check imagehash==4.3.2 cleanvision==0.3.7 pillow==13.0.0 numpy==2.4.6
cat >plates.py <<'EOF'
import contextlib, io, os, sys, warnings
warnings.simplefilter("ignore")
import imagehash, numpy as np
from cleanvision import Imagelab
from PIL import Image

rng = np.random.default_rng(0)
y, x = np.mgrid[:256, :256]
PLATES = 6
for folder in "12 bits", "8 bits":
    os.mkdir(folder)
for plate in range(PLATES):
    wide, high = rng.integers(8, 40, 2)
    shown = 1900 + 900 * np.sin(x / wide) * np.cos(y / high) + rng.normal(0, 20, x.shape)  # about 900 to 2900 of 4095
    Image.fromarray(shown.astype(np.uint16)).save(f"12 bits/{plate}.png")
    Image.fromarray((shown / 16).astype(np.uint8)).save(f"8 bits/{plate}.png")

wrong = 0
for folder in "12 bits", "8 bits":
    paths = [f"{folder}/{plate}.png" for plate in range(PLATES)]
    kinds = imagehash.average_hash, imagehash.phash, imagehash.dhash, imagehash.whash
    hashes = {kind.__name__: len({str(kind(Image.open(path))) for path in paths}) for kind in kinds}
    grey = np.unique(np.concatenate([np.array(Image.open(path).convert("L")).ravel() for path in paths]))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        lab = Imagelab(data_path=folder)
        lab.find_issues(n_jobs=1)
    counts = lab.issue_summary.set_index("issue_type")["num_images"]
    issues = {issue: int(count) for issue, count in counts.items() if count}
    print(f"{folder}, mode {Image.open(paths[0]).mode}: convert('L') from {grey.min()} to {grey.max()}; of {PLATES} plates, hashes {hashes};", end=" ")
    print(f"cleanvision {issues}")
    if folder == "12 bits":
        wrong += grey.tolist() != [255] or set(hashes.values()) != {1} or issues != {"light": PLATES, "near_duplicates": PLATES}
    else:
        wrong += min(hashes.values()) < PLATES or issues != {"grayscale": PLATES}
if wrong:
    sys.exit("changed: other duplicates")
EOF
v/bin/python plates.py
