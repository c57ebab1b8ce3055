#!/usr/bin/env bash
# One would guess that onnx2torch makes a PyTorch model of an ONNX one that computes the same, as its own example shows: convert, call, compare with onnxruntime.
# What it gives back is in PyTorch's state of training. BatchNormalization takes the mean and the spread of the parts at hand in place of the learned ones, and
# moves the learned ones towards them: a part's score depends on the parts beside it, and after 50 dark pictures the model is another one, for good, also after
# eval(). Dropout, which the ONNX model says is off, is on: the same part has another score each time. With eval() before the first call all is as in onnxruntime. Convolutions that
# have their normalisation folded in, as exported by default, hide it.
# And the largest and the smallest value over axes named as [-1, -3] without keepdims are taken over other axes, with eval() too: the first one is gone before the other is
# counted.
# It matters where a model of others is taken on in PyTorch, to read features or to go on with learning: scores of a trial look credible, and each run has others.
# What helps: convert(...).eval(), and axes counted from the front.
# Versions: onnx2torch 1.5.15, torch 2.15.0, torchvision 0.29.2, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check onnx2torch==1.5.15 torch==2.15.0 torchvision==0.29.2 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cat >judge.py <<'EOF'
import sys

import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx2torch import convert

drawn = np.random.default_rng(0)
part = drawn.normal(0, 1, (1, 3, 8, 8)).astype(np.float32)
beside = drawn.normal(2, 1, (1, 3, 8, 8)).astype(np.float32)


def model(*chain, **known):
    known = [numpy_helper.from_array(value, name) for name, value in known.items()]
    inside, outside = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 8, 8]), helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    return helper.make_model(helper.make_graph(list(chain), "g", [inside], [outside], known), opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def by_ort(of, x):
    return onnxruntime.InferenceSession(of.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


def by_torch(module, x):
    with torch.no_grad():
        return module(torch.from_numpy(x)).numpy()


gains, offsets = np.ones(3, np.float32), np.zeros(3, np.float32)
normalised = model(
    helper.make_node("BatchNormalization", ["x", "gains", "offsets", "mean", "variance"], ["n"]),
    helper.make_node("Relu", ["n"], ["r"]),
    helper.make_node("ReduceMean", ["r"], ["y"], axes=[1, 2, 3], keepdims=0),
    gains=gains, offsets=offsets, mean=offsets, variance=gains,
)
due = by_ort(normalised, part)[0]
fresh, steady, spoilt = convert(normalised), convert(normalised).eval(), convert(normalised)
alone, both, kept = by_torch(fresh, part)[0], by_torch(fresh, np.concatenate([part, beside]))[0], by_torch(steady, part)[0]
for _ in range(50):
    by_torch(spoilt, part / 10 - 3)
after = by_torch(spoilt.eval(), part)[0]
print(f"BatchNormalization: a part has {due:.4f} in onnxruntime, {alone:.4f} in onnx2torch, {both:.4f} with another part beside it; {kept:.4f} with eval()")
print(f"after 50 dark pictures, with eval(): {after:.4f}")
wrong = min(abs(due - alone), abs(due - both), abs(alone - both), abs(after - due)) < 0.005 or abs(kept - due) > 1e-4

dropped = model(helper.make_node("Dropout", ["x", "half"], ["d"]), helper.make_node("ReduceMean", ["d"], ["y"], axes=[1, 2, 3], keepdims=0), half=np.array(0.5, np.float32))
torch.manual_seed(0)
fresh, steady, due = convert(dropped), convert(dropped).eval(), by_ort(dropped, beside)[0]
times = [float(by_torch(fresh, beside)[0]) for _ in range(3)]
print(f"Dropout: {due:.4f} in onnxruntime, {', '.join(f'{score:.4f}' for score in times)} in onnx2torch; {by_torch(steady, beside)[0]:.4f} with eval()")
wrong |= len(set(times)) < 3 or abs(by_torch(steady, beside)[0] - due) > 1e-4

for op, own in (("ReduceMax", np.max), ("ReduceMin", np.min), ("ReduceMean", np.mean)):
    for axes in [-1, -3], [3, 1]:
        reduced = model(helper.make_node(op, ["x"], ["y"], axes=axes, keepdims=0))
        y, right = by_torch(convert(reduced).eval(), part), own(part, axis=tuple(axes))
        off = np.abs(y - right).max()
        print(f"{op} over {axes}: off by {off:.4f} in onnx2torch, {np.abs(by_ort(reduced, part) - right).max():.4f} in onnxruntime")
        wrong |= (off > 0.1) != (axes == [-1, -3] and op != "ReduceMean")
if wrong:
    sys.exit("changed: other scores")
EOF
v/bin/python -W ignore judge.py
