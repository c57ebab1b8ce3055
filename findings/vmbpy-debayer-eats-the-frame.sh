#!/usr/bin/env bash
# One would guess that vmbpy's Frame.convert_pixel_format() leaves the frame that it converts as it is: its docstring says that it always returns a new frame
# and leaves the original instance unchanged.
# With three of the five debayer modes (LCAA, LCAAV, YUV422) it writes its intermediate values over the frame's own pixels when these have 8 bits. The picture
# it returns is right; the raw frame is then another picture, a part of it at twice the size and striped, and what is converted from it afterwards has stripes
# and wrong colours, again without an error. The default (2x2), 3x3, and frames of 12 bits are left alone, whatever the mode.
# It matters where a frame is converted twice (RGB for the operator, grey for the judgement) or its raw pixels are kept after conversion: the second picture is
# of no part at all, and an anomaly map of it is high everywhere. What helps: copy.deepcopy(frame) first, or mode 2x2 or 3x3.
# Versions: vmbpy 1.2.3 with its VmbImageTransform 2.3, numpy 2.4.6; Python 3.11. Needs no camera: the frames are filled as the driver fills them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check vmbpy==1.2.3 numpy==2.4.6
cat >frame.py <<'EOF'
import copy, ctypes, sys
import numpy as np
from vmbpy import Debayer, PixelFormat
from vmbpy.c_binding import VmbFrameFlags
from vmbpy.frame import AllocationMode, Frame

HEIGHT, WIDTH = 240, 320
part = np.full((HEIGHT, WIDTH, 3), (200, 100, 50), np.uint8)  # copper
part[60:120, 40:120] = 30, 160, 60  # solder mask
channel = np.array([[0, 1], [1, 2]])[np.ix_(np.arange(HEIGHT) % 2, np.arange(WIDTH) % 2)]
mosaic = np.take_along_axis(part, channel[..., None], 2)[..., 0]

def received(raw, layout):
    frame = Frame(raw.nbytes, AllocationMode.AnnounceFrame)
    ctypes.memmove(frame._buffer, raw.ctypes.data, raw.nbytes)
    frame._frame.width, frame._frame.height, frame._frame.pixelFormat = WIDTH, HEIGHT, int(layout)
    frame._frame.receiveFlags = int(VmbFrameFlags.Dimension)
    return frame

def off(frame, mode):
    """How far the converted picture is from the part, on average, in levels."""
    made = frame.convert_pixel_format(PixelFormat.Rgb8, debayer_mode=mode).as_numpy_ndarray()
    return float(np.abs(made.astype(int) - part).mean())

wrong = 0
for bits, layout in ((8, PixelFormat.BayerRG8), (12, PixelFormat.BayerRG12)):
    raw = mosaic.astype(np.uint8 if bits == 8 else np.uint16) << (bits - 8)
    for mode in None, *Debayer:
        frame = received(raw, layout)
        first = off(frame, mode)
        after = np.frombuffer(bytes(frame.get_buffer()), raw.dtype).reshape(raw.shape)
        changed = float((after != raw).mean())
        second = off(frame, mode)
        frame = received(raw, layout)
        off(copy.deepcopy(frame), mode)
        by_copy = off(frame, mode)
        name = "default" if mode is None else mode.name
        print(
            f"{bits:2} bits, {name:10}: first off by {first:4.2f}, raw pixels changed {changed:4.0%}, second off by {second:5.2f};",
            f"of a copy first: {by_copy:4.2f}",
        )
        eats = bits == 8 and name in ("ModeLCAA", "ModeLCAAV", "ModeYuv422")
        wrong += first > 2 or by_copy > 2 or (second > 30 and changed > 0.5) != eats or (second == first and not changed) == eats
if wrong:
    sys.exit("changed: other modes write over the frame")
EOF
v/bin/python frame.py
