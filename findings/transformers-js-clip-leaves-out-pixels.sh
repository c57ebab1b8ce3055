#!/usr/bin/env bash
# One would guess that CLIP's image processor of transformers.js (@huggingface/transformers) makes a picture smaller as that of Python does, whose settings it
# reads: "resample": 3, bicubic, where each new pixel is a mean over all pixels that it covers.
# In Node.js it calls sharp's affine() with a bicubic kernel of 4 x 4 pixels, however much smaller the picture gets: at 2048 pixels most are left out. Grain of
# a standard deviation of 20 stays 16 where Pillow leaves 2; of 33 scratches of 2 pixels 23 are gone and 4 are nearly as black as before, where with Pillow
# all are seen, faintly. Bilinear, the default of other models, does so too, and box and hamming become bilinear; only Lanczos (resample 1) is a mean.
# It matters where features or scores of a line's big pictures are computed in a Node.js service and compared with a bank or threshold that Python made: they
# are those of a grainier surface, by chance of the position without its scratch. What helps: sharp's resize() to 224 before.
# Versions: @huggingface/transformers 4.3.2, sharp 0.35.5; Pillow 12.3.0, numpy 2.4.6; Node.js 20, Python 3.11. Needs no weights.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @huggingface/transformers@4.3.2 sharp@0.35.5 >npm.log || { tail -3 npm.log; exit 1; }
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pillow==12.3.0 numpy==2.4.6
cat >make.py <<'EOF'
import numpy as np

SIDE = 2048
grain = np.random.default_rng(0).normal(140, 20, (SIDE, SIDE)).clip(0, 255).round().astype(np.uint8)
scratches = np.full((SIDE, SIDE), 140, np.uint8)
for x in range(40, SIDE - 20, 61):
    scratches[:, x : x + 2] = 20
for name, picture in ("grain", grain), ("scratches", scratches):
    picture.tofile(name)
EOF
cat >smaller.mjs <<'EOF'
import { readFileSync, writeFileSync } from "fs";
import { CLIPImageProcessor, RawImage } from "@huggingface/transformers";

const settings = { do_resize: true, size: { shortest_edge: 224 }, do_center_crop: true, crop_size: { width: 224, height: 224 }, do_rescale: false, do_normalize: false };
for (const name of ["grain", "scratches"]) {
  const picture = new RawImage(new Uint8ClampedArray(readFileSync(name)), 2048, 2048, 1).rgb();
  for (const resample of [3, 2, 1]) {
    const { pixel_values: seen } = await new CLIPImageProcessor({ ...settings, resample })(picture);
    writeFileSync(`${name}-${resample}`, Uint8Array.from(seen.data.slice(0, 224 * 224)));
  }
}
EOF
cat >compare.py <<'EOF'
import sys
import numpy as np
from PIL import Image

seen = {}
for resample, kernel in (3, "bicubic"), (2, "bilinear"), (1, "Lanczos"):
    for name in "grain", "scratches":
        picture = Image.fromarray(np.fromfile(name, np.uint8).reshape(2048, 2048))
        small = {"Python": np.array(picture.resize((224, 224), resample)), "Node.js": np.fromfile(f"{name}-{resample}", np.uint8).reshape(224, 224)}
        for where, made in small.items():
            if name == "grain":
                seen[kernel, where] = [float(made.std())]
            else:
                row = 140 - made[112].astype(float)
                places = [round((x + 1) * 224 / 2048) for x in range(40, 2048 - 20, 61)]
                depth = np.array([row[max(at - 2, 0) : at + 3].max() for at in places])
                seen[kernel, where] += [int((depth < 3).sum()), int((depth > 60).sum()), len(places)]
for (kernel, where), (grain, gone, black, count) in seen.items():
    print(f"{kernel:8} {where:8} grain of 20 is {grain:4.1f}; of {count} scratches {gone:2} are gone and {black:2} half as dark as before or darker")
for kernel in "bicubic", "bilinear":
    python, node = seen[kernel, "Python"], seen[kernel, "Node.js"]
    if not (python[0] < 4 and python[1] == 0 and node[0] > 3 * python[0] and node[1] > 10 and node[2] > 0):
        sys.exit("changed: the two make pictures smaller alike")
if abs(seen["Lanczos", "Python"][0] - seen["Lanczos", "Node.js"][0]) > 1 or seen["Lanczos", "Node.js"][1]:
    sys.exit("changed: Lanczos leaves out pixels, too")
EOF
v/bin/python make.py
node smaller.mjs 2>warnings
v/bin/python compare.py
