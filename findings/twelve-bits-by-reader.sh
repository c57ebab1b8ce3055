#!/usr/bin/env bash
# One would guess that a file of 12 bits a pixel, as radiographs and industrial cameras make them, gives the same numbers from every reader that keeps more
# than 8 bits, or that one reader treats them alike in all formats.
# Its brightest pixel, 4095, is 4095, 65520, 65535 or 255, by reader and by format. imagecodecs leaves the numbers alone, and OpenCV too, but of a TIFF it
# multiplies them by 16. Pillow leaves TIFF alone and widens the others to 16 bits, by 16 from JPEG 2000 and by 65535 / 4095 from PGM and JPEG XL, and keeps
# 8 bits of AVIF. PyAV (ffmpeg) widens PGM and JPEG 2000 as Pillow does and calls both gray16le, leaves TIFF and AVIF alone and calls them gray12le, and
# of JPEG-LS multiplies what pyjpegls wrote, with 12 bits in its header, and leaves alone what imagecodecs wrote, with 16: gray16le are both.
# It matters where references were learned through one reader and parts come through another, or the archive's format changes: everything is 16 times as
# bright or dark, and what was scaled by 65535 / 4095 is not what was scaled by 16. What helps: to read a known picture by each way and compare extremes.
# Versions: opencv-python-headless 5.0.0.93, imagecodecs 2026.3.6, Pillow 13.0.0, pillow-jxl-plugin 1.3.8, av 18.1.0 (ffmpeg 8),
# pyjpegls 1.5.1, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opencv-python-headless==5.0.0.93 imagecodecs==2026.3.6 pillow==13.0.0 pillow-jxl-plugin==1.3.8 \
    av==18.1.0 pyjpegls==1.5.1 numpy==2.4.6
cat >write.py <<'EOF'
import struct
import imagecodecs, jpeg_ls, numpy as np

part = np.arange(4096, dtype=np.uint16).reshape(64, 64)  # every value that 12 bits have
np.save("part.npy", part)

def tiff():
    """Two pixels in three bytes, as BitsPerSample 12 is written."""
    left, right = part[:, 0::2].astype(int), part[:, 1::2].astype(int)
    packed = np.stack([left >> 4, (left & 15) << 4 | right >> 8, right & 255], axis=-1).astype(np.uint8).tobytes()
    numbers = {256: 64, 257: 64, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: 64, 279: len(packed)}
    tags = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in numbers.items())
    return struct.pack("<2sHI", b"II", 42, 8 + len(packed)) + packed + struct.pack("<H", len(numbers)) + tags + bytes(4)

files = {
    "pgm": b"P5\n64 64\n4095\n" + part.astype(">u2").tobytes(),
    "jp2": imagecodecs.jpeg2k_encode(part, bitspersample=12, reversible=True, codecformat="jp2"),
    "avif": imagecodecs.avif_encode(part, level=100, bitspersample=12),
    "jxl": imagecodecs.jpegxl_encode(part, lossless=True, bitspersample=12),
    "jls": imagecodecs.jpegls_encode(part),
    "12.jls": bytes(jpeg_ls.encode_array(part)),
    "tif": tiff(),
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

DECODERS = {"jp2": "jpeg2k_decode", "avif": "avif_decode", "jxl": "jpegxl_decode", "jls": "jpegls_decode", "12.jls": "jpegls_decode"}
SIXTEEN, FULL, EIGHT, KEPT = "times 16", "times 65535 / 4095", "to 8 bits", "kept"
EXPECTED = {
    "opencv": {"pgm": KEPT, "jp2": KEPT, "avif": KEPT, "tif": SIXTEEN},
    "codecs": {"jp2": KEPT, "avif": KEPT, "jxl": KEPT, "jls": KEPT, "12.jls": KEPT},
    "pillow": {"pgm": FULL, "jp2": SIXTEEN, "avif": EIGHT, "jxl": FULL, "tif": KEPT},
    "pyav": {"pgm": FULL, "jp2": SIXTEEN, "avif": KEPT, "jls": KEPT, "12.jls": SIXTEEN, "tif": KEPT},
}
reader = sys.argv[1]
part = np.load("part.npy").astype(float)
scales = {KEPT: part, SIXTEEN: part * 16, FULL: part * 65535 / 4095, EIGHT: part / 16}
wrong = 0
for format, expected in EXPECTED[reader].items():
    picture, kind = globals()[reader](f"part.{format}")
    off = {scale: float(np.abs(picture - wanted).max()) for scale, wanted in scales.items()}
    scale = min(off, key=off.get)
    print(f"  {reader:7} {format:6} {kind!s:9} 4095 is {picture.max():5}, 1000 is {picture[15, 40]:5}: {scale}")
    wrong += scale != expected or off[scale] > 2
sys.exit(f"changed: {reader} scales otherwise" if wrong else 0)
EOF
v/bin/python write.py
for reader in codecs opencv pillow pyav; do v/bin/python read.py $reader; done
