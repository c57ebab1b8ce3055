#!/usr/bin/env bash
# One would guess that cv2.imread with IMREAD_REDUCED_GRAYSCALE_8 (or _4, or COLOR) makes a picture eight times smaller in the same way whatever the file's
# format: each pixel of the small picture is the mean of 8 x 8.
# That holds for JPEG, whose decoder does it. All other formats are decoded in full and made smaller by bilinear interpolation, which looks at 2 of 8 pixels
# and leaves the others out: a surface's grain of 40 levels stays 20, where JPEG leaves 5, and a dark line of one pixel is there at half its depth in two of
# eight columns and gone in six. Through JPEG it is there in all, at an eighth.
# It matters where large pictures are looked through by their reduced versions: a scratch is found or not by the column that it lies in, and thresholds
# learned from JPEGs do not hold for PNG, TIFF or BMP of the same parts. What helps: imread in full and cv2.resize with INTER_AREA.
# Versions: opencv-python-headless 5.0.0.93, and 4.12.0.88 does the same; numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opencv-python-headless==5.0.0.93 numpy==2.4.6
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps --target old opencv-python-headless==4.12.0.88
cat >reduced.py <<'EOF'
import sys
import cv2, numpy as np

SIDE, METAL, LINE = 512, 150, 50
brushed = np.clip(np.random.default_rng(0).normal(METAL, 40, (SIDE, SIDE)), 0, 255).astype(np.uint8)
FORMATS = {"jpg": [cv2.IMWRITE_JPEG_QUALITY, 100], "png": [], "tiff": [], "bmp": [], "webp": [cv2.IMWRITE_WEBP_QUALITY, 101]}  # 101 is without loss

def through(picture, format, flag):
    path = f"part.{format}"
    cv2.imwrite(path, picture, FORMATS[format])
    return cv2.imread(path, flag)

def area(picture, format, step):
    return cv2.resize(through(picture, format, cv2.IMREAD_GRAYSCALE), (SIDE // step, SIDE // step), interpolation=cv2.INTER_AREA)

print(f"OpenCV {cv2.__version__}: grain {brushed.std():.1f} before; a line of one pixel {METAL - LINE} darker than the metal, in the columns 200 to 207")
wrong = 0
for step in 4, 8:
    reduced = getattr(cv2, f"IMREAD_REDUCED_GRAYSCALE_{step}")
    for format in FORMATS:
        seen = {}
        for how, read in (("reduced", lambda p: through(p, format, reduced)), ("INTER_AREA", lambda p: area(p, format, step))):
            depths = []
            for column in range(200, 208):
                metal = np.full((SIDE, SIDE), METAL, np.uint8)
                metal[:, column] = LINE
                depths.append(METAL - int(read(metal)[20:-20].min()))
            seen[how] = read(brushed).std(), depths
        (grain, depths), (fine, even) = seen["reduced"], seen["INTER_AREA"]
        print(f"  1/{step} {format:5} grain {grain:4.1f}, line {depths}; in full and INTER_AREA: grain {fine:4.1f}, line {even}")
        picks = grain > 18 and depths.count(0) == 8 - 16 // step
        averages = abs(grain - 40 / step) < 1 and min(depths) >= 100 // step - 1
        wrong += not (averages if format == "jpg" else picks) or min(even) < 100 // step - 1
if wrong:
    sys.exit("changed: the formats are reduced otherwise")
EOF
v/bin/python reduced.py
PYTHONPATH=old v/bin/python reduced.py
