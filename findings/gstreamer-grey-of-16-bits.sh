#!/usr/bin/env bash
# One would guess that GStreamer's videoconvert, between a camera's grey frames of 16 bits and pngenc, which takes such, keeps them, and that pnmdec gives a
# 16-bit PGM's values in the order of bytes that its caps name.
# Cameras give GRAY16_LE and pngenc takes GRAY16_BE: videoconvert makes RGBA of 8 bits of it. A 12-bit camera's frame of 4096 greys is a PNG of 17, in colour.
# pnmdec may give GRAY16_LE as well as GRAY16_BE, but gives the file's bytes as they are, high byte first: as GRAY16_LE, as an appsink on a PC asks for it, a
# level of 1 is 256, and a smooth ramp is torn into 16. No warning, neither.
# It matters where a line's frames are kept for training, or played back through the pipeline that judges: depth is gone, or each part is an anomaly.
# What helps: video/x-raw,format=GRAY16_BE behind videoconvert, and behind pnmdec before it.
# Versions: gstreamer1.0-plugins-good 1.22.0-5+deb12u4, -base 1.22.0-3+deb12u7 and -bad 1.22.0-4+deb12u8 (Debian 12). Needs apt, gstreamer1.0-tools with its
# libraries, and python3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q gstreamer1.0-plugins-good=1.22.0-5+deb12u4 gstreamer1.0-plugins-base=1.22.0-3+deb12u7 gstreamer1.0-plugins-bad=1.22.0-4+deb12u8 \
	>/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
mkdir plugins
find usr \( -name libgstpng.so -o -name libgstpnm.so -o -name libgstvideoconvertscale.so \) -exec cp -t plugins {} +
export GST_PLUGIN_PATH_1_0=$work/plugins GST_REGISTRY_1_0=$work/registry
cat >grey.py <<'EOF'
import array, struct, subprocess, sys

WIDTH, HEIGHT = 64, 64
LEVELS = list(range(WIDTH * HEIGHT))  # each level of a 12-bit camera
open("frame", "wb").write(struct.pack(f"<{len(LEVELS)}H", *LEVELS))
open("frame.pgm", "wb").write(b"P5\n%d %d\n65535\n" % (WIDTH, HEIGHT) + struct.pack(f">{len(LEVELS)}H", *LEVELS))

def launch(*elements):
    subprocess.run(["gst-launch-1.0", "-q", *" ! ".join(elements).split()], check=True, capture_output=True)

def levels(layout):
    found = array.array("H")
    found.frombytes(open("out", "rb").read())
    return [value >> 8 | (value & 255) << 8 for value in found] if layout == "GRAY16_BE" else list(found)

camera = f"filesrc location=frame ! rawvideoparse format=gray16-le width={WIDTH} height={HEIGHT} framerate=1/1"
wrong = False
for what, between, expected in (
    ("videoconvert ! pngenc", ["videoconvert"], (8, 6, 17)),
    ("videoconvert ! GRAY16_BE ! pngenc", ["videoconvert", "video/x-raw,format=GRAY16_BE"], (16, 0, 4096)),
):
    launch(camera, *between, "pngenc", "filesink location=frame.png")
    depth, colours = open("frame.png", "rb").read()[24:26]
    launch("filesrc location=frame.png", "pngdec", f"video/x-raw,format={'RGBA' if colours == 6 else 'GRAY16_BE'}", "filesink location=out")
    greys = open("out", "rb").read()[::4] if colours == 6 else levels("GRAY16_BE")
    seen = depth, colours, len(set(greys))
    print(f"{what:36}: {depth} bits, {'RGBA' if colours == 6 else 'grey'}, {seen[2]} of {len(LEVELS)} levels")
    wrong |= seen != expected
for layout, expected in ("GRAY16_BE", LEVELS), ("GRAY16_LE", [value >> 8 | (value & 255) << 8 for value in LEVELS]):
    launch("filesrc location=frame.pgm", "pnmdec", f"video/x-raw,format={layout}", "filesink location=out")
    seen = levels(layout)
    falls = sum(after < before for before, after in zip(seen, seen[1:]))
    print(f"a ramp of 0 to {LEVELS[-1]} in a PGM, by pnmdec as {layout}: {seen[0]}, {seen[1]}, {seen[2]} ... {seen[-1]}, falling {falls} times")
    wrong |= seen != expected
if wrong:
    sys.exit("changed: other levels")
EOF
python3 grey.py
