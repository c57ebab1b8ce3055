#!/usr/bin/env bash
# One would guess that AUROC and average precision of torchmetrics depend on the order of the scores alone, and not on how many pictures come at a time.
# Each update() looks at its own batch: if all scores lie in 0..1 they stay as they are, and if any does not, all of that batch become sigmoid(score), so that
# 0.6 is 0.6 in one batch and 0.65 in the next, and 1.3 becomes 0.79. Batches with a defect are squeezed and those of good parts are not, and then the two are
# sorted together. Scores of the same 400 parts have an average precision of 0.92 in batches of 32 and of 0.55 one by one; scikit-learn says 0.92. And the
# sigmoid of 17 and more is 1 in float32: the same scores times 50, all at once, have an AUROC of 0.51.
# It matters for distances (PatchCore, PaDiM, SPADE) of which good parts have less than 1 and bad ones about 1 or more: what a training loop prints depends on
# its batch size and on the order of the pictures. With thresholds=200 it is so too. It has been reported since 2023. What helps: scores made 0..1 by a fixed
# rule before (score / 100), or scikit-learn's functions on all scores.
# Versions: torchmetrics 1.9.0, torch 2.15.0, scikit-learn 1.9.1, numpy 2.4.6; Python 3.11. Needs 7 GB of disk for a while.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check torchmetrics==1.9.0 torch==2.15.0 scikit-learn==1.9.1 numpy==2.4.6
cat >batches.py <<'EOF'
import sys
import numpy as np, torch
from sklearn.metrics import average_precision_score, roc_auc_score
from torchmetrics.classification import BinaryAUROC, BinaryAveragePrecision

PARTS = 400
rng = np.random.default_rng(0)
bad = np.arange(PARTS) % 10 == 0
score = np.where(bad, rng.normal(1.1, 0.25, PARTS), rng.normal(0.6, 0.12, PARTS)).clip(0)
print(f"scores of good parts {score[~bad].min():.2f} to {score[~bad].max():.2f}, of bad ones {score[bad].min():.2f} to {score[bad].max():.2f}")
true = roc_auc_score(bad, score), average_precision_score(bad, score)
print(f"scikit-learn: AUROC {true[0]:.3f}, average precision {true[1]:.3f}")

def measured(score, size, **how):
    metrics = BinaryAUROC(**how), BinaryAveragePrecision(**how)
    for metric in metrics:
        for first in range(0, PARTS, size):
            metric.update(torch.tensor(score[first : first + size]), torch.tensor(bad[first : first + size]).int())
    return tuple(float(metric.compute()) for metric in metrics)

seen = {}
for size in 1, 8, 16, 32, PARTS:
    seen[size] = measured(score, size)
    print(f"torchmetrics, {size:3} at a time: AUROC {seen[size][0]:.3f}, average precision {seen[size][1]:.3f}")
coarse = measured(score, 1, thresholds=200)
print(f"torchmetrics,   1 at a time, thresholds=200: AUROC {coarse[0]:.3f}, average precision {coarse[1]:.3f}")
divided = measured(score / 100, 1)
print(f"torchmetrics,   1 at a time, scores / 100: AUROC {divided[0]:.3f}, average precision {divided[1]:.3f}")
large = measured((score * 50).astype(np.float32), PARTS)
print(f"torchmetrics, {PARTS} at a time, scores * 50: AUROC {large[0]:.3f}, average precision {large[1]:.3f}")
if large[0] > 0.7:
    sys.exit("changed: large scores keep their order")
if max(abs(a - b) for size in (32, PARTS) for a, b in zip(seen[size], true)) > 1e-3 or max(abs(a - b) for a, b in zip(divided, true)) > 1e-3:
    sys.exit("changed: also batches of one kind are wrong")
if not (seen[1][1] < seen[8][1] < seen[16][1] < true[1] - 0.1 and seen[1][1] < 0.65 and seen[1][0] < true[0] - 0.03 and coarse[1] < 0.65):
    sys.exit("changed: the batch size does not matter")
EOF
v/bin/python batches.py
