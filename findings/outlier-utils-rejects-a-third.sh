#!/usr/bin/env bash
# One would guess that Grubbs' test of outlier-utils (outliers.smirnov_grubbs) at alpha 0.05 calls something an outlier in one of twenty series without any, as Grubbs'
# tables have it.
# It divides by the standard deviation of n, where the tables are for that of n - 1: the statistic is larger by the root of n / (n - 1), which is most where series
# are short. Of series of five normal readings it rejects a reading in 31 of 100, of four in 58, of ten in 10; max_test() in 19 of five. From 50 on it is nearly right.
# scikit-posthocs' outliers_grubbs() has 5 of 100 throughout.
# It matters for repeated measurements of one part, gauge studies and comparisons of laboratories, which are three to ten readings: good ones are thrown away, and what
# is left of four has half the deviation. What helps: scikit-posthocs, or the factor.
# Versions: outlier-utils 0.0.5, scikit-posthocs 0.17.1, numpy 1.26.4, scipy 1.12.0; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check outlier-utils==0.0.5 scikit-posthocs==0.17.1 numpy==1.26.4 scipy==1.12.0
cat >grubbs.py <<'EOF'
import sys
import warnings

warnings.simplefilter("ignore")
import numpy as np
import scikit_posthocs
from outliers import smirnov_grubbs

SERIES = 4000
drawn = np.random.default_rng(0)


def tables(series, alpha=0.05):
    from scipy import stats

    n = len(series)
    t = stats.t.isf(alpha / (2 * n), n - 2)
    return np.abs(series - series.mean()).max() / series.std(ddof=1) > (n - 1) / np.sqrt(n) * np.sqrt(t * t / (n - 2 + t * t))


wrong = False
for n, least, most in ((4, 0.5, 0.66), (5, 0.27, 0.36), (10, 0.08, 0.12), (50, 0.04, 0.08)):
    both = largest = posthocs = right = before = after = 0
    for series in drawn.normal(10, 0.01, (SERIES, n)):
        kept = smirnov_grubbs.test(list(series), alpha=0.05)
        both += len(kept) < n
        before, after = before + series.std(ddof=1), after + np.std(kept, ddof=1)
        largest += len(smirnov_grubbs.max_test(list(series), alpha=0.05)) < n
        right += tables(series)
        posthocs += len(scikit_posthocs.outliers_grubbs(series)) < n
    shares = [count / SERIES for count in (both, largest, right, posthocs)]
    print(f"series of {n}: test() rejects in {shares[0]:.1%}, max_test() in {shares[1]:.1%}; by the tables {shares[2]:.1%}, scikit-posthocs {shares[3]:.1%}; deviation {after / before:.2f} times")
    wrong |= not least < shares[0] < most or any(not 0.035 < share < 0.065 for share in shares[2:])
if wrong:
    sys.exit("changed: other shares")
EOF
v/bin/python grubbs.py
