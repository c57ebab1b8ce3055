#!/usr/bin/env bash
# One would guess that a runtime refuses an ONNX model of an opset that it does not know, or at least one with an attribute that it does not know, or says so.
# OpenVINO, tract and OpenCV 5 take what they know of each node and leave out the rest, without a word. Attention of opset 25 may say how many tokens it looks at to
# the left and to the right (left_window_size, right_window_size): all three look at all of them. SpaceToDepth of opset 28 may name the order of its channels, as
# DepthToSpace has since opset 11: all three, and MNN, compute DCR where CRD is asked for, which is torch's PixelUnshuffle, so that all channels after the first
# are other ones. ONNX Runtime computes both as written; MNN refuses Attention.
# It matters for models that were exported anew by newer tools: the shapes are right, and so are the results of the default order and of short sequences.
# With windows a defect changes the features of its neighbours, without them those of every patch. What helps: windows as an attn_mask, which all three apply, and
# SpaceToDepth as Reshape, Transpose, Reshape.
# Versions: openvino 2026.4.1, tract 0.23.9, opencv-python-headless 5.0.0.93, mnn 3.6.1, onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check openvino==2026.4.1 tract==0.23.9 opencv-python-headless==5.0.0.93 mnn==3.6.1 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat >newer.py <<'EOF'
import sys
import onnxruntime
import _tools, MNN.expr as expr, MNN.nn as nn
import cv2, numpy as np, onnx, openvino, tract
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(3)

def save(node, opset, fed, shape, constants=()):
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape) for name, array in fed.items()]
    graph = helper.make_graph([node], "newer", ends, [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")

def by_opencv(fed):
    net = cv2.dnn.readNetFromONNX("model.onnx")
    for name, array in fed.items():
        net.setInput(array, name)
    return net.forward()

def by_mnn(fed):
    _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", "model.onnx", "--MNNModel", "model.mnn", "--bizCode", "MNN"])
    variables = [expr.placeholder(list(array.shape), expr.NCHW) for array in fed.values()]
    for variable, array in zip(variables, fed.values()):
        variable.write(np.ascontiguousarray(array))
    return expr.convert(nn.load_module_from_file("model.mnn", list(fed), ["y"]).forward(variables)[0], expr.NCHW).read()

runtimes = {
    "onnxruntime": lambda fed: onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, fed)[0],
    "openvino": lambda fed: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(list(fed.values()))[0],
    "tract": lambda fed: tract.onnx().load("model.onnx").into_model().into_runnable().run(list(fed.values()))[0].to_numpy(),
    "opencv": by_opencv,
    "mnn": by_mnn,
}

def close(a, b):
    return np.allclose(np.ravel(a), np.ravel(b), atol=1e-4)

rng = np.random.default_rng(0)
wrong = False

# 24 patches in a row, of which each looks at itself and two to either side
PATCHES, WIDTH, REACH = 24, 8, 2
fed = {name: rng.normal(0, 1, (1, 1, PATCHES, WIDTH)).astype(np.float32) for name in "qkv"}
away = np.abs(np.arange(PATCHES)[:, None] - np.arange(PATCHES))
logits = fed["q"][0, 0] @ fed["k"][0, 0].T / WIDTH**0.5

def attention(shown):
    weights = np.where(shown, np.exp(logits), 0)
    return weights / weights.sum(1, keepdims=True) @ fed["v"][0, 0]

mask = numpy_helper.from_array(np.where(away <= REACH, 0, -1e4).astype(np.float32), "mask")
nodes = {
    "windows": (helper.make_node("Attention", ["q", "k", "v"], ["y"], left_window_size=REACH, right_window_size=REACH), ()),
    "a mask": (helper.make_node("Attention", ["q", "k", "v", "mask"], ["y"]), [mask]),
}
for how, (node, constants) in nodes.items():
    save(node, 25, fed, fed["q"].shape, constants)
    for name in "onnxruntime", "openvino", "tract", "opencv":
        y = runtimes[name](fed)
        seen = "as written" if close(y, attention(away <= REACH)) else "all patches" if close(y, attention(away >= 0)) else "something else"
        print(f"Attention with {how:8}: {name:11} {seen}")
        wrong |= seen != ("all patches" if how == "windows" and name != "onnxruntime" else "as written")

picture = {"x": rng.random((1, 3, 8, 8)).astype(np.float32)}
parts = picture["x"].reshape(1, 3, 4, 2, 4, 2)
orders = {"CRD": parts.transpose(0, 1, 3, 5, 2, 4), "DCR": parts.transpose(0, 3, 5, 1, 2, 4)}
for mode in orders:
    save(helper.make_node("SpaceToDepth", ["x"], ["y"], blocksize=2, mode=mode), 28, picture, [1, 12, 4, 4])
    for name, run in runtimes.items():
        y = run(picture)
        seen = " ".join(order for order, values in orders.items() if close(y, values))
        print(f"SpaceToDepth, {mode}: {name:11} computes {seen}")
        wrong |= seen != (mode if name == "onnxruntime" else "DCR")
if wrong:
    sys.exit("changed: other attributes are read")
EOF
v/bin/python newer.py 2>log | grep -E "^(Attention|SpaceToDepth)" || { tail -3 log; exit 1; }
