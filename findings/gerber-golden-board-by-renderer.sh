#!/usr/bin/env bash
# One would guess that packages which draw a board's Gerber files draw the same copper, as the format is specified to the last corner.
# pygerber draws the arcs of areas against the clock (G03) as if with it: a round end becomes a bay, a rounded corner a bite, and of an area of 22.3 mm2 there
# are 9.7. Arcs with the clock (G02) and arcs of tracks are right. gerbonara takes the rotation of polygon pads, given in degrees, as radians: a hexagon turned
# by 15 degrees is turned by 859 or, as it looks, by 19, and a square by 45 is turned by 13 more. Its tracks along an arc have cut ends where they are
# round. Neither says a word.
# It matters where the picture of the data is the golden board, or a mask for what is copper: each board has the same false defects at the same places, or
# a bite is expected where the copper is whole. What helps: gerbv, which draws all of these right, and areas whose arcs are made of short lines.
# Versions: gerbonara 1.5.0, pygerber 2.4.3, numpy 2.4.6, Pillow 12.1.0; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check gerbonara==1.5.0 pygerber==2.4.3 numpy==2.4.6 pillow==12.1.0
cat >board.py <<'EOF'
import math, re, sys
import numpy as np
from PIL import Image
from gerbonara import GerberFile as Gerbonara
from pygerber.gerberx3.api.v2 import GerberFile as Pygerber

PIXELS = 50  # a millimetre
HEAD = "%FSLAX46Y46*%\n%MOMM*%\nG75*\n"

def area(turn, x, y, i, j):
    """An area from (10, 13) to (14, 17) mm, closed at the right by an arc to x, y about i, j from its start."""
    return (
        f"G36*\nX10000000Y13000000D02*\nG01*\nX14000000Y13000000D01*\n{turn}*\nX{x}000000Y{y}000000I{i}000000J{j}000000D01*\n"
        "G01*\nX10000000Y17000000D01*\nX10000000Y13000000D01*\nG37*\n"
    )

def flash(aperture):
    return f"%ADD10{aperture}*%\nD10*\nX2000000Y8000000D03*\n"

def written(body):
    open("board.gbr", "w").write(f"{HEAD}{body}M02*\n")
    return "board.gbr"

def by_pygerber(body):
    """The drawn area in square millimetres."""
    Pygerber.from_file(written(body)).parse().render_raster("board.png", dpmm=PIXELS)
    return float((np.asarray(Image.open("board.png").convert("RGB")).sum(axis=2) > 60).sum() / PIXELS**2)

def by_gerbonara(body):
    return str(Gerbonara.open(written(body)).to_svg())

wrong = False
for what, body, right, seen in (
    ("round end, G03", area("G03", 14, 17, 0, 2), 16 + 2 * math.pi, 16 - 2 * math.pi),
    ("bay, G02", area("G02", 14, 17, 0, 2), 16 - 2 * math.pi, 16 - 2 * math.pi),
    ("track along an arc", "%ADD10C,1.0*%\nD10*\nX2000000Y14000000D02*\nG03*\nX6000000Y14000000I2000000J0D01*\n", 2.25 * math.pi, 2.25 * math.pi),
):
    found = by_pygerber(body)
    print(f"pygerber, {what}: {found:.2f} mm2, by the data {right:.2f}")
    wrong |= abs(found - seen) > 0.1
    if what.startswith("track"):
        [path] = re.findall(r"<path[^>]*>", by_gerbonara(body))
        print(f"gerbonara, {what}: ends {'round' if 'stroke-linecap' in path else 'cut'}, by the data round")
        wrong |= "stroke-linecap" in path
for corners, turned in (6, 0), (6, 15), (4, 45):
    drawn = by_gerbonara(flash(f"P,2.0X{corners}X{turned}"))
    x, y = map(float, re.search(r'd="M ([\d.]+) ([\d.]+)', drawn).groups())
    found = math.degrees(math.atan2(y - 8, x - 2)) % (360 / corners)
    print(f"gerbonara, pad of {corners} corners: turned by {found:.1f} degrees, by the data {turned}")
    wrong |= abs(found - math.degrees(turned) % (360 / corners)) > 0.1
if wrong:
    sys.exit("changed: other copper")
EOF
v/bin/python -W ignore board.py
