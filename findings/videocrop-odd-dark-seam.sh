#!/usr/bin/env bash
# One would guess that GStreamer's videocrop cuts the same picture out whatever its format, or rounds to even numbers where two pixels share a colour, as
# ffmpeg's crop does.
# With an odd number at the left of I420, NV12 or YUY2 it takes the brightness from there and the colours from a pixel before: from then on they
# are one pixel apart. Where grey (128) meets red (200, 40, 40) a column of (85, 85, 85) appears, darker than both, along every coloured edge; of NV12 and
# YUY2 it is (113, 71, 74). Cut by 2 or 4, or in RGB, there is none.
# It matters where a region of interest is cut in the pipeline by numbers that somebody drew or measured: a thin dark seam that no part has, and none
# when the region moves by one pixel. What helps are even numbers, or videoconvert ! video/x-raw,format=RGB before the cut.
# Versions: gstreamer1.0-plugins-good 1.22.0-5+deb12u4, gstreamer1.0-plugins-base 1.22.0 (Debian 12). Needs apt, gstreamer1.0-tools,
# gstreamer1.0-plugins-base and python3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q gstreamer1.0-plugins-good=1.22.0-5+deb12u4 >/dev/null 2>&1
dpkg -x gstreamer1.0-plugins-good_*.deb .
mkdir plugins
find usr -name libgstvideocrop.so -exec cp -t plugins {} +
export GST_PLUGIN_PATH_1_0=$work/plugins GST_REGISTRY_1_0=$work/registry
cat >crop.py <<'EOF'
import subprocess, sys

WIDTH, HEIGHT, EDGE, ROW = 64, 32, 30, 10
line = bytes([128]) * 3 * EDGE + bytes([200, 40, 40]) * (WIDTH - EDGE)  # grey, and red from column 30 on
open("in", "wb").write(line * HEIGHT)

def near_the_edge(layout, left):
    """The two last grey pixels and the two first red ones, after a cut and back in RGB."""
    pipeline = (
        f"filesrc location=in ! rawvideoparse format=rgb width={WIDTH} height={HEIGHT} framerate=1/1 ! videoconvert ! video/x-raw,format={layout}"
        f" ! videocrop left={left} ! videoconvert ! video/x-raw,format=RGB ! filesink location=out"
    )
    subprocess.run(["gst-launch-1.0", "-q", *pipeline.split()], check=True)
    width = WIDTH - left
    start = ROW * ((3 * width + 3) // 4 * 4) + 3 * (EDGE - left - 2)
    pixels = open("out", "rb").read()[start:start + 12]
    return [tuple(pixels[i:i + 3]) for i in range(0, 12, 3)]

wrong = []
for layout in "RGB", "I420", "NV12", "YUY2":
    for left in 1, 2, 3, 4:
        seen = near_the_edge(layout, left)
        print(f"{layout:4} left={left}", *seen)
        grey, red = seen[0][1], seen[3][1]
        dark = seen[2][0] < 120  # the first red pixel has less red than the grey beside it
        if dark != (layout != "RGB" and left % 2 == 1) or abs(grey - 128) > 4:
            wrong.append(f"{layout} left={left}")
if wrong:
    sys.exit("changed: " + ", ".join(wrong))
EOF
python3 crop.py
