#!/usr/bin/env bash
# One would guess that OpenImageIO reads a PFM the way it writes it: rows of a PFM go from the bottom to the top, its documentation says that they are turned by
# default (pnm:pfmflip), and other readers do the same.
# It writes the bottom row first, as it should, but reads without turning unless a config is given, be it an empty one: what it wrote, or OpenCV did, comes back
# upside down from ImageBuf and from ImageInput.open(name), and as it should from ImageInput.open(name, ImageSpec()). Twice through ImageBuf it is right again.
# It matters where maps or depths of 32 bits are exchanged as PFM, the usual format of stereo data and of anomaly maps: a map that is read so lies upside down
# over its picture, which symmetric parts do not show, and masks and metrics are of mirrored places. What helps: an empty config.
# Versions: OpenImageIO 3.2.2.0 and 3.0.21.0, opencv-python-headless 5.0.0.93, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check openimageio==3.2.2.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps --target old openimageio==3.0.21.0
cat >pfm.py <<'EOF'
import sys
import cv2
import numpy as np
import OpenImageIO as oiio

map_ = np.array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]], np.float32)
with open("by hand.pfm", "wb") as file:
    file.write(b"Pf\n4 3\n-1.0\n" + map_[::-1].astype("<f4").tobytes())
cv2.imwrite("by OpenCV.pfm", map_)
output = oiio.ImageOutput.create("by OpenImageIO.pfm")
assert output.open("by OpenImageIO.pfm", oiio.ImageSpec(4, 3, 1, "float")) and output.write_image(map_[..., None].copy()) and output.close()

def read(*how):
    image = oiio.ImageInput.open(*how)
    pixels = np.asarray(image.read_image("float"))[..., 0]
    image.close()
    return pixels

print("OpenImageIO", oiio.VERSION_STRING, " first and last row of 1 2 3 4 ... 9 10 11 12")
wrong = 0
for name in "by hand.pfm", "by OpenCV.pfm", "by OpenImageIO.pfm":
    seen = {
        "OpenCV": cv2.imread(name, cv2.IMREAD_UNCHANGED),
        "ImageBuf": np.asarray(oiio.ImageBuf(name).get_pixels("float"))[..., 0],
        "ImageInput": read(name),
        "ImageInput with an empty config": read(name, oiio.ImageSpec()),
    }
    for reader, pixels in seen.items():
        print(f"{name:20} read by {reader:31}", pixels[0].astype(int), pixels[-1].astype(int))
        turned = reader in ("ImageBuf", "ImageInput")
        wrong += not np.array_equal(pixels, map_[::-1] if turned else map_)
if wrong:
    sys.exit("changed: the rows are in another order")
EOF
v/bin/python pfm.py
PYTHONPATH=old v/bin/python pfm.py
