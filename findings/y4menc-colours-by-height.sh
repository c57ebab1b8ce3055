#!/usr/bin/env bash
# One would guess that a Y4M that GStreamer wrote has the colours that were put in, whoever reads it: the format has no field for the matrix, so all
# programs have to take the same one.
# They take that of BT.601, as ffmpeg does, and so does y4menc up to 576 lines. A taller picture is made with BT.709's matrix, because videoconvert
# chooses by height and y4menc takes what comes; nothing in the file tells. Red (200, 30, 40) is read as (183, 13, 38) from 578 lines, and as it was
# from 576. "colorimetry=1:4:0:0" (full range) is taken and not said either, though ffmpeg writes and reads XCOLORRANGE=FULL: (211, 18, 28).
# It matters where frames are piped to another program, or a camera is changed for one with more lines: all colours move, grey does not. What helps is
# video/x-raw,format=Y444,colorimetry=bt601 before y4menc.
# Versions: GStreamer 1.22.0 with gstreamer1.0-plugins-good 1.22.0-5+deb12u4 (Debian 12), PyAV 18.1.0 (ffmpeg 8), numpy 2.4.6. Needs apt,
# gstreamer1.0-tools and gstreamer1.0-plugins-base.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q gstreamer1.0-plugins-good=1.22.0-5+deb12u4 >/dev/null 2>&1
dpkg -x gstreamer1.0-plugins-good_*.deb .
mkdir plugins
find usr -name libgsty4menc.so -exec cp -t plugins {} +
export GST_PLUGIN_PATH_1_0=$work/plugins GST_REGISTRY_1_0=$work/registry
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check av==18.1.0 numpy==2.4.6
cat >colour.py <<'EOF'
import subprocess, sys
import av

RED, WIDTH = (200, 30, 40), 64

def write(height, colorimetry):
    open("rgb", "wb").write(bytes(RED) * (WIDTH * height))
    caps = f"video/x-raw,format=RGB,width={WIDTH},height={height},framerate=1/1"
    pipeline = f"filesrc location=rgb blocksize={3 * WIDTH * height} ! capsfilter caps={caps} ! videoconvert ! video/x-raw,format=Y444{colorimetry}"
    subprocess.run(["gst-launch-1.0", "-q", *pipeline.split(), "!", "y4menc", "!", "filesink", "location=red.y4m"], check=True)

seen = {}
for height in 576, 578:
    for colorimetry in "", ",colorimetry=bt601", ",colorimetry=1:4:0:0":
        write(height, colorimetry)
        header = open("red.y4m", "rb").readline().decode().strip()
        with av.open("red.y4m") as video:
            seen[height, colorimetry] = next(video.decode(video=0)).to_ndarray(format="rgb24")[height // 2, WIDTH // 2].tolist()
        print(f"{RED} by ffmpeg: {str(seen[height, colorimetry]):15} {header} (format=Y444{colorimetry})")

def off(key):
    return max(abs(a - b) for a, b in zip(seen[key], RED))

right = [(576, ""), (576, ",colorimetry=bt601"), (578, ",colorimetry=bt601")]
if any(off(key) > 4 for key in right):
    sys.exit("changed: BT.601 is not what is written or read")
if any(off(key) < 10 for key in seen if key not in right):
    sys.exit("changed: the file tells what it holds, or BT.601 is written whatever the height")
EOF
v/bin/python colour.py
