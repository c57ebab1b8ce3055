#!/usr/bin/env bash
# One would guess that OpenVINO keeps a picture's shape where an ONNX model's Resize says so (keep_aspect_ratio_policy, opset 18), or refuses to read it.
# It reads the model and leaves the policy out without a word: both sides get the size that is named. With CenterCropPad behind it, which is CLIP's way of
# preparing a picture (not_smaller and a square from the middle) or a letterbox (not_larger and a border), the size of the result is as expected, and the
# picture in it is squeezed: of 4 : 3 a round hole is an oval of 0.75, what should be cut off or black is not, and all between lies elsewhere.
# It matters where preparation is put into the model so that all runtimes see the same: another shape is another part to CLIP, scores and maps move against
# those of ONNX Runtime, and the map lies beside the picture. Square pictures show nothing. What helps: sizes computed outside, or in the model with Shape and
# Div, and given as sizes for both sides.
# Versions: openvino 2026.4.1, onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check openvino==2026.4.1 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat >shape.py <<'EOF'
import sys
import numpy as np, onnx, onnxruntime, openvino
from onnx import TensorProto, helper, numpy_helper

SIDE = 224

def prepared(picture, policy):
    """By ONNX Runtime and by OpenVINO: made SIDE large, the middle cut out or set in the middle."""
    nodes = [
        helper.make_node("Resize", ["x", "", "", "side"], ["r"], mode="linear", axes=[2, 3], keep_aspect_ratio_policy=policy),
        helper.make_node("CenterCropPad", ["r", "side"], ["y"], axes=[2, 3]),
    ]
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)] for name, shape in (("x", picture.shape), ("y", [1, 1, SIDE, SIDE]))]
    values = [numpy_helper.from_array(np.array([SIDE, SIDE]), "side")]
    made = helper.make_model(helper.make_graph(nodes, "prepare", *ends, values), opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")
    true = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": picture})[0]
    return {"ONNX Runtime": true[0, 0], "OpenVINO": openvino.Core().compile_model("model.onnx", "CPU")(picture)[0][0, 0]}

wrong = False
for high, wide in (120, 160), (120, 120):
    y, x = np.mgrid[:high, :wide]
    picture = np.where(np.hypot(x - (wide - 1) / 2, y - (high - 1) / 2) < 25, 1.0, 0.3).astype(np.float32)[None, None]
    for policy in "not_smaller", "not_larger":
        for name, seen in prepared(picture, policy).items():
            hole = seen > 0.65
            shape = hole.any(axis=0).sum() / hole.any(axis=1).sum()
            border = float((seen == 0).mean())
            print(f"{wide} x {high}, {policy:11} in {name:12}: {seen.shape[1]} x {seen.shape[0]}, the round hole is {shape:.2f} times as wide as high, {border:3.0%} border")
            squeezed = wide > high and name == "OpenVINO"
            wrong |= not (0.72 < shape < 0.78 and border == 0 if squeezed else 0.98 < shape < 1.02)
            wrong |= policy == "not_larger" and wide > high and not squeezed and border < 0.2
if wrong:
    sys.exit("changed: other shapes")
EOF
v/bin/python shape.py
