#!/usr/bin/env bash
# One would guess that a Softmax depends on the differences of its inputs alone, in MNN as anywhere: 95 and 90 give what 5 and 0 give.
# Over the channels of a map, with two to seven classes, MNN does not take the maximum out first, and cuts exp() off at 88: 95 and 90 give 0.5 and 0.5, and so
# do -95 and -100, where 5 and 0 give 0.993 and 0.007. All results lie in 0..1 and sum to 1. With eight classes and more, and over the last axis, it is right.
# It matters where each patch is given to a good or a bad prototype: CLIP's cosines times 100 are 85 to 97 against pictures (against texts 15 to 35, which are
# fine), and negative squared distances go to any depth. Clear patches get 0.5, and AUROC of patches is 0.5 where ONNX Runtime has 1 with the same model. What
# helps: one class subtracted from all before (for two classes Sigmoid of the difference), or Transpose, and Softmax over the last axis.
# Versions: mnn 3.6.1, onnxruntime 1.32.0, onnx 1.23.2, scikit-learn 1.9.1, numpy 2.4.6; x86-64 with AVX2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check mnn==3.6.1 onnxruntime==1.32.0 onnx==1.23.2 scikit-learn==1.9.1 numpy==2.4.6
cat >patches.py <<'EOF'
import sys
import onnxruntime
import _tools, MNN.expr as expr, MNN.nn as nn
import numpy as np, onnx
from onnx import TensorProto, helper
from sklearn.metrics import roc_auc_score

SIDE = 32
forms = {
    "over the channels": [helper.make_node("Softmax", ["x"], ["y"], axis=1)],
    "over the last axis, transposed": [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1]),
        helper.make_node("Softmax", ["t"], ["s"], axis=-1),
        helper.make_node("Transpose", ["s"], ["y"], perm=[0, 3, 1, 2]),
    ],
}

def judged(form, logits):
    """By ONNX Runtime and by MNN."""
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, logits.shape)] for name in "xy"]
    made = helper.make_model(helper.make_graph(forms[form], "patches", *ends), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")
    true = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": logits})[0]
    _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", "model.onnx", "--MNNModel", "model.mnn", "--bizCode", "MNN"])
    ready = expr.placeholder(list(logits.shape), expr.NCHW)
    ready.write(np.ascontiguousarray(logits))
    seen = expr.convert(nn.load_module_from_file("model.mnn", ["x"], ["y"]).forward([ready])[0], expr.NCHW)
    return true, np.array(seen.read()).reshape(logits.shape)

wrong = False
for level in -300, -95, -80, 0, 80, 95, 300:
    logits = np.full((1, 2, SIDE, SIDE), level, np.float32)
    logits[:, 1] -= 5
    true, seen = judged("over the channels", logits)
    print(f"{level} and {level - 5}: ONNX Runtime {true[0, 0, 0, 0]:.3f}, MNN {seen[0, 0].min():.3f} to {seen[0, 0].max():.3f}")
    wrong |= abs(float(true.max()) - 0.993) > 1e-3 or not (np.abs(seen - 0.5) < 0.01).all() if abs(level) > 90 else np.abs(seen - true).max() > 1e-3
many = np.full((1, 8, SIDE, SIDE), 95, np.float32)
many[:, 1:] -= 5
true, seen = judged("over the channels", many)
print(f"95 and seven times 90: ONNX Runtime {true[0, 0, 0, 0]:.3f}, MNN {seen[0, 0].min():.3f} to {seen[0, 0].max():.3f}")
wrong |= np.abs(seen - true).max() > 1e-3
# cosines with a good and a bad prototype, times CLIP's 100
rng = np.random.default_rng(0)
bad = rng.random((SIDE, SIDE)) < 0.1
near, far = 94 + rng.normal(0, 1, (2, SIDE, SIDE)), 91 + rng.normal(0, 1, (2, SIDE, SIDE))
logits = np.stack([np.where(bad, far[0], near[0]), np.where(bad, near[1], far[1])])[None].astype(np.float32)
for form in forms:
    aurocs = [roc_auc_score(bad.ravel(), result[0, 1].ravel()) for result in judged(form, logits)]
    print(f"cosines times 100 of {logits.min():.0f} to {logits.max():.0f}, {form}: AUROC by ONNX Runtime {aurocs[0]:.2f}, by MNN {aurocs[1]:.2f}")
    wrong |= aurocs[0] < 0.95 or (aurocs[1] > 0.7 if form == "over the channels" else abs(aurocs[1] - aurocs[0]) > 0.01)
if wrong:
    sys.exit("changed: MNN's Softmax sees other numbers")
EOF
v/bin/python patches.py 2>log | grep -vE "^(inputTensors|outputTensors|The device supports|.*Convert|.*Optimize|\[|$)" || { tail -3 log; exit 1; }
