#!/usr/bin/env bash
# One would guess that the gradient of a plain picture is 0 everywhere, as with OpenCV, scipy, scikit-image and kornia for torch, and as kornia-rs' other
# filters take the border (median and morphology replicate it, blurs weigh what is there).
# kornia-rs' sobel takes 0 for what lies outside: a plain picture of 200 has a frame of 800, one pixel wide, as strong as the edge of a black scratch, and with
# a kernel of 5 one of 9600, two pixels wide. Its documentation says nothing of the border.
# It matters where a maximum, a mean or a threshold of the gradient decides: each bright picture has an "edge", the strongest there is, and focus measures are
# those of the frame: of a bright surface, in focus and far out of it, the mean square falls by 391 with OpenCV and by 1.0 with kornia-rs. Dark backgrounds,
# which test pictures often have, hide it.
# What helps: one or two pixels cut off at each side, or the mean subtracted before.
# Versions: kornia-rs 0.2.0, opencv-python-headless 5.0.0.93, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check kornia-rs==0.2.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
cat >frame.py <<'EOF'
import sys
import cv2
import numpy as np
from kornia_rs import imgproc

def by_opencv(picture, size=3):
    return np.hypot(cv2.Sobel(picture, cv2.CV_32F, 1, 0, ksize=size), cv2.Sobel(picture, cv2.CV_32F, 0, 1, ksize=size))

def by_kornia_rs(picture, size=3):
    return imgproc.sobel(picture[..., None].astype(np.float32), size)[..., 0]

plain = np.full((240, 320), 200, np.float32)
rng = np.random.default_rng(0)
focused = (200 + rng.normal(0, 4, (240, 320))).astype(np.float32)
defocused = cv2.GaussianBlur(focused, (0, 0), 3)
ratios = {}
for name, gradient in {"OpenCV": by_opencv, "kornia-rs": by_kornia_rs}.items():
    seen = gradient(plain)
    sharpness = [float((gradient(picture) ** 2).mean()) for picture in (focused, defocused)]
    inside = [float((gradient(picture)[1:-1, 1:-1] ** 2).mean()) for picture in (focused, defocused)]
    ratios[name] = sharpness[0] / sharpness[1], inside[0] / inside[1]
    print(f"{name:9}: gradient of a plain picture {seen[1:-1, 1:-1].max():.0f} inside, {seen[0, 1:-1].max():.0f} along the border, {seen[0, 0]:.0f} in a corner;", end=" ")
    print(f"focus measure of a surface {sharpness[0]:.0f}, out of focus {sharpness[1]:.0f}: {ratios[name][0]:.1f} times; a pixel cut off {ratios[name][1]:.0f} times")
    wrong = seen[1:-1, 1:-1].max() > 0 or (seen[0].max() > 0) != (name == "kornia-rs")
    if wrong:
        sys.exit("changed: other borders")
wide = by_kornia_rs(plain, 5)
print(f"kornia-rs with a kernel of 5: {wide[0, 160]:.0f}, {wide[1, 160]:.0f}, {wide[2, 160]:.0f} from the border on")
if not (ratios["kornia-rs"][0] < 0.2 * ratios["OpenCV"][0] and abs(ratios["kornia-rs"][1] / ratios["OpenCV"][1] - 1) < 0.05 and wide[1, 160] > 0 and wide[2, 160] == 0):
    sys.exit("changed: the frame is another")
EOF
v/bin/python frame.py
