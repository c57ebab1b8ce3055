#!/usr/bin/env bash
# One would guess that an ONNX model that makes its picture smaller itself, by Resize with antialias=1 (what torch.onnx.export writes for
# antialias=True), gets the same pixels from every runtime, or an error from one that cannot do it.
# OpenVINO reads the model and leaves antialias=1 out without a word, for linear and cubic: it takes two of four pixels, or mostly, where ONNX Runtime
# averages over all. Of 1024 pixels made 256 the grain of a surface stays three times as strong, and a line of one pixel is there or not as it lies.
# It matters where a model with its resize inside is checked with ONNX Runtime or torch and runs on the line with OpenVINO: all scores move, and those of
# fine texture most. What helps: no resize in the model, and RESIZE_BILINEAR_PILLOW of PrePostProcessor, which averages as ONNX Runtime does.
# Versions: openvino 2026.4.1, onnxruntime 1.31.1, onnx 1.23.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check openvino==2026.4.1 onnxruntime==1.31.1 onnx==1.23.2 numpy==2.4.6
cat >resize.py <<'EOF'
import sys
import numpy as np, onnxruntime, openvino
from onnx import TensorProto, helper
from openvino import preprocess

rng = np.random.default_rng(0)
picture = (0.5 + rng.normal(0, 0.1, (1, 3, 1024, 1024))).astype(np.float32)  # grain of 0.1
core = openvino.Core()

def model(mode, antialias):
    sizes = helper.make_tensor("sizes", TensorProto.INT64, [4], [1, 3, 256, 256])
    node = helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], mode=mode, antialias=antialias, exclude_outside=antialias)  # as torch writes it
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, size, size]) for name, size in (("x", 1024), ("y", 256)))
    graph = helper.make_graph([node], "resize", [x], [y], [sizes])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString()

def ort(data):
    return onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, {"x": picture})[0]

def vino(read):
    return core.compile_model(read, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(picture)[0]

def pillow():
    """A model of 256 x 256, and PrePostProcessor before it."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, 256, 256]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "identity", [x], [y])
    data = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString()
    steps = preprocess.PrePostProcessor(core.read_model(data))
    steps.input().tensor().set_layout(openvino.Layout("NCHW")).set_spatial_static_shape(1024, 1024)
    steps.input().model().set_layout(openvino.Layout("NCHW"))
    steps.input().preprocess().resize(preprocess.ResizeAlgorithm.RESIZE_BILINEAR_PILLOW)
    return vino(steps.build())

same = lambda a, b: float(np.abs(a - b).max()) < 1e-4
wrong = 0
print(f"grain before: {picture.std():.3f}")
for mode in "linear", "cubic":
    a = {antialias: ort(model(mode, antialias)) for antialias in (0, 1)}
    b = {antialias: vino(core.read_model(model(mode, antialias))) for antialias in (0, 1)}
    for antialias in 0, 1:
        gap = np.abs(a[antialias] - b[antialias]).max()
        print(f"{mode:6} antialias={antialias}: grain {a[antialias].std():.3f} in ONNX Runtime, {b[antialias].std():.3f} in OpenVINO, furthest apart {gap:.3f}")
    wrong += not (same(b[0], b[1]) and same(a[0], b[0]) and a[1].std() < 0.5 * b[1].std())
    if mode == "linear":
        wrong += not same(pillow(), a[1])
        print(f"RESIZE_BILINEAR_PILLOW:      grain {pillow().std():.3f} in OpenVINO")
if wrong:
    print("changed: OpenVINO's resize with antialias=1 is no longer its resize without")
sys.exit(wrong > 0)
EOF
v/bin/python resize.py
