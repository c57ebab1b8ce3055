#!/usr/bin/env bash
# One would guess that MNN computes ONNX's Shrink (hard or soft, by its bias) as the standard says: all within lambd of 0 becomes 0, above and below.
# Above 0 it does. Below, the comparison is the other way round: values under -lambd become 0, and those between -lambd and 0 are kept (of Softshrink: moved up
# by the bias, so that they become positive). The conversion succeeds and says nothing. ONNX Runtime, OpenVINO, tract and OpenCV are right.
# It matters where a residual (the picture less its mean or its reconstruction) is freed from noise inside the model: bright spots are found as before, dark
# ones vanish, and in their place half of the noise comes through. A test with bright defects finds nothing. What helps: Relu(x - t) - Relu(-x - t) for
# Softshrink, or x * (Abs(x) > t) for Hardshrink.
# Versions: mnn 3.6.1, onnxruntime 1.32.0, openvino 2026.4.1, opencv-python-headless 5.0.0.93, tract 0.23.9, onnx 1.23.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check mnn==3.6.1 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 \
    tract==0.23.9 onnx==1.23.2 numpy==2.4.6
cat >shrink.py <<'EOF'
import sys
import cv2, onnxruntime, openvino, tract
import _tools, MNN.expr as expr, MNN.nn as nn
import numpy as np, onnx
from onnx import TensorProto, helper

SIDE, LIMIT = 64, 0.1

def by_opencv(given):
    net = cv2.dnn.readNetFromONNX("model.onnx")
    net.setInput(given)
    return net.forward()

def by_mnn(given):
    _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", "model.onnx", "--MNNModel", "model.mnn", "--bizCode", "MNN"])
    ready = expr.placeholder(list(given.shape), expr.NCHW)
    ready.write(given)
    return np.array(expr.convert(nn.load_module_from_file("model.mnn", ["x"], ["y"]).forward([ready])[0], expr.NCHW).read())

runners = {
    "ONNX Runtime": lambda given: onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": given})[0],
    "OpenVINO": lambda given: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(given)[0],
    "tract": lambda given: tract.onnx().load("model.onnx").into_model().into_runnable().run([given])[0].to_numpy(),
    "OpenCV": by_opencv,
    "MNN": by_mnn,
}
residual = np.random.default_rng(0).normal(0, 0.02, (1, 1, SIDE, SIDE)).astype(np.float32)
residual[..., 10:16, 10:16] += 0.5  # a bright defect
residual[..., 40:46, 40:46] -= 0.5  # a dark one
noise = np.abs(residual) < LIMIT
wrong = False
for kind, bias in ("Hardshrink", 0.0), ("Softshrink", LIMIT):
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, residual.shape)] for name in "xy"]
    node = helper.make_node("Shrink", ["x"], ["y"], lambd=LIMIT, bias=bias)
    made = helper.make_model(helper.make_graph([node], "residual", *ends), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")
    for name, run in runners.items():
        kept = np.asarray(run(residual)).reshape(SIDE, SIDE)
        bright, dark, left = kept[10:16, 10:16].mean(), kept[40:46, 40:46].mean(), float((kept[noise[0, 0]] != 0).mean())
        print(f"{kind} in {name:12}: the bright defect is {bright:+.2f}, the dark one {dark:+.2f}, {left:3.0%} of the noise left")
        right = bright > 0.3 and dark < -0.3 and left == 0
        lost = bright > 0.3 and dark == 0 and left > 0.4
        wrong |= not (lost if name == "MNN" else right)
if wrong:
    sys.exit("changed: others keep what is dark")
EOF
v/bin/python shrink.py 2>log | grep -vE "^(inputTensors|outputTensors|The device supports|.*Convert|.*Optimize|\[|$)" || { tail -3 log; exit 1; }
