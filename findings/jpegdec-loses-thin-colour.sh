#!/usr/bin/env bash
# One would guess that GStreamer decodes a JPEG whose colour is not subsampled (4:4:4) with all of it: Y444, or RGB.
# jpegdec gives I420 for it, and by leaving columns and rows of the colour out, not by averaging: a red line of one pixel on grey in an odd column is
# (121, 121, 123) after "jpegdec ! videoconvert", as grey as what is around it, and red in an even one. Pillow has it in both, and avdec_mjpeg
# (behind jpegparse) keeps Y444; decodebin prefers jpegdec.
# It matters where files are learned or judged by one program and a pipeline's frames by another: a thin coloured scratch is there for the one and gone
# for the other.
# Versions: gstreamer1.0-plugins-good 1.22.0-5+deb12u4 and gstreamer1.0-libav 1.22.0-2 (Debian 12), numpy 2.4.6, Pillow 13.0.0; Python 3.11.
# Needs gstreamer1.0-tools, gstreamer1.0-plugins-base and libavfilter8 from apt.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q gstreamer1.0-plugins-good=1.22.0-5+deb12u4 gstreamer1.0-libav=1.22.0-2 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
mkdir plugins
find usr -name libgstjpeg.so -o -name libgstlibav.so | xargs cp -t plugins
export GST_PLUGIN_PATH_1_0=$work/plugins GST_REGISTRY_1_0=$work/registry
python3 -m venv v
v/bin/pip install -q numpy==2.4.6 pillow==13.0.0
cat >line.py <<'EOF'
import re, subprocess, sys
import numpy as np
from PIL import Image

def decode(path, decoder):
    """The picture as RGB, and the format in which the decoder gave it."""
    pipeline = f"filesrc location={path} ! jpegparse ! {decoder} name=d ! videoconvert ! video/x-raw,format=RGB ! filesink location=rgb"
    found = subprocess.run(["gst-launch-1.0", "-v", *pipeline.split()], capture_output=True, text=True, check=True).stdout
    formats = re.findall(r":d\.GstPad:src: caps = .*?format=\(string\)(\w+)", found)
    return np.fromfile("rgb", np.uint8).reshape(64, 64, 3), formats[-1]

wrong = 0
for column in 30, 31:
    picture = np.full((64, 64, 3), 128, np.uint8)
    picture[:, column] = 200, 90, 90
    path = f"{column}.jpg"
    Image.fromarray(picture).save(path, quality=95, subsampling=0)
    pillow = np.array(Image.open(path).convert("RGB"))[32, column].tolist()
    print(f"a red line in column {column}: Pillow {pillow}")
    redness = lambda pixel: pixel[0] - pixel[1]
    wrong += redness(pillow) < 100
    for decoder in "jpegdec", "avdec_mjpeg":
        rgb, given = decode(path, decoder)
        pixel = rgb[32, column].tolist()
        print(f"  {decoder:12} {given:5} {pixel}")
        wrong += (redness(pixel) < 20) != (decoder == "jpegdec" and column == 31) or given != ("I420" if decoder == "jpegdec" else "Y444")
sys.exit(wrong > 0)
EOF
v/bin/python line.py
