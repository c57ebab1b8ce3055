#!/usr/bin/env bash
# One would guess that the AUPRO that pyaupro computes, a metric for torch that is fed by update(), is the same whether the maps come all at once or one by one, with thresholds
# as without, and that a perfect model has 1.
# With thresholds, which it has so that not all maps need to stay in memory, an update() without a defect is left out as a whole: false alarms on good parts do not count.
# It says so in a warning, "ignoring update", which Python prints once. A model that alarms on each good part has 0.00 with all maps at once, 0.36 with 8 at a time
# and 1.00 with one. Without thresholds the curve is right, and so is auc_compute(..., reorder=True); plot(score=True), which sorts the other way round, takes the
# lowest of what is found without a false alarm for all of it, and writes 0.50 beside the curve of a perfect model, and 0.00 with limit=0.3, as papers have it.
# It matters where models are compared: the batch size decides, or the better model looks the worse. What helps: thresholds=None, and auc_compute().
# Versions: pyaupro 0.1.11, torch 2.15.0, torchmetrics 1.9.0, matplotlib 3.11.2, scipy 1.17.1, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pyaupro==0.1.11 torch==2.15.0 torchmetrics==1.9.0 matplotlib==3.11.2 scipy==1.17.1 numpy==2.4.6
cat >maps.py <<'EOF'
import sys
import warnings

import matplotlib

matplotlib.use("Agg")
import torch
from pyaupro import PerRegionOverlap, auc_compute

warnings.simplefilter("ignore")
torch.manual_seed(0)
BAD, GOOD, SIDE = 4, 36, 64
masks = torch.zeros(BAD + GOOD, SIDE, SIDE, dtype=torch.int64)
masks[:BAD, 20:30, 20:30] = 1
quiet = torch.rand(masks.shape) * 0.2
perfect = torch.where(masks == 1, 0.6 + quiet, quiet)
alarming = perfect.clone()
alarming[BAD:] += 0.75 * (torch.rand(GOOD, SIDE, SIDE) < 0.4)  # each good part has pixels above each defect


def measured(maps, batch, thresholds):
    metric = PerRegionOverlap(thresholds=thresholds)
    for first in range(0, len(maps), batch):
        metric.update(maps[first : first + batch], masks[first : first + batch])
    return metric


seen = {}
for name, maps in ("a perfect model", perfect), ("one that alarms on each good part", alarming):
    for batch in 40, 8, 1:
        for thresholds in 200, None:
            metric = measured(maps, batch, thresholds)
            area = float(auc_compute(*metric.compute(), limit=0.3, reorder=True))
            seen[name, batch, thresholds] = round(area, 2)
            print(f"{name}, {batch:2} at a time, {thresholds or 'no'} thresholds: AUPRO {area:.2f}")
curve = measured(perfect, 40, None)
written = []
for limit in 1.0, 0.3:
    axes = curve.plot(score=True, limit=limit)[1]
    written.append(axes.get_legend().get_texts()[0].get_text())
    print(f"plot(score=True, limit={limit}) of the perfect model: {written[-1]}")
right = [seen["one that alarms on each good part", batch, 200] for batch in (40, 8, 1)] == [0, 0.36, 1]
right &= all(value == (1 if name == "a perfect model" else 0) for (name, _, thresholds), value in seen.items() if thresholds is None)
right &= all(value > 0.96 for (name, _, thresholds), value in seen.items() if name == "a perfect model")
right &= written == ["AUC=0.501", "AUC=0.003"]
if not right:
    sys.exit("changed: other areas")
EOF
v/bin/python maps.py
