#!/usr/bin/env bash
# One would guess that a library has one answer to what a 12-bit frame becomes in its 16-bit array: white is 4095 (as stored), 65520 (times 16) or 65535.
# It depends on the file as much as on the library, and no two agree on all. OpenCV leaves PGM and JPEG 2000 as stored and multiplies TIFF by 16; Pillow
# the other way round, and PGM to 65535. ffmpeg takes PGM to 65535, JPEG 2000 and JPEG-LS times 16, and leaves TIFF. The same JPEG-LS data is 4095 or 65520
# for ffmpeg by whether the writer put 12 or 16 bits in its header (pyjpegls the former, imagecodecs the latter). With IMREAD_GRAYSCALE OpenCV
# has white at 15 of 255 for PGM, at 255 for JPEG 2000, and refuses TIFF.
# It matters where frames are saved in one format and archived or sent in another, or a reader is changed: the picture is 16 times darker or brighter, 8
# bits of it are black or white, and nothing says so. What helps: compare the largest value with 4095 after reading, or store 16 bits, times 16, oneself.
# Versions: opencv-python-headless 5.0.0.93, Pillow 13.0.0, PyAV 18.1.0 (ffmpeg 8), imagecodecs 2026.3.6, pyjpegls 1.5.1, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check opencv-python-headless==5.0.0.93 pillow==13.0.0 av==18.1.0 imagecodecs==2026.3.6 pyjpegls==1.5.1 numpy==2.4.6
cat >bits.py <<'EOF'
import struct, sys
import av, cv2, imagecodecs, jpeg_ls
import numpy as np
from PIL import Image

SIDE, WHITE = 32, 4095
frame = np.tile(np.linspace(0, WHITE, SIDE).round().astype(np.uint16), (SIDE, 1))

def tiff():
    """Two pixels in three bytes, as scanners and cameras write BitsPerSample 12."""
    left, right = frame[:, 0::2].astype(int), frame[:, 1::2].astype(int)
    packed = np.stack([left >> 4, (left & 15) << 4 | right >> 8, right & 255], axis=-1).astype(np.uint8).tobytes()
    numbers = {256: SIDE, 257: SIDE, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: SIDE, 279: len(packed)}
    tags = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in numbers.items())
    return struct.pack("<2sHI", b"II", 42, 8 + len(packed)) + packed + struct.pack("<H", len(numbers)) + tags + bytes(4)

files = {
    "PGM": ("p.pgm", b"P5 %d %d %d\n" % (SIDE, SIDE, WHITE) + frame.astype(">u2").tobytes()),
    "TIFF": ("t.tif", tiff()),
    "JPEG 2000": ("j.jp2", imagecodecs.jpeg2k_encode(frame, level=0, reversible=True, bitspersample=12, codecformat="jp2")),
    "JPEG-LS, pyjpegls": ("p.jls", bytes(jpeg_ls.encode_array(frame))),
    "JPEG-LS, imagecodecs": ("i.jls", imagecodecs.jpegls_encode(frame)),
}

def ffmpeg(path):
    with av.open(path) as container:
        return next(container.decode(video=0)).to_ndarray()

def white(read, path):
    try:
        picture = read(path)
        return None if picture is None else int(np.asarray(picture)[SIDE // 2, -1])
    except OSError:  # Pillow does not know JPEG-LS
        return None

readers = {
    "OpenCV": lambda path: cv2.imread(path, cv2.IMREAD_UNCHANGED),
    "OpenCV, grey": lambda path: cv2.imread(path, cv2.IMREAD_GRAYSCALE),
    "Pillow": Image.open,
    "ffmpeg": ffmpeg,
}
expected = {
    "PGM": [4095, 15, 65535, 65535],
    "TIFF": [65520, None, 4095, 4095],
    "JPEG 2000": [4095, 255, 65520, 65520],
    "JPEG-LS, pyjpegls": [None, None, None, 65520],
    "JPEG-LS, imagecodecs": [None, None, None, 4095],
}
print(f"white, stored as {WHITE}:".ljust(24), *(f"{reader:>13}" for reader in readers))
seen = {}
for what, (path, data) in files.items():
    with open(path, "wb") as file:
        file.write(data)
    seen[what] = [white(read, path) for read in readers.values()]
    print(what.ljust(24), *(f"{value or '-':>13}" for value in seen[what]))
if seen != expected:
    sys.exit("changed: white is another number")
EOF
OPENCV_LOG_LEVEL=SILENT v/bin/python bits.py
