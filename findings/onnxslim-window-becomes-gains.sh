#!/usr/bin/env bash
# One would guess that onnxslim gives a smaller model that computes the same, as its description says, and that a Mul behind a convolution is drawn into its weights
# only where it has one factor for each channel.
# It looks at how many factors there are and not along which axis: a row of factors for columns, rows or pictures is taken for one of channels as soon as there are
# as many of them as channels. A convolution of 64 channels and a Hann window over 64 columns becomes a convolution whose first and last channel are 0, without
# a window; the shapes stay, and nothing is said. With 96 columns the same model is left alone. ConvTranspose is treated alike.
# It matters where maps or features are weighted by place: windows before a spectrum, gains against vignetting, weights of the rows of a line camera. Ultralytics
# simplifies its exports with onnxslim. A model that was checked at one size is wrong at another. What helps: model_check=True (--model-check), which says so, or
# the factors as the first operand of the Mul, which is left alone.
# Versions: onnxslim 0.1.98, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check onnxslim==0.1.98 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cat >window.py <<'EOF'
import sys
import numpy as np, onnx, onnxruntime, onnxslim
from onnx import TensorProto, helper, numpy_helper

CHANNELS = 64
noise = np.random.default_rng(0)

def run(model, picture):
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": picture})[0]

def weighted(factors, columns, order):
    nodes = [helper.make_node("Conv", ["x", "kernels"], ["features"], pads=[1, 1, 1, 1]), helper.make_node("Mul", order, ["y"])]
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)] for name, shape in (("x", ["n", 1, "h", columns]), ("y", ["n", CHANNELS, "h", columns]))]
    held = {"kernels": noise.normal(size=(CHANNELS, 1, 3, 3)).astype(np.float32), "factors": factors}
    made = helper.make_model(helper.make_graph(nodes, "g", *ends, [numpy_helper.from_array(value, name) for name, value in held.items()]), opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(made, full_check=True)
    return made

wrong = False
rows = np.hanning(CHANNELS).astype(np.float32)[:, None]
for name, columns, factors, order, changes in (
    ("Hann window over 64 columns", 64, np.hanning(64).astype(np.float32), ["features", "factors"], True),
    ("Hann window over 96 columns", 96, np.hanning(96).astype(np.float32), ["features", "factors"], False),
    ("Hann window over 64 rows, 96 columns", 96, rows, ["features", "factors"], True),
    ("one factor a channel", 96, rows[:, :, None], ["features", "factors"], False),
    ("window * features", 64, np.hanning(64).astype(np.float32), ["factors", "features"], False),
):
    model = weighted(factors, columns, order)
    slim = onnxslim.slim(model)
    picture = noise.normal(size=(1, 1, 64, columns)).astype(np.float32)
    due, got = run(model, picture), run(slim, picture)
    off = abs(due - got).max() / abs(due).max()
    print(f"{name}: {', '.join(node.op_type for node in slim.graph.node)}; off by {100 * off:.0f} % of the largest value,", end=" ")
    print(f"first column at most {abs(due[..., 0]).max():.1f}, then {abs(got[..., 0]).max():.1f}, first channel at most {abs(due[:, 0]).max():.1f}, then {abs(got[:, 0]).max():.1f}")
    wrong |= (off > 0.5) != changes or (off < 1e-5) == changes
if wrong:
    sys.exit("changed: other factors are drawn in")
EOF
v/bin/python window.py 2>&1
