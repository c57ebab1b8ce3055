#!/usr/bin/env bash
# One would guess that a scan that pye57 writes has the points it was given: they are float64 arrays, come back as float64, and E57 coordinates may be doubles.
# write_scan_raw() stores coordinates with 24 bits, whatever they need: of a plant's coordinates (a northing of 5.5 million metres) each point lands on a grid
# of 0.5 m, 100 m from the origin in millimetres on one of 8 micrometres. The file's bounds have all digits, so its header looks right. Colours of more
# than 8 bits keep their lower 8: from 0 to 4095 the surface goes through black 16 times. A good file that is read by read_scan_raw() and written again is
# rounded too. No warning.
# It matters where tanks, hulls or bridges are compared with the scan of a year before, or scans are cut or cleaned by a program and written again: cracks and
# dents are gone or terraced. What helps: points about the origin, and translation= for the rest, which is kept in full; colours brought to 0 to 255.
# Versions: pye57 0.4.19, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check pye57==0.4.19 numpy==2.4.6
cat >scan.py <<'EOF'
import sys
import numpy as np
import pye57

SIDE = 50
x, y = (axis.ravel() * 0.0103 for axis in np.mgrid[:SIDE, :SIDE])  # a wall of half a metre, a point every 10.3 mm
z = 0.002 * np.exp(-((x - 0.25) ** 2 + (y - 0.25) ** 2) / 0.005)  # with a dent of 2 mm
colour = np.linspace(0, 4095, x.size).astype(np.uint16)  # a ramp of 12 bits
local = np.stack([x, y, z], axis=1)
rotation = np.array([1.0, 0, 0, 0])

def through_file(points, translation):
    names = "cartesianX", "cartesianY", "cartesianZ"
    data = dict(zip(names, points.T.copy()), colorRed=colour, colorGreen=colour, colorBlue=colour)
    with pye57.E57("scan.e57", mode="w") as file:
        file.write_scan_raw(data, rotation=rotation, translation=translation)
    with pye57.E57("scan.e57") as file:
        read = file.read_scan(0, colors=True, ignore_missing_fields=True)
    return np.stack([read[name] for name in names], axis=1), read["colorRed"]

seen = {}
for what, place, scale in (
    ("metres, at the origin", np.zeros(3), 1),
    ("metres, plant coordinates", np.array([412345.0, 5512345.0, 103.0]), 1),
    ("millimetres, 100 m off", np.array([100000.0, 0, 0]), 1000),
):
    points = local * scale + place
    for how, given, translation in ("as they are", points, np.zeros(3)), ("translation=", local * scale, place):
        read, red = through_file(given, translation)
        off = np.abs(read - points).max(axis=0)
        seen[what, how] = off.max(), len(np.unique(read[:, 1]))
        print(f"{what:26} {how:13} {read.dtype}, off by up to {off.max():.2g}; {seen[what, how][1]} of {SIDE} rows are apart")
falls = int((np.diff(red.astype(int)) < 0).sum())
print(f"colours of 0 to {colour.max()} read as {red.dtype} from {red.min()} to {red.max()}, falling {falls} times along the ramp")

far = "metres, plant coordinates"
if seen[far, "as they are"][0] < 0.2 or seen[far, "as they are"][1] > 2 or seen["millimetres, 100 m off", "as they are"][0] < 1e-3:
    sys.exit("changed: coordinates are kept")
if seen[far, "translation="][0] > 1e-6 or seen[far, "translation="][1] != SIDE:
    sys.exit("changed: translation= does not help")
if falls != 15:
    sys.exit("changed: colours do not wrap")
EOF
v/bin/python scan.py
