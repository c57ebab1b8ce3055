#!/usr/bin/env bash
# One would guess that a gauge R&R study gives the spread of a gauge that measures the same part again and again without a bias, and that two packages for it
# agree.
# qualistics takes each reading's deviation from the mean of its part and operator, and divides the squares by the number of all readings less one, not less
# one for each such mean. With two readings, the least and often the only ones, it finds half of the variance: a gauge of 0.40 seems to have 0.28; with three
# 0.33. capstat-core's analysis of variance finds 0.39.
# It matters where a camera is released as a gauge, or its readings against the tolerance: it looks a third better than it is, the more so the fewer readings
# were taken, and a better study makes it look worse.
# Versions: qualistics 0.1.0, capstat-core 0.4.3, pandas 2.3.3, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check qualistics==0.1.0 capstat-core==0.4.3 pandas==2.3.3 numpy==2.4.6
cat >gauge.py <<'EOF'
import sys, warnings
warnings.simplefilter("ignore")
import capstat_core
import numpy as np, pandas
from qualistics.gauge import gauge_rr

PARTS, OPERATORS, STUDIES, GAUGE = 10, 3, 40, 0.4
drawn = np.random.default_rng(0)
wrong = False
for readings in 2, 3, 10:
    found = {"qualistics": [], "capstat-core": []}
    for _ in range(STUDIES):
        parts, operators = drawn.normal(10, 1, (PARTS, 1, 1)), drawn.normal(0, 0.3, (1, OPERATORS, 1))
        read = parts + operators + drawn.normal(0, GAUGE, (PARTS, OPERATORS, readings))
        part, operator, _ = np.indices(read.shape)
        rows = {"Part": part.ravel(), "Operator": operator.ravel(), "Measurement": read.ravel(), "Randomised Order": np.arange(read.size)}
        table = gauge_rr(pandas.DataFrame(rows))
        [repeated] = table["Variance"][table["Source"].str.contains("Repeatability")]
        found["qualistics"].append(float(repeated))
        found["capstat-core"].append(capstat_core.gage_rr(read).var_repeatability)
    spread = {name: float(np.sqrt(np.mean(of))) for name, of in found.items()}
    print(f"{readings:2} readings of {PARTS} parts by {OPERATORS} operators:", ", ".join(f"{name} {of:.3f}" for name, of in spread.items()), f"and the truth {GAUGE:.3f}")
    wrong |= abs(spread["qualistics"] / GAUGE - np.sqrt((readings - 1) / readings)) > 0.03 or abs(spread["capstat-core"] / GAUGE - 1) > 0.05
if wrong:
    sys.exit("changed: the gauge has another spread")
EOF
v/bin/python gauge.py
