#!/usr/bin/env bash
# One would guess that MNN makes a picture or a map larger or smaller as the Resize node of an ONNX model says, or refuses the model, since the node's options are there to
# say exactly which pixel goes where.
# It reads the mode, the positions and the sizes, and leaves out the rest without a word: antialias, so that three of four pixels are not looked at; cubic_coeff_a, with
# which a model asks for Pillow's curve (-0.5) and gets the other one (-0.75); exclude_outside; nearest_mode ceil and round_prefer_ceil, which become
# round_prefer_floor, so that a map lies up to a pixel of the small one beside; the order of axes, so that width and height change places; and
# keep_aspect_ratio_policy, so that shapes are squeezed. OpenCV 5 leaves out antialias, and refuses axes; OpenVINO leaves out antialias, exclude_outside and the policy. tract
# heeds all of them.
# It matters where a model that prepares its own picture goes to a small device: all scores move, shapes are as expected. What helps: a comparison of the
# converted model with ONNX Runtime on a picture with fine texture, and preparation outside of the model.
# Versions: mnn 3.6.1, opencv-python-headless 5.0.0.93, openvino 2026.4.1, tract 0.23.9, onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check mnn==3.6.1 opencv-python-headless==5.0.0.93 openvino==2026.4.1 tract==0.23.9 onnxruntime==1.32.0 \
    onnx==1.23.2 numpy==2.4.6
cat >resize.py <<'EOF'
import sys
import cv2, onnxruntime, openvino, tract
import _tools, MNN.expr as expr, MNN.nn as nn
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 16


def write(high, wide, **how):
    how = dict(how)
    size = how.pop("size", [1, 1, high, wide])
    fixed = [numpy_helper.from_array(np.array(size), "size")]
    node = helper.make_node("Resize", ["x", "", "", "size"], ["y"], **how)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 1, *form)) for name, form in (("x", (SIDE, SIDE)), ("y", (high, wide)))]
    made = helper.make_model(helper.make_graph([node], "resize", ends[:1], ends[1:], fixed), opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
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


def by_runtime(x):
    return onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


runners = {
    "MNN": by_mnn,
    "OpenCV": by_opencv,
    "OpenVINO": lambda x: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0],
    "tract": lambda x: tract.onnx().load("model.onnx").into_model().into_runnable().run([x])[0].to_numpy(),
}
linear, cubic, nearest = ({"mode": mode} for mode in ("linear", "cubic", "nearest"))
# the option, the size of the result, the node with the option, and the size and node without it
cases = {
    "antialias": ((8, 8), {**linear, "antialias": 1}, (8, 8), linear),
    "cubic_coeff_a": ((32, 32), {**cubic, "cubic_coeff_a": -0.5}, (32, 32), cubic),
    "exclude_outside": ((32, 32), {**cubic, "exclude_outside": 1}, (32, 32), cubic),
    "nearest_mode ceil": ((32, 32), {**nearest, "nearest_mode": "ceil"}, (32, 32), {**nearest, "nearest_mode": "round_prefer_floor"}),
    "nearest_mode round_prefer_ceil": ((8, 8), {**nearest, "nearest_mode": "round_prefer_ceil"}, (8, 8), {**nearest, "nearest_mode": "round_prefer_floor"}),
    "axes": ((32, 8), {**linear, "axes": [3, 2], "size": [8, 32]}, (8, 32), linear),
    "keep_aspect_ratio_policy": ((8, 8), {**linear, "keep_aspect_ratio_policy": "not_larger", "axes": [2, 3], "size": [32, 8]}, (32, 8), linear),
}
x = np.random.default_rng(0).uniform(0, 9, (1, 1, SIDE, SIDE)).astype(np.float32)
seen = {}
for option, (size, how, plain_size, plain) in cases.items():
    write(*plain_size, **plain)
    without = by_runtime(x)[0, 0]
    write(*size, **how)
    due = by_runtime(x)[0, 0]
    for name, run in runners.items():
        try:
            got = np.asarray(run(x))
        except Exception:
            found = "refused"
        else:
            last = {kind: got.size == values.size and np.allclose(got.reshape(values.shape)[-5:, -5:], values[-5:, -5:], atol=1e-3) for kind, values in (("heeded", due), ("left out", without))}
            found = next((kind for kind, same in last.items() if same), "something else")
        seen[option, name] = found
        print(f"{option} by {name}: {found}")
right = all(seen[option, "MNN"] == "left out" and seen[option, "tract"] == "heeded" for option in cases)
right &= {option for option in cases if seen[option, "OpenCV"] == "left out"} == {"antialias"}
right &= {option for option in cases if seen[option, "OpenVINO"] == "left out"} == {"antialias", "exclude_outside", "keep_aspect_ratio_policy"}
if not right:
    sys.exit("changed: other options")
EOF
v/bin/python resize.py 2>log | grep -E " by (MNN|OpenCV|OpenVINO|tract): " || { tail -3 log; exit 1; }
