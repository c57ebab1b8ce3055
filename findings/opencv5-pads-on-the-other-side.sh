#!/usr/bin/env bash
# One would guess that OpenCV's dnn pads a convolution of an ONNX model with auto_pad SAME_UPPER at the lower right where the padding is odd, and with
# SAME_LOWER at the upper left, as the standard says, and that a new release does so too.
# OpenCV 5 pads SAME_UPPER with a stride of 2 at the upper left: 3 x 3 on an even side, the first layer of nearly all networks that come from TensorFlow. All it
# sees is shifted by a pixel, at each such layer again. 4.12 is right there. SAME_LOWER is the other way round in 4.12, and in 5 with a stride of 1. Sides for
# which the padding is even are right in both, and the shapes are always right. OpenCV 5's classic engine does as 4.12.
# It matters where features or a map are computed by OpenCV: after five such layers a feature stands for a place 31 pixels beside, and a bank of normal
# features of one release is not that of another. What helps: explicit pads in the model, or ENGINE_CLASSIC for SAME_UPPER.
# Versions: opencv-python-headless 5.0.0.93 and 4.12.0.88, onnx 1.23.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opencv-python-headless==5.0.0.93 onnx==1.23.2 numpy==2.4.6
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps --target old opencv-python-headless==4.12.0.88
cat >pads.py <<'EOF'
import sys
import cv2
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper

five = cv2.__version__.startswith("5")
weights = np.random.default_rng(0).normal(size=(1, 1, 3, 3)).astype(np.float32)

picture = np.random.default_rng(1).uniform(1, 2, (8, 8)).astype(np.float32)

def by_hand(kind, side, kernel, stride, pad):
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    before = total // 2 if pad == "SAME_UPPER" else total - total // 2
    padded = np.pad(picture[:side, :side], (before, total - before), constant_values=0 if kind == "Conv" else -np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel))[::stride, ::stride]
    return (windows * weights[0, 0, :kernel, :kernel]).sum(axis=(2, 3)) if kind == "Conv" else windows.max(axis=(2, 3))

def by_opencv(kind, side, kernel, stride, pad, **how):
    taken = {"weights": weights[..., :kernel, :kernel].copy()} if kind == "Conv" else {}
    node = helper.make_node(kind, ["x", *taken], ["y"], kernel_shape=[kernel] * 2, strides=[stride] * 2, auto_pad=pad)
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)] for name, shape in (("x", [1, 1, side, side]), ("y", [1, 1, "h", "w"]))]
    given = [numpy_helper.from_array(value, name) for name, value in taken.items()]
    made = helper.make_model(helper.make_graph([node], "layer", *ends, given), opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(made)
    onnx.save(made, "layer.onnx")
    net = cv2.dnn.readNetFromONNX("layer.onnx", **how)
    net.setInput(picture[None, None, :side, :side].copy())
    return net.forward()[0, 0]

print("OpenCV", cv2.__version__)
wrong = {}
for kind, side, kernel, stride in (("Conv", 8, 3, 2), ("MaxPool", 8, 3, 2), ("Conv", 7, 3, 2), ("Conv", 8, 2, 1), ("MaxPool", 8, 2, 1), ("Conv", 8, 3, 1)):
    for pad in "SAME_UPPER", "SAME_LOWER":
        layer = kind, side, kernel, stride
        true, seen = by_hand(*layer, pad), by_opencv(*layer, pad)
        other = by_hand(*layer, "SAME_LOWER" if pad == "SAME_UPPER" else "SAME_UPPER")
        if np.allclose(seen, true, atol=1e-5):
            verdict = "right"
        elif np.allclose(seen, other, atol=1e-5):
            verdict = "padded on the other side"
        else:
            sys.exit("changed: neither the one nor the other")
        print(f"{kind:8} {kernel} x {kernel}, stride {stride}, side {side}, {pad}: {verdict}")
        if verdict != "right":
            wrong[kernel, stride, side, pad] = wrong.get((kernel, stride, side, pad), 0) + 1
if five:
    layer = "Conv", 8, 3, 2, "SAME_UPPER"
    true, seen = by_hand(*layer), by_opencv(*layer, engine=cv2.dnn.ENGINE_CLASSIC)
    print("ENGINE_CLASSIC, Conv 3 x 3, stride 2, SAME_UPPER:", "right" if np.allclose(seen, true, atol=1e-5) else "wrong")
    if not np.allclose(seen, true, atol=1e-5):
        sys.exit("changed: the classic engine is wrong")
if wrong != {(3, 2, 8, "SAME_UPPER" if five else "SAME_LOWER"): 2, (2, 1, 8, "SAME_LOWER"): 2}:
    sys.exit("changed: other layers are padded on the other side")
EOF
v/bin/python pads.py
PYTHONPATH=old v/bin/python pads.py
