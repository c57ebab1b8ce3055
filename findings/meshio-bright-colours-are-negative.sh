#!/usr/bin/env bash
# One would guess that meshio reads the colours and qualities of a scan, a binary PLY with 8 bits without a sign (uchar), as 0 to 255.
# It takes them as numbers with a sign, if they are called uchar, as nearly all programs write them: 184 is -72, and all from 128 on are negative. As uint8, the
# other name for it, they are right, and so are they in ASCII. A scan that is read and written has int8 in the header, so that each other reader has the
# negative ones as well.
# It matters where points are selected by brightness, confidence or class: white is darker than black, a threshold of 200 selects none, and class 255 is -1; dark scans
# in a test are right. What helps: .astype("uint8") behind the reading, or trimesh and plyfile.
# Versions: meshio 5.3.5, trimesh 5.2.0, plyfile 1.1.5, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check meshio==5.3.5 trimesh==5.2.0 plyfile==1.1.5 numpy==2.4.6
cat >scan.py <<'EOF'
import struct, sys
import meshio, trimesh
import numpy as np
from plyfile import PlyData

REDS = 0, 59, 127, 128, 184, 255

def write(path, kind, coded):
    head = ["ply", f"format {coded} 1.0", f"element vertex {len(REDS)}"]
    head += [f"property float {axis}" for axis in "xyz"] + [f"property {kind} {colour}" for colour in ("red", "green", "blue")] + ["end_header", ""]
    with open(path, "wb") as file:
        file.write("\n".join(head).encode())
        for x, red in enumerate(REDS):
            point = x, 0.5, 1.0, red, red, red
            file.write(struct.pack("<3f3B", *point) if "binary" in coded else (" ".join(map(str, point)) + "\n").encode())

wrong = False
for kind, coded, due in (
    ("uchar", "binary_little_endian", [0, 59, 127, -128, -72, -1]),
    ("uint8", "binary_little_endian", list(REDS)),
    ("uchar", "ascii", list(REDS)),
):
    write("scan.ply", kind, coded)
    mesh = meshio.read("scan.ply")
    found = [int(red) for red in mesh.point_data["red"]]
    others = [[int(red) for red in reds] for reds in (PlyData.read("scan.ply")["vertex"]["red"], trimesh.load("scan.ply").colors[:, 0])]
    meshio.write("written.ply", mesh)
    back = [int(red) for red in PlyData.read("written.ply")["vertex"]["red"]]
    bright = int((mesh.point_data["red"] > 100).sum())
    print(f"{kind}, {coded}: meshio {found}, above 100: {bright}; plyfile {others[0]}, trimesh {others[1]}; written by meshio and read by plyfile {back}")
    wrong |= found != due or back != due or others != [list(REDS)] * 2
if wrong:
    sys.exit("changed: other colours")
EOF
v/bin/python -W ignore scan.py
