#!/usr/bin/env bash
# One would guess that ONNX's own version converter, which lifts a model to a newer opset, gives a model that computes the same.
# From opset 10 to 11 a linear Resize, and Upsample of opset 9, counts from the middle of the pixels where it counted from their corners: the converter leaves out
# coordinate_transformation_mode, whose default is not what there was before. Enlarged 32 times, each spot lies 15.5 pixels lower and further to the right. A
# Hardmax over good and defect chooses one class at each pixel from opset 13 on, and one place in the whole picture before. Softmax, beside it, is converted right.
# ONNX Runtime's tools use the converter: update_onnx_opset, and quant_pre_process, the step recommended before quantization, lift such a model to opset 11.
# It matters where an old segmentation or anomaly model is quantized or moved to a newer runtime: maps lie half a factor beside the picture, and masks miss
# thin defects, which is put down to 8 bits. What helps: coordinate_transformation_mode="asymmetric" set by hand afterwards.
# Versions: onnx 1.23.2, onnxruntime 1.32.0, sympy 1.14.0, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check onnx==1.23.2 onnxruntime==1.32.0 sympy==1.14.0 numpy==2.4.6
cat >upgrade.py <<'EOF'
import pathlib, sys
import numpy as np, onnx, onnxruntime
from onnx import TensorProto, helper, numpy_helper, version_converter
from onnxruntime.quantization import quant_pre_process
from onnxruntime.tools.onnx_model_utils import update_onnx_opset

SIDE, FACTOR = 8, 32
options = onnxruntime.SessionOptions()
options.log_severity_level = 4

def run(model, given):
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"]).run(None, {"x": given})[0]

def made(kind, opset, shapes, held, **attributes):
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)] for name, shape in zip("xy", shapes)]
    node = helper.make_node(kind, ["x", *held], ["y"], **attributes)
    model = helper.make_model(helper.make_graph([node], "g", *ends, [numpy_helper.from_array(value, name) for name, value in held.items()]), opset_imports=[helper.make_opsetid("", opset)], ir_version=6)
    onnx.checker.check_model(model, full_check=True)
    return model

def place(enlarged):
    rows = enlarged[0, 0].sum(1)
    return (rows * np.arange(len(rows))).sum() / rows.sum()

wrong = False
spot = np.zeros((1, 1, SIDE, SIDE), np.float32)
spot[0, 0, 3, 3] = 1
scales = {"scales": np.array([1, 1, FACTOR, FACTOR], np.float32)}
shapes = [1, 1, SIDE, SIDE], [1, 1, SIDE * FACTOR, SIDE * FACTOR]
for kind, opset in ("Upsample", 9), ("Resize", 10):
    model = made(kind, opset, shapes, scales, mode="linear")
    before = place(run(model, spot))
    for to in 11, 20:
        moved = place(run(version_converter.convert_version(model, to), spot)) - before
        print(f"{kind} of opset {opset}: the spot is at {before:.1f}; converted to opset {to} {moved:.1f} pixels further")
        wrong |= abs(moved - (FACTOR - 1) / 2) > 0.1
onnx.save(model, "old.onnx")
update_onnx_opset(pathlib.Path("old.onnx"), 17, pathlib.Path("tool.onnx"))
quant_pre_process("old.onnx", "prepared.onnx")
for name, path in ("ONNX Runtime's update_onnx_opset", "tool.onnx"), ("quant_pre_process", "prepared.onnx"):
    lifted = onnx.load(path)
    moved = place(run(lifted, spot)) - before
    print(f"{name}, to opset {lifted.opset_import[0].version}: {moved:.1f} pixels further")
    wrong |= abs(moved - (FACTOR - 1) / 2) > 0.1
mended = version_converter.convert_version(model, 20)
mended.graph.node[-1].attribute.append(helper.make_attribute("coordinate_transformation_mode", "asymmetric"))
print(f"with asymmetric set afterwards: {place(run(mended, spot)) - before:.1f} pixels further")
wrong |= abs(place(run(mended, spot)) - before) > 0.01

scores = np.random.default_rng(0).normal(size=(1, 2, SIDE, SIDE)).astype(np.float32)
for kind, differs in ("Hardmax", True), ("Softmax", False):
    model = made(kind, 12, [scores.shape] * 2, {}, axis=1)
    sums = [float(run(one, scores).sum()) for one in (model, version_converter.convert_version(model, 13))]
    print(f"{kind} over the classes: sum over the picture {sums[0]:.1f} of opset 12, {sums[1]:.1f} converted to opset 13")
    wrong |= (abs(sums[0] - sums[1]) > 1) != differs
if wrong:
    sys.exit("changed: models are converted otherwise")
EOF
v/bin/python upgrade.py 2>&1 | grep -v '^WARNING'
