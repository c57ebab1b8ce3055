#!/usr/bin/env bash
# One would guess that T2 of the package ControlCharts, fitted with good parts, finds about 1 of 1000 new good parts beyond its limits (p_value 0.999), whatever the
# unit and the level of what is measured.
# Unless scaling=True is asked for, which is not the default, it takes the mean away nowhere but in the PCA: without PCA, or with as many components as there are
# features, T2 is the distance from 0, and Q, what the PCA leaves, is that of the values as they are. Good parts of 10 +- 1 mm are all out; of 0 +- 1, as in its
# own examples, 1 of 1000 is. The limit of Q takes powers of a sum for sums of powers: with 38 features left it is 425 where 71 is due, so that a
# part 10 sigma off in one of them is in control.
# It matters where the chart of several measures of a part is made by it: the first one stops the line for good, the second one never. What helps: scaling=True for
# T2; for Q a limit from the good parts' own values.
# Versions: ControlCharts 1.0.0 (without its dependencies, one of which, math, is no package), scikit-learn 1.9.1, scipy 1.17.1, pandas 3.1.1, matplotlib 3.11.2, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check scikit-learn==1.9.1 scipy==1.17.1 pandas==3.1.1 matplotlib==3.11.2 numpy==2.4.6
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps controlcharts==1.0.0
cat >parts.py <<'EOF'
import contextlib
import io
import sys

import matplotlib

matplotlib.use("Agg")
import numpy as np
import pandas as pd
from ControlCharts import T2
from scipy import stats

drawn = np.random.default_rng(0)
right = True


def judge(good, new, **how):
    chart = T2(**how)
    with contextlib.redirect_stdout(io.StringIO()):
        chart.fit(pd.DataFrame(good))
        chart.predict(pd.DataFrame(new), plot_fig=False)
    return chart


for level in 0, 10:
    good, new = drawn.normal(level, 1, (500, 4)), drawn.normal(level, 1, (1000, 4))
    for how in {"using_pca": False}, {}, {"using_pca": False, "scaling": True}:
        chart = judge(good, new, **how)
        out = int((chart.t2.T2 > chart.t2_ucl).sum())
        print(f"good parts of {level} +- 1, {how or 'as by default'}: T2 of {out} of 1000 is above {chart.t2_ucl:.1f}")
        right &= out == 1000 if level and "scaling" not in how else out < 10

loads = 4 * drawn.normal(0, 1, (2, 40))


def parts(count, level=0):
    return level + drawn.normal(0, 1, (count, 2)) @ loads + drawn.normal(0, 1, (count, 40))


for level in 0, 10:
    bad = parts(1000, level)
    bad[:, 0] += 10
    chart = judge(parts(2000, level), np.r_[parts(1000, level), bad], explained_variance=2)
    out = (chart.q.Q > chart.q_ucl).values
    print(f"40 features of 2 causes around {level}: limit of Q {chart.q_ucl:.0f}, {stats.chi2.ppf(0.999, 38):.0f} is due; {out[:1000].sum()} of 1000 good parts are out, and {out[1000:].sum()} of 1000 that are 10 sigma off in one")
    right &= chart.n_components == 2 and 400 < chart.q_ucl < 450
    right &= (out[:1000].sum(), out[1000:].sum()) == (0, 0) if level == 0 else out.all()
if not right:
    sys.exit("changed: other limits")
EOF
v/bin/python parts.py
