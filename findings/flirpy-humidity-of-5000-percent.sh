#!/usr/bin/env bash
# One would guess that flirpy gives the same temperatures for a frame of a FLIR camera, whether it reads the frame's own data or lets its exiftool read them.
# The air between part and camera takes some of the radiation, by its humidity, which cameras store as a fraction (0.5) or as per cent (50). flirpy divides by 100 what is
# above 100 or 200, where its own exiftool does so above 2, so that 50 stays 5000 %: a part of 80 degrees at 10 m is 100 degrees, and at 1 m 84. With 0.5 stored it
# is right, but not in the Splitter of sequences once width and height are given: it then takes exiftool's text, "50.0 %". flyr is wrong for per cent too.
# It matters where hot spots, welds or bearings are judged by their temperature: too hot by 4 to 20 degrees, the more the farther, the warmer and the damper it is; with
# width and height alone the frames of one file change. What helps: meta["Relative Humidity"] set to the fraction before get_radiometric_image().
# Versions: flirpy 0.6.2, flyr 5.1.0, Pillow 13.0.0, numpy 2.3.5; Perl 5.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check flirpy==0.6.2 pillow==13.0.0 numpy==2.3.5
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps flyr==5.1.0
cat >humidity.py <<'EOF'
import contextlib, glob, io, math, os, struct, sys
import numpy as np
from PIL import Image
import flyr
from flirpy.io.fff import Fff
from flirpy.io.seq import Splitter

WIDTH, HEIGHT = 80, 60
R1, R2, B, F, O = 21106.77, 0.012545258, 1501.0, 1.0, -7340
ALPHA1, ALPHA2, BETA1, BETA2, X = 0.006569, 0.01262, -0.002276, -0.00667, 1.9
EMISSIVITY, AIR, PART = 0.95, 20.0, 80.0  # degrees, also of what is reflected

def counts(degrees):
    return R1 / (R2 * (math.exp(B / (degrees + 273.15)) - F)) - O

def seen(distance, humidity):
    """The counts of the part behind the air, by FLIR's formula, for a humidity of 0 to 1."""
    water = humidity * math.exp(1.5587 + 0.06939 * AIR - 0.00027816 * AIR**2 + 0.00000068455 * AIR**3)
    far = math.sqrt(distance / 2)
    half = X * math.exp(-far * (ALPHA1 + BETA1 * math.sqrt(water))) + (1 - X) * math.exp(-far * (ALPHA2 + BETA2 * math.sqrt(water)))
    return round(half**2 * (EMISSIVITY * counts(PART) + (1 - EMISSIVITY) * counts(AIR)) + (1 - half**2) * counts(AIR))

def frame(value, distance, stored, order):
    """A frame as cameras write it: a header, eight places for records, the counts and the camera's data."""
    camera = bytearray(0x468)
    struct.pack_into("<3H", camera, 0, 2, WIDTH, HEIGHT)
    struct.pack_into("<6f", camera, 0x20, EMISSIVITY, distance, AIR + 273.15, AIR + 273.15, AIR + 273.15, 1.0)
    struct.pack_into("<f", camera, 0x3C, stored)
    struct.pack_into("<3f", camera, 0x58, R1, B, F)
    struct.pack_into("<5f", camera, 0x70, ALPHA1, ALPHA2, BETA1, BETA2, X)
    struct.pack_into("<if", camera, 0x308, O, R2)
    pixels = struct.pack("<16H", 2, WIDTH, HEIGHT, 0, WIDTH - 1, 0, HEIGHT - 1, *[0] * 9) + np.full(WIDTH * HEIGHT, value, "<u2").tobytes()
    start = 0x40 + 8 * 0x20
    places = [(1, 2, 100, 1, start, len(pixels)), (0x20, 1, 100, 2, start + len(pixels), len(camera))]
    records = b"".join(struct.pack(order + "HHIIIIIII", *place, 0, 0, 0) for place in places).ljust(8 * 0x20, b"\0")
    return struct.pack(order + "4s16sIIIIH7HIII", b"FFF\0", b"FLIR", 100, 0x40, 8, 3, 0, *[0] * 7, 0, 0, 0) + records + pixels + bytes(camera)

def picture(data):
    plain = io.BytesIO()
    Image.new("L", (WIDTH, HEIGHT)).save(plain, "JPEG")
    body = b"FLIR\0\x01\0\0" + data
    return plain.getvalue()[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + plain.getvalue()[2:]

def split(folder, **size):
    with contextlib.redirect_stderr(io.StringIO()):
        splitter = Splitter(folder, **size)
        splitter.export_preview = False
        splitter.process("frames.seq")
    return np.array(Image.open(sorted(glob.glob(f"{folder}/frames/radiometric/*.tiff"))[0]))[0, 0] * 0.04 - 273.15

wrong = False
for distance, too_hot in (1.0, 83.7), (10.0, 100.2):
    for stored in 0.5, 50.0:
        value = seen(distance, 0.5)
        with open("frame.fff", "wb") as file:
            file.write(frame(value, distance, stored, "<"))
        with open("frames.seq", "wb") as file:
            file.write(frame(value, distance, stored, "<") * 2)
        with open("frame.jpg", "wb") as file:
            file.write(picture(frame(value, distance, stored, ">")))
        own = Fff(os.path.abspath("frame.fff"))
        helped = Fff(os.path.abspath("frame.fff"))
        helped.meta["Relative Humidity"] = 0.5
        found = {
            "flirpy's Fff": own.get_radiometric_image()[0, 0],
            "its Splitter": split(f"plain-{distance}-{stored}"),
            "with width and height": split(f"sized-{distance}-{stored}", width=WIDTH, height=HEIGHT),
            "flyr": flyr.unpack("frame.jpg").celsius[0, 0],
            "with the fraction": helped.get_radiometric_image()[0, 0],
        }
        print(f"{PART:.0f} degrees at {distance:.0f} m, humidity stored as {stored}:", ", ".join(f"{name} {degrees:.1f}" for name, degrees in found.items()))
        hot = ["with width and height"] + (["flirpy's Fff", "its Splitter", "flyr"] if stored == 50 else [])
        wrong |= any(abs(degrees - (too_hot if name in hot else PART)) > 0.2 for name, degrees in found.items())
if wrong:
    sys.exit("changed: other temperatures")
EOF
v/bin/python -W ignore humidity.py
