#!/usr/bin/env bash
# One would guess that asalix, which draws control charts for Six Sigma, takes the factors of its limits from the table by the size of the samples, and that a shift by 3
# standard deviations is outside of them in samples of five.
# It takes the table's first entry, samples of two, for all sizes: samples of five whose mean should stay within 1.34 sigma are in control up to 4.3, three times as far, and
# after a shift by 3 sigma all samples are. The chart of ranges has a lower limit of 0.076, which is that of seven, and an upper one of two. The chart of deviations (XbarS)
# is as wrong. Rule 4, 14 points that go up and down in turn, finds no such points and calls a curve that bends upwards; rule 5 wants three of three, twice over.
# It matters where a process is said to be in control by these charts. What helps: the factors of ISO 7870-2 by hand, A2 0.577, D3 0 and D4 2.114 for five.
# Versions: asalix 0.1.3, numpy 1.25.1, scipy 1.11.1, matplotlib 3.7.2; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check asalix==0.1.3 matplotlib==3.7.2
cat >limits.py <<'EOF'
import sys

import matplotlib

matplotlib.use("Agg")
import numpy as np
from asalix import check_dataset_using_nelson_rules, create_control_charts

drawn = np.random.default_rng(0)
SHEWHART = {2: (1.880, 0, 3.267), 5: (0.577, 0, 2.114), 10: (0.308, 0.223, 1.777)}  # A2, D3, D4
wrong = False
for size, (mean_factor, low, high) in SHEWHART.items():
    calm = drawn.normal(100, 1, (25, size))
    means, ranges = create_control_charts({group: parts for group, parts in enumerate(calm)}, "XbarR")
    seen = (means.ucl - means.cl) / ranges.cl, ranges.lcl / ranges.cl, ranges.ucl / ranges.cl
    out = sum(not means.lcl < parts.mean() < means.ucl for parts in calm + 3)
    print(f"samples of {size}: A2 {seen[0]:.3f} for {mean_factor}, D3 {seen[1]:.3f} for {low}, D4 {seen[2]:.3f} for {high}; {out} of 25 samples are out after a shift by 3 sigma")
    wrong |= not np.allclose(seen, (1.880, 0.076, 3.267), atol=1e-3) or (size > 2 and out > 1)

noise = drawn.normal(0, 1, 200)
for name, rule, points, due in (
    ("40 points up and down in turn", "rule4", [0.5, -0.5] * 20, False),
    ("16 points ever faster upwards", "rule4", [0.01 * at * at - 1 for at in range(16)], True),
    ("two of three beyond 2 sigma", "rule5", [2.6, 0, 2.6], False),
    ("three of three beyond 2 sigma", "rule5", [2.6] * 3, False),
    ("four in a row beyond 2 sigma", "rule5", [2.6] * 4, True),
):
    found = getattr(check_dataset_using_nelson_rules(np.r_[noise, points, noise[:50]]), rule)
    print(f"{name}: {rule} {found}")
    wrong |= found != due
if wrong:
    sys.exit("changed: other limits or rules")
EOF
v/bin/python limits.py 2>&1
