#!/usr/bin/env bash
# One would guess that OpenCV writes JPEG 2000 without a loss unless it is told otherwise: its documentation says of IMWRITE_JPEG2000_COMPRESSION_X1000 that 1000, the
# most, is the default, and Pillow and imagecodecs write it so.
# The default is 250: a file never has more than a quarter of the pixels' bytes. A smooth picture fits, 16 bits and all, and comes back as it was; one with the grain of
# a sensor does not. With a deviation of 3 greys of 256 a pixel is up to 7 greys off, and the grain has a deviation of 3.4; with one of 30 of 4096 up to 14. White
# noise is up to 155 of 255 off. With 1000 all come back as they were.
# It matters where references, radiographs or the good parts that a memory learns are kept as .jp2: a test with a drawn picture passes, and the grain of the real
# ones is another. What helps: [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000].
# Versions: opencv-python-headless 5.0.0.93 (4.10.0.84 and 4.13.0.92 alike), Pillow 13.0.0, imagecodecs 2026.3.6, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opencv-python-headless==5.0.0.93 pillow==13.0.0 imagecodecs==2026.3.6 numpy==2.4.6
cat >keep.py <<'EOF'
import io, sys
import cv2, imagecodecs
import numpy as np
from PIL import Image

def by_opencv(picture, *options):
    written = cv2.imencode(".jp2", picture, options)[1]
    return cv2.imdecode(written, cv2.IMREAD_UNCHANGED), written.size

def by_pillow(picture):
    written = io.BytesIO()
    Image.fromarray(picture).save(written, "JPEG2000")
    return np.array(Image.open(written)), len(written.getvalue())

def by_imagecodecs(picture):
    written = imagecodecs.jpeg2k_encode(picture)
    return imagecodecs.jpeg2k_decode(written), len(written)

drawn = np.random.default_rng(0)
side = (512, 512)
wrong = False
for what, picture, off in (
    ("a slope of 16 bits", np.add.outer(np.arange(512) * 60, np.arange(512) * 40).astype(np.uint16), 0),
    ("8 bits with grain of 3", (120 + drawn.normal(0, 3, side)).astype(np.uint8), 7),
    ("12 bits with grain of 30", (2000 + drawn.normal(0, 30, side)).astype(np.uint16), 14),
    ("noise of 8 bits", drawn.integers(0, 256, side).astype(np.uint8), 155),
):
    for name, (read, size) in {
        "opencv": by_opencv(picture),
        "opencv with 250": by_opencv(picture, cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 250),
        "opencv with 1000": by_opencv(picture, cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000),
        "pillow": by_pillow(picture),
        "imagecodecs": by_imagecodecs(picture),
    }.items():
        apart = np.abs(read.astype(int) - picture)
        print(f"{what} by {name}: {size / picture.nbytes:.3f} of the bytes, up to {apart.max()} off, deviation {picture.std():.2f} became {read.std():.2f}")
        lossy = off and name in ("opencv", "opencv with 250")
        wrong |= abs(apart.max() - off) > 0.15 * off if lossy else apart.any()
        wrong |= lossy and not 0.245 < size / picture.nbytes < 0.251
if wrong:
    sys.exit("changed: other losses")
EOF
v/bin/python keep.py
