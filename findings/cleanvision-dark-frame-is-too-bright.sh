#!/usr/bin/env bash
# One would guess that CleanVision, which looks for dark, bright, blurred and grey pictures in a folder, judges a frame of 12 or 16 bits like its copy of 8 bits, and that its
# scores are 0 to 1, as it says.
# It divides by 255 whatever the depth. Frames of more than 8 bits are too bright, with scores of -0.5 to -250: a good one, and one of 16 bits at a twentieth of its range,
# which is dark in 8. A dark one of 12 bits is not found. None is dark or blurred, with scores of up to 255 for darkness and of 1, the best, for a picture without an
# edge (0.56 in 8 bits), and none is grey, since only pictures of 8 bits may be. The 8-bit copies are judged right. No score is refused, and the report counts
# such issues as it does any.
# It matters where the frames of a new camera or of X-ray are sorted before one learns from them: the good ones are sorted out as too bright, and the dark ones
# of 12 bits are learned. What helps: copies of 8 bits, to which the names are the same.
# Versions: cleanvision 0.3.7, pillow 12.3.0, imagehash 4.3.2, pandas 3.0.6, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check cleanvision==0.3.7 pillow==12.3.0 imagehash==4.3.2 pandas==3.0.6 numpy==2.4.6
cat >frames.py <<'EOF'
import os
import sys

import numpy as np
from cleanvision import Imagelab
from PIL import Image

rows, columns = np.mgrid[:256, :256]
good = np.clip((rows // 16 + columns // 16) % 2 * 0.4 + 0.3 + np.random.default_rng(0).normal(0, 0.03, (256, 256)), 0, 1)
frames = {"good": good, "dark": good * 0.05, "bright": 0.97 + good * 0.03, "no edge": 0.05 + 0.9 * columns / 255}
depths = {"8 bits": (255, np.uint8), "12 bits": (4095, np.uint16), "16 bits": (65535, np.uint16)}
os.mkdir("frames")
for name, frame in frames.items():
    for depth, (white, kind) in depths.items():
        Image.fromarray((frame * white).astype(kind)).save(f"frames/{name} {depth}.png")
lab = Imagelab(data_path="frames")
lab.find_issues({"light": {}, "dark": {}, "blurry": {}, "grayscale": {}}, n_jobs=1, verbose=False)
issues = lab.issues.rename(index=lambda path: os.path.basename(path)[:-4])
wrong = False
for name in frames:
    for depth in depths:
        row = issues.loc[f"{name} {depth}"]
        said = [issue for issue in ("light", "dark", "blurry", "grayscale") if row[f"is_{issue}_issue"]]
        scores = {issue: float(row[f"{issue}_score"]) for issue in ("light", "dark", "blurry")}
        print(f"{name}, {depth}:", ", ".join(said) or "nothing", *(f"{issue} {score:.2f}" for issue, score in scores.items()))
        due = {"good": [], "dark": ["dark"], "bright": ["light"], "no edge": []}[name]
        if depth == "8 bits":
            wrong |= said != due + ["grayscale"] or min(scores.values()) < 0 or max(scores.values()) > 1
        else:
            wrong |= said != ([] if (name, depth) == ("dark", "12 bits") else ["light"]) or scores["blurry"] < 0.98
if wrong:
    sys.exit("changed: other issues")
EOF
v/bin/python -W ignore frames.py 2>log || { cat log; exit 1; }
