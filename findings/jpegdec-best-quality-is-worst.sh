#!/usr/bin/env bash
# One would guess that a JPEG of quality 100 is what is nearest to losing nothing, and that GStreamer decodes it as every other program does, give or take 1.
# jpegdec and jpegenc take libjpeg's quick transform by default (idct-method=ifast), whose error grows as the file's steps get finer: of brushed metal
# each pixel of a file of quality 100 is 3 levels off on the average and up to 28, twice as far from the original as quality 95; Pillow decodes the same
# file to within 1. Beside a scratch of one pixel there is a seam of 5 levels on flat metal. jpegenc quality=100 is 15 times as far off as Pillow.
# At quality 85, jpegenc's default, it is a half to one level too dark. libjpeg's own programs default to the accurate one.
# It matters where a camera, or a line that saves its frames, uses the best quality to lose no defect, and the frames are judged in a pipeline: grain
# that no part has, and not what other programs learned from the same files. What helps is idct-method=islow for both, or quality 95.
# Versions: gstreamer1.0-plugins-good 1.22.0-5+deb12u4 (Debian 12), Pillow 13.0.0, numpy 2.4.6. Needs apt, gstreamer1.0-tools and
# gstreamer1.0-plugins-base.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check pillow==13.0.0 numpy==2.4.6
apt-get download -q gstreamer1.0-plugins-good=1.22.0-5+deb12u4 >/dev/null 2>&1
dpkg -x gstreamer1.0-plugins-good_*.deb .
mkdir plugins
find usr -name libgstjpeg.so -exec cp -t plugins {} +
export GST_PLUGIN_PATH_1_0=$work/plugins GST_REGISTRY_1_0=$work/registry
cat >quality.py <<'EOF'
import subprocess, sys
import numpy as np
from PIL import Image

SIDE = 256
metal = np.clip(np.random.default_rng(0).normal(128, 20, (SIDE, SIDE)), 0, 255).astype(np.uint8)
scratch = np.full((SIDE, SIDE), 200, np.uint8)
scratch[:, 100] = 60

def gstreamer(pipeline):
    subprocess.run(["gst-launch-1.0", "-q", *pipeline.split()], check=True, stdin=subprocess.DEVNULL)

def decoded(path, method):
    gstreamer(f"filesrc location={path} ! jpegdec {method} ! filesink location=raw")
    return np.fromfile("raw", np.uint8).reshape(SIDE, SIDE)

def encoded(picture, quality):
    picture.tofile("raw")
    source = f"filesrc location=raw ! rawvideoparse format=gray8 width={SIDE} height={SIDE} framerate=1/1"
    gstreamer(f"{source} ! jpegenc quality={quality} ! filesink location=g.jpg")
    return np.array(Image.open("g.jpg"))

def off(picture, original):
    """Mean and largest distance, and the mean difference."""
    difference = picture.astype(int) - original
    return float(np.abs(difference).mean()), int(np.abs(difference).max()), float(difference.mean())

print("levels from the original: mean, largest, difference of the means")
seen = {}
for what, picture in ("brushed metal", metal), ("scratch", scratch):
    for quality in 85, 95, 100:
        Image.fromarray(picture).save("p.jpg", quality=quality)
        ways = {
            "Pillow": np.array(Image.open("p.jpg")),
            "jpegdec": decoded("p.jpg", ""),
            "jpegdec islow": decoded("p.jpg", "idct-method=islow"),
            "jpegenc": encoded(picture, quality),
        }
        for way, result in ways.items():
            seen[what, quality, way] = off(result, picture)
        print(f"{what:14} quality {quality:3}:", "; ".join("{} {:.2f} {} {:+.2f}".format(way, *seen[what, quality, way]) for way in ways))

if seen["brushed metal", 100, "jpegdec"][0] < 1.5 * seen["brushed metal", 95, "jpegdec"][0] or seen["brushed metal", 100, "jpegdec"][1] < 20:
    sys.exit("changed: quality 100 is better than 95")
if seen["brushed metal", 100, "jpegenc"][0] < 10 * seen["brushed metal", 100, "Pillow"][0] or seen["scratch", 100, "jpegdec"][1] < 4:
    sys.exit("changed: jpegenc or the scratch")
if any(seen[what, 100, way][1] > 1 for what in ("brushed metal", "scratch") for way in ("Pillow", "jpegdec islow")):
    sys.exit("changed: the accurate ones are off")
EOF
v/bin/python quality.py
