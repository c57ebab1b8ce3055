#!/usr/bin/env bash
# One would guess that a runtime which takes a model with the standard's Swish (opset 24) computes x * sigmoid(alpha * x) with the alpha that the model names,
# or refuses it.
# OpenCV 5 and tract take the model and compute with alpha 1. CLIP's activation, "quick GELU", is Swish with alpha 1.702: each value is off by up to 0.17, and
# of 12 layers with drawn weights the features have a cosine of 0.995 with the right ones, no more than a small defect leaves. ONNX Runtime and OpenVINO are
# right, and so are all four where the same is written as Mul, Sigmoid and Mul, as older exporters do.
# It matters where a model of CLIP is exported anew with a later opset, or made smaller by a tool that puts one node for the three: same weights, another
# detector, and no word of it. What helps: the three nodes.
# Versions: opencv-python-headless 5.0.0.93, tract 0.23.9, onnxruntime 1.32.0, openvino 2026.4.1, onnx 1.23.2, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opencv-python-headless==5.0.0.93 tract==0.23.9 onnxruntime==1.32.0 openvino==2026.4.1 onnx==1.23.2 numpy==2.4.6
cat >swish.py <<'EOF'
import sys
import cv2, onnxruntime, openvino, tract
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper

ALPHA, WIDTH, LAYERS = 1.702, 64, 12

def by_opencv(path, given):
    net = cv2.dnn.readNetFromONNX(path)
    net.setInput(given)
    return net.forward()

runners = {
    "ONNX Runtime": lambda path, given: onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"x": given})[0],
    "OpenVINO": lambda path, given: openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(given)[0],
    "tract": lambda path, given: tract.onnx().load(path).into_model().into_runnable().run([given])[0].to_numpy(),
    "OpenCV": by_opencv,
}

def activation(one_node, name, result):
    if one_node:
        return [helper.make_node("Swish", [name], [result], alpha=ALPHA)]
    return [
        helper.make_node("Mul", [name, "alpha"], [result + "a"]),
        helper.make_node("Sigmoid", [result + "a"], [result + "s"]),
        helper.make_node("Mul", [name, result + "s"], [result]),
    ]

def saved(nodes, shape, given):
    nodes[-1].output[0] = "y"
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)] for name in "xy"]
    values = [numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in given.items()]
    made = helper.make_model(helper.make_graph(nodes, "clip", *ends, values), opset_imports=[helper.make_opsetid("", 24)], ir_version=11)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")

def swish(x):
    return x / (1 + np.exp(-ALPHA * x))

drawn = np.random.default_rng(0)
weights = {f"w{layer}": drawn.normal(0, 2 / np.sqrt(WIDTH), (WIDTH, WIDTH)).astype(np.float32) for layer in range(LAYERS)}
features = drawn.normal(size=(1, WIDTH)).astype(np.float32)
line = np.linspace(-4, 4, 17, dtype=np.float32)[None]
true = features.astype(float)
for weight in weights.values():
    true = swish(true @ weight)
wrong = []
for form, one_node in ("Swish", True), ("Mul, Sigmoid, Mul", False):
    saved(activation(one_node, "x", "y"), line.shape, {} if one_node else {"alpha": ALPHA})
    off = {name: float(np.abs(run("model.onnx", line) - swish(line)).max()) for name, run in runners.items()}
    nodes, last = [], "x"
    for name in weights:
        nodes += [helper.make_node("MatMul", [last, name], [name + "m"]), *activation(one_node, name + "m", name + "y")]
        last = name + "y"
    saved(nodes, features.shape, weights if one_node else weights | {"alpha": ALPHA})
    for name, run in runners.items():
        found = np.ravel(run("model.onnx", features)).astype(float)
        cosine = float(found @ true[0] / np.linalg.norm(found) / np.linalg.norm(true))
        print(f"{form:17} in {name:12}: off by up to {off[name]:.3f}, cosine of the features after {LAYERS} layers {cosine:.3f}")
        if (off[name] > 0.1) != (cosine < 0.998) or 1e-3 < off[name] < 0.1:
            sys.exit("changed: neither right nor with alpha 1")
        if off[name] > 0.1:
            wrong.append((form, name))
if wrong != [("Swish", "tract"), ("Swish", "OpenCV")]:
    sys.exit("changed: others lose alpha")
EOF
v/bin/python swish.py
