#!/usr/bin/env bash
# One would guess that cv2.imread(path, cv2.IMREAD_GRAYSCALE) weighs red, green and blue as cvtColor does, and that two PNGs with the same pixels are
# the same grey picture.
# It lets libpng make the grey, and libpng weighs in linear light when the file says its gamma (gAMA, or sRGB, which goes with it): red (200, 30, 40) is 81
# from a file without and 117 from one with it. The colours of both files are the same, read as colours and with any other program; only the grey is not.
# Pillow and OpenCV itself never write the chunk; much of what people open and save pictures with does (ImageMagick's convert here), also unasked.
# It matters where coloured print, copper or flux is judged in grey and some pictures went through an editor: contrasts change sign and no pixel of the file
# tells why. What helps is to read colours and call cvtColor.
# Versions: opencv-python-headless 5.0.0.93, and 4.12.0.88 does the same; Pillow 13.0.0, numpy 2.4.6; ImageMagick 6.9.11 (Debian 12). Needs imagemagick
# and Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check opencv-python-headless==5.0.0.93 pillow==13.0.0 numpy==2.4.6
v/bin/pip install -q --disable-pip-version-check --no-deps --target old opencv-python-headless==4.12.0.88
v/bin/python - <<'EOF'
import numpy as np
from PIL import Image, PngImagePlugin

picture = np.full((8, 16, 3), 97, np.uint8)  # grey paper,
picture[:, 8:] = 200, 30, 40  # red print
Image.fromarray(picture).save("plain.png")
gamma = PngImagePlugin.PngInfo()
gamma.add(b"gAMA", (45455).to_bytes(4, "big"))
Image.fromarray(picture).save("gamma.png", pnginfo=gamma)
srgb = PngImagePlugin.PngInfo()
srgb.add(b"sRGB", b"\0")
Image.fromarray(picture).save("srgb.png", pnginfo=srgb)
EOF
convert plain.png resaved.png
cat >read.py <<'EOF'
import sys
import cv2
import numpy as np
from PIL import Image

print("OpenCV", cv2.__version__)
wrong = 0
plain = cv2.imread("plain.png")
for name in "plain", "gamma", "srgb", "resaved":
    colours = cv2.imread(f"{name}.png")
    grey = cv2.imread(f"{name}.png", cv2.IMREAD_GRAYSCALE)
    by_cv = cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY)
    by_pillow = np.array(Image.open(f"{name}.png").convert("L"))
    row = [[int(made[4, x]) for x in (4, 12)] for made in (grey, by_cv, by_pillow)]
    print(f"  {name:8} paper and print: imread as grey {row[0]}, imread and cvtColor {row[1]}, Pillow {row[2]}")
    wrong += not np.array_equal(colours, plain)
    wrong += abs(row[0][1] - (82 if name == "plain" else 117)) > 2 or abs(row[1][1] - 82) > 1 or abs(row[2][1] - 82) > 1
if wrong:
    sys.exit("changed: the gamma no longer decides about the grey")
EOF
v/bin/python read.py
PYTHONPATH=old v/bin/python read.py
