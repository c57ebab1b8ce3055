#!/usr/bin/env bash
# One would guess that tract computes the ONNX operators Celu and GlobalLpPool as the standard says, as it reads models with them without a word.
# GlobalLpPool is the length of each channel, (sum of |x|^p)^(1/p). tract takes the mean in place of the sum, and x without its sign removed: for p = 2, the
# default, the length is divided by the root of the number of pixels, so that a picture of 4 times the pixels has the same energy, not twice; for p = 1 it is the mean,
# where bright and dark cancel out, and for p = 3 NaN where the dark prevails. Celu is alpha (e^(x / alpha) - 1) below 0. tract leaves out the
# factor, so that its floor is -1 for every alpha; alpha = 1, the default, is right. ONNX Runtime and OpenVINO compute both as written.
# It matters where a model's score is the length of a residual: of 32 x 32 pixels it is a 32nd, and no threshold found elsewhere is ever reached; with p = 1 a
# scratch with a bright and a dark side scores 0, and by NaN nothing is above. What helps: ReduceL1, ReduceL2, and Elu.
# Versions: tract 0.23.9, onnxruntime 1.32.0, openvino 2026.4.1, onnx 1.23.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check tract==0.23.9 onnxruntime==1.32.0 openvino==2026.4.1 onnx==1.23.2 numpy==2.4.6
cat >lengths.py <<'EOS'
import sys
import onnxruntime, openvino, tract
import numpy as np, onnx
from onnx import TensorProto, helper

SIDE = 32

def write(operator, shape, **attributes):
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (("x", (1, 1, SIDE, SIDE)), ("y", shape))]
    graph = helper.make_graph([helper.make_node(operator, ["x"], ["y"], **attributes)], "score", ends[:1], ends[1:])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")

runners = {
    "ONNX Runtime": lambda x: onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})[0],
    "OpenVINO": lambda x: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0],
    "tract": lambda x: tract.onnx().load("model.onnx").into_model().into_runnable().run([x])[0].to_numpy(),
}
empty = np.zeros((1, 1, SIDE, SIDE), np.float32)
bright, both, dark = empty.copy(), empty.copy(), empty.copy()
bright[..., 10, 4:28] = 3
both[..., 10, 4:28], both[..., 11, 4:28] = 3, -3
dark[..., 10, 4:28] = -3
residuals = {"a bright scratch": bright, "one with a dark side": both, "a dark one": dark}
right = True
for p in 1, 2, 3:
    write("GlobalLpPool", (1, 1, 1, 1), p=p)
    for name, run in runners.items():
        seen = {what: float(np.asarray(run(residual)).reshape(-1)[0]) for what, residual in residuals.items()}
        print(f"GlobalLpPool, p = {p}, in {name:12}: " + ", ".join(f"{what} {length:.3g}" for what, length in seen.items()))
        for what, residual in residuals.items():
            with np.errstate(invalid="ignore"):
                wrong = (residual**p).mean(dtype=float) ** (1 / p) if (residual**p).mean() >= 0 or p == 1 else np.nan
            expected = wrong if name == "tract" else (np.abs(residual) ** p).sum(dtype=float) ** (1 / p)
            right &= bool(np.isclose(seen[what], expected, rtol=1e-4, atol=1e-6, equal_nan=True))
x = np.tile(np.linspace(-8, 4, SIDE, dtype=np.float32), (1, 1, SIDE, 1))
for alpha in 1.0, 0.25, 4.0:
    write("Celu", (1, 1, SIDE, SIDE), alpha=alpha)
    for name, run in runners.items():
        seen = np.asarray(run(x)).reshape(x.shape)
        below = np.expm1(np.minimum(x, 0) / alpha) * (1 if name == "tract" else alpha)
        print(f"Celu, alpha = {alpha}, in {name:12}: {seen.min():.3f} for {x.min():.0f}, {seen.max():.0f} for {x.max():.0f}")
        right &= np.allclose(seen, np.maximum(x, 0) + below, atol=1e-5)
if not right:
    sys.exit("changed: other lengths")
EOS
v/bin/python lengths.py
