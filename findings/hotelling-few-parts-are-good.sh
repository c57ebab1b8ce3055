#!/usr/bin/env bash
# One would guess that hotelling's control_chart() of phase 2, which is given the mean and the covariance of good parts and then new parts, has limits that follow
# from the number of good parts.
# It takes the number of new parts for it: with mean and covariance of 500 good parts and 3 features the limit is 13 if 500 new parts are charted, 22 for 20
# of them, 78 for 8 and 1434 for 5, where it should be 13 always. Of five parts that lie 8 sigma off in one feature none is out of control, of 20
# such all are. It says no word.
# It matters where the parts of an hour or a box are charted as they come: the fewer, the further off they may be, and what an hour's chart shows green, the
# day's shows red. What helps: control_interval(m, n, f, phase=2) with m of the good parts, and hotelling_t2() compared with that.
# Versions: hotelling 0.5.0, matplotlib 3.11.2, pandas 2.3.3, scipy 1.17.1, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check hotelling==0.5.0 matplotlib==3.11.2 pandas==2.3.3 scipy==1.17.1 numpy==2.4.6
cat >chart.py <<'EOF'
import sys
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as pyplot
import numpy as np
import pandas
from hotelling.plots import control_chart, control_interval

GOOD, FEATURES, OFF, ALPHA = 500, 3, 8, 0.01
drawn = np.random.default_rng(0)
good = pandas.DataFrame(drawn.normal(size=(GOOD, FEATURES)))
_, _, right = control_interval(GOOD, GOOD, FEATURES, phase=2, alpha=ALPHA)

limits, found = {}, {}
for parts in 500, 100, 20, 8, 5:
    new = pandas.DataFrame(drawn.normal(size=(parts, FEATURES)))
    new[0] += OFF
    axes = control_chart(new, phase=2, alpha=ALPHA, x_bar=good.mean(0), s=good.cov())
    limits[parts] = max(float(line.get_segments()[0][0][1]) for line in axes.collections)
    found[parts] = int((axes.lines[0].get_ydata() > limits[parts]).sum())
    pyplot.close("all")
    print(f"{parts:3} new parts that are {OFF} sigma off, against {GOOD} good ones: limit {limits[parts]:.1f}, by the good ones {right:.1f}; {found[parts]} above it")
if abs(limits[500] / right - 1) > 0.01 or limits[5] < 10 * right or found[5] != 0 or found[500] < 490:
    sys.exit("changed: other limits")
EOF
v/bin/python -W ignore chart.py
