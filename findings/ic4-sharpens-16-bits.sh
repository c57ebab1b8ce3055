#!/usr/bin/env bash
# One would guess that a colour camera's frame is interpolated in the same way whether it comes with 8, 12 or 16 bits, so that a line that changes
# from BayerRG8 to BayerRG12p or BayerRG16 for finer steps sees the same parts, only finer.
# The Imaging Source's IC Imaging Control 4 interpolates linearly where the result has 8 bits, and sharpens where it has 16, as save_as_png() and
# save_as_tiff() make it from every frame with more than 8: beside a dark line on grey 200 there are then pixels of 230 and 240, brighter than
# anything in the scene, in single colours, two pixels on either side. The same frame made BGR8 has no value above 200.
# It matters where good parts are saved as files and the line judges 8-bit frames, or the depth is changed later: every edge has a bright coloured seam
# that was never learned. What helps is to make 8 bits of both, or store_bayer_raw_data_as_monochrome=True and to interpolate oneself.
# Versions: imagingcontrol4 1.5.3.3316, pypng 0.20220715.0 to read, numpy 2.4.6; Python 3.11. No camera is needed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check imagingcontrol4==1.5.3.3316 pypng==0.20220715.0 numpy==2.4.6
cat >line.py <<'EOF'
import ctypes, sys
import imagingcontrol4 as ic4
import numpy as np
import png

ic4.Library.init()
WIDTH, HEIGHT, COLUMN, ROW = 64, 48, 32, 20
scene = np.full((HEIGHT, WIDTH), 200)  # a grey part
scene[:, COLUMN] = 40  # with a scratch: every pixel of the sensor sees grey, whatever its colour

def pack(values):
    """Two pixels of 12 bits in three bytes, the lower bits first."""
    pairs = values.reshape(-1, 2)
    both = pairs[:, 0] | pairs[:, 1] << 12
    return np.stack([both & 255, both >> 8 & 255, both >> 16], 1)

FRAMES = {"BayerRG8": scene.astype(np.uint8), "BayerRG12p": pack(scene << 4).astype(np.uint8), "BayerRG16": (scene << 8).astype(np.uint16)}

def new(kind):
    return ic4.BufferPool().get_buffer(ic4.ImageType(getattr(ic4.PixelFormat, kind), WIDTH, HEIGHT))

def frame(kind):
    buffer, content = new(kind), FRAMES[kind].tobytes()
    line = len(content) // HEIGHT
    for y in range(HEIGHT):
        ctypes.memmove(buffer.pointer + y * buffer.pitch, content[y * line:(y + 1) * line], line)
    return buffer

def converted(kind, target):
    buffer = new(target)
    buffer.copy_from(frame(kind))
    pixels = buffer.numpy_copy()[..., 2::-1]
    return pixels / (256 if pixels.dtype == np.uint16 else 1)

def saved(kind):
    frame(kind).save_as_png("part.png")
    width, height, rows, info = png.Reader("part.png").asDirect()
    pixels = np.vstack([np.asarray(row, np.uint16) for row in rows]).reshape(height, width, info["planes"])[..., :3]
    return pixels / (256 if info["bitdepth"] == 16 else 1)

wrong = []
for kind in FRAMES:
    for what, pixels, sharpened in (
        ("copied to BGR8", converted(kind, "BGR8"), False),
        ("saved as PNG", saved(kind), kind != "BayerRG8"),
    ):
        near = pixels[ROW, COLUMN - 3:COLUMN + 4].round().astype(int)
        print(f"{kind:10} {what:14}", *(f"{r},{g},{b}" for r, g, b in near))
        if not np.allclose(pixels[:, :COLUMN - 4], 200, atol=1) or (near.max() > 220) != sharpened:
            wrong.append(f"{kind} {what}")
if wrong:
    sys.exit("changed: " + "; ".join(wrong))
EOF
v/bin/python line.py
