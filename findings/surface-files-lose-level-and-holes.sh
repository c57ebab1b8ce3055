#!/usr/bin/env bash
# One would guess that a height map in one of the exchange formats of surface metrology (SUR, SDF of ISO 25178-71, X3P of ISO 25178-72, AL3D) has the heights
# in every program that reads it which it had in the one that wrote it, and that points without a height stay without one.
# Of what surfalize writes, SurfaceTopography reads a SUR without its level: each part is centred around zero, so that a step of 40 micrometres between two
# parts is gone; it reads the field and does not use it. Of a binary SDF the missing points become heights of minus infinity: it knows the markers of
# integers, and takes that of floating point numbers, which surfalize writes, for a height. Only X3P and AL3D come through.
# It matters where height maps are compared with those of another machine: Sq of a map with a missing point is no number, and an offset is never seen. What
# helps: X3P, and a look at the unit, which is metres for X3P and AL3D, micrometres for SDF and a wrongly decoded one for SUR.
# Versions: surfalize 0.19.2, SurfaceTopography 1.25.0, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check surfalize==0.19.2 surfacetopography==1.25.0 numpy==2.4.6
cat >surfaces.py <<'EOF'
import sys, warnings
warnings.simplefilter("ignore")
import numpy as np
from surfalize import Surface
from SurfaceTopography import read_topography

MICRO = {"µm": 1, "m": 1e6}
rough = np.random.default_rng(0).normal(0, 0.2, (200, 256))
holed = rough.copy()
holed[50:60, 70:80] = np.nan
seen = {}
for kind in "x3p", "al3d", "sdf", "sur":
    level, holes, units = [], [], set()
    for number, heights in enumerate([rough + 10, holed + 50]):
        name = f"part-{number}.{kind}"
        Surface(heights, 0.5, 0.25).save(name)
        again = Surface.load(name).data
        if np.nanmax(abs(again - heights)) > 1e-5 or not np.array_equal(np.isnan(again), np.isnan(heights)):
            sys.exit(f"changed: surfalize does not read its own {kind}")
        read = read_topography(name)
        units.add(read.unit)
        there = np.ma.asarray(read.heights()).T * MICRO.get(read.unit, 1)
        level.append(float(np.ma.median(there)))
        holes.append(int(np.ma.getmaskarray(there).sum()))
        lowest = float(there.min())
    seen[kind] = round(level[1] - level[0], 2), holes[1], lowest
    print(f"{kind:4} step of 40.00 between the parts: {seen[kind][0]:6.2f}, 100 missing points: {holes[1]:3}, lowest point {lowest:.4g} µm, unit {units}")
right = [kind for kind, (step, holes, lowest) in seen.items() if (step, holes) == (40, 100) and abs(lowest - 49) < 1]
if right != ["x3p", "al3d"] or seen["sur"][0] != 0 or seen["sdf"][1] != 0 or seen["sdf"][2] > -1e300:
    sys.exit("changed: other formats come through")
EOF
v/bin/python surfaces.py
