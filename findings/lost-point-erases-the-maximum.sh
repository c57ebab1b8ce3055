#!/usr/bin/env bash
# One would guess that the maximum of a map with one lost point (NaN) is NaN in every runtime, as in NumPy, torch and ONNX's reference, or else the largest of
# the other values.
# In ReduceMax and GlobalMaxPool it is one of three, by where the point lies: NaN; the largest other value; or, as comparisons with NaN are false, the largest of
# what comes after the point in the same lane of a register, and all that came before is forgotten. If nothing comes after it, -3.4e38 in OpenVINO and tract.
# ONNX Runtime, OpenVINO, tract and MNN do so in both, OpenCV in ReduceMax. Of 1024 places of the point 1 to 626 erase the maximum, and at most one gives NaN.
# It matters where a picture's score is the maximum of its map and points can be lost: heights, depths, a division by a deviation of 0. A defect of 8 among values
# below 1 scores below 1, or -3.4e38, and moved by a pixel the same part has 8. A check of the score for NaN finds nothing. What helps: Where(IsNaN) before the
# maximum, or the maximum outside the model.
# Versions: onnxruntime 1.32.0, openvino 2026.4.1, tract 0.23.9, opencv-python-headless 5.0.0.93, mnn 3.6.1, onnx 1.23.2, numpy 2.4.6; x86-64 (the positions
# depend on the width of its registers).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check onnxruntime==1.32.0 openvino==2026.4.1 tract==0.23.9 opencv-python-headless==5.0.0.93 \
    mnn==3.6.1 onnx==1.23.2 numpy==2.4.6
cat >maximum.py <<'EOS'
import sys
import cv2, onnxruntime, openvino, tract
import _tools, MNN.expr as expr, MNN.nn as nn
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

SIDE = 32

def onnx_runtime():
    session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    return lambda map: session.run(None, {"x": map})[0]

def by_openvino():
    model = openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda map: model(map)[0]

def by_tract():
    model = tract.onnx().load("model.onnx").into_model().into_runnable()
    return lambda map: model.run([map])[0].to_numpy()

def by_opencv():
    net = cv2.dnn.readNetFromONNX("model.onnx")
    def run(map):
        net.setInput(map)
        return net.forward()
    return run

def by_mnn():
    _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", "model.onnx", "--MNNModel", "model.mnn", "--bizCode", "MNN"])
    module = nn.load_module_from_file("model.mnn", ["x"], ["y"])
    def run(map):
        ready = expr.placeholder(list(map.shape), expr.NCHW)
        ready.write(map)
        return np.array(expr.convert(module.forward([ready])[0], expr.NCHW).read())
    return run

def by_reference():
    model = ReferenceEvaluator("model.onnx")
    return lambda map: model.run(None, {"x": map})[0]

def write(operator):
    axes = [numpy_helper.from_array(np.int64([2, 3]), "axes")] if operator == "ReduceMax" else []
    node = helper.make_node(operator, ["x"] + [constant.name for constant in axes], ["y"])
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 1, side, side)) for name, side in (("x", SIDE), ("y", 1))]
    made = helper.make_model(helper.make_graph([node], "maximum", ends[:1], ends[1:], axes), opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")

starts = {
    "the reference": by_reference,
    "ONNX Runtime": onnx_runtime,
    "OpenVINO": by_openvino,
    "tract": by_tract,
    "OpenCV": by_opencv,
    "MNN": by_mnn,
}
good = np.random.default_rng(0).random((1, 1, SIDE, SIDE)).astype(np.float32)
good[..., 12, 12] = 8
erased = dict.fromkeys(starts, 0)
right = True
for operator in "ReduceMax", "GlobalMaxPool":
    write(operator)
    for name, start in starts.items():
        run = start()
        right &= float(np.asarray(run(good)).reshape(-1)[0]) == 8
        scores = np.zeros(SIDE * SIDE)
        for at in range(SIDE * SIDE):
            map = good.copy()
            if map.reshape(-1)[at] != 8:
                map.reshape(-1)[at] = np.nan
            scores[at] = np.asarray(run(map)).reshape(-1)[0]
        lost = scores < 8
        erased[name] += int(lost.sum())
        told = f", as low as {scores[lost].min():.2g}" if lost.any() else ""
        print(f"{operator:13} in {name:13}: NaN for {np.isnan(scores).sum():4} places of the lost point, 8 for {(scores == 8).sum():4}, less for {lost.sum():3}{told}")
        right &= np.isnan(scores).sum() == SIDE * SIDE - 1 if name == "the reference" else np.isnan(scores).sum() < 100
if not right or any(erased[name] == 0 for name in starts if name != "the reference"):
    sys.exit("changed: other maxima")
EOS
v/bin/python -W ignore maximum.py 2>log | grep -E "^(ReduceMax|GlobalMaxPool) " || { tail -3 log; exit 1; }
