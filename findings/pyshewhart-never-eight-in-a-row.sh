#!/usr/bin/env bash
# One would guess that a control chart which checks the Western Electric rules calls a process out of control after two of three means beyond 2 sigma, four of
# five beyond 1 sigma, or eight in a row on one side of the mean, as pyshewhart names them and prints them.
# pyshewhart wants more than that many: three of three, five of five, and nine of eight, which cannot be. A chart of 20 means above and 20 below is "in
# control", with no word. shewhart finds all three.
# It matters where the scores or sizes that a camera measures are charted, to see that a lamp fades or a lens gets dirty: what leaps out of the limits is
# found, and what creeps, for which these rules are there, is not until it is three times as far off.
# Versions: pyshewhart 1.1.0, shewhart 0.1.1, matplotlib 3.11.2, pandas 2.3.3, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pyshewhart==1.1.0 shewhart==0.1.1 matplotlib==3.11.2 pandas==2.3.3 numpy==2.4.6
cat >charts.py <<'EOF'
import contextlib, io, sys
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as pyplot
import numpy as np
import pandas
import pyshewhart, shewhart

PARTS = np.array([-1, -0.5, 0, 0.5, 1]) * 0.1  # of a sample, about its mean
SIGMA = 0.577 * np.ptp(PARTS) / 3  # of the means, as A2 and the range give it

def alarms(samples):
    with contextlib.redirect_stdout(io.StringIO()):
        chart = pyshewhart.XbarRControlChart(list(samples.ravel()), sample_size=len(PARTS))
    pyplot.close("all")
    rows = {"score": samples.ravel(), "sample": np.repeat(np.arange(len(samples)), len(PARTS))}
    found = shewhart.xbar_r(pandas.DataFrame(rows), value="score", subgroup="sample", rules="western_electric")
    return not chart.in_control, bool(found.signals)

quiet = [0.3, -0.4, 0.2, -0.3, 0.5, -0.2, 0.4, -0.5, 0.1, -0.1] * 3
wrong = False
for what, means, expected in (
    ("nothing", [], (False, False)),
    ("one beyond 3 sigma", [3.5], (True, True)),
    ("2 of 3 beyond 2 sigma", [2.4, 0.1, 2.4], (False, True)),
    ("3 of 3 beyond 2 sigma", [2.4, 2.4, 2.4], (True, True)),
    ("4 of 5 beyond 1 sigma", [1.5, 1.5, -0.1, 1.5, 1.5], (False, True)),
    ("5 of 5 beyond 1 sigma", [1.5, 1.5, 1.5, 1.5, 1.5], (True, True)),
    ("8 above, 8 below", [0.5] * 8 + [-0.5] * 8, (False, True)),
    ("20 above, 20 below", [0.9] * 20 + [-0.9] * 20, (False, True)),
):
    seen = alarms(10 + np.array(quiet + means)[:, None] * SIGMA + PARTS)
    print(f"{what:22}: out of control by pyshewhart {seen[0]}, by shewhart {seen[1]}")
    wrong |= seen != expected
if wrong:
    sys.exit("changed: other rules")
EOF
v/bin/python charts.py
