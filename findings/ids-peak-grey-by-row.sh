#!/usr/bin/env bash
# One would guess that a colour frame of an IDS camera, converted to Mono8, is the grey that the library makes of it by way of RGB8, and the same whether the
# frame begins with a red or with a blue row, at 8 and at 12 bits: the layout says where colours are, not how bright.
# ids_peak_ipl has two greys for a Bayer frame: 0.30 red + 0.59 green + 0.11 blue, as of RGB8, and 0.29 + 0.41 + 0.29. Which one it is depends on the first row
# (RG and GR have the second, GB and BG the first), on the target (Mono12 has the first of all layouts, Mono16 the second), and on the mode (HighQuality:
# always the second). Copper (200, 100, 50) is 114 or 124, solder mask (30, 200, 60) is 109 or 133, the blue of a glove (40, 80, 200) 103 or 81.
# ImageTransformer.MirrorUpDown turns RG into GB, as ReverseY of a camera or an odd OffsetY does: the picture gets another grey by being turned.
# It matters where colour cameras are judged in grey: contrasts change sign with a camera that is mounted upside down or a region of interest that is moved by
# a row. What helps is to convert to RGB8 and that to Mono8, which is one grey for all.
# Versions: ids_peak_ipl 1.18.0, ids-peak-common 2.1.0, numpy 2.4.6; Python 3.11. Needs no camera.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check ids-peak-ipl==1.18.0 ids-peak-common==2.1.0 numpy==2.4.6
cat >grey.py <<'EOF'
import sys
import numpy as np
from ids_peak_ipl import ids_peak_ipl as ipl

HEIGHT, WIDTH = 48, 64
LAYOUTS = {"RG": [[0, 1], [1, 2]], "GR": [[1, 0], [2, 1]], "GB": [[1, 2], [0, 1]], "BG": [[2, 1], [1, 0]]}
SURFACES = {"copper": (200, 100, 50), "solder mask": (30, 200, 60), "glove": (40, 80, 200)}
kept = []  # an Image does not own its buffer

def frame(surface, layout, bits):
    """An even surface as a camera with this layout sends it."""
    channel = np.array(LAYOUTS[layout])[np.ix_(np.arange(HEIGHT) % 2, np.arange(WIDTH) % 2)]
    raw = np.array(surface, np.uint8 if bits == 8 else np.uint16)[channel] << (bits - 8)
    kept.append(raw.view(np.uint8).ravel())
    return ipl.Image.CreateFromSizeAndPythonBuffer(getattr(ipl, f"PixelFormatName_Bayer{layout}{bits}"), kept[-1], WIDTH, HEIGHT)

def grey(image, target="Mono8", mode="Fast"):
    converter = ipl.ImageConverter()
    assert converter.ConversionMode() == ipl.ConversionMode_Fast  # the default
    converter.SetConversionMode(getattr(ipl, f"ConversionMode_{mode}"))
    made = converter.Convert(image, getattr(ipl, f"PixelFormatName_{target}"))
    pixels = made.get_numpy().copy()
    assert np.ptp(pixels) == 0
    return int(pixels[0, 0]) >> {"Mono8": 0, "Mono12": 4, "Mono16": 8}[target]

def by_rgb(image):
    return grey(image.ConvertTo(ipl.PixelFormatName_RGB8))

wrong = 0
for name, surface in SURFACES.items():
    luma, other = (sum(np.multiply(surface, weights)) for weights in ((0.299, 0.587, 0.114), (0.294, 0.413, 0.294)))
    print(f"{name} {surface}: by the usual weights {luma:.0f}, by the others {other:.0f}")
    for layout in LAYOUTS:
        image, deep = frame(surface, layout, 8), frame(surface, layout, 12)
        turned = ipl.ImageTransformer().MirrorUpDown(image)
        seen = {
            "Mono8": grey(image),
            "turned and Mono8": grey(turned),
            "HighQuality": grey(image, mode="HighQuality"),
            "12 bits to Mono8": grey(deep),
            "to Mono12": grey(deep, "Mono12"),
            "to Mono16": grey(deep, "Mono16"),
            "by RGB8": by_rgb(image),
        }
        print(f"  Bayer{layout}:", ", ".join(f"{how} {value}" for how, value in seen.items()))
        red_first = layout in ("RG", "GR")
        usual = {"to Mono12", "by RGB8", "turned and Mono8" if red_first else "Mono8"} | (set() if red_first else {"12 bits to Mono8"})
        wrong += any(abs(value - (luma if how in usual else other)) > 1.5 for how, value in seen.items())
if wrong:
    sys.exit("changed: another grey")
EOF
v/bin/python grey.py
