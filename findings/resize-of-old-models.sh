#!/usr/bin/env bash
# One would guess that a Resize of opset 10 in an ONNX model, which has no choice of positions, puts a pixel at the same place in all runtimes.
# The standard of that time counts from the upper left corners (source = place / scale, and nearest is the one before). ONNX Runtime and OpenVINO do so, tract
# too for linear, but its nearest takes the closest corner in place of the one before; OpenCV 5's nearest is right, and its linear counts from the middle of
# the pixels, as later opsets do by default. Enlarged 32 times, a spot lies 15 or 15.5 pixels beside. At opset 13, with half_pixel, all four agree.
# It matters where a segmentation or anomaly map from an exporter of that time is enlarged to the picture inside the model: maps of two
# runtimes lie beside each other, masks miss thin defects, and a score per pixel is that of its neighbours, with shapes and values all right. Which of the
# two lies over the picture depends on what was exported (torch's own resize counts from the middle). What helps: the map enlarged outside of the model.
# Versions: tract 0.23.9, opencv-python-headless 5.0.0.93, onnxruntime 1.32.0, openvino 2026.4.1, onnx 1.23.2, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check tract==0.23.9 opencv-python-headless==5.0.0.93 onnxruntime==1.32.0 openvino==2026.4.1 \
    onnx==1.23.2 numpy==2.4.6
cat >spot.py <<'EOF'
import sys
import cv2, onnxruntime, openvino, tract
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 16

def by_opencv(given):
    net = cv2.dnn.readNetFromONNX("model.onnx")
    net.setInput(given)
    return net.forward()

runners = {
    "ONNX Runtime": lambda given: onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": given})[0],
    "OpenVINO": lambda given: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(given)[0],
    "tract": lambda given: tract.onnx().load("model.onnx").into_model().into_runnable().run([given])[0].to_numpy(),
    "OpenCV": by_opencv,
}
map_ = np.zeros((1, 1, SIDE, SIDE), np.float32)
map_[..., 6:9, 6:9] = 1

def places(opset, mode, factor):
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, side, side])] for name, side in (("x", SIDE), ("y", SIDE * factor))]
    node = helper.make_node("Resize", ["x", "s"] if opset == 10 else ["x", "", "s"], ["y"], mode=mode)
    values = [numpy_helper.from_array(np.array([1, 1, factor, factor], np.float32), "s")]
    made = helper.make_model(helper.make_graph([node], "map", *ends, values), opset_imports=[helper.make_opsetid("", opset)], ir_version=5 if opset == 10 else 7)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")
    found = {}
    for name, run in runners.items():
        large = np.asarray(run(map_)).reshape(SIDE * factor, SIDE * factor)
        found[name] = float((large.sum(0) * np.arange(SIDE * factor)).sum() / large.sum())
    return found

wrong = False
for opset in 10, 13:
    for mode in "nearest", "linear":
        for factor in 2, 4, 32:
            found = places(opset, mode, factor)
            print(f"opset {opset}, {mode:7}, {factor:2} times as large: the spot is at", ", ".join(f"{name} {at:.1f}" for name, at in found.items()))
            beside = {name: round(at - found["ONNX Runtime"], 1) for name, at in found.items() if abs(at - found["ONNX Runtime"]) > 0.1}
            expected = {}
            if opset == 10 and mode == "nearest" and factor > 2:
                expected = {"tract": 1.0 - factor // 2}
            if opset == 10 and mode == "linear":
                expected = {"OpenCV": (factor - 1) / 2}
            wrong |= beside != expected
if wrong:
    sys.exit("changed: spots lie elsewhere")
EOF
v/bin/python spot.py
