#!/usr/bin/env bash
# One would guess that a model that cuts a region out of its picture and brings it to the size of the network, by ONNX's Resize with coordinate_transformation_mode
# tf_crop_and_resize, sees the region, whatever size the picture has.
# ONNX Runtime gives back the whole picture as it is where the new size is the picture's own: it takes that for nothing to do and looks at no region. One pixel more or
# less and the region is cut out. It is so with nearest, linear and cubic. MNN never cuts: it makes the whole picture larger or smaller, and says nothing. tract and
# the reference evaluator of the onnx package are right; OpenVINO and OpenCV 5 refuse the model.
# It matters where a part is cut out within the model and the camera's frames happen to have the network's size, 224, 256 or 512: the model judges the
# whole scene, with the part at half its size, and finds other things strange. What helps: Slice before a Resize.
# Versions: onnxruntime 1.32.0, mnn 3.6.1, tract 0.23.9, openvino 2026.4.1, opencv-python-headless 5.0.0.93, onnx 1.23.2, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check onnxruntime==1.32.0 mnn==3.6.1 tract==0.23.9 openvino==2026.4.1 opencv-python-headless==5.0.0.93 \
    onnx==1.23.2 numpy==2.4.6
cat >crop.py <<'EOF'
import sys
import cv2, onnxruntime, openvino, tract
import _tools, MNN.expr as expr, MNN.nn as nn
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

SIDE = 32
REGION = [0, 0, 0.25, 0.25, 1, 1, 0.75, 0.75]


def write(new, mode):
    node = helper.make_node("Resize", ["x", "region", "", "size"], ["y"], mode=mode, coordinate_transformation_mode="tf_crop_and_resize")
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 1, side, side)) for name, side in (("x", SIDE), ("y", new))]
    fixed = [numpy_helper.from_array(np.array(REGION, np.float32), "region"), numpy_helper.from_array(np.array([1, 1, new, new]), "size")]
    made = helper.make_model(helper.make_graph([node], "crop", ends[:1], ends[1:], fixed), opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
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
    "tract": lambda x: tract.onnx().load("model.onnx").into_model().into_runnable().run([x])[0].to_numpy(),
    "ONNX Runtime": lambda x: onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})[0],
    "MNN": by_mnn,
    "OpenVINO": lambda x: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0],
    "OpenCV": by_opencv,
}
x = np.add.outer(np.arange(SIDE) * 100, np.arange(SIDE)).astype(np.float32)[None, None]  # each pixel names its place, row * 100 + column
right = True
for new, mode in (16, "linear"), (31, "linear"), (32, "linear"), (32, "nearest"), (32, "cubic"), (33, "linear"), (64, "linear"):
    write(new, mode)
    for name, run in runners.items():
        try:
            seen = np.asarray(run(x)).reshape(new, new)
        except Exception:
            found = "refused"
        else:
            found = "the region" if seen[2, 2] > 700 and seen[-3, -3] < 2400 else "the whole picture"
            if new == SIDE and np.array_equal(seen, x[0, 0]):
                found += ", as it is"
        print(f"to {new} x {new}, {mode:7}, by {name:13}: {found}")
        if name in ("OpenVINO", "OpenCV"):
            right &= found == "refused"
        elif name == "MNN":
            right &= found.startswith("the whole picture")
        else:
            right &= found == ("the whole picture, as it is" if name == "ONNX Runtime" and new == SIDE else "the region")
if not right:
    sys.exit("changed: other regions")
EOF
v/bin/python crop.py 2>log | grep -E "^to " || { tail -3 log; exit 1; }
