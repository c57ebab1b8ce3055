#!/usr/bin/env bash
# One would guess that anomalib's PostProcessor(enable_normalization=False) leaves scores as the model gives them and compares them with the threshold
# that it has found in validation: post_processor.image_threshold has it.
# It compares the raw scores with 0.5 (1 - image_sensitivity), and maps too; the threshold found is used for nothing. PaDiM's good parts score 2 and more,
# so every picture and pixel is an anomaly; of a model with scores below 0.5 none is. No warning; F1Score stands beside a good AUROC and F1Max.
# It matters for everyone who wants scores in the model's own units (normalised ones stop at 1), and after the export, which does the same.
# What helps: pred_score > model.post_processor.image_threshold in a program of one's own.
# Versions: anomalib 2.7.0, torch 2.15.0, torchvision 0.29.2; PaDiM with drawn weights. Needs 7 GB of disk for a while.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check anomalib==2.7.0 torch==2.15.0 torchvision==0.29.2
cat >labels.py <<'EOF'
import logging, os, sys, warnings
warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
os.environ["TRUST_REMOTE_CODE"] = "1"  # TorchInferencer reads what this script wrote
import numpy as np, torch
from PIL import Image
from anomalib.data import Folder
from anomalib.deploy import ExportType, TorchInferencer
from anomalib.engine import Engine
from anomalib.metrics import AUROC, Evaluator, F1Max, F1Score
from anomalib.models import Padim
from anomalib.post_processing import PostProcessor

rng = np.random.default_rng(0)
for name in "train", "good", "bad":
    os.makedirs(name)
    for i in range(8):
        picture = 128 + 30 * np.sin(np.arange(256) / 23) + rng.normal(0, 12, (256, 256))
        if name == "bad":
            picture[100:140, 60 : 100 + 10 * i] -= 50
        Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).convert("RGB").save(f"{name}/{i}.png")

called = {}
for normal in True, False:
    torch.manual_seed(0)
    metrics = [AUROC(["pred_score", "gt_label"]), F1Max(["pred_score", "gt_label"]), F1Score(["pred_label", "gt_label"])]
    model = Padim(backbone="resnet18", layers=["layer1", "layer2"], pre_trained=False, n_features=30,
                  post_processor=PostProcessor(enable_normalization=normal), evaluator=Evaluator(test_metrics=metrics))
    data = Folder(name="surface", root=".", normal_dir="train", normal_test_dir="good", abnormal_dir="bad", train_batch_size=4, eval_batch_size=4,
                  num_workers=0, val_split_mode="same_as_test")
    engine = Engine(max_epochs=1, accelerator="cpu", devices=1, logger=False, enable_progress_bar=False, default_root_dir="out")
    engine.fit(model, datamodule=data)
    told = engine.test(model, datamodule=data, verbose=False)[0]
    batches = engine.predict(model, data_path="good")
    scores = torch.cat([batch.pred_score.flatten() for batch in batches])
    labels = torch.cat([batch.pred_label.flatten() for batch in batches])
    pixels = torch.cat([batch.pred_mask.flatten() for batch in batches]).float().mean()
    threshold = float(model.post_processor.image_threshold)
    exported = TorchInferencer(engine.export(model, ExportType.TORCH, export_root=f"exported-{normal}"), device="cpu")
    after = sum(bool(exported.predict(f"good/{i}.png").pred_label.item()) for i in range(8))
    called[normal] = int(labels.sum()), after, float(scores.max()) < threshold
    figures = ", ".join(f"{name} {told[name]:.2f}" for name in ("AUROC", "F1Max", "F1Score"))
    print(f"FOUND {'normalised' if normal else 'raw'}: threshold found {threshold:.2f}; {figures}")
    print(f"FOUND   8 good parts: scores {scores.min():.2f} to {scores.max():.2f}, {labels.sum()} called anomalous, {pixels:.0%} of their pixels; "
          f"{after} after the export")
if not (called[True][:2] == (0, 0) and called[False] == (8, 8, True)):
    print("FOUND changed: the threshold found is used without normalisation")
    sys.exit(1)
EOF
v/bin/python labels.py 2>log | grep ^FOUND | cut -c 7- || { tail -3 log; exit 1; }
