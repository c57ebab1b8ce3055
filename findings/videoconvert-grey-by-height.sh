#!/usr/bin/env bash
# One would guess that what GStreamer makes of a grey value does not depend on how many lines the picture has, and that GRAY8 (black 0, white 255) and
# the luma of I420 or Y444 (black 16, white 235) are converted into each other.
# Up to 576 lines videoconvert copies the numbers, either way; with more it converts them. A mono camera's frame that is made I420 for a recording, a
# stream or Y4M is 0 to 255 there, and whoever reads it takes all below 16 for black and all above 235 for white; a colour stream that is made GRAY8 has
# its black at 16 and its white at 235. The same scene cut to 576 lines or fewer is another grey. By default luma has the matrix of BT.601 up to 576
# lines, as GRAY8 always has, and that of BT.709 above; only where the matrices differ is the range looked at.
# It matters where the region of interest is cut in the pipeline, or learned from frames of one size and judged in another. What helps is to go through
# RGB: videoconvert ! video/x-raw,format=RGB ! videoconvert.
# Versions: gstreamer1.0-plugins-base and libgstreamer-plugins-base1.0-0 1.22.0-3+deb12u7 (Debian 12). Needs apt, gstreamer1.0-tools with its
# libraries, and python3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q gstreamer1.0-plugins-base=1.22.0-3+deb12u7 libgstreamer-plugins-base1.0-0=1.22.0-3+deb12u7 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
mkdir plugins
find usr -name libgstvideoconvertscale.so -exec cp -t plugins {} +
export GST_PLUGIN_PATH_1_0=$work/plugins GST_REGISTRY_1_0=$work/registry
LD_LIBRARY_PATH=$(dirname "$(find "$PWD" -name libgstvideo-1.0.so.0)")
export LD_LIBRARY_PATH
cat >grey.py <<'EOF'
import subprocess, sys

VALUES = 0, 16, 128, 235, 255
WIDTH = 8 * len(VALUES)

def convert(source, picture, height, *formats):
    """The first plane or first channel of what comes out, one value for each of VALUES."""
    open("in", "wb").write(picture)
    steps = "".join(f" ! videoconvert ! video/x-raw,format={name}" for name in formats)
    caps = f"video/x-raw,format={source},width={WIDTH},height={height},framerate=1/1"
    pipeline = f"filesrc location=in blocksize={len(picture)} ! capsfilter caps={caps}{steps} ! filesink location=out"
    subprocess.run(["gst-launch-1.0", "-q", *pipeline.split()], check=True)
    step = 3 if formats[-1] == "RGB" else 1
    return list(open("out", "rb").read()[4 * step:WIDTH * step:8 * step])

seen = {}
for height in 576, 578:
    grey = bytes(value for value in VALUES for _ in range(8)) * height
    yuv = grey + bytes([128]) * (WIDTH * height // 2)
    print(f"{height} lines")
    for what, made in (
        ("GRAY8", list(VALUES)),
        ("GRAY8 made I420", convert("GRAY8", grey, height, "I420")),
        ("GRAY8 made I420 made RGB", convert("GRAY8", grey, height, "I420", "RGB")),
        ("GRAY8 made RGB made I420", convert("GRAY8", grey, height, "RGB", "I420")),
        ("luma of I420 made GRAY8", convert("I420", yuv, height, "GRAY8")),
    ):
        print(f"  {what:26}", *(f"{value:4}" for value in made))
        seen[height, what] = made

def near(made, expected):
    return all(abs(a - b) <= 4 for a, b in zip(made, expected))

copied, video, full = list(VALUES), [16, 30, 126, 218, 235], [0, 0, 130, 255, 255]
wrong = [
    what
    for what, small, tall in (
        ("GRAY8 made I420", copied, video),
        ("GRAY8 made I420 made RGB", full, copied),
        ("GRAY8 made RGB made I420", video, video),
        ("luma of I420 made GRAY8", copied, full),
    )
    if not near(seen[576, what], small) or not near(seen[578, what], tall)
]
if wrong:
    sys.exit("changed: " + ", ".join(wrong))
EOF
python3 grey.py
