#!/usr/bin/env bash
# One would guess that a threshold over anomaly scores, as PyThresh finds them without labels, depends on the scores alone and not on the order in which the parts
# come: its thresholders take a list of scores and say no word of an order.
# FILTER smooths the list as if it were a signal, and takes the largest value of the smoothed one for the threshold: defective parts that lie side by side lift it
# above themselves. Of 200 good parts and 10 bad ones, all far above, it finds none where the bad ones come last or first, or where the scores are sorted, and 10
# where they are scattered, with some good ones. COMB, the combination of several, has FILTER as one of its three by default: it finds 1 of 10, and 10 of 10.
# The others tried (DSN, MAD, IQR, ZSCORE, KARCH) have the same labels in any order.
# It matters where pictures come folder by folder, good ones and then those of each kind of defect, and on the line, where a broken tool spoils part after part:
# the worse it gets, the fewer are found. Sorted or shuffled, the same scores have another threshold. What helps: a list that was shuffled before, or another.
# Versions: pythresh 1.1.1, pyod 3.6.7, scikit-learn 1.9.1, scipy 1.17.1, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pythresh==1.1.1 pyod==3.6.7 scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
cat >order.py <<'EOF'
import sys
import numpy as np
from pythresh.thresholds.comb import COMB
from pythresh.thresholds.dsn import DSN
from pythresh.thresholds.filter import FILTER
from pythresh.thresholds.iqr import IQR
from pythresh.thresholds.karch import KARCH
from pythresh.thresholds.mad import MAD
from pythresh.thresholds.zscore import ZSCORE

GOOD, BAD, LOTS = 200, 10, 6
apart = np.insert(np.arange(GOOD), [GOOD * (i + 1) // (BAD + 1) for i in range(BAD)], np.arange(GOOD, GOOD + BAD))
found = {}  # of each thresholder and order: defects found and good parts called bad, of all lots
for lot in range(LOTS):
    rng = np.random.default_rng(lot)
    scores = np.concatenate([rng.gamma(4, 1, GOOD), rng.normal(25, 2, BAD)])
    orders = {
        "bad last": np.arange(GOOD + BAD),
        "bad first": np.r_[GOOD : GOOD + BAD, :GOOD],
        "sorted": np.argsort(scores),
        "shuffled": rng.permutation(GOOD + BAD),
        "bad apart": apart,
    }
    for thresholder in FILTER, COMB, DSN, MAD, IQR, ZSCORE, KARCH:
        for order, places in orders.items():
            labels = np.asarray(thresholder().eval(scores[places])).astype(bool)
            bad = places >= GOOD
            seen = found.setdefault(thresholder.__name__, {}).setdefault(order, np.zeros(2, int))
            seen += labels[bad].sum(), labels[~bad].sum()

wrong = False
for name, seen in found.items():
    print(f"{name:6}: of {BAD * LOTS} defects found, and of {GOOD * LOTS} good parts called bad:", ", ".join(f"{order} {a} and {b}" for order, (a, b) in seen.items()))
    together = sum(seen[order][0] for order in ("bad last", "bad first", "sorted"))
    if name in ("FILTER", "COMB"):
        wrong |= together > (0 if name == "FILTER" else BAD * LOTS) or seen["bad apart"][0] < BAD * LOTS
    else:
        wrong |= len({tuple(pair) for pair in seen.values()}) != 1 or seen["sorted"][0] < BAD * LOTS
if wrong:
    sys.exit("changed: the order counts otherwise")
EOF
v/bin/python -W ignore order.py
