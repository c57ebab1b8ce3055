#!/usr/bin/env bash
# One would guess that pylibCZIrw, Zeiss's own library for the CZI files of its microscopes, makes an overview (read(zoom=0.25)) by averaging what it leaves out, gives
# the brightest pixel of a 12-bit frame as a bright one where 8 bits are asked for (pixel_type="Gray8"), and the colours in the order in which other readers do.
# The overview of a file that it wrote, which has no smaller levels, takes one pixel of each block and leaves out the others: of scratches 2 pixels wide every second
# one is gone at a quarter, and the others are as black as before; at an eighth three of four are gone. Grain keeps all of its deviation. Gray8 is the number
# divided by 256, so that a 12-bit frame, as cameras give it in Gray16, has 16 greys, of which the brightest is 15. aicspylibczi, on the same foundation, takes the
# same pixels. Both give blue first; czifile gives red first.
# It matters where slides or boards are searched in the overview first, or features are taken of it: a part is good or bad by where its scratches lie, and one made
# with a microscope's own levels, or by another library, is no reference for it. What helps: zoom=1 and a resize that averages, and one's own division.
# Versions: pylibCZIrw 6.1.0, aicspylibczi 4.0.1, czifile 2019.7.2.3, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pylibCZIrw==6.1.0 aicspylibczi==4.0.1 czifile==2019.7.2.3 numpy==2.4.6
cat >overview.py <<'EOF'
import sys
import aicspylibczi, czifile, numpy as np
from pylibCZIrw import czi

def written(name, pixels):
    with czi.create_czi(name) as made:
        made.write(data=pixels, location=(0, 0), plane={"C": 0})
        made.write_metadata(document_name="part", scale_x=1e-6, scale_y=1e-6)
    return name

def read(name, **how):
    with czi.open_czi(name) as opened:
        return opened.read(plane={"C": 0}, **how)

wrong = False
HEIGHT, WIDTH, SCRATCHES, APART = 256, 1024, 32, 31
rng = np.random.default_rng(0)
places = 20 + APART * np.arange(SCRATCHES)
scratched = np.full((HEIGHT, WIDTH, 1), 200, np.uint8)
scratched[:, places] = scratched[:, places + 1] = 20
grain = rng.normal(2000, 300, (HEIGHT, HEIGHT, 1)).clip(0, 4095).astype(np.uint16)
written("scratched.czi", scratched)
written("grain.czi", grain)
for by in 4, 8:
    row = read("scratched.czi", zoom=1 / by)[0, :, 0].astype(int)
    mean = scratched[0, :, 0].reshape(-1, by).mean(1)
    seen, averaged = (np.array([line[max(0, at // by - 1) : at // by + 2].min() for at in places]) for line in (row, mean))
    other = aicspylibczi.CziFile("scratched.czi").read_mosaic(C=0, scale_factor=1 / by)[0, 0]
    deviation = read("grain.czi", zoom=1 / by).std(), grain.reshape(HEIGHT // by, by, HEIGHT // by, by).mean((1, 3)).std()
    black, gone = (seen < 30).sum(), (seen == 200).sum()
    print(f"1/{by}: of {SCRATCHES} scratches {black} are black and {gone} gone (averaged, none is gone: {averaged.min():.0f} to {averaged.max():.0f} on 200)", end="; ")
    print(f"grain of {grain.std():.0f} has {deviation[0]:.0f} (averaged {deviation[1]:.0f})")
    wrong |= black + gone != SCRATCHES or gone != SCRATCHES - SCRATCHES * 2 // by or not np.array_equal(other, row)
    wrong |= not 0.9 < deviation[0] / grain.std() < 1.1 or averaged.max() > 190

frame = np.array([0, 255, 256, 1000, 2048, 4095], np.uint16)[None, :, None].repeat(4, 0)
greys = read(written("frame.czi", frame), pixel_type="Gray8")[0, :, 0].tolist()
print("as Gray8,", frame[0, :, 0].tolist(), "are", greys)
wrong |= greys != [0, 0, 1, 3, 8, 15]

marked = np.zeros((4, 8, 3), np.uint8)
marked[:] = 40, 30, 200  # blue, green and red of a red mark
written("marked.czi", marked)
colours = {
    "pylibCZIrw": read("marked.czi")[0, 0],
    "aicspylibczi": aicspylibczi.CziFile("marked.czi").read_image()[0].reshape(-1, 3)[0],
    "czifile": czifile.imread("marked.czi").reshape(-1, 3)[0],
}
print("a red mark:", ", ".join(f"{name} {colour.tolist()}" for name, colour in colours.items()))
wrong |= [int(colour[0]) for colour in colours.values()] != [40, 40, 200]
if wrong:
    sys.exit("changed: other overviews, greys or colours")
EOF
v/bin/python overview.py
