#!/usr/bin/env bash
# One would guess that OpenCV's MSER finds a dark or bright spot on an even ground, the easiest picture there is for it, and finds it in each release.
# OpenCV 5 returns no region, with or without noise, where 4.13 returns each spot several times. The default min_diversity of 0.2, which should leave out
# regions that are nearly the one around them, leaves out all of them. The other parameters change nothing.
# It matters where spots, holes, pits or characters are looked for by MSER with its defaults: no error, no defects. What helps: min_diversity=0, with which the
# old regions come back one by one, and leaving out doubles oneself.
# Versions: opencv-python-headless 5.0.0.93 and 4.13.0.92, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opencv-python-headless==5.0.0.93 numpy==2.4.6
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps --target old opencv-python-headless==4.13.0.92
cat >spots.py <<'EOF'
import sys
import cv2
import numpy as np

five = cv2.__version__.startswith("5")

def picture(radius, spot, noise=0):
    made = np.full((300, 400), 255 - spot, np.uint8)
    cv2.circle(made, (200, 150), radius, spot, -1)
    made = cv2.GaussianBlur(made, (0, 0), 1)
    return np.clip(made + np.random.default_rng(0).normal(0, noise, made.shape), 0, 255).astype(np.uint8)

def areas(seen, **how):
    return [len(region) for region in cv2.MSER_create(**how).detectRegions(seen)[0]]

print("OpenCV", cv2.__version__)
lost = 0
for radius in 20, 30, 40, 60:
    for name, seen in {"dark": picture(radius, 90), "bright": picture(radius, 165), "dark, with noise": picture(radius, 90, noise=2)}.items():
        found, all_of_them = areas(seen), areas(seen, min_diversity=0)
        print(f"  {name:16} spot of {round(np.pi * radius**2):5} pixels: {len(found)} regions; with min_diversity=0 {all_of_them[:3]} ...")
        lost += not found
        if not any(abs(area / (np.pi * radius**2) - 1) < 0.05 for area in all_of_them):
            sys.exit("changed: the spot is not found without min_diversity either")
for how in {"max_variation": 1.0}, {"delta": 2}, {"delta": 10}, {"min_area": 1}, {"max_area": 100000}:
    found_so = areas(picture(30, 90), **how)
    print(f"  {how}: {len(found_so)} regions")
    lost += not found_so
if lost != (17 if five else 0):
    sys.exit("changed: other spots are found")
EOF
v/bin/python spots.py
PYTHONPATH=old v/bin/python spots.py
