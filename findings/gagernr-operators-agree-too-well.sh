#!/usr/bin/env bash
# One would guess that GageRnR of the package gagernr, which finds how much of a measurement's variance is the gauge's, has the variance between operators that differs
# from part to part (operator by part) as the tables of variance analysis have it: the difference of the two mean squares divided by the number of readings of each
# part by each operator.
# It divides by the number of parts: with 10 parts read 3 times this variance is 0.3 of what it is, and with 30 parts read twice a fifteenth. The other rows are
# right, the total is not, as it is their sum. A gauge that makes 48 % of the variation (GRR, where 30 % is the usual limit) has 30 %, and with 30 parts read twice
# one of 30 % has 10 %, which counts as good. It says no word.
# It matters where an inspection station or a gauge is released by its study, and all the more where parts differ in how they lie or are lit. What helps: the mean
# squares, which it gives too (Result.MS).
# Versions: GageRnR 0.8.0, statsmodels 0.15.0, pandas 2.3.3, scipy 1.17.1, numpy 2.4.6, plotly 7.1.0, tabulate 0.10.0, docopt 0.6.2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check statsmodels==0.15.0 pandas==2.3.3 scipy==1.17.1 numpy==2.4.6 plotly==7.1.0 tabulate==0.10.0 docopt==0.6.2
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps GageRnR==0.8.0
cat >gauge.py <<'EOF'
import sys
import numpy as np
from GageRnR import Component, GageRnR, Result
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
import pandas

OPERATORS = 3

def study(parts, readings, seed):
    draw = np.random.default_rng(seed)
    true = draw.normal(0, 1, parts)
    by_part = draw.normal(0, 0.28, (OPERATORS, parts))
    return 10 + true[None, :, None] + by_part[:, :, None] + draw.normal(0, 0.05, (OPERATORS, parts, readings))

def right(data):
    operators, parts, readings = data.shape
    rows = [(f"o{o}", f"p{p}", data[o, p, r]) for o in range(operators) for p in range(parts) for r in range(readings)]
    table = anova_lm(ols("value ~ operator * part", pandas.DataFrame(rows, columns=["operator", "part", "value"])).fit())
    square = table["mean_sq"]
    variances = {
        Component.OPERATOR: (square["operator"] - square["operator:part"]) / parts / readings,
        Component.PART: (square["part"] - square["operator:part"]) / operators / readings,
        Component.OPERATOR_BY_PART: (square["operator:part"] - square["Residual"]) / readings,
        Component.MEASUREMENT: square["Residual"],
    }
    return {component: max(variance, 0) for component, variance in variances.items()}

def share(variances):
    gauge = variances[Component.OPERATOR] + variances[Component.OPERATOR_BY_PART] + variances[Component.MEASUREMENT]
    return 100 * np.sqrt(gauge / (gauge + variances[Component.PART]))

wrong = False
for parts, readings in (10, 3), (10, 2), (30, 2), (5, 3), (4, 4):
    data = study(parts, readings, 1)
    due, found = right(data), GageRnR(data).calculate()[Result.Var]
    ratio = found[Component.OPERATOR_BY_PART] / due[Component.OPERATOR_BY_PART]
    print(
        f"{parts} parts read {readings} times by {OPERATORS}: operator by part {found[Component.OPERATOR_BY_PART]:.4f}, by statsmodels' table {due[Component.OPERATOR_BY_PART]:.4f}"
        f" ({ratio:.2f} of it); GRR {share(found):.0f} % and {share(due):.0f} %"
    )
    same = all(abs(found[component] - due[component]) < 1e-9 for component in due if component != Component.OPERATOR_BY_PART)
    wrong |= abs(ratio - readings / parts) > 1e-6 or not same
if wrong:
    sys.exit("changed: other variances")
EOF
v/bin/python -W ignore gauge.py
