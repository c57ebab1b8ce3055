#!/usr/bin/env bash
# One would guess that the frames of one video file have the same colours whichever release of OpenCV or PyAV reads it, or that a release that changes
# them says so.
# Up to OpenCV 4.12 and PyAV 16, cv2.VideoCapture and VideoFrame.to_ndarray() took every YUV for BT.601 with 16 to 235, whatever the file says; since
# OpenCV 4.13 and PyAV 17 they heed it. Red (200, 30, 40) in an HD recording (BT.709) was (184, 11, 40) and is (199, 30, 39); of a full-range recording
# grey 200 was 214 and is 200, and what was brighter than 235 was white. Nothing raises, warns or differs in the shape.
# It matters where references or thresholds were learned from frames of an older installation: after an update all colours have moved, and machines with
# different releases judge the same file differently. What helps is to learn anew, or to pin the release.
# Versions: opencv-python-headless 4.12.0.88 and 4.13.0.92, av 16.1.0 and 17.0.0 (both with ffmpeg 8), numpy 2.2.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check numpy==2.2.6
for package in opencv-python-headless==4.12.0.88 opencv-python-headless==4.13.0.92 av==16.1.0 av==17.0.0; do
    v/bin/pip install -q --disable-pip-version-check --no-deps --target "$package" "$package"
done
cat >write.py <<'EOF'
import av
import numpy as np

# Exactly what a recorder writes for grey 200 left and red (200, 30, 40) right: Y, Cb, Cr of the matrix and the range that the file states.
KINDS = {
    "HD, BT.709": ([188, 128, 128], [73, 115, 202], 1, 1),
    "SD, BT.601": ([188, 128, 128], [86, 107, 202], 6, 1),
    "SD, full range": ([200, 128, 128], [82, 104, 212], 6, 2),
}
for name, (grey, red, matrix, colour_range) in KINDS.items():
    planes = np.empty((3, 64, 128), np.uint8)
    planes[:, :, :64] = np.array(grey)[:, None, None]
    planes[:, :, 64:] = np.array(red)[:, None, None]
    with av.open(f"{name}.mkv", "w") as video:
        stream = video.add_stream("ffv1", rate=1)
        stream.width, stream.height, stream.pix_fmt = 128, 64, "yuv444p"
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, colour_range
        frame = av.VideoFrame.from_ndarray(planes, format="yuv444p")
        frame.colorspace, frame.color_range = matrix, colour_range
        video.mux(stream.encode(frame))
        video.mux(stream.encode())
EOF
cat >read.py <<'EOF'
import sys
try:
    import cv2
    version = "OpenCV " + cv2.__version__
    read = lambda path: cv2.VideoCapture(path).read()[1][..., ::-1]
except ImportError:
    import av
    version = "PyAV " + av.__version__
    read = lambda path: next(av.open(path).decode(video=0)).to_ndarray(format="rgb24")
print(version)
wrong = 0
for name in "HD, BT.709", "SD, BT.601", "SD, full range":
    picture = read(f"{name}.mkv")
    grey, red = (picture[32, x].tolist() for x in (32, 96))
    print(f"  {name:15} grey {grey}, red {red}")
    heeded = max(abs(a - b) for a, b in zip(grey + red, [200] * 3 + [200, 30, 40])) <= 3
    wrong += heeded != (name == "SD, BT.601" or sys.argv[1] == "heeds")
if wrong:
    sys.exit("changed: this release takes the file's word otherwise than it did")
EOF
PYTHONPATH=av==17.0.0 v/bin/python write.py
PYTHONPATH=opencv-python-headless==4.12.0.88 v/bin/python read.py ignores
PYTHONPATH=opencv-python-headless==4.13.0.92 v/bin/python read.py heeds
PYTHONPATH=av==16.1.0 v/bin/python read.py ignores
PYTHONPATH=av==17.0.0 v/bin/python read.py heeds
