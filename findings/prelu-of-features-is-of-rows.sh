#!/usr/bin/env bash
# One would guess that PRelu of an ONNX model with one slope for each feature, of patches as they stand in a table or a transformer (picture, patch, feature), multiplies
# each feature by its own slope in all runtimes: the standard aligns the slopes with the last axis, and the shapes leave no doubt.
# MNN and OpenCV 5 give the slopes to the second axis, whatever the shapes say: each patch has one slope for all of its features, and with 9 slopes for 5 patches the last four
# are unused. OpenVINO does so only where there are as many patches as features, 9 and 9, and is right otherwise. In pictures of 4 axes a slope for
# each column is a slope for each channel in the same cases; one for each row is right but in OpenCV 5. ONNX Runtime, tract and the reference are right throughout.
# It matters where activations with learned slopes come from Keras, whose channels are last, or stand in a head over patches: no error, and below 0 each value has
# another feature's slope. A table without a third axis, and torch's (channel, 1, 1), are right in all. What helps: x * slope and a Where by hand, or slopes in the full shape.
# Versions: mnn 3.6.1, opencv-python-headless 5.0.0.93, openvino 2026.4.1, onnxruntime 1.32.0, tract 0.23.9, onnx 1.23.2, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check mnn==3.6.1 opencv-python-headless==5.0.0.93 openvino==2026.4.1 onnxruntime==1.32.0 tract==0.23.9 \
    onnx==1.23.2 numpy==2.4.6
cat >slopes.py <<'EOF'
import sys
import cv2, onnxruntime, openvino, tract
import _tools, MNN.expr as expr, MNN.nn as nn
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator


def write(shape, slopes):
    node = helper.make_node("PRelu", ["x", "slopes"], ["y"])
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy"]
    made = helper.make_model(helper.make_graph([node], "slopes", ends[:1], ends[1:], [numpy_helper.from_array(slopes, "slopes")]), opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")


def by_opencv(x):
    net = cv2.dnn.readNetFromONNX("model.onnx")
    net.setInput(x)
    return net.forward()


def by_mnn(x):
    _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", "model.onnx", "--MNNModel", "model.mnn", "--bizCode", "MNN"])
    ready = expr.placeholder(list(x.shape), expr.NCHW)
    ready.write(x)
    return np.array(expr.convert(nn.load_module_from_file("model.mnn", ["x"], ["y"]).forward([ready])[0], expr.NCHW).read())


runners = {
    "the reference": lambda x: ReferenceEvaluator("model.onnx").run(None, {"x": x})[0],
    "ONNX Runtime": lambda x: onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})[0],
    "tract": lambda x: tract.onnx().load("model.onnx").into_model().into_runnable().run([x])[0].to_numpy(),
    "OpenVINO": lambda x: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0],
    "OpenCV": by_opencv,
    "MNN": by_mnn,
}
cases = {
    "5 patches, a slope for each of 9 features": ((1, 5, 9), (9,), {"OpenCV", "MNN"}),
    "9 patches, a slope for each of 9 features": ((1, 9, 9), (9,), {"OpenCV", "MNN", "OpenVINO"}),
    "9 channels, a slope for each of 9 columns": ((1, 9, 6, 9), (9,), {"OpenCV", "MNN", "OpenVINO"}),
    "9 channels, a slope for each of 9 rows": ((1, 9, 9, 6), (9, 1), {"OpenCV"}),
    "a table of 5 parts, a slope for each of 9 features": ((5, 9), (9,), set()),
    "9 channels, a slope for each": ((1, 9, 6, 6), (9, 1, 1), set()),
    "5 patches, slopes in the full shape": ((1, 5, 9), (1, 5, 9), set()),
}
right = True
for name, (shape, form, due) in cases.items():
    count = form[0] if form[0] > 1 else form[-1]
    slopes = np.broadcast_to(np.linspace(0.1, 0.9, count, dtype=np.float32).reshape([count if side == count else 1 for side in form]), form).copy()
    x = -np.random.default_rng(0).uniform(1, 3, shape).astype(np.float32)
    write(shape, slopes)
    by_second = slopes.ravel()[: shape[1]].reshape(-1, *[1] * (len(shape) - 2)) if len(shape) > 2 else slopes
    wrong = set()
    for runner, run in runners.items():
        seen = np.asarray(run(x)).reshape(shape)
        if not np.allclose(seen, x * slopes, atol=1e-5):
            wrong.add(runner)
            along = "the slopes go along the second axis" if np.allclose(seen, x * by_second, atol=1e-5) else "something else"
            print(f"{name} by {runner}: {along}, up to {np.abs(seen - x * slopes).max():.1f} off")
            right &= along != "something else"
    print(f"{name}: {'right in all' if not wrong else 'right in the others'}")
    right &= wrong == due
if not right:
    sys.exit("changed: other slopes")
EOF
v/bin/python slopes.py 2>log | grep -E "^(5|9|a table)" || { tail -3 log; exit 1; }
