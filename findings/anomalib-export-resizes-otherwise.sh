#!/usr/bin/env bash
# One would guess that a model that anomalib exported scores a picture as the model did in the engine, so that a threshold found there holds.
# The engine makes pictures smaller with antialiasing; the exported model, and TorchInferencer and OpenVINOInferencer with it, without. Of fine texture (brushed
# metal, cloth, print) every fourth pixel is left where there was an average: good parts score ten times as high as in the engine.
# It matters wherever pictures are larger than the model's 256 pixels and have fine texture, and thresholds come from engine.test() or engine.predict().
# Versions: anomalib 2.7.0, torch 2.15.0, torchvision 0.29.2; PatchCore with drawn weights, 1024 x 1024. Needs 7 GB of disk for a while.
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
os.environ["TRUST_REMOTE_CODE"] = "1"  # TorchInferencer reads what this script wrote
import numpy as np, torch
from PIL import Image
from anomalib.data import Folder
from anomalib.deploy import ExportType, TorchInferencer
from anomalib.engine import Engine
from anomalib.models import Patchcore
from anomalib.post_processing import PostProcessor

torch.manual_seed(0)
rng = np.random.default_rng(0)
for name in "good", "bad", "new":
    os.makedirs(name)
    for i in range(4):  # brushed metal: fine grain, soft light
        light = 128 + 30 * np.sin(np.arange(1024) / 90)
        grain = rng.normal(0, 40, (1024, 1024))
        picture = np.clip(light + grain, 0, 255).astype(np.uint8)
        if name == "bad":
            picture[400:440, 300:700] = 30
        Image.fromarray(picture).convert("RGB").save(f"{name}/{i}.png")

model = Patchcore(backbone="resnet18", layers=["layer2", "layer3"], pre_trained=False, post_processor=PostProcessor(enable_normalization=False))
data = Folder(name="metal", root=".", normal_dir="good", abnormal_dir="bad", train_batch_size=2, eval_batch_size=2, num_workers=0)
engine = Engine(max_epochs=1, accelerator="cpu", devices=1, logger=False, enable_progress_bar=False, default_root_dir="out")
engine.fit(model, datamodule=data)
exported = TorchInferencer(engine.export(model, ExportType.TORCH, export_root="exported"), device="cpu")
ratios = []
for folder in "new", "bad":
    scores = {}
    for batch in engine.predict(model=model, data_path=folder):
        scores |= dict(zip(batch.image_path, batch.pred_score.reshape(-1).tolist()))
    for path, score in sorted(scores.items()):
        other = float(exported.predict(path).pred_score.reshape(-1)[0])
        print(f"FOUND {folder}/{os.path.basename(path)}: engine {score:.3f}, exported {other:.3f}")
        ratios += [other / score] * (folder == "new")
print(f"FOUND good ones that nobody has seen: {min(ratios):.1f} to {max(ratios):.1f} times the engine's score after the export")
transforms = [str(t) for t in (model.pre_processor.transform, model.pre_processor.export_transform)]
print(f"FOUND antialias in the engine: {'antialias=True' in transforms[0]}, in the export: {'antialias=True' in transforms[1]}")
sys.exit(not (min(ratios) > 3 and "antialias=True" in transforms[0] and "antialias=True" not in transforms[1]))
EOF
v/bin/python compare.py 2>log | grep ^FOUND | cut -c 7- || { tail -3 log; exit 1; }
