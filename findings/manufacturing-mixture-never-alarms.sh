#!/usr/bin/env bash
# One would guess that the rules for control charts of the package manufacturing find what their documentation says: 2 of 3 points in zone A or beyond, 4 of 5 in zone B,
# 8 in a row with none in zone C, in the newest points above all.
# The rule of 8 asks for points that are above the upper limit and below the lower one at once, so it never finds any: two machines that come in turn, one 2 sigma too
# high and one 2 sigma too low, are in control for ever. The rule of 2 of 3 wants 3, and does not look at the newest three points: a step of 2.5 sigma is seen one
# part late, with the fourth part. 4 of 5 and 7 on one side are right.
# It matters where a line is stopped by these rules, or where the charts (control_chart, x_mr_chart, highlight_mixture) are taken as a proof that it need not be: a
# mixture of two nests, tools or suppliers is what the rule of 8 is for. What helps: counting by oneself; each rule is a line of NumPy.
# Versions: manufacturing 1.6.0, numpy 1.26.4, pandas 2.3.3, scipy 1.17.1; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check manufacturing==1.6.0 numpy==1.26.4 pandas==2.3.3 scipy==1.17.1 setuptools==68.2.2
cat >rules.py <<'EOF'
import logging
import sys
import warnings

import pandas as pd

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from manufacturing import analysis

calm = [0.3, -0.4, 0.5, -0.2, 0.1, -0.6, 0.2, -0.1, 0.4, -0.3] * 3  # sigma 1, limits at 3


def found(rule, points, later):
    return len(rule(pd.Series(calm + points + calm[:later]), 3, -3))


wrong = False
for name, rule, points, due in (
    ("2 of 3 in zone A", analysis.control_zone_a, [2.5, 0.5, 2.5], (0, 0, 0)),
    ("3 of 3 in zone A", analysis.control_zone_a, [2.5] * 3, (0, 3, 3)),
    ("4 of 5 in zone B", analysis.control_zone_b, [1.5, 1.5, -0.5, 1.5, 1.5], (5, 5, 5)),
    ("7 on one side", analysis.control_zone_c, [0.5, 0.4, 0.6, 0.5, 0.4, 0.6, 0.5], (7, 8, 8)),
    ("8 out of zone C", analysis.control_zone_mixture, [1.5, -1.5] * 4, (0, 0, 0)),
    ("40 out of zone C", analysis.control_zone_mixture, [2, -2] * 20, (0, 0, 0)),
):
    seen = tuple(found(rule, points, later) for later in (0, 1, 10))
    print(f"{name}: {seen[0]} points found when they are the newest, {seen[1]} a part later, {seen[2]} ten parts later")
    wrong |= seen != due
if wrong:
    sys.exit("changed: other points")
EOF
v/bin/python rules.py
