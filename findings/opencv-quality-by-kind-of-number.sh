#!/usr/bin/env bash
# One would guess that SSIM and GMSD of OpenCV's quality module say the same of one pair of pictures, whether they are given with 8 or 12 bits or as floats from 0 to 1, or
# that another kind of number than 8 bits is refused.
# Their constants are those of 0 to 255, whatever they are given: of a part with a hole over a quarter of it SSIM is 0.43 with 8 bits, 0.99 as floats from 0 to 1, 1.00 as
# heights in millimetres, and 0.003 with 12 bits, where the grain counts as much as the hole; two good parts have 0.55 with 8 bits, and 0.01 with 12. GMSD, where 0 is
# alike, has 0.18, 0.0002, 0.0000 and 0.25. Floats from 0 to 255 are right. QualityPSNR has a largest value to give, which is 255 unless given.
# It matters where parts are held against a golden picture by a bound: of normalised floats all parts are good, of 12 bits all are bad. What helps: 8 bits, or
# floats times 255; scikit-image's structural_similarity() with its data_range.
# Versions: opencv-contrib-python-headless 5.0.0.93, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opencv-contrib-python-headless==5.0.0.93 numpy==2.4.6
cat >alike.py <<'EOF'
import sys

import cv2
import numpy as np

drawn = np.random.default_rng(0)
golden, good, bad = (0.5 + drawn.normal(0, 0.02, (200, 200)) for _ in range(3))
bad[50:150, 50:150] -= 0.4


def whole(most, kind):
    return lambda picture: (picture * most).clip(0, most).round().astype(kind)


kinds = {
    "8 bits": (whole(255, np.uint8), (0.433, 0.181)),
    "floats from 0 to 255": (lambda picture: np.float32(picture * 255), (0.433, 0.181)),
    "12 bits": (whole(4095, np.uint16), (0.003, 0.254)),
    "floats from 0 to 1": (np.float32, (0.994, 0.0002)),
    "heights up to 0.001 mm": (lambda picture: np.float32(picture * 0.001), (1, 0)),
}
wrong = False
for name, (kind, due) in kinds.items():
    seen = {}
    for what, part in (("a good part", good), ("one with a hole", bad)):
        seen[what] = [getattr(cv2.quality, f"Quality{score}_compute")(kind(golden), kind(part))[0][0] for score in ("SSIM", "GMSD")]
    print(f"{name}: " + "; ".join(f"{what} has SSIM {scores[0]:.3f}, GMSD {scores[1]:.4f}" for what, scores in seen.items()))
    wrong |= abs(seen["one with a hole"][0] - due[0]) > 0.02 or abs(seen["one with a hole"][1] - due[1]) > 0.01
if wrong:
    sys.exit("changed: other scores")
EOF
v/bin/python alike.py
