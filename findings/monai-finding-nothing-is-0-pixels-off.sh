#!/usr/bin/env bash
# One would guess that MONAI's HausdorffDistanceMetric punishes a defect that was not found, and at the 95th percentile (HD95), as it is mostly reported, a little
# less than without: without it is infinite, and so is the mean.
# With any percentile, 100 too, the distance to an empty mask is NaN, as a quantile between infinities is taken, and NaNs are left out of the mean: a model that
# finds one of ten defects by a pixel has HD95 1.0, as one that finds all ten, and a model that finds nothing at all has 0.0, the best there is. Good parts with a
# false alarm are left out too. Ten defects found in the wrong corner have 81. SurfaceDistanceMetric is infinite, as one would guess.
# It matters where models are compared, or the epoch to keep is chosen, by HD95: the one that stays silent wins. What helps: get_not_nans=True, which tells how many
# pictures were counted, or percentile=None and a limit of one's own.
# Versions: monai 1.6.1, torch 2.15.0, numpy 2.4.6, scipy 1.17.1. Needs 7 GB of disk for a while.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check monai==1.6.1 torch==2.15.0 numpy==2.4.6 scipy==1.17.1
cat >silent.py <<'EOS'
import math, sys
import torch
from monai.metrics import HausdorffDistanceMetric, SurfaceDistanceMetric

COUNT, SIDE = 10, 128

def masks(count, y, x):
    made = torch.zeros(COUNT, 1, SIDE, SIDE)
    made[:count, :, y : y + 4, x : x + 80] = 1
    return made

def measured(metric, found, truth):
    metric(found, truth)
    return float(metric.aggregate())

truth, none = masks(COUNT, 40, 20), masks(0, 0, 0)
false_alarms = masks(COUNT, 41, 20)
cases = {
    "all defects, 1 pixel off": (masks(COUNT, 41, 20), truth, 1.0, 1.0),
    "one of ten, 1 pixel off": (masks(1, 41, 20), truth, math.inf, 1.0),
    "none of ten": (none, truth, math.inf, 0.0),
    "all in the wrong corner": (masks(COUNT, 120, 0), truth, 82.5, 81.0),
    "nine good parts, all called": (false_alarms, masks(1, 40, 20), math.inf, 1.0),
}
right = True
for what, (found, known, whole, by_percentile) in cases.items():
    seen = [measured(HausdorffDistanceMetric(include_background=True, percentile=percentile), found, known) for percentile in (None, 100, 95)]
    print(f"{what:28}: without a percentile {seen[0]:5.1f}, the 100th {seen[1]:5.1f}, the 95th (HD95) {seen[2]:5.1f}")
    right &= math.isclose(seen[0], whole, abs_tol=0.1) and math.isclose(seen[2], by_percentile, abs_tol=0.1)
surface = measured(SurfaceDistanceMetric(include_background=True, symmetric=True), none, truth)
print(f"none of ten, mean distance of the surfaces: {surface}")
if not right or surface != math.inf:
    sys.exit("changed: other distances")
EOS
v/bin/python -W ignore silent.py
