#!/usr/bin/env bash
# One would guess that frouros' PSI, the index for which 0.1 means watch and 0.25 act, is near 0 for two lots of one and the same process, and that its
# BhattacharyyaDistance grows without end as lots move apart.
# A bin of equal width that is empty in one lot counts as 2e-308, whose logarithm is -708: one part of 1000 there adds 0.7, two 1.4, whatever the other 998 do. Bins
# reach from the lowest to the highest value of both lots, so the outer ones are often empty in one: of 200 pairs of lots of one process a third are above 0.25, up to
# 4, and with 20 bins four of five, up to 9; with a floor of 1 in 10000 none is. BhattacharyyaDistance is 1 less the coefficient, where the distance is
# its logarithm: it ends at 1, and lots 10 sigma apart are as far as lots 100 sigma apart.
# It matters where brightness, scores or sizes of parts are watched for drift: it alarms each shift, and the alarm says how many bins are empty, not how far lots moved.
# What helps: EMD or KSTest of the same package, which are right.
# Versions: frouros 0.9.0, numpy 2.1.3, scipy 1.14.1; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check frouros==0.9.0 numpy==2.1.3 scipy==1.14.1
cat >drift.py <<'EOF'
import sys
import warnings

warnings.simplefilter("ignore")
import numpy as np
from frouros.detectors.data_drift import EMD, PSI, BhattacharyyaDistance

drawn = np.random.default_rng(0)


def compared(detector, lot, other):
    detector.fit(X=lot)
    return float(detector.compare(X=other)[0].distance)


def floored(lot, other, bins=10, floor=1e-4):
    edges = np.histogram_bin_edges(np.hstack([lot, other]), bins)
    one, two = (np.maximum(np.histogram(values, edges)[0] / len(values), floor) for values in (lot, other))
    return float(np.sum((two - one) * np.log(two / one)))


wrong = False
pairs = [(drawn.normal(0, 1, 1000), drawn.normal(0, 1, 1000)) for _ in range(200)]
for bins, least in ((10, 0.25), (20, 0.7)):
    seen = np.array([compared(PSI(num_bins=bins), *pair) for pair in pairs])
    right = np.array([floored(*pair, bins) for pair in pairs])
    print(f"two lots of one process, {bins} bins: PSI is above 0.25 for {np.mean(seen > 0.25):.0%}, up to {seen.max():.1f}; with a floor of 1e-4 for {np.mean(right > 0.25):.0%}, up to {right.max():.2f}")
    wrong |= np.mean(seen > 0.25) < least or np.mean(right > 0.25) > 0

lot = np.linspace(-3, 3, 1000)
for name, more in (("the same lot", []), ("and one part at 6", [6.0]), ("and two", [6.0, 6.0]), ("and three", [6.0] * 3)):
    other = np.r_[lot[len(more):], more]
    seen = compared(PSI(), lot, other)
    print(f"{name}: PSI {seen:.2f}, with a floor {floored(lot, other):.2f}")
    wrong |= abs(seen - 0.7 * len(more)) > 0.1

for shift in (1, 3, 10, 100):
    other = lot + shift
    coefficient, far = compared(BhattacharyyaDistance(), lot, other), compared(EMD(), lot, other)
    print(f"moved by {shift}: BhattacharyyaDistance {coefficient:.3f}, EMD {far:.1f}")
    wrong |= abs(far - shift) > 1e-6 or (shift >= 10 and coefficient != 1)
if wrong:
    sys.exit("changed: other distances")
EOF
v/bin/python drift.py
