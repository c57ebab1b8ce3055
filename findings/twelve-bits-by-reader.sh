#!/usr/bin/env bash
# One would guess that a file of 12 bits a pixel, as radiographs and industrial cameras make them, gives the same numbers from every reader that keeps more
# than 8 bits, or that one reader treats them alike in all formats.
# Its brightest pixel, 4095, is 4095, 65520, 65535 or 255, by reader and by format. OpenCV and imagecodecs leave the numbers alone. Pillow widens them to
# 16 bits, by 16 from JPEG 2000 and by 65535 / 4095 from PGM and JPEG XL, and keeps 8 bits of AVIF. PyAV (ffmpeg) widens PGM and JPEG 2000 as Pillow does and
# calls both gray16le, leaves AVIF alone and calls it gray12le, and leaves JPEG-LS alone and calls it gray16le all the same.
# It matters where references were learned through one reader and parts come through another, or the archive's format changes: everything is 16 times as
# bright or dark, and what was scaled by 65535 / 4095 is not what was scaled by 16. What helps: to read a known picture by each way and compare extremes.
# Versions: opencv-python-headless 5.0.0.93, imagecodecs 2026.3.6, Pillow 13.0.0, pillow-jxl-plugin 1.3.8, av 18.1.0 (ffmpeg 8), numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opencv-python-headless==5.0.0.93 imagecodecs==2026.3.6 pillow==13.0.0 pillow-jxl-plugin==1.3.8 \
    av==18.1.0 numpy==2.4.6
cat >write.py <<'EOF'
import imagecodecs, numpy as np

part = np.arange(4096, dtype=np.uint16).reshape(64, 64)  # every value that 12 bits have
np.save("part.npy", part)
files = {
    "pgm": b"P5\n64 64\n4095\n" + part.astype(">u2").tobytes(),
    "jp2": imagecodecs.jpeg2k_encode(part, bitspersample=12, reversible=True, codecformat="jp2"),
    "avif": imagecodecs.avif_encode(part, level=100, bitspersample=12),
    "jxl": imagecodecs.jpegxl_encode(part, lossless=True, bitspersample=12),
    "jls": imagecodecs.jpegls_encode(part),
}
for format, data in files.items():
    with open(f"part.{format}", "wb") as file:
        file.write(data)
EOF
cat >read.py <<'EOF'
import sys
import numpy as np

def opencv(path):
    import cv2
    picture = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    return picture, picture.dtype

def codecs(path):
    import imagecodecs
    picture = getattr(imagecodecs, DECODERS[path[5:]])(open(path, "rb").read())
    return picture, picture.dtype

def pillow(path):
    import pillow_jxl
    from PIL import Image
    picture = Image.open(path)
    return np.array(picture), picture.mode

def pyav(path):
    import av
    frame = next(av.open(path).decode(video=0))
    return frame.to_ndarray(), frame.format.name

DECODERS = {"jp2": "jpeg2k_decode", "avif": "avif_decode", "jxl": "jpegxl_decode", "jls": "jpegls_decode"}
SIXTEEN, FULL, EIGHT, KEPT = "times 16", "times 65535 / 4095", "to 8 bits", "kept"
EXPECTED = {
    "opencv": {"pgm": KEPT, "jp2": KEPT, "avif": KEPT},
    "codecs": {"jp2": KEPT, "avif": KEPT, "jxl": KEPT, "jls": KEPT},
    "pillow": {"pgm": FULL, "jp2": SIXTEEN, "avif": EIGHT, "jxl": FULL},
    "pyav": {"pgm": FULL, "jp2": SIXTEEN, "avif": KEPT, "jls": KEPT},
}
reader = sys.argv[1]
part = np.load("part.npy").astype(float)
scales = {KEPT: part, SIXTEEN: part * 16, FULL: part * 65535 / 4095, EIGHT: part / 16}
wrong = 0
for format, expected in EXPECTED[reader].items():
    picture, kind = globals()[reader](f"part.{format}")
    off = {scale: float(np.abs(picture - wanted).max()) for scale, wanted in scales.items()}
    scale = min(off, key=off.get)
    print(f"  {reader:7} {format:5} {kind!s:9} 4095 is {picture.max():5}, 1000 is {picture[15, 40]:5}: {scale}")
    wrong += scale != expected or off[scale] > 2
sys.exit(f"changed: {reader} scales otherwise" if wrong else 0)
EOF
v/bin/python write.py
for reader in codecs opencv pillow pyav; do v/bin/python read.py $reader; done
