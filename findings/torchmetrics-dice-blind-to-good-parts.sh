#!/usr/bin/env bash
# One would guess that a model which marks each pixel as it is has a generalized Dice score of 1, that false alarms lower it, and that a picture's score is its own.
# torchmetrics gives a picture without a defect 0 once the background is left out (include_background=False, or the defects' entry of per_class=True), whatever
# was predicted: a perfect model over 10 bad parts and 90 good ones has 0.1, and a model with a false alarm on each good part has 0.1 as well. MONAI, DiceScore and
# MeanIoU say 1 for the first, and 0.1 for the second. With the background a good picture borrows its weight from others of the batch, by place in the batch: one and
# the same false alarm scores 0.996 alone, 0.052 behind two bad parts and 0.988 before them.
# It matters on test sets as they come, mostly of good parts: the score is the share of bad ones. What helps: DiceScore, or MONAI's GeneralizedDiceScore.
# Versions: torchmetrics 1.9.0, torch 2.15.0, monai 1.6.1, numpy 2.4.6, scipy 1.17.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check torchmetrics==1.9.0 torch==2.15.0 monai==1.6.1 numpy==2.4.6 scipy==1.17.1
cat >dice.py <<'EOF'
import sys
import torch
from monai.metrics import GeneralizedDiceScore as MonaiDice
from torchmetrics.functional.segmentation import generalized_dice_score
from torchmetrics.segmentation import DiceScore, GeneralizedDiceScore, MeanIoU

PARTS, BAD, SIDE = 100, 10, 32

def one_hot(classes):
    return torch.nn.functional.one_hot(classes, 2).movedim(-1, 1)

def monai(predicted, truth):
    metric = MonaiDice(include_background=False)
    metric(one_hot(predicted), one_hot(truth))
    return float(metric.aggregate().mean())

def score(kind, **options):
    def of(predicted, truth):
        metric = kind(num_classes=2, input_format="index", **options)
        for part in zip(predicted, truth):
            metric.update(*(picture[None] for picture in part))
        return float(torch.atleast_1d(metric.compute())[-1])
    return of

metrics = {
    "GeneralizedDiceScore": score(GeneralizedDiceScore, include_background=False),
    "the same, per_class": score(GeneralizedDiceScore, per_class=True),
    "DiceScore": score(DiceScore, include_background=False),
    "MeanIoU": score(MeanIoU, include_background=False),
    "MONAI's GeneralizedDiceScore": monai,
}
truth = torch.zeros(PARTS, SIDE, SIDE, dtype=torch.int64)
truth[:BAD, 10:14, 5:25] = 1
alarms = truth.clone()
alarms[BAD:, 3:5, 3:5] = 1
wrong = False
for name, metric in metrics.items():
    perfect, alarmed = metric(truth, truth), metric(alarms, truth)
    print(f"{name} over {BAD} bad and {PARTS - BAD} good parts: a perfect model {perfect:.2f}, one with a false alarm on each good part {alarmed:.2f}")
    blind = name == "GeneralizedDiceScore" or name.startswith("the same")
    wrong |= abs(perfect - (BAD / PARTS if blind else 1)) > 1e-4 or abs(alarmed - BAD / PARTS) > 1e-4

truth = torch.zeros(3, SIDE, SIDE, dtype=torch.int64)
truth[0, 4:8, 4:8] = truth[1, 4:20, 4:20] = 1
predicted = truth.clone()
predicted[0, 4:8, 8] = predicted[1, 4:20, 20] = 1
predicted[2, 3:6, 3:6] = 1
alone = float(generalized_dice_score(predicted[2:], truth[2:], 2, input_format="index"))
last = float(generalized_dice_score(predicted, truth, 2, input_format="index")[2])
first = float(generalized_dice_score(predicted.flip(0), truth.flip(0), 2, input_format="index")[0])
print(f"a false alarm of 3 x 3 on a good part, with the background: {alone:.3f} alone, {last:.3f} behind two bad parts, {first:.3f} before them")
if wrong or not last < 0.1 < 0.98 < first < alone - 0.001:
    sys.exit("changed: good parts are scored otherwise")
EOF
v/bin/python -W ignore dice.py
