#!/usr/bin/env bash
# One would guess that Resize in an ONNX model that is given scales takes positions by these scales in OpenCV, as the standard says: pixel x of the new map comes
# from (x + 0.5) / scale - 0.5 of the old one.
# OpenCV 5 takes only the new size from them, rounded down, and spreads the old map over it from edge to edge. Where size times scale is a whole number the two
# are the same. Otherwise the map is stretched, the more the further from the first pixel: of 225 pixels made a fourth the last come from
# 1 pixel further, of 9 made 1.5 of the size from 0.3. ONNX Runtime, OpenVINO, tract and ONNX's reference keep to the scale.
# It matters where maps of several layers, of odd sizes, are brought to each other's size inside the model and compared or subtracted: places
# move apart towards the right and the bottom, and a good part has differences there. What helps: sizes in place of scales, or sizes
# that the scale divides.
# Versions: opencv-python-headless 5.0.0.93, onnxruntime 1.32.0, openvino 2026.4.1, tract 0.23.9, onnx 1.23.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opencv-python-headless==5.0.0.93 onnxruntime==1.32.0 openvino==2026.4.1 tract==0.23.9 \
    onnx==1.23.2 numpy==2.4.6
cat >resize.py <<'EOS'
import sys
import cv2, onnxruntime, openvino, tract
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

def write(side, scale):
    given = {"roi": np.float32([]), "scales": np.float32([1, 1, scale, scale])}
    node = helper.make_node("Resize", ["x", *given], ["y"], mode="linear", coordinate_transformation_mode="half_pixel")
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 1, size, size)) for name, size in (("x", side), ("y", int(side * np.float32(scale))))]
    graph = helper.make_graph([node], "resize", ends[:1], ends[1:], [numpy_helper.from_array(value, name) for name, value in given.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")

def by_opencv(map):
    net = cv2.dnn.readNetFromONNX("model.onnx")
    net.setInput(map)
    return net.forward()

runners = {
    "the reference": lambda map: ReferenceEvaluator("model.onnx").run(None, {"x": map})[0],
    "ONNX Runtime": lambda map: onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": map})[0],
    "OpenVINO": lambda map: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(map)[0],
    "tract": lambda map: tract.onnx().load("model.onnx").into_model().into_runnable().run([map])[0].to_numpy(),
    "OpenCV": by_opencv,
}
right = True
for side, scale in (32, 0.5), (31, 0.5), (31, 0.4), (225, 0.25), (28, 2.3), (9, 1.5), (28, 2.0):
    write(side, scale)
    columns = np.tile(np.arange(side, dtype=np.float32), (side, 1))[None, None]
    told = []
    for name, run in runners.items():
        row = np.asarray(run(columns)).reshape(-1, int(side * np.float32(scale)))[0]
        at = np.arange(len(row)) + 0.5
        expected = np.clip(at * side / len(row) - 0.5 if name == "OpenCV" else at / scale - 0.5, 0, side - 1)
        right &= np.allclose(row, expected, atol=1e-3)
        told.append(f"{name} {row[-2]:.2f}")
    print(f"{side} pixels by {scale}, the last but one of the new ones comes from: " + ", ".join(told))
if not right:
    sys.exit("changed: other places")
EOS
v/bin/python resize.py
