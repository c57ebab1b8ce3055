#!/usr/bin/env bash
# One would guess that a fitted PyOD detector's decision_function() gives a picture's features the same score alone and among others, as its threshold is fixed.
# ECOD and COPOD, the two without parameters, put what they are asked about among what they were fitted with, and score by the quantiles of both together:
# the more of a kind are asked about at once, the more usual they are. Of 60 bad parts one by one 98 % are called (COPOD: 97), of 1200 at once 4 % (none).
# ROD and LMDD look at what they are asked about only: one picture has the same score whatever it is, and is never called.
# It matters where features are judged so: figures of a test set in one call do not hold on the line, where pictures come one by one, and a batch of parts that
# are all bad passes. What helps: one row a call (ECOD, COPOD), or a detector that keeps what it was fitted with, as KNN, LOF, IForest, PCA and HBOS do.
# Versions: pyod 3.6.7, scikit-learn 1.9.1, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pyod==3.6.7 scikit-learn==1.9.1 numpy==2.4.6
cat >batch.py <<'EOF'
import sys, warnings
warnings.simplefilter("ignore")
import numpy as np
from pyod.models.copod import COPOD
from pyod.models.ecod import ECOD
from pyod.models.hbos import HBOS
from pyod.models.iforest import IForest
from pyod.models.knn import KNN
from pyod.models.lmdd import LMDD
from pyod.models.lof import LOF
from pyod.models.pca import PCA
from pyod.models.rod import ROD

rng = np.random.default_rng(0)
train = rng.normal(size=(300, 8))
bad = rng.normal(size=(1200, 8)) + 2
seen = {}
for kind in ECOD, COPOD, ROD, LMDD, KNN, LOF, IForest, PCA, HBOS:
    detector = kind().fit(train)
    alone = [float(detector.decision_function(row[None])[0]) for row in bad[:60]]
    called_alone = float(np.mean([score > detector.threshold_ for score in alone]))
    told = f"{kind.__name__:8} alone: scores {min(alone):6.2f} to {max(alone):6.2f}, {called_alone:4.0%} called"
    same = True
    for size in [60, 1200] if kind is not LMDD and kind is not ROD else [60]:
        scores = detector.decision_function(bad[:size])
        called = float(np.mean(scores > detector.threshold_))
        same &= np.allclose(scores[:60], alone)
        told += f"; {size} at once: {called:4.0%}"
        seen[kind.__name__, size] = called
    seen[kind.__name__] = same, called_alone, max(alone) - min(alone)
    print(told + ("" if same else ", and other scores"))
depend = [name for name in seen if isinstance(name, str) and not seen[name][0]]
right = depend == ["ECOD", "COPOD", "ROD", "LMDD"]
right &= all(seen[name][1] > 0.9 and seen[name, 1200] < 0.5 for name in ("ECOD", "COPOD"))
right &= all(seen[name][1:] == (0, 0) for name in ("ROD", "LMDD"))
if not right:
    print("changed: other detectors score by the batch")
sys.exit(not right)
EOF
v/bin/python batch.py
