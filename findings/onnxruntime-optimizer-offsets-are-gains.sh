#!/usr/bin/env bash
# One would guess that onnxruntime's optimizer for transformers (onnxruntime.transformers.optimizer), which joins nodes to faster ones, leaves what a model computes as it is,
# or a subgraph that it does not know untouched.
# It joins a normalisation, written out as ReduceMean, Sub, Pow, ReduceMean, Add, Sqrt, Div, Mul and Add, by its nodes without asking over which axis: LayerNormalization is always
# over the last. Patches whose features were centred and divided by their spread over all patches are divided by their own spread afterwards, for which axis 1
# of [1, 196, 64] becomes axis 2: values differ by up to 4.5. A normalisation over the channels of [1, 16, 8, 8] with gains of [16, 1, 1], as in Segment Anything,
# is cut in two by most model types and divided by the spread of channels, rows and columns together. model_type='sam2' knows it, and puts
# the gains in the place of the offsets. Nothing is said; over the last axis, as in ViT and CLIP, it is right.
# It matters where a model is made faster for the line: scores are others, and maps keep their look. What helps: the same picture through both models, once; or
# opset 17, where LayerNormalization is a node of its own, at the export; onnxruntime's own optimisation, at loading, is right for all of these.
# Versions: onnxruntime 1.32.0, onnx 1.23.2, sympy 1.14.0, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 sympy==1.14.0 numpy==2.4.6
cat >offsets.py <<'EOF'
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.transformers import optimizer

drawn = np.random.default_rng(0)


def normalisation(shape, axis, gains, offsets):
    chain = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[axis], keepdims=1),
        helper.make_node("Sub", ["x", "mean"], ["centred"]),
        helper.make_node("Pow", ["centred", "two"], ["squares"]),
        helper.make_node("ReduceMean", ["squares"], ["variance"], axes=[axis], keepdims=1),
        helper.make_node("Add", ["variance", "little"], ["more"]),
        helper.make_node("Sqrt", ["more"], ["spread"]),
        helper.make_node("Div", ["centred", "spread"], ["divided"]),
        helper.make_node("Mul", ["divided", "gains"], ["scaled"]),
        helper.make_node("Add", ["scaled", "offsets"], ["y"]),
    ]
    numbers = {"two": np.float32(2), "little": np.float32(1e-6), "gains": gains, "offsets": offsets}
    known = [numpy_helper.from_array(np.asarray(value), name) for name, value in numbers.items()]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy")
    graph = helper.make_graph(chain, "g", [x], [y], known)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def run(model, x, level=onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


def due(x, axis, gains, offsets):
    return (x - x.mean(axis, keepdims=True)) / np.sqrt(x.var(axis, keepdims=True) + 1e-6) * gains + offsets


wrong = False
for name, shape, axis, at, types in (
    ("features of a patch", (1, 196, 64), 2, (64,), ("vit", "clip", "bert")),
    ("a feature over the patches", (1, 196, 64), 1, (64,), ("vit", "clip", "bert")),
    ("channels of a pixel", (1, 16, 8, 8), 1, (16, 1, 1), ("vit", "clip", "sam2")),
):
    x = drawn.normal(2, 1, shape).astype(np.float32) * (1 + np.arange(shape[-1], dtype=np.float32) / 8)
    gains, offsets = drawn.normal(1, 0.2, at).astype(np.float32), drawn.normal(0, 0.2, at).astype(np.float32)
    model, right = normalisation(shape, axis, gains, offsets), due(x, axis, gains, offsets)
    plain, loaded = (np.abs(run(model, x, level) - right).max() for level in (onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL))
    print(f"{name}, {list(shape)} over axis {axis}: off by {plain:.5f} as it is, {loaded:.5f} optimised at loading")
    wrong |= plain > 1e-3 or loaded > 1e-3
    for kind in types:
        onnx.save(model, "model.onnx")
        joined = optimizer.optimize_model("model.onnx", model_type=kind, opt_level=0).model
        y = run(joined, x)
        off, gained = np.abs(y - right).max(), np.abs(y - due(x, axis, gains, gains)).max()
        nodes = ", ".join(node.op_type for node in joined.graph.node)
        print(f"  model_type {kind}: {nodes}; off by {off:.5f}{', by 0 with the gains as offsets' if gained < 1e-3 else ''}")
        wrong |= (off > 0.5) != (axis == 1) or (gained < 1e-3) != (kind == "sam2")
if wrong:
    sys.exit("changed: other values")
EOF
v/bin/python offsets.py 2>&1 | grep -v 'num_heads and hidden_size'
