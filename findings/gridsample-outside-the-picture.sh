#!/usr/bin/env bash
# One would guess that a runtime that takes ONNX's GridSample does what its mode and padding_mode say, as ONNX Runtime and OpenVINO do and torch did.
# MNN takes padding_mode reflection as border: what lies outside of the picture is its last pixel, in streaks, and not the picture mirrored. MNN and OpenCV 5
# take mode cubic as linear: a scratch of one pixel keeps 77 % of its contrast in place of 88 %. tract, and the reference evaluator of the onnx package, clamp a
# cubic position to the picture before they look for its neighbours, where the others (and torch) clamp the neighbours: with border values near the edge and
# beyond it differ. Linear and nearest with zeros and border are alike in all.
# It matters where a model straightens, aligns or unrolls its picture itself (torch's grid_sample): the texture ends at the former edge and a bank learned in
# another runtime finds defects there, and fine scratches are fainter. What helps: a picture padded by mirroring before the model, and mode linear.
# Versions: mnn 3.6.1, opencv-python-headless 5.0.0.93, tract 0.23.9, onnxruntime 1.32.0, openvino 2026.4.1, onnx 1.23.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check mnn==3.6.1 opencv-python-headless==5.0.0.93 tract==0.23.9 onnxruntime==1.32.0 \
    openvino==2026.4.1 onnx==1.23.2 numpy==2.4.6
cat >sample.py <<'EOF'
import itertools, sys
import cv2, onnxruntime, openvino, tract
import _tools, MNN.expr as expr, MNN.nn as nn
import numpy as np, onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

rng = np.random.default_rng(0)
picture = rng.uniform(0, 1, (1, 1, 24, 24)).astype(np.float32)
rows, columns = np.meshgrid(np.linspace(-1.4, 1.4, 30), np.linspace(-1.4, 1.4, 30), indexing="ij")
grid = np.stack([columns, rows], axis=-1).astype(np.float32)[None]

def by_opencv(picture, grid):
    net = cv2.dnn.readNetFromONNX("model.onnx")
    net.setInput(picture, "x")
    net.setInput(grid, "g")
    return net.forward()

def by_mnn(picture, grid):
    _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", "model.onnx", "--MNNModel", "model.mnn", "--bizCode", "MNN"])
    ready = []
    for given in picture, grid:
        ready.append(expr.placeholder(list(given.shape), expr.NCHW))
        ready[-1].write(np.ascontiguousarray(given))
    sampled = expr.convert(nn.load_module_from_file("model.mnn", ["x", "g"], ["y"]).forward(ready)[0], expr.NCHW)
    return np.array(sampled.read()).reshape(sampled.shape)

runners = {
    "ONNX Runtime": lambda picture, grid: onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": picture, "g": grid})[0],
    "OpenVINO": lambda picture, grid: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([picture, grid])[0],
    "tract": lambda picture, grid: tract.onnx().load("model.onnx").into_model().into_runnable().run([picture, grid])[0].to_numpy(),
    "reference": lambda picture, grid: ReferenceEvaluator("model.onnx").run(None, {"x": picture, "g": grid})[0],
    "OpenCV": by_opencv,
    "MNN": by_mnn,
}

def sampled(picture, grid, mode, padding):
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, given.shape) for name, given in (("x", picture), ("g", grid))]
    result = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, *grid.shape[1:3]])]
    node = helper.make_node("GridSample", ["x", "g"], ["y"], mode=mode, padding_mode=padding, align_corners=0)
    made = helper.make_model(helper.make_graph([node], "sample", ends, result), opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")
    return {name: np.asarray(run(picture, grid)).reshape(grid.shape[1:3]) for name, run in runners.items()}

wrong = False
for mode, padding in itertools.product(("linear", "nearest", "cubic"), ("zeros", "border", "reflection")):
    results = sampled(picture, grid, mode, padding)
    differ = {name: float(np.abs(result - results["ONNX Runtime"]).max()) for name, result in results.items()}
    print(f"{mode:8} {padding:10}: off by up to", ", ".join(f"{name} {far:.2f}" for name, far in differ.items()))
    expected = {"MNN"} if padding == "reflection" else set()
    if mode == "cubic":
        expected |= {"MNN", "OpenCV"} | ({"tract", "reference"} if padding == "border" else set())
    wrong |= {name for name, far in differ.items() if far > 1e-3} != expected
    if mode == "linear" and padding == "reflection":
        wrong |= np.abs(results["MNN"] - sampled(picture, grid, mode, "border")["ONNX Runtime"]).max() > 1e-3
    if mode == "cubic" and padding == "zeros":
        linear = sampled(picture, grid, "linear", padding)["ONNX Runtime"]
        wrong |= max(np.abs(results[name] - linear).max() for name in ("MNN", "OpenCV")) > 1e-3
# a scratch in a skewed picture that is set right
scratch = np.zeros((1, 1, 24, 24), np.float32)
scratch[..., 12] = 1
across, along = np.meshgrid(np.linspace(-0.9, 0.9, 24), np.linspace(-0.9, 0.9, 24))
straight = np.stack([across + 0.2 * along, along], axis=-1).astype(np.float32)[None]
left = {name: float(result.max(axis=1).mean()) for name, result in sampled(scratch, straight, "cubic", "zeros").items()}
print("a scratch of 1, after cubic:", ", ".join(f"{name} {height:.2f}" for name, height in left.items()))
if wrong:
    sys.exit("changed: others sample otherwise")
EOF
v/bin/python sample.py 2>log | grep -vE "^(inputTensors|outputTensors|The device supports|.*Convert|.*Optimize|\[|$)" || { tail -3 log; exit 1; }
