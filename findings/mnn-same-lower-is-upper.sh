#!/usr/bin/env bash
# One would guess that MNN pads a layer of an ONNX model with auto_pad SAME_LOWER at the upper left where the padding is odd, and one with SAME_UPPER at the lower right, as
# the standard says.
# It pads both at the lower right: convolutions, with each channel by itself or all together, both poolings, and transposed convolutions. SAME_UPPER is right. OpenCV 5, which
# has its convolutions on the other side in some cases, has poolings with SAME_UPPER and a stride of 2 there as well, and both poolings with SAME_LOWER and a stride of 1;
# a transposed convolution with either has a row and a column less there than the standard's shape. ONNX Runtime, OpenVINO and tract are right throughout.
# It matters where features or a map are computed on a small device by MNN: all that such a layer sees is shifted by a pixel, at each of them again, and a pixel of the
# fifth is 16 pixels of the picture. Shapes and scores look sound. What helps: explicit pads in the model.
# Versions: mnn 3.6.1, opencv-python-headless 5.0.0.93, onnxruntime 1.32.0, openvino 2026.4.1, tract 0.23.9, onnx 1.23.2, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check mnn==3.6.1 opencv-python-headless==5.0.0.93 onnxruntime==1.32.0 openvino==2026.4.1 tract==0.23.9 \
    onnx==1.23.2 numpy==2.4.6
cat >pads.py <<'EOF'
import sys
import cv2, onnxruntime, openvino, tract
import _tools, MNN.expr as expr, MNN.nn as nn
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 8


def write(kind, window, stride, new, **pads):
    here = {"kernel_shape": [window, window], "strides": [stride, stride], **pads}
    weights = numpy_helper.from_array(np.random.default_rng(1).uniform(0.5, 1, (1, 1, window, window)).astype(np.float32), "w")
    pool = kind.endswith("Pool")
    node = helper.make_node(kind, ["x"] if pool else ["x", "w"], ["y"], **here)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 1, side, side)) for name, side in (("x", SIDE), ("y", new))]
    made = helper.make_model(helper.make_graph([node], "layer", ends[:1], ends[1:], [] if pool else [weights]), opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
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
    "ONNX Runtime": by_runtime,
    "OpenVINO": lambda x: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0],
    "tract": lambda x: tract.onnx().load("model.onnx").into_model().into_runnable().run([x])[0].to_numpy(),
    "MNN": by_mnn,
    "OpenCV": by_opencv,
}
x = np.random.default_rng(0).uniform(1, 3, (1, 1, SIDE, SIDE)).astype(np.float32)
seen = {}
for kind, window, stride in ("Conv", 3, 2), ("Conv", 2, 1), ("MaxPool", 3, 2), ("MaxPool", 2, 1), ("AveragePool", 3, 2), ("AveragePool", 2, 1), ("ConvTranspose", 3, 2):
    for same in "SAME_UPPER", "SAME_LOWER":
        new = SIDE * stride if kind == "ConvTranspose" else SIDE // stride
        written = {}
        for side in "SAME_UPPER", "SAME_LOWER":
            odd = [0, 0, 1, 1] if (side == "SAME_UPPER") else [1, 1, 0, 0]
            write(kind, window, stride, new, pads=odd)  # one row and one column, at that side
            written[side] = by_runtime(x)
        write(kind, window, stride, new, auto_pad=same)
        for name, run in runners.items():
            got = np.asarray(run(x))
            if got.size != new * new:
                found = f"{got.shape[-2]} x {got.shape[-1]} for {new} x {new}"
            else:
                found = next((side for side, values in written.items() if np.allclose(values.ravel(), got.ravel(), atol=1e-4)), "something else")
            seen[kind, window, stride, same, name] = found
            if found != same:
                print(f"{kind} {window} x {window}, stride {stride}, {same} by {name}: {found}")
wrong = {key: found for key, found in seen.items() if found != key[3]}
by_mnn_wrong = {key for key in wrong if key[4] == "MNN"}
print(f"{len(seen) - len(wrong)} of {len(seen)} are as the standard says")
right = by_mnn_wrong == {key for key in seen if key[3] == "SAME_LOWER" and key[4] == "MNN"} and {wrong[key] for key in by_mnn_wrong} == {"SAME_UPPER"}
right &= {key[:4] for key in wrong if key[4] == "OpenCV"} == {
    *((kind, 3, 2, "SAME_UPPER") for kind in ("Conv", "MaxPool", "AveragePool")),
    *((kind, 2, 1, "SAME_LOWER") for kind in ("Conv", "MaxPool", "AveragePool")),
    *(("ConvTranspose", 3, 2, same) for same in ("SAME_UPPER", "SAME_LOWER")),
}
right &= {key[4] for key in wrong} == {"MNN", "OpenCV"}
if not right:
    sys.exit("changed: other sides")
EOF
v/bin/python pads.py 2>log | grep -E "^(Conv|ConvTranspose|MaxPool|AveragePool) [23] x|^[0-9]+ of" || { tail -3 log; exit 1; }
