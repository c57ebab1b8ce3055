#!/usr/bin/env bash
# One would guess that a colour frame of a Basler camera, converted to RGB, is a picture up to its edges.
# ImageFormatConverter leaves the last column and the last row of every Bayer frame black, whatever they show ("InconvertibleEdgeHandling" is
# "SetZero"): a dark line along the right and the bottom, over which an anomaly map is highest. "Extend" repeats their neighbours, "Clip" cuts them off.
# ImagePersistence.Save of the same frame has no such edge: what is learned from saved pictures has never seen it.
# It matters where good parts are saved as files and the line judges converted frames.
# Versions: pypylon 26.9 (pylon 12.4.2) with its camera emulator, numpy 2.4.6, Pillow 13.0.0; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q pypylon==26.9 numpy==2.4.6 pillow==13.0.0
cat >frame.py <<'EOF'
import os, sys
os.environ["PYLON_CAMEMU"] = "1"  # one emulated camera
import numpy as np
from PIL import Image
from pypylon import pylon

camera = pylon.InstantCamera(pylon.TlFactory.GetInstance().CreateFirstDevice())
camera.Open()
camera.Width.Value, camera.Height.Value = 64, 48

def edges(rgb):
    """Which of the four edges are black."""
    sides = {"top": rgb[0], "bottom": rgb[-1], "left": rgb[:, 0], "right": rgb[:, -1]}
    return [name for name, line in sides.items() if line.max() == 0]

wrong = 0
for layout in "BayerRG8", "BayerGB8", "BayerRG12":
    camera.PixelFormat.Value = layout
    frame = camera.GrabOne(1000)
    seen = {}
    for handling in "SetZero", "Extend", "Clip":
        converter = pylon.ImageFormatConverter()
        converter.OutputPixelFormat = pylon.PixelType_RGB8packed
        if handling == "SetZero":
            wrong += converter.InconvertibleEdgeHandling.Value != handling  # the default
        converter.InconvertibleEdgeHandling.Value = handling
        picture = converter.Convert(frame).GetArray()
        seen[handling] = picture.shape[:2], edges(picture)
    pylon.ImagePersistence.Save(pylon.ImageFileFormat_Png, "frame.png", frame)
    saved = np.array(Image.open("frame.png").convert("RGB"))
    seen["saved as PNG"] = saved.shape[:2], edges(saved)
    print(layout, "raw black edges:", edges(frame.Array[..., None]))
    for what, (shape, black) in seen.items():
        print(f"  {what:14} {shape[1]} x {shape[0]}, black edges: {' '.join(black) or 'none'}")
    wrong += seen["saved as PNG"] != ((48, 64), [])
    wrong += seen["SetZero"] != ((48, 64), ["bottom", "right"]) or edges(frame.Array[..., None]) != []
sys.exit(wrong > 0)
EOF
v/bin/python frame.py
