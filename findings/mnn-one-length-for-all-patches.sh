#!/usr/bin/env bash
# One would guess that MNN normalises each patch's features of an ONNX model by their own length, as the model's ReduceL2 over the last axis says.
# Of opset 18 and later, where the axes are an input, mnnconvert leaves the axes of ReduceL2, ReduceL1, ReduceSumSquare and ReduceLogSumExp out without a word:
# all patches are divided by one length, that of all of them together. ReduceMean, ReduceMax, ReduceProd and ReduceSum keep theirs, and so do all of opset 17.
# It matters where CLIP or a memory of features runs on a small device: with one vector (the picture's) everything is right; ten patches that all point the
# text's way have cosines of 0.2 to 0.4 instead of 1, the longer the higher, so that a map follows contrast rather than likeness. What helps: opset 17 at
# export, or x / sqrt(ReduceSum(x * x)).
# Versions: mnn 3.6.1, onnx 1.23.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check mnn==3.6.1 onnx==1.23.2 numpy==2.4.6
cat >patches.py <<'EOF'
import subprocess, sys
import numpy as np, onnx
import MNN.expr as expr, MNN.nn as nn
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

PATCHES, WIDTH = 10, 16
rng = np.random.default_rng(0)
text = rng.normal(size=(WIDTH, 1)).astype(np.float32)
text /= np.linalg.norm(text)
# every patch points the way of the text; the last five are twice as long
features = (text.T * np.repeat([1, 2], PATCHES // 2)[:, None])[None].astype(np.float32)

def run(nodes, opset, values, **given):
    """What the reference and MNN have of a model with the input "x" and the output "y"."""
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)] for name, shape in (("x", values.shape), ("y", ["a", "b", "c"]))]
    graph = helper.make_graph(nodes, "patches", *ends, [numpy_helper.from_array(value, name) for name, value in given.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(made)
    onnx.save(made, "model.onnx")
    subprocess.run([sys.executable.replace("python", "mnnconvert"), "-f", "ONNX", "--modelFile", "model.onnx", "--MNNModel", "model.mnn"], check=True, capture_output=True)
    source = expr.placeholder(list(values.shape), expr.NCHW)
    source.write(np.ascontiguousarray(values))
    result = expr.convert(nn.load_module_from_file("model.mnn", ["x"], ["y"]).forward([source])[0], expr.NCHW)
    return ReferenceEvaluator(made).run(None, {"x": values})[0], np.array(result.read()).reshape(result.shape)

def reduce(kind, opset, to):
    if opset < 18 and kind != "ReduceSum":
        return helper.make_node(kind, ["x"], [to], axes=[-1], keepdims=1), {}
    return helper.make_node(kind, ["x", "axes"], [to], keepdims=1), {"axes": np.array([-1])}

wrong = 0
for opset in 17, 18:
    for patches in features, features[:, :1]:
        node, given = reduce("ReduceL2", opset, "length")
        divided = [node, helper.make_node("Div", ["x", "length"], ["unit"]), helper.make_node("MatMul", ["unit", "text"], ["y"])]
        true, cosines = run(divided, opset, patches, text=text, **given)
        print(f"opset {opset}, {patches.shape[1]:2} patches: cosines", *(f"{value:.2f}" for value in cosines.ravel()))
        right = np.allclose(true, 1, atol=1e-5) and np.allclose(cosines, true, atol=1e-5)
        wrong += right == (opset == 18 and patches.shape[1] > 1)
for opset in 17, 18:
    lost = []
    for kind in "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp", "ReduceMean", "ReduceMax", "ReduceProd", "ReduceSum":
        node, given = reduce(kind, opset, "y")
        true, seen = run([node], opset, np.abs(features), **given)
        if seen.shape != true.shape:
            lost.append(kind)
        elif not np.allclose(seen, true, rtol=1e-4, atol=1e-6):
            sys.exit(f"changed: {kind} has other values")
    print(f"opset {opset}: axes left out of", *lost or ["none"])
    wrong += lost != (["ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp"] if opset == 18 else [])
if wrong:
    sys.exit("changed: MNN reduces other axes")
EOF
mkdir none
printf '#!/bin/sh\nexit 1\n' >none/pip # mnnconvert would install a package into another Python
chmod +x none/pip
PATH="$work/none:$PATH" v/bin/python patches.py
