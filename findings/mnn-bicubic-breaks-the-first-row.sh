#!/usr/bin/env bash
# One would guess that MNN enlarges with ONNX's bicubic Resize (half_pixel, the default and what PyTorch exports) as other runtimes do, to the last digits.
# Where the position in the source is below 0, in the first half of the first pixel, it takes the value of one source pixel further in: the first row and column
# of 2 x, the first two of 4 x, the first sixteen of 32 x are those that belong one pixel further, and then the map jumps back. All else is exact, and so are
# asymmetric, align_corners and linear.
# It matters where a small map is enlarged to the picture inside the model, or positions of a ViT are for another size: along the upper and the left edge of
# each picture is a step that the map does not have, 0.37 for a spot of 1 near it. What helps: linear, or enlarging outside.
# Versions: mnn 3.6.1, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check mnn==3.6.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cat >bicubic.py <<'EOF'
import subprocess, sys
import numpy as np, onnx, onnxruntime
import MNN.expr as expr, MNN.nn as nn
from onnx import TensorProto, helper, numpy_helper

SIDE = 8
y, x = np.mgrid[:SIDE, :SIDE]
ramp = (x / (SIDE - 1)).astype(np.float32)[None, None]
map_ = np.exp(-(((x - 1) / 1.5) ** 2) - ((y - 4) / 1.5) ** 2).astype(np.float32)[None, None]

def enlarged(source, factor, **how):
    """By ONNX Runtime and by MNN."""
    size = [1, 1, SIDE * factor, SIDE * factor]
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)] for name, shape in (("x", source.shape), ("y", size))]
    node = helper.make_node("Resize", ["x", "", "", "size"], ["y"], **how)
    made = helper.make_model(helper.make_graph([node], "map", *ends, [numpy_helper.from_array(np.array(size), "size")]), opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(made)
    onnx.save(made, "model.onnx")
    subprocess.run([sys.executable.replace("python", "mnnconvert"), "-f", "ONNX", "--modelFile", "model.onnx", "--MNNModel", "model.mnn"], check=True, capture_output=True)
    given = expr.placeholder(list(source.shape), expr.NCHW)
    given.write(np.ascontiguousarray(source))
    seen = np.array(expr.convert(nn.load_module_from_file("model.mnn", ["x"], ["y"]).forward([given])[0], expr.NCHW).read()).reshape(size)
    true = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": source})[0]
    return true[0, 0], seen[0, 0]

true, seen = enlarged(ramp, 4, mode="cubic")
print("a ramp from 0 to 1, four times as wide; ONNX Runtime, then MNN:")
for row in true, seen:
    print(" ", *(f"{value:+.3f}" for value in row[SIDE, :8]))
wrong = not np.array_equal(np.nonzero(np.abs(seen - true).max(axis=0) > 1e-3)[0], [0, 1])
for factor in 2, 4, 32:
    true, seen = enlarged(map_, factor, mode="cubic")
    off = np.abs(seen - true)
    columns = int((off[SIDE * factor // 2 :].max(axis=0) > 1e-3).sum())
    print(f"a spot of {map_.max():.2f} near the left edge, {factor:2} x: {columns:2} columns are off by up to {off.max():.2f}, all below and right of the first half pixel by {off[factor // 2:, factor // 2:].max():.0e}")
    wrong |= off[factor // 2 :, factor // 2 :].max() > 1e-4 or columns != factor // 2 or off.max() < 0.3
    wrong |= np.abs(seen[factor:, : factor // 2] - true[factor:, factor : factor + factor // 2]).max() > 1e-4
for how in {"mode": "cubic", "coordinate_transformation_mode": "asymmetric"}, {"mode": "cubic", "coordinate_transformation_mode": "align_corners"}, {"mode": "linear"}:
    true, seen = enlarged(map_, 4, **how)
    print(f"{', '.join(how.values())}: off by up to {np.abs(seen - true).max():.0e}")
    wrong |= np.abs(seen - true).max() > 1e-4
if wrong:
    sys.exit("changed: MNN enlarges otherwise")
EOF
mkdir none
printf '#!/bin/sh\nexit 1\n' >none/pip # mnnconvert would install a package into another Python
chmod +x none/pip
PATH="$work/none:$PATH" v/bin/python bicubic.py
