#!/usr/bin/env bash
# One would guess that ids_peak_ipl's Image.Scale() of a Bayer frame gives a smaller Bayer frame of the same colours, as its Binning and Decimation do, or
# refuses it, as other functions refuse what they cannot work on.
# It takes the mosaic for grey values: red, green and blue are averaged with each other (or one of them is taken), and the result is called BayerRG8 all the
# same. Copper (200, 100, 50) by a half is grey, (113, 113, 113), by nearest neighbour (200, 200, 200), and by 0.3 each channel goes from 50 to 200. Binning by
# 2 keeps (200, 100, 50).
# It matters where frames are made smaller before they are converted, which saves most of the time: the picture looks like one of a monochrome camera, and
# colours that a model should tell apart are one, or a moire of them. What helps: ConvertTo(RGB8) first, or Binning.
# Versions: ids_peak_ipl 1.18.0, ids-peak-common 2.1.0, numpy 2.4.6; Python 3.11. Needs no camera.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check ids-peak-ipl==1.18.0 ids-peak-common==2.1.0 numpy==2.4.6
cat >scale.py <<'EOF'
import sys
import numpy as np
from ids_peak_ipl import ids_peak_ipl as ipl

HEIGHT, WIDTH = 96, 128
COPPER = 200, 100, 50
channel = np.array([[0, 1], [1, 2]])[np.ix_(np.arange(HEIGHT) % 2, np.arange(WIDTH) % 2)]
raw = np.array(COPPER, np.uint8)[channel].ravel()
frame = ipl.Image.CreateFromSizeAndPythonBuffer(ipl.PixelFormatName_BayerRG8, raw, WIDTH, HEIGHT)

def colours(image):
    """The lowest and the highest value of each channel, away from the edges."""
    pixels = image.ConvertTo(ipl.PixelFormatName_RGB8).get_numpy().copy()[4:-4, 4:-4].reshape(-1, 3)
    return tuple(pixels.min(0).tolist()), tuple(pixels.max(0).tolist())

def scaled(image, factor, by):
    return image.Scale(ipl.ScaleFactor.New(factor, factor), getattr(ipl, f"InterpolationAlgorithm_{by}"))

binning = ipl.Binning()
binning.SetBinningX(2)
binning.SetBinningY(2)
binning.SetMode(ipl.Binning.BinningMode_Average)
colour = frame.ConvertTo(ipl.PixelFormatName_RGB8)
seen = {"the frame": frame, "Binning by 2": binning.Process(frame), "RGB8, then Scale by 0.5": scaled(colour, 0.5, "area")}
seen |= {f"Scale by {factor}, {by}": scaled(frame, factor, by) for factor in (0.5, 0.3) for by in ("nearest", "linear", "area", "cubic")}
wrong = 0
for what, image in seen.items():
    low, high = colours(image)
    print(f"{what:24} {image.PixelFormat().Name():8} {image.Width():3} x {image.Height():3}, colours from {low} to {high}")
    if what.startswith("Scale"):
        off = max(abs(value - true) for value, true in zip(low + high, COPPER * 2))
        wrong += off < 40 or image.PixelFormat().Name() != "BayerRG8"
    else:
        wrong += low != COPPER or high != COPPER
if wrong:
    sys.exit("changed: a scaled Bayer frame has other colours")
EOF
v/bin/python scale.py
