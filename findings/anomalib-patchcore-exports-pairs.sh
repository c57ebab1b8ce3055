#!/usr/bin/env bash
# One would guess that a PatchCore that anomalib exported to ONNX or OpenVINO judges one picture, or as many at a time as it is given.
# With torch 2.15.0 its input is [2, 3, height, width]: it takes two pictures at a time, no more and no fewer, without a word at the export, and anomalib's
# own OpenVINOInferencer, which gives one, is refused. PaDiM, exported by the same call, takes any number.
# It matters where the line was set up with an older torch: the program that loads the model has to give each picture twice, or fails at the first one.
# Versions: anomalib 2.7.0, torch 2.15.0, onnx 1.23.2, onnxscript 0.7.2, openvino 2026.4.1; drawn weights. Needs 8 GB of disk for a while.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check anomalib==2.7.0 torch==2.15.0 torchvision==0.29.2 onnx==1.23.2 onnxscript==0.7.2 openvino==2026.4.1
cat >export.py <<'EOF'
import logging, sys, warnings
warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
import numpy as np, onnx, openvino, torch
from anomalib.models import Padim, Patchcore

torch.manual_seed(0)
patchcore = Patchcore(backbone="resnet18", layers=["layer2", "layer3"], pre_trained=False).eval()
patchcore.model.memory_bank = torch.rand(64, 384)
padim = Padim(backbone="resnet18", layers=["layer1", "layer2"], pre_trained=False, n_features=20).eval()
padim.model.gaussian.mean, padim.model.gaussian.inv_covariance = torch.rand(20, 64 * 64), torch.eye(20).repeat(64 * 64, 1, 1)
taken = {}
for name, model in ("PatchCore", patchcore), ("PaDiM", padim):
    path = model.to_onnx(name)
    shape = [size.dim_value or size.dim_param for size in onnx.load(path).graph.input[0].type.tensor_type.shape.dim]
    print(f"FOUND {name}: input {shape}")
    compiled = openvino.Core().compile_model(str(path), "CPU")
    taken[name] = []
    for count in 1, 2, 3:
        try:
            compiled(np.zeros((count, 3, 256, 256), np.float32))
            taken[name].append(count)
            print(f"FOUND   {count} pictures: judged")
        except RuntimeError as error:
            print(f"FOUND   {count} pictures: {str(error).strip().splitlines()[-1]}")
sys.exit(taken != {"PatchCore": [2], "PaDiM": [1, 2, 3]})
EOF
v/bin/python export.py 2>log | grep ^FOUND | cut -c 7- || { tail -3 log; exit 1; }
