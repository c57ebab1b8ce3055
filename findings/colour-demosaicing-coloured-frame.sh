#!/usr/bin/env bash
# One would guess that colour-demosaicing, the package of the colour-science family that papers compare Bayer methods with, gives a plain scene back plain.
# Bilinear and Malvar (2004) mirror the frame at its edge in such a way that the outermost pixels come twice, and there colours of the pattern follow each other
# in the wrong order: a plain (200, 100, 50) is (450, 50, 12) in one corner, and has a frame of one pixel (bilinear) or two (Malvar) in other colours, up to 3
# times as bright, which wraps or is cut off when 8 bits are made of it. Menon (2007) has none, nor has OpenCV.
# It matters where colours or defects are looked for up to the picture's edge, or where the largest value scales the rest: a score of the whole picture is that
# of its frame, and another method has another frame. What helps: Menon, or one or two pixels cut off all around.
# Versions: colour-demosaicing 0.2.7, colour-science 0.4.7, numpy 2.4.6, opencv-python-headless 5.0.0.93, scipy 1.17.1; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check colour-demosaicing==0.2.7 colour-science==0.4.7 numpy==2.4.6 scipy==1.17.1 \
    opencv-python-headless==5.0.0.93
cat >plain.py <<'EOS'
import sys
import colour_demosaicing, cv2
import numpy as np

SCENE = np.array([200.0, 100.0, 50.0])
SIDE = 64
OPENCV = {"RGGB": cv2.COLOR_BayerRGGB2RGB, "BGGR": cv2.COLOR_BayerBGGR2RGB, "GRBG": cv2.COLOR_BayerGRBG2RGB, "GBRG": cv2.COLOR_BayerGBRG2RGB}
right = True
for pattern, code in OPENCV.items():
    mosaic = colour_demosaicing.mosaicing_CFA_Bayer(np.tile(SCENE / 255, (SIDE, SIDE, 1)), pattern)
    seen = {"OpenCV": cv2.cvtColor(np.uint8(np.round(mosaic * 255)), code).astype(float)}
    for method in "bilinear", "Malvar2004", "Menon2007":
        seen[method] = getattr(colour_demosaicing, f"demosaicing_CFA_Bayer_{method}")(mosaic, pattern) * 255
    for method, picture in seen.items():
        wrong = np.abs(picture - SCENE).max(axis=2) > 1
        inner = next(width for width in range(SIDE) if not wrong[width : SIDE - width, width : SIDE - width].any())
        low, high = picture.min((0, 1)), picture.max((0, 1))
        print(f"{pattern} by {method:10}: a frame of {inner} pixels, red {low[0]:.0f} to {high[0]:.0f}, green {low[1]:.0f} to {high[1]:.0f}, blue {low[2]:.0f} to {high[2]:.0f}")
        right &= inner == {"bilinear": 1, "Malvar2004": 2}.get(method, 0)
        right &= method != "bilinear" or (round(high[0]), round(low[2], 1)) == (450, 12.5)
if not right:
    sys.exit("changed: other frames")
EOS
v/bin/python -W ignore plain.py
