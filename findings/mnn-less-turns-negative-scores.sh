#!/usr/bin/env bash
# One would guess that Less of an ONNX model compares numbers in MNN, whatever their sign, as Greater, LessOrEqual and GreaterOrEqual do.
# Of two negative floats it says the opposite: -20 < -5 is false and -5 < -20 is true, as if their bits were integers. With one number at least 0 it is right,
# so are integers and the three other comparisons, and a threshold of 0 or more hides it all. It is so for constants, for inputs, and with broadcasting.
# It matters where a model gives the mask itself and low means strange: log-likelihoods (flows, Gaussians for each place) and negative distances lie below 0 on
# both sides of the threshold, and the mask is the negative of itself: each good pixel is a defect, and the defects are good.
# What helps: the operands exchanged, Greater(threshold, score), or Not of GreaterOrEqual.
# Versions: mnn 3.6.1, onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6; x86-64.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check mnn==3.6.1 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat >below.py <<'EOF'
import sys
import onnxruntime
import _tools, MNN.expr as expr, MNN.nn as nn
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 32

def judged(nodes, scores, threshold, constant=True):
    """The mask by ONNX Runtime and by MNN: 1 where the nodes say so of scores s and threshold t."""
    made = [*nodes, helper.make_node("Cast", ["b"], ["y"], to=TensorProto.FLOAT)]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, scores.shape) for name in "sy"]
    inputs, constants, fed = [ends[0]], [], {"s": scores}
    if constant:
        constants = [numpy_helper.from_array(threshold, "t")]
    else:
        inputs, fed = [ends[0], helper.make_tensor_value_info("t", TensorProto.FLOAT, threshold.shape)], {"s": scores, "t": threshold}
    model = helper.make_model(helper.make_graph(made, "mask", inputs, ends[1:], constants), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "model.onnx")
    true = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, fed)[0]
    _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", "model.onnx", "--MNNModel", "model.mnn", "--bizCode", "MNN"])
    variables = []
    for array in fed.values():
        variables.append(expr.placeholder(list(array.shape), expr.NCHW))
        variables[-1].write(np.ascontiguousarray(array))
    seen = expr.convert(nn.load_module_from_file("model.mnn", list(fed), ["y"]).forward(variables)[0], expr.NCHW)
    return true, np.array(seen.read()).reshape(true.shape)

def one(operator, swapped=False):
    return [helper.make_node(operator, ["t", "s"] if swapped else ["s", "t"], ["b"])]

wrong = False
rng = np.random.default_rng(0)
pairs = rng.normal(0, 5, (2, 1, 1, SIDE, SIDE)).astype(np.float32)
below = (pairs < 0).all(0)
for operator in "Less", "LessOrEqual", "Greater", "GreaterOrEqual":
    true, seen = judged(one(operator), *pairs, constant=False)
    off = true != seen
    print(f"{operator:14} of two maps: {off[below].mean():4.0%} wrong where both are negative, {off[~below].mean():.0%} elsewhere")
    wrong |= off[below].mean() != (operator == "Less") or off[~below].any()

likelihood = rng.normal(-3, 0.5, (1, 1, SIDE, SIDE)).astype(np.float32)  # of good pixels, and of a scratch of 20 x 2
likelihood[..., 10:12, 5:25] -= 20
for level, expected in ((-5, True), (0, False)):
    for what, nodes in (
        ("Less(score, threshold)", one("Less")),
        ("Greater(threshold, score)", one("Greater", swapped=True)),
        ("Not(GreaterOrEqual)", [helper.make_node("GreaterOrEqual", ["s", "t"], ["g"]), helper.make_node("Not", ["g"], ["b"])]),
    ):
        moved = (likelihood + (level + 5)).astype(np.float32)  # the same picture about a threshold of -5 or, raised by 5, of 0
        true, seen = judged(nodes, moved, np.array(level, np.float32))
        print(f"threshold {level:2}, {what:25}: {int(true.sum())} pixels by ONNX Runtime, {int(seen.sum())} by MNN")
        turned = expected and what.startswith("Less")
        wrong |= true.sum() != 40 or not np.array_equal(seen, 1 - true if turned else true)
if wrong:
    sys.exit("changed: MNN's Less sees other numbers")
EOF
v/bin/python below.py 2>log | grep -E "^(Less|Great|thres)|changed" || { tail -3 log; exit 1; }
