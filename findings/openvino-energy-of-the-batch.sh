#!/usr/bin/env bash
# One would guess that ReduceLogSumExp and ReduceL1 of an ONNX model reduce the axes that it names in OpenVINO too, as ReduceL2, ReduceMean and ReduceSum do.
# Of models of opsets 13 to 17, where the axes are an attribute, OpenVINO reduces everything to one number: ReduceL1 in all versions tried, ReduceLogSumExp and
# ReduceLogSum since a release after 2026.2. Opset 11 and 18 are right. Nothing is said, and as the number fits every shape, what follows runs on.
# It matters where a model's score is the energy of its logits (-logsumexp), or its features are divided by their sum: all pictures of a batch get one and the
# same score, which depends on the others, a patch's features depend on all patches, and alone a picture is right, so a test with one finds nothing. An update
# of OpenVINO is enough. What helps: opset 18 or later at export, or onnx.version_converter.
# Versions: openvino 2026.4.1 and 2026.2.0, onnx 1.23.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check openvino==2026.4.1 onnx==1.23.2 numpy==2.4.6
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps --target old openvino==2026.2.0
cat >energy.py <<'EOF'
import sys
import numpy as np, onnx, openvino
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

logits = np.random.default_rng(0).uniform(1, 4, (4, 8)).astype(np.float32)  # of four pictures

def model(kind, opset):
    """One score a picture: its eight logits, reduced."""
    if opset < 18:
        node, given = helper.make_node(kind, ["logits"], ["score"], axes=[1], keepdims=0), []
    else:
        node, given = helper.make_node(kind, ["logits", "axes"], ["score"], keepdims=0), [numpy_helper.from_array(np.array([1]), "axes")]
    ends = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["pictures", 8])], [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["pictures"])]
    made = helper.make_model(helper.make_graph([node], "score", *ends, given), opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(made)
    return made

def run(made, values):
    core = openvino.Core()
    return np.array(core.compile_model(core.read_model(made.SerializeToString()), "CPU")(values)[0])

new = sys.argv[1] == "new"
print("OpenVINO", openvino.__version__[:8])
seen = []
for kind in "ReduceLogSumExp", "ReduceL1", "ReduceLogSum", "ReduceL2":
    for opset in 11, 13, 17, 18:
        made = model(kind, opset)
        true = ReferenceEvaluator(made).run(None, {"logits": logits})[0]
        four, one = run(made, logits), run(made, logits[:1])
        right = four.shape == true.shape and np.allclose(four, true, atol=1e-4)
        should = '' if right else f"  should be {np.array2string(true, precision=2)}"
        print(f"{kind:16} opset {opset}: {np.array2string(four, precision=2)}{should}")
        if not right:
            seen.append((kind, opset))
        if not np.allclose(one, true[0], atol=1e-4):
            sys.exit("changed: one picture alone is wrong")
kinds = ("ReduceLogSumExp", "ReduceL1", "ReduceLogSum") if new else ("ReduceL1",)
if seen != [(kind, opset) for kind in kinds for opset in (13, 17)]:
    sys.exit("changed: other operators forget their axes")
EOF
v/bin/python energy.py new
PYTHONPATH=old v/bin/python energy.py old
