#!/usr/bin/env bash
# One would guess that MNN adds up what ScatterElements and ScatterND of an ONNX model put at one place, where the model says reduction="add".
# It leaves the reduction out without a word: of all that is put at one place the last one stays, and what was there before is gone, for add, mul, max and min
# alike. A histogram is 1 wherever it is not 0. ONNX Runtime, OpenVINO and tract are right.
# It matters for logical defects, which are found by counts of the patches of each kind (a histogram over clusters, torch's scatter_add): with two screws
# missing of five the histogram is the same, and its distance to the good ones 0; only a kind that is missing altogether is seen, which a test may well try.
# What helps: ArgMax in the model, and the counts outside of it.
# Versions: mnn 3.6.1, onnxruntime 1.32.0, openvino 2026.4.1, tract 0.23.9, onnx 1.23.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check mnn==3.6.1 onnxruntime==1.32.0 openvino==2026.4.1 tract==0.23.9 onnx==1.23.2 numpy==2.4.6
cat >counts.py <<'EOF'
import sys
import onnxruntime, openvino, tract
import _tools, MNN.expr as expr, MNN.nn as nn
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper

KINDS = 4

def by_mnn(given):
    _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", "model.onnx", "--MNNModel", "model.mnn", "--bizCode", "MNN"])
    ready = expr.placeholder(list(given.shape), expr.NCHW)
    ready.write(given)
    return np.array(expr.convert(nn.load_module_from_file("model.mnn", ["x"], ["y"]).forward([ready])[0], expr.NCHW).read())

runners = {
    "ONNX Runtime": lambda given: onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": given})[0],
    "OpenVINO": lambda given: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(given)[0],
    "tract": lambda given: tract.onnx().load("model.onnx").into_model().into_runnable().run([given])[0].to_numpy(),
    "MNN": by_mnn,
}

def save(nodes, shape, **values):
    ends = [[helper.make_tensor_value_info(end, TensorProto.FLOAT, size)] for end, size in (("x", shape), ("y", None))]
    given = [numpy_helper.from_array(value, key) for key, value in values.items()]
    made = helper.make_model(helper.make_graph(nodes, "counts", *ends, given), opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    made = onnx.shape_inference.infer_shapes(made)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")

def histogram(run, kinds):
    """How many patches are of each kind, from their likeness to it."""
    likeness = np.eye(KINDS, dtype=np.float32)[kinds][None]
    nodes = [
        helper.make_node("ArgMax", ["x"], ["kind"], axis=2, keepdims=0),
        helper.make_node("ScatterElements", ["zeros", "kind", "ones"], ["y"], axis=1, reduction="add"),
    ]
    save(nodes, likeness.shape, zeros=np.zeros((1, KINDS), np.float32), ones=np.ones((1, len(kinds)), np.float32))
    return np.ravel(run(likeness)).astype(int).tolist()

good, bad = [0] * 9 + [1] * 4 + [2] * 5, [0] * 11 + [1] * 4 + [2] * 3  # two screws, kind 2, are missing
wrong = False
for name, run in runners.items():
    seen = [histogram(run, kinds) for kinds in (good, bad)]
    print(f"{name:12}: a good part has {seen[0]}, one that lacks two screws {seen[1]}")
    wrong |= seen != ([[1, 1, 1, 0]] * 2 if name == "MNN" else [np.bincount(kinds, minlength=KINDS).tolist() for kinds in (good, bad)])
start = np.array([[2, 2, 2, 2]], np.float32)  # 3 and 5 are put at place 0, 1 at place 2
for node, index in ("ScatterElements", np.array([[0, 0, 2]])), ("ScatterND", np.array([[[0, 0], [0, 0], [0, 2]]])):
    for reduction in "add", "mul", "max", "min":
        save([helper.make_node(node, ["x", "index", "put"], ["y"], reduction=reduction, **({"axis": 1} if node == "ScatterElements" else {}))], start.shape, index=index, put=np.array([[3, 5, 1]], np.float32))
        seen = {name: np.ravel(run(start)).tolist() for name, run in runners.items()}
        print(f"{node}, {reduction}: ONNX Runtime {seen['ONNX Runtime']}, MNN {seen['MNN']}")
        wrong |= seen["MNN"] != [5, 2, 1, 2]
        wrong |= any(seen[name] != {"add": [10, 2, 3, 2], "mul": [30, 2, 2, 2], "max": [5, 2, 2, 2], "min": [2, 2, 1, 2]}[reduction] for name in seen if name != "MNN")
if wrong:
    sys.exit("changed: others count otherwise")
EOF
v/bin/python counts.py 2>log | grep -vE "^(inputTensors|outputTensors|The device supports|.*Convert|.*Optimize|\[|$)" || { tail -3 log; exit 1; }
