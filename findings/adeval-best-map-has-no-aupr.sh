#!/usr/bin/env bash
# One would guess that ADEval, which anomaly detection papers compute pixel AUPR with on large sets, loses a little accuracy when a few scores lie beyond the
# bounds that it is given: it recommends bounds that hold 99 % of the scores, so that the result is accurate enough.
# Its curves begin at the first bound and end at the last, and the area beyond is missing. Defective pixels are about 1 % of all, and the better a map is, the
# more of them are above the upper bound: then AUPR misses their share of the recall. A map that is perfect has AUPR 0.49 with bounds around the middle
# 99 %, and 0.00 with the upper bound at 99 %; a middling one, truly 0.68, has 0.27 and 0.12, and by the latter is ranked first. AUROC misses 0.005 at most.
# It matters where maps are compared by it, and bounds are set once for all models, by a model that scores lower: the best is ranked last, on account of its
# high scores. What helps: bounds beyond all scores (a few times as wide does no harm: there are 1000 steps), and a check against scikit-learn once.
# Versions: ADEval 1.1.0, scikit-learn 1.9.1, opencv-python-headless 4.12.0.88, numpy 2.2.6 (ADEval needs one before 2.4); Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check numpy==2.2.6 opencv-python-headless==4.12.0.88 scikit-learn==1.9.1
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps adeval==1.1.0
cat >bounds.py <<'EOF'
import sys, warnings
warnings.simplefilter("ignore")
import numpy as np
from adeval import EvalAccumulator
from sklearn.metrics import average_precision_score, roc_auc_score

SIDE, PICTURES = 128, 20
rng = np.random.default_rng(0)
masks = np.zeros((PICTURES, SIDE, SIDE), np.uint8)
for mask in masks[::2]:
    y, x = rng.integers(0, SIDE - 18, 2)
    mask[y : y + 18, x : x + 18] = 1
noise = rng.normal(0, 1, masks.shape).astype(np.float32)
print(f"{masks.mean():.1%} of the pixels are defective")

def adeval(maps, low, high):
    metrics = EvalAccumulator(0.0, 1.0, float(low), float(high))
    metrics.add_anomap_batch(maps, masks)
    for add in metrics.add_image, metrics.add_sample:  # summary() wants some
        add([0.1, 0.9], [0, 1])
    seen = metrics.summary()
    return seen["p_auroc"], seen["p_aupr"]

found = {}
for name, height in {"perfect": 20, "middling": 3}.items():
    maps = noise + np.float32(height) * masks
    true = roc_auc_score(masks.ravel(), maps.ravel()), average_precision_score(masks.ravel(), maps.ravel())
    low, high = maps.min(), maps.max()
    print(f"{name} map: AUROC {true[0]:.3f}, AUPR {true[1]:.2f} by scikit-learn")
    for bounds, (first, last) in {
        "all scores": (low, high),
        "twice as wide": (2 * low, 2 * high),
        "the middle 99 %": np.quantile(maps, (0.005, 0.995)),
        "the lowest 99 %": (low, np.quantile(maps, 0.99)),
    }.items():
        within = float(((maps >= first) & (maps <= last)).mean())
        auroc, aupr = found[name, bounds] = adeval(maps, first, last)
        print(f"  bounds around {bounds:15} ({within:4.0%} within): AUROC {auroc:.3f}, AUPR {aupr:.2f}")
        if "99" not in bounds and abs(aupr - true[1]) > 0.01:
            sys.exit("changed: wide bounds do not help")
        if "99" in bounds and aupr > true[1] - 0.3:
            sys.exit("changed: AUPR is accurate with bounds around 99 %")
if not found["perfect", "the lowest 99 %"][1] < 0.05 < found["middling", "the lowest 99 %"][1]:
    sys.exit("changed: the perfect map is ranked first")
EOF
v/bin/python bounds.py
