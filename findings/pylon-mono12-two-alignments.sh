#!/usr/bin/env bash
# One would guess that a 12-bit frame of a Basler camera has the same values whether pylon saves it as a 16-bit file or converts it to Mono16.
# ImagePersistence.Save writes Mono12 to PNG and TIFF times 16 (white is 65520); ImageFormatConverter with the output format Mono16 leaves the numbers
# as they are (white is 4095), though Mono16 says that 65535 is white: converted on to 8 bits its picture is black, the frame itself is not.
# It matters where good parts are saved as files and the line judges converted frames (OutputBitAlignment has to be "MsbAligned" then): all parts are 16
# times darker than what was learned.
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
camera.Width.Value, camera.Height.Value, camera.PixelFormat.Value = 64, 16, "Mono12"
frame = camera.GrabOne(1000)  # a ramp

def first(array):
    return [int(value) for value in array.reshape(-1)[:4]]

def convert(image, pixel_type, alignment="LsbAligned"):
    converter = pylon.ImageFormatConverter()
    converter.OutputPixelFormat, converter.OutputBitAlignment.Value = pixel_type, alignment
    return converter.Convert(image)

saved = {}
for name, kind in ("png", pylon.ImageFileFormat_Png), ("tiff", pylon.ImageFileFormat_Tiff):
    pylon.ImagePersistence.Save(kind, "frame." + name, frame)
    saved[name] = first(np.array(Image.open("frame." + name)))
plain = pylon.ImageFormatConverter()
default = plain.OutputBitAlignment.Value
wide = convert(frame, pylon.PixelType_Mono16)
seen = {
    "frame": first(frame.Array),
    "saved as PNG": saved["png"],
    "saved as TIFF": saved["tiff"],
    f"Mono16 ({default}, the default)": first(wide.GetArray()),
    "Mono16 (MsbAligned)": first(convert(frame, pylon.PixelType_Mono16, "MsbAligned").GetArray()),
    "Mono8 of the frame": first(convert(frame, pylon.PixelType_Mono8).GetArray()),
    "Mono8 of that Mono16": first(convert(wide, pylon.PixelType_Mono8).GetArray()),
}
for what, values in seen.items():
    print(f"{what:34}", *values)
raw = seen["frame"]
as_is, times = raw, [16 * value for value in raw]
expected = [as_is, times, times, as_is, times, [value // 16 for value in raw], [value // 256 for value in raw]]
sys.exit(list(seen.values()) != expected)
EOF
v/bin/python frame.py
