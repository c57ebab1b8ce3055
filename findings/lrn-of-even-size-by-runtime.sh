#!/usr/bin/env bash
# One would guess that LRN, the normalisation over neighbouring channels of AlexNet, GoogLeNet and SqueezeNet's time, takes as many channels as its size says in each runtime.
# Of an odd size all do. Of an even one there is one more neighbour on one side: the standard takes it after the channel, and tract does so. MNN takes it before. OpenVINO
# takes none, so that size 2 looks at the channel alone and size 4 at three, but still divides by 2 and 4. All three are silent; ONNX Runtime and OpenCV refuse an
# even size.
# It matters where an older network with such a layer gives the features for a memory of good parts, and the memory goes from one runtime to another: values
# are up to a half off with size 4 and more with size 2, all shapes are right, and the runtime that one would compare with says no. What helps: the same runtime for
# learning and judging.
# Versions: openvino 2026.4.1, tract 0.23.9, mnn 3.6.1, onnxruntime 1.32.0, opencv-python-headless 5.0.0.93, onnx 1.23.2, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check openvino==2026.4.1 tract==0.23.9 mnn==3.6.1 onnxruntime==1.32.0 opencv-python-headless==5.0.0.93 \
    onnx==1.23.2 numpy==2.4.6
cat >lrn.py <<'EOF'
import sys
import cv2, onnxruntime, openvino, tract
import _tools, MNN.expr as expr, MNN.nn as nn
import numpy as np, onnx
from onnx import TensorProto, helper

CHANNELS = 6


def write(size):
    node = helper.make_node("LRN", ["x"], ["y"], size=size, alpha=1.0, beta=0.75, bias=1.0)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, CHANNELS, 4, 4)) for name in "xy"]
    made = helper.make_model(helper.make_graph([node], "lrn", ends[:1], ends[1:]), opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
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
    "tract": lambda x: tract.onnx().load("model.onnx").into_model().into_runnable().run([x])[0].to_numpy(),
    "MNN": by_mnn,
    "OpenVINO": lambda x: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0],
    "ONNX Runtime": lambda x: onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})[0],
    "OpenCV": by_opencv,
}


def normalised(x, size, before, after):
    squares = np.stack([(x[:, max(0, at - before) : at + after + 1] ** 2).sum(1) for at in range(CHANNELS)], 1)
    return x / (1 + squares / size) ** 0.75


x = np.random.default_rng(0).uniform(1, 3, (1, CHANNELS, 4, 4)).astype(np.float32)
right = True
for size in 2, 3, 4, 5:
    write(size)
    half, more = (size - 1) // 2, size // 2
    kinds = {f"{before} before and {after} after": normalised(x, size, before, after) for before, after in ((half, more), (more, half), (half, half))}
    due = next(iter(kinds.values()))
    for name, run in runners.items():
        try:
            seen = np.asarray(run(x)).reshape(x.shape)
        except Exception:
            found, off = "refused", 0
        else:
            found = next((kind for kind, values in kinds.items() if np.allclose(seen, values, atol=1e-4)), "something else")
            off = np.abs(seen / due - 1).max()
        print(f"size {size} by {name:12}: {found}" + (f", up to {off:.0%} off" if off > 1e-3 else ""))
        even = {"MNN": f"{more} before and {half} after", "OpenVINO": f"{half} before and {half} after", "tract": f"{half} before and {more} after"}
        right &= found == (even.get(name, "refused") if size % 2 == 0 else f"{half} before and {half} after")
if not right:
    sys.exit("changed: other neighbours")
EOF
v/bin/python lrn.py 2>log | grep -E "^(size|changed)" || { tail -3 log; exit 1; }
