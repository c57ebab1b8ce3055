#!/usr/bin/env bash
# One would guess that anomalib's normalisation of scores to 0..1, which is monotone, changes no AUROC: it is about the order alone.
# It maps the validation's threshold to 0.5 and the validation's whole range to 1, and cuts off what is outside: half a range above the threshold is 1.0, and
# all that is stranger is 1.0 too. test() measures after that. With good pictures alone for validation (val_split_mode "from_train") the range is that of
# good ones, so 28 of 32 test pictures get exactly 1.0, good and bad: AUROC 0.56 where the model's own scores have 0.86, and AP 0.53 for 0.92.
# It matters for everyone who compares models or ranks pictures: the figures measure the validation set's width. engine.predict() gives these scores too.
# What helps: PostProcessor(enable_normalization=False) for figures (its labels are another matter).
# Versions: anomalib 2.7.0, torch 2.15.0, torchvision 0.29.2; PaDiM with drawn weights. Needs 7 GB of disk for a while.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check anomalib==2.7.0 torch==2.15.0 torchvision==0.29.2
cat >compare.py <<'EOF'
import logging, os, sys, warnings
warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
import numpy as np, torch
from PIL import Image
from sklearn.metrics import average_precision_score, roc_auc_score
from anomalib.data import Folder
from anomalib.engine import Engine
from anomalib.metrics import AUPR, AUROC, Evaluator
from anomalib.models import Padim
from anomalib.post_processing import PostProcessor

rng = np.random.default_rng(0)
for name in "train", "good", "bad":
    os.makedirs(name)
    for i in range(16):  # a grained surface; the test's is now and then coarser, as surfaces are
        grain = 12 if name == "train" else 12 + 0.8 * (i % 8)
        picture = 128 + 30 * np.sin(np.arange(256) / 23) + rng.normal(0, grain, (256, 256))
        if name == "bad":
            y, x = rng.integers(20, 180, 2)
            picture[y : y + 10 + 3 * i, x : x + 10 + 3 * i] -= 8 + 3 * i
        Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).convert("RGB").save(f"{name}/{i:02}.png")

found = {}
for normal in True, False:
    torch.manual_seed(0)
    fields = ["pred_score", "gt_label"]
    model = Padim(backbone="resnet18", layers=["layer1", "layer2"], pre_trained=False, n_features=30,
                  post_processor=PostProcessor(enable_normalization=normal), evaluator=Evaluator(test_metrics=[AUROC(fields), AUPR(fields)]))
    data = Folder(name="surface", root=".", normal_dir="train", normal_test_dir="good", abnormal_dir="bad", train_batch_size=4, eval_batch_size=4,
                  num_workers=0, val_split_mode="from_train", seed=1)
    engine = Engine(max_epochs=1, accelerator="cpu", devices=1, logger=False, enable_progress_bar=False, default_root_dir="out")
    engine.fit(model, datamodule=data)
    told = engine.test(model, datamodule=data, verbose=False)[0]
    batches = engine.predict(model, dataloaders=data.test_dataloader())
    scores = torch.cat([batch.pred_score.flatten() for batch in batches]).numpy()
    labels = torch.cat([batch.gt_label for batch in batches]).numpy()
    ones = int((scores == 1).sum())
    found[normal] = roc_auc_score(labels, scores), ones
    print(f"FOUND {'normalised' if normal else 'as they are'}: scores {scores.min():.2f} to {scores.max():.2f}, {ones} of {len(scores)} exactly 1.0")
    own = f"{roc_auc_score(labels, scores):.3f}, {average_precision_score(labels, scores):.3f}"
    print(f"FOUND   AUROC {told['AUROC']:.3f}, AUPR {told['AUPR']:.3f} by test(); {own} by scikit-learn of predict()'s")
if not (found[True][1] > 20 and found[False][1] == 0 and found[False][0] - found[True][0] > 0.2):
    print("FOUND changed: the normalised scores keep the order")
    sys.exit(1)
EOF
v/bin/python compare.py 2>log | grep ^FOUND | cut -c 7- || { tail -3 log; exit 1; }
