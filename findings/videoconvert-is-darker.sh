#!/usr/bin/env bash
# One would guess that GStreamer's videoconvert turns YUV into RGB as everybody does, rounded: white (Y 235) is 255 and Y 126 is 128.
# In 8 bits it cuts off what is behind the point, several times over: every grey comes out 0 to 3 too dark, 2.3 on the average, and never too bright.
# White is (253, 253, 253), so a check for saturated pixels (255) finds none; RGB that goes through I420 and back loses 3 of 100. ffmpeg has the right
# values of the same bytes. None of videoconvert's properties for dithering, colours and threads changes it.
# It matters where thresholds or references come from files or from another program and the line's frames come through videoconvert: a picture that is
# darker by one per cent all over. What helps is a step of 16 bits: videoconvert ! video/x-raw,format=ARGB64 ! videoconvert.
# Versions: gstreamer1.0-plugins-base and libgstreamer-plugins-base1.0-0 1.22.0-3+deb12u7 (Debian 12), PyAV 18.1.0 (ffmpeg 8), numpy 2.4.6. Needs apt,
# and gstreamer1.0-tools with its libraries.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check av==18.1.0 numpy==2.4.6
apt-get download -q gstreamer1.0-plugins-base=1.22.0-3+deb12u7 libgstreamer-plugins-base1.0-0=1.22.0-3+deb12u7 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
mkdir plugins
find usr -name libgstvideoconvertscale.so -exec cp -t plugins {} +
export GST_PLUGIN_PATH_1_0=$work/plugins GST_REGISTRY_1_0=$work/registry
LD_LIBRARY_PATH=$(dirname "$(find "$PWD" -name libgstvideo-1.0.so.0)")
export LD_LIBRARY_PATH
cat >white.py <<'EOF'
import subprocess, sys
import av
import numpy as np

SIDE = 16
luma = np.arange(SIDE * SIDE, dtype=np.uint8)  # every value of Y once, without colour
yuv = np.concatenate([luma, np.full(2 * luma.size, 128, np.uint8)])
exact = np.clip((luma - 16.0) * 255 / 219, 0, 255)

def gstreamer(*steps, source=yuv, layout="Y444"):
    source.tofile("in")
    caps = f"video/x-raw,format={layout},width={SIDE},height={SIDE},framerate=1/1"
    pipeline = f"filesrc location=in blocksize={source.size} ! capsfilter caps={caps} ! {' ! '.join(steps)} ! video/x-raw,format=RGB ! filesink location=rgb"
    subprocess.run(["gst-launch-1.0", "-q", *pipeline.split()], check=True)
    return np.fromfile("rgb", np.uint8).reshape(-1, 3)[:, 1].astype(int)

frame = av.VideoFrame.from_ndarray(yuv.reshape(3, SIDE, SIDE), format="yuv444p")
frame.colorspace, frame.color_range = 5, 1  # BT.601, 16 to 235
ffmpeg = frame.to_ndarray(format="rgb24").reshape(-1, 3)[:, 1].astype(int)
ways = {
    "ffmpeg": ffmpeg,
    "videoconvert": gstreamer("videoconvert"),
    "videoconvert dither=none": gstreamer("videoconvert dither=none"),
    "videoconvert chroma-mode=none": gstreamer("videoconvert chroma-mode=none"),
    "videoconvert through ARGB64": gstreamer("videoconvert", "video/x-raw,format=ARGB64", "videoconvert"),
}
for what, made in ways.items():
    error = (made - exact)[16:236]
    print(f"{what:30} Y 126: {made[126]}, Y 235: {made[235]}, off by {error.min():+.1f} to {error.max():+.1f}, mean {error.mean():+.2f}")

grey = np.full(3 * SIDE * SIDE, 100, np.uint8)
back = gstreamer("videoconvert", "video/x-raw,format=I420", "videoconvert", source=grey, layout="RGB")
print(f"RGB (100, 100, 100) through I420 and back: {back[0]}")

plain = ways["videoconvert"]
if (plain - exact)[16:236].mean() > -2 or plain[235] > 253 or back[0] > 97:
    sys.exit("changed: videoconvert is as bright as it should be")
if any((ways[f"videoconvert {option}"] != plain).any() for option in ("dither=none", "chroma-mode=none")):
    sys.exit("changed: a property tells it how to round")
if any(abs(ways[what] - exact)[16:236].max() > 2 for what in ("ffmpeg", "videoconvert through ARGB64")):
    sys.exit("changed: what was right is not")
EOF
v/bin/python white.py
