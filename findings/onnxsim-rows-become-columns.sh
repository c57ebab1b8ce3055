#!/usr/bin/env bash
# One would guess that onnxsim gives a simpler model that computes the same, and that the True which simplify() gives beside it means that.
# In 0.8.1 two reductions in a row become one. Where the first keeps its axis (keepdim=True) and the second does not, the new one keeps neither: what was
# (n, height, 1) is (n, height). A mean of each row that is taken off a square picture is then taken off the columns, since (n, height) counts as one row of columns:
# the bands of a line camera, which the model takes out, stay in and are drawn across as well. With pictures that are not square the model fails to run. The True
# says nothing: results are compared only where check_n is given. 0.7.3 leaves the model alone.
# It matters for x.mean(3, keepdim=True).mean(1) and the like, a profile of rows over all channels: exports of models that were right with an earlier onnxsim change,
# and training sizes are square. What helps: check_n=1, or skipped_optimizers=["fuse_consecutive_reduce"].
# Versions: onnxsim 0.8.1 and 0.7.3, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for version in 0.8.1 0.7.3; do
    python3 -m venv "$version"
    "$version"/bin/pip install -q --no-cache-dir --disable-pip-version-check onnxsim==$version onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
done
cat >bands.py <<'EOF'
import contextlib, io, sys
import numpy as np, onnx, onnxruntime, onnxsim
from onnx import TensorProto, helper, numpy_helper

SIDE = 128
changes = sys.argv[1] == "0.8.1"
nodes = [
    helper.make_node("ReduceMean", ["x", "channels"], ["grey"], keepdims=0),
    helper.make_node("ReduceMean", ["x", "columns"], ["profiles"], keepdims=1),
    helper.make_node("ReduceMean", ["profiles", "channels"], ["rows"], keepdims=0),
    helper.make_node("Sub", ["grey", "rows"], ["y"]),
]

def made(width):
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)] for name, shape in (("x", [1, 3, SIDE, width]), ("y", [1, SIDE, width]))]
    axes = [numpy_helper.from_array(np.array([axis]), name) for axis, name in ((1, "channels"), (3, "columns"))]
    model = helper.make_model(helper.make_graph(nodes, "bands", *ends, axes), opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return model

def run(model, picture):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"]).run(None, {"x": picture})[0][0]

noise = np.random.default_rng(0)
bands = noise.normal(0, 0.2, (SIDE, 1))
picture = (0.5 + bands + noise.normal(0, 0.01, (1, 3, SIDE, SIDE))).astype(np.float32)
simple, said = onnxsim.simplify(made(SIDE))
due, got = run(made(SIDE), picture), run(simple, picture)
kinds = ", ".join(node.op_type for node in simple.graph.node)
print(f"onnxsim {sys.argv[1]}: {kinds}; said {said}")
print(f"deviation of rows' means {due.mean(1).std():.4f}, then {got.mean(1).std():.4f}; of columns' means {due.mean(0).std():.4f}, then {got.mean(0).std():.4f}")
wrong = not said or (got.mean(0).std() > 0.1 and got.mean(1).std() > 0.1) != changes or (not changes and abs(due - got).max() > 1e-6)
if changes:
    skipped = run(onnxsim.simplify(made(SIDE), skipped_optimizers=["fuse_consecutive_reduce"])[0], picture)
    with contextlib.redirect_stdout(io.StringIO()):
        checked = onnxsim.simplify(made(SIDE), check_n=1)[1]
    print(f"without fuse_consecutive_reduce: off by at most {abs(skipped - due).max():.0e}; with check_n=1 said {checked}")
    wrong |= abs(skipped - due).max() > 1e-6 or checked
wide = onnxsim.simplify(made(SIDE + 1))[0]
try:
    run(wide, np.zeros((1, 3, SIDE, SIDE + 1), np.float32))
    fails = False
except Exception as failure:
    fails = True
print(f"a column wider it {'fails to run' if fails else 'runs'}")
if wrong or fails != changes:
    sys.exit("changed: reductions are joined otherwise")
EOF
for version in 0.8.1 0.7.3; do "$version"/bin/python bands.py $version; done
