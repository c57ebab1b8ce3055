#!/usr/bin/env bash
# One would guess that a control chart has its limits where Shewhart and Deming have them, three standard deviations from the mean, so that 3 of 1000 points of a calm process
# are outside, and that a Pareto chart shows which defects make 80 % of all.
# The package deming, "W Edwards Deming Quality Control Charts", draws the limits one standard deviation from the mean, of all points together: a third of a calm process
# is outside, and as much after a step by 3 sigma, which widens them. Its Pareto chart adds the counts up and writes the sum as per cent: of 212 defects the line ends
# at 212 %, of 31 at 31 %, and bars stay in the order in which they come.
# It matters where a machine is set anew at each point outside, which Deming himself warned of: a third of the time there is nothing to set. What helps: the mean of
# the moving ranges times 2.66, and counts sorted and divided before.
# Versions: deming 0.1.3, pandas 3.1.1, matplotlib 3.11.2, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check deming==0.1.3 pandas==3.1.1 matplotlib==3.11.2 numpy==2.4.6
cat >chart.py <<'EOF'
import sys

import matplotlib

matplotlib.use("Agg")
import deming
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

drawn = np.random.default_rng(0)
calm = drawn.normal(10, 0.1, 2000)
step = drawn.normal(10, 0.1, 60) + np.repeat([0, 0.3], 30)
right = True
for name, readings, due in ("a calm process", calm, (0.28, 0.36)), ("a step by 3 sigma after 30 of 60 points", step, (0.3, 0.5)):
    table = pd.DataFrame({"part": range(len(readings)), "width": readings})
    deming.control_chart_img_buffer(table, "part", "width")
    high, low, mean = (table[column].iloc[0] for column in ("Upper Control Limit", "Lower Control Limit", "Mean"))
    out = ((readings > high) | (readings < low)).mean()
    within = np.abs(np.diff(readings)).mean() / 1.128
    usual = (np.abs(readings - mean) > 3 * within).mean()
    print(f"{name}: limits at {low:.3f} and {high:.3f}, {out:.1%} of the points are outside; three of the moving ranges' sigmas: {usual:.1%}")
    right &= due[0] < out < due[1] and np.isclose(high - mean, readings.std(ddof=1))
for counts in [3, 120, 9, 80], [20, 8, 2, 1]:
    deming.pareto_chart(pd.DataFrame({"kind": list("abcd"), "count": counts}), "kind", "count")
    bars, line = plt.gcf().axes
    last = line.lines[0].get_ydata()[-1]
    label = line.yaxis.get_major_formatter()(last)
    print(f"defects {counts}: bars {[int(bar.get_height()) for bar in bars.patches]}, the line ends at {label}")
    right &= label.rstrip("%") in (f"{sum(counts)}", f"{sum(counts)}.0") and [bar.get_height() for bar in bars.patches] == counts
    plt.close("all")
if not right:
    sys.exit("changed: other limits")
EOF
v/bin/python chart.py
