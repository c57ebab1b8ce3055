#!/usr/bin/env bash
# One would guess that the reference evaluator of the onnx package gives what the standard says, as the tests of runtimes and one's own code are held against
# it.
# LpNormalization with p=1 divides by the sum of the values in place of the sum of their magnitudes: (1, -2, 3, -4) becomes (-0.5, 1, -1.5, 2), each sign
# turned, and a feature whose values nearly cancel becomes thousands. LRN normalises the first channel of one picture alone and leaves the others as they are;
# of a batch, as many channels as there are pictures. LogSoftmax of scores that differ by 150 is minus infinity. ONNX Runtime is right in all three.
# It matters where one's own operators, or a conversion to another runtime, are checked against it: the right code looks wrong, or the wrong one right.
# Values that are all positive, as tests often have them, show none of it. What helps: numpy, or a second runtime, as the judge.
# Versions: onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cat >judge.py <<'EOF'
import sys, warnings
warnings.simplefilter("ignore")
import numpy as np, onnx, onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

def both(kind, given, **how):
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, given.shape)] for name in "xy"]
    made = helper.make_model(helper.make_graph([helper.make_node(kind, ["x"], ["y"], **how)], "one", *ends), opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    runtime = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    return ReferenceEvaluator(made).run(None, {"x": given})[0], runtime.run(None, {"x": given})[0]

def lrn(given, size, alpha, beta, bias):
    squares = np.pad(given**2, [(0, 0), (size // 2, size // 2), (0, 0), (0, 0)])
    around = sum(squares[:, at : at + given.shape[1]] for at in range(size))
    return given / (bias + alpha / size * around) ** beta

feature = np.array([[1, -2, 3, -4]], np.float32)
nearly = np.array([[1, -2, 3, -1.999]], np.float32)
positive = np.abs(feature)
scores = np.array([[100, 0, -50]], np.float32)
pictures = np.random.default_rng(0).normal(size=(2, 6, 3, 3)).astype(np.float32)
settings = {"size": 3, "alpha": 0.5, "beta": 0.75, "bias": 1.0}
cases = {
    "L1 of (1, -2, 3, -4)": (*both("LpNormalization", feature, p=1, axis=-1), feature / 10),
    "L1 of (1, -2, 3, -1.999)": (*both("LpNormalization", nearly, p=1, axis=-1), nearly / np.abs(nearly).sum()),
    "L1 of (1, 2, 3, 4)": (*both("LpNormalization", positive, p=1, axis=-1), positive / 10),
    "L2 of (1, -2, 3, -4)": (*both("LpNormalization", feature, p=2, axis=-1), feature / np.linalg.norm(feature)),
    "LogSoftmax of (100, 0, -50)": (*both("LogSoftmax", scores, axis=-1), scores - 100),
}
for channel in range(4):
    reference, runtime = both("LRN", pictures, **settings)
    cases[f"LRN of two pictures, channel {channel}"] = tuple(np.array(of[:, channel]).reshape(1, -1) for of in (reference, runtime, lrn(pictures, **settings)))
wrong = []
for name, (reference, runtime, true) in cases.items():
    print(f"{name:30}: reference {reference[0, :4].round(2)}, ONNX Runtime {runtime[0, :4].round(2)}, true {true[0, :4].round(2)}")
    if not np.allclose(runtime, true, atol=1e-4):
        sys.exit("changed: ONNX Runtime is wrong")
    if not np.allclose(reference, true, atol=1e-4):
        wrong.append(name)
names = list(cases)
if wrong != names[:2] + names[4:5] + names[7:] or not np.allclose(cases["L1 of (1, -2, 3, -4)"][0], feature / -2):
    sys.exit("changed: other results are wrong")
EOF
v/bin/python judge.py
