#!/usr/bin/env bash
# One would guess that "greyscale" of an 8-bit RGB picture is much the same number in all libraries: a weighted sum, rounded.
# There are three kinds. Pillow, OpenCV and kornia-rs weigh by television's old primaries (0.299, 0.587, 0.114); scikit-image, jimp, image-js and Rust's image
# by the new ones (0.213, 0.715, 0.072); sharp (libvips) takes the light itself, through the sRGB curve and back. Pure red of 200 is 60, 43 and 98. Greys, and
# colours near grey, are alike in all, so that photographs look the same.
# It matters for coloured parts: a red mark (200, 0, 0) on a green board (0, 100, 0) is 1 of 255 brighter than the board and so invisible to the first kind,
# 29 darker to the second and 13 brighter to the third. Thresholds, references and "dark on bright" learned with one do not hold with another. What helps: one
# channel, or weights of one's own, in place of a library's greyscale.
# Versions: Pillow 13.0.0, opencv-python-headless 5.0.0.93, kornia-rs 0.2.0, scikit-image 0.26.0, numpy 2.4.6; sharp 0.35.5, jimp 1.6.1, image-js 1.7.0;
# image 0.25.10. Python 3.11, Node.js 20, Rust 1.95.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pillow==13.0.0 opencv-python-headless==5.0.0.93 kornia-rs==0.2.0 scikit-image==0.26.0 numpy==2.4.6
npm install --silent --no-audit --no-fund --cache "$work/npm" sharp@0.35.5 jimp@1.6.1 image-js@1.7.0 >npm.log || { tail -3 npm.log; exit 1; }
mkdir -p rust/src
cat >rust/Cargo.toml <<'EOF'
[package]
name = "grey"
version = "0.1.0"
edition = "2021"

[dependencies]
image = { version = "=0.25.10", default-features = false, features = ["png"] }
EOF
cat >rust/src/main.rs <<'EOF'
fn main() {
    let picture = image::open("mark.png").unwrap().to_luma8();
    println!("image {} {}", picture.get_pixel(4, 8)[0], picture.get_pixel(12, 8)[0]);
}
EOF
cat >grey.py <<'EOF'
import cv2
import numpy as np
from kornia_rs import imgproc
from PIL import Image
from skimage.color import rgb2gray

picture = np.zeros((16, 16, 3), np.uint8)
picture[:, :8] = 200, 0, 0  # the mark
picture[:, 8:] = 0, 100, 0  # the board
Image.fromarray(picture).save("mark.png")
for name, grey in {
    "Pillow": np.array(Image.open("mark.png").convert("L")),
    "OpenCV": cv2.imread("mark.png", cv2.IMREAD_GRAYSCALE),
    "kornia-rs": imgproc.gray_from_rgb(picture)[..., 0],
    "scikit-image": np.round(255 * rgb2gray(picture)).astype(int),
}.items():
    print(name, grey[8, 4], grey[8, 12])
EOF
cat >grey.mjs <<'EOF'
import { readFileSync } from "fs";
import sharp from "sharp";
import { Jimp } from "jimp";
import { decode } from "image-js";

const file = readFileSync("mark.png");
const { data, info } = await sharp(file).greyscale().raw().toBuffer({ resolveWithObject: true });
console.log("sharp", data[(8 * 16 + 4) * info.channels], data[(8 * 16 + 12) * info.channels]);
const { bitmap } = (await Jimp.read(file)).greyscale();
console.log("jimp", bitmap.data[(8 * 16 + 4) * 4], bitmap.data[(8 * 16 + 12) * 4]);
const grey = decode(file).grey();
console.log("image-js", grey.getValue(4, 8, 0), grey.getValue(12, 8, 0));
EOF
v/bin/python grey.py >greys
node grey.mjs >>greys
CARGO_TARGET_DIR="$work/target" cargo run --quiet --release --manifest-path rust/Cargo.toml >>greys
awk '{ printf "%-12s: the red mark %3d, the green board %3d, the mark is %+d\n", $1, $2, $3, $2 - $3 }' greys
awk '
    /^(Pillow|OpenCV|kornia-rs) / { if (($2 - $3) ^ 2 > 4) exit 1; n++ }
    /^(scikit-image|jimp|image-js|image) / { if ($2 - $3 > -25) exit 1; n++ }
    /^sharp / { if ($2 - $3 < 10) exit 1; n++ }
    END { if (n != 8) exit 1 }' greys || { echo "changed: other greys"; exit 1; }
