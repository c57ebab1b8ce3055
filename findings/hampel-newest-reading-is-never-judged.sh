#!/usr/bin/env bash
# One would guess that the package hampel, a filter of outliers in a series, judges each reading, the newest too, by those around it, and with n_sigma=3 calls about 3 of
# 1000 good ones outliers.
# As many readings at both ends as half of the window are handed back as they are, however far off: with a window of 11 the last five. In a series that grows, a defect is
# seen when five more parts have come. Of good readings 7 of 100 are called outliers and replaced with the default window of 5, 11 with 3 and 3 with 11: the median of few
# deviations is far too small too often, and nothing makes up for it. The documentation has neither.
# It matters where a gauge's or a score's series is filtered while it grows, which is where one looks at its end, and where what is left is used for limits.
# What helps: a window of 25 or more, and the newest reading held against the median of those before it.
# Versions: hampel 1.0.2, pandas 2.3.3, numpy 1.26.4; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check hampel==1.0.2 pandas==2.3.3 numpy==1.26.4
cat >newest.py <<'EOF'
import sys

import numpy as np
import pandas as pd
from hampel import hampel

drawn = np.random.default_rng(0)
wrong = False


def called(series, window):
    return set(hampel(pd.Series(series), window_size=window, n_sigma=3.0).outlier_indices)


for window, low, high in ((3, 0.1, 0.13), (5, 0.06, 0.085), (11, 0.02, 0.035), (25, 0.005, 0.015)):
    missed = []
    for ago in range(20):
        series = drawn.normal(10, 0.01, 100)
        series[-1 - ago] = 20
        if 99 - ago not in called(series, window):
            missed.append(ago)
    share = np.mean([len(called(drawn.normal(10, 0.01, 1000), window)) / 1000 for _ in range(20)])
    print(f"window of {window}: a reading of 20 among readings of 10 is not seen when it is {', '.join(map(str, missed))} before the end; of good readings {share:.1%} are called outliers")
    wrong |= missed != list(range(window // 2)) or not low < share < high
if wrong:
    sys.exit("changed: other outliers")
EOF
v/bin/python newest.py
