#!/usr/bin/env bash
# One would guess that OpenCV's dnn gives 1 for the hyperbolic tangent of a large number, as 4.12 and all other runtimes do.
# OpenCV 5 gives NaN above 44.3. Numbers below -44.3 are right, and so are the last few that do not fill a register, so that a small test finds nothing. GELU's
# tanh form takes the tangent of 0.8 x + 0.036 x^3: written out with Pow, Mul and Tanh, as exporters do below opset 20, it is NaN from x = 10.1 on. As one Gelu
# node it is right. Both engines of OpenCV 5 do so.
# It matters for vision transformers with that activation (SigLIP and others): single hidden units far above 10 are usual in them. One in one patch is enough:
# the next attention takes NaN into all patches, and the picture has no features; a comparison with a threshold then says "good". A test with drawn weights
# stays below. What helps: opset 20 at export, or a Clip to -30..30 before each Tanh.
# Versions: opencv-python-headless 5.0.0.93, and 4.12.0.88 is right; onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6; Python 3.11, x86-64.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opencv-python-headless==5.0.0.93 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps --target old opencv-python-headless==4.12.0.88
cat >tangent.py <<'EOF'
import sys
import cv2, onnxruntime
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper

PATCHES, WIDTH = 16, 64
node = helper.make_node

def gelu(x, y):
    return [
        node("Pow", [x, "three"], ["cubed"]),
        node("Mul", ["cubed", "share"], ["scaled"]),
        node("Add", [x, "scaled"], ["sum"]),
        node("Mul", ["sum", "root"], ["inner"]),
        node("Tanh", ["inner"], ["tanh"]),
        node("Add", ["tanh", "one"], ["raised"]),
        node("Mul", [x, "half"], ["halved"]),
        node("Mul", ["halved", "raised"], [y]),
    ]

constants = {"three": 3, "share": 0.044715, "root": np.sqrt(2 / np.pi), "one": 1, "half": 0.5}
models = {
    "Tanh": [node("Tanh", ["x"], ["y"])],
    "GELU written out": gelu("x", "y"),
    "GELU written out, then attention": [
        *gelu("x", "g"),
        node("Transpose", ["g"], ["t"], perm=[0, 2, 1]),
        node("MatMul", ["g", "t"], ["likeness"]),
        node("Softmax", ["likeness"], ["weights"], axis=-1),
        node("MatMul", ["weights", "g"], ["y"]),
    ],
    "Gelu as one node": [node("Gelu", ["x"], ["y"], approximate="tanh")],
}
line = np.linspace(-60, 60, PATCHES * WIDTH, dtype=np.float32).reshape(1, PATCHES, WIDTH)
hidden = np.random.default_rng(0).normal(0, 1, (1, PATCHES, WIDTH)).astype(np.float32)
hidden[0, 5, 3] = 12  # one unit of one patch
print("OpenCV", cv2.__version__)
new = sys.argv[1] == "new"
wrong = False
for name, nodes in models.items():
    ends = [[helper.make_tensor_value_info(end, TensorProto.FLOAT, [1, PATCHES, WIDTH])] for end in "xy"]
    used = {given for one in nodes for given in one.input}
    values = [numpy_helper.from_array(np.float32(value), key) for key, value in constants.items() if key in used]
    made = helper.make_model(helper.make_graph(nodes, "tangent", *ends, values), opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")
    for engine in [cv2.dnn.ENGINE_NEW, cv2.dnn.ENGINE_CLASSIC] if new else [None]:
        net = cv2.dnn.readNetFromONNX("model.onnx") if engine is None else cv2.dnn.readNetFromONNX("model.onnx", engine)
        given = hidden if "attention" in name else line
        net.setInput(given)
        seen = net.forward()
        true = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": given})[0]
        lost = np.isnan(seen)
        said = f"NaN from {given[lost].min():.1f} on" if lost.any() and given is line else f"{lost[0].any(axis=1).sum()} of {PATCHES} patches are NaN"
        print(f"  {name}{'' if engine is None else ', engine ' + str(engine)}: {said}; all else off by up to {np.abs(seen - true)[~lost].max(initial=0):.0e}")
        wrong |= bool(np.isnan(true).any()) or float(np.abs(seen - true)[~lost].max(initial=0)) > 0.01
        if new and name != "Gelu as one node":
            wrong |= lost[0].any(axis=1).sum() < PATCHES if given is hidden else not {"Tanh": 44, "GELU written out": 10}[name] < given[lost].min() < {"Tanh": 45, "GELU written out": 10.5}[name]
        else:
            wrong |= bool(lost.any())
if wrong:
    sys.exit("changed: other numbers are NaN")
EOF
v/bin/python tangent.py new
PYTHONPATH=old v/bin/python tangent.py old
