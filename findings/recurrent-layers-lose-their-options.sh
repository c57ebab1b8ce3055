#!/usr/bin/env bash
# One would guess that a runtime refuses a recurrent layer with an option that it does not have, or says so: the standard's LSTM, GRU and RNN have several.
# Most are left out without a word. An RNN with Relu (torch's nonlinearity="relu") has tanh in tract and MNN. MNN, and OpenCV 5 for GRU, read curves of different lengths
# to the end of the padding. A GRU with the standard's default, linear_before_reset=0, is wrong in MNN. An LSTM's peepholes are left out by OpenVINO and give something
# else in OpenCV 5 and MNN; its input_forget is left out by all four, its clip by all but OpenVINO, and with layout=1 OpenVINO and MNN take the batch for the
# time. ONNX Runtime computes all of them but layout=1, which it refuses; what is not named here is right, or refused.
# It matters for profiles, torque curves and rows of patches: a Relu's values above 1 are gone, a short curve's state is that of its padding, and the shapes
# are right. What helps: a comparison of each exported model with ONNX Runtime, on curves of different lengths.
# Versions: openvino 2026.4.1, tract 0.23.9, opencv-python-headless 5.0.0.93, mnn 3.6.1, onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check openvino==2026.4.1 tract==0.23.9 opencv-python-headless==5.0.0.93 mnn==3.6.1 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat >options.py <<'EOF'
import os, sys
import cv2, numpy as np, onnx
import onnxruntime, openvino, tract
import MNN.expr as expr, MNN.nn as nn
from onnx import TensorProto, helper, numpy_helper
import _tools

LENGTH, BATCH, FEATURES, UNITS = 6, 2, 3, 4
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
rng = np.random.default_rng(0)
curves = rng.normal(0, 1, (LENGTH, BATCH, FEATURES)).astype(np.float32)
ends = ["y", "state"]

def by_onnxruntime(x):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession("model.onnx", options, providers=["CPUExecutionProvider"]).run(None, {"x": x})

def by_opencv(x):
    net = cv2.dnn.readNetFromONNX("model.onnx")
    net.setInput(x, "x")
    return net.forward(ends)

def by_mnn(x):
    _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", "model.onnx", "--MNNModel", "model.mnn", "--bizCode", "MNN"])
    made = nn.load_module_from_file("model.mnn", ["x"], ends).forward([expr.const(x, list(x.shape), expr.NCHW)])
    return [np.array(expr.convert(one, expr.NCHW).read()) for one in made]

runtimes = {
    "OpenVINO": lambda x: list(openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([x]).values()),
    "tract": lambda x: [end.to_numpy() for end in tract.onnx().load("model.onnx").into_model().into_runnable().run([x])],
    "OpenCV": by_opencv,
    "MNN": by_mnn,
}

def weights(kind):
    sizes = {"W": (1, GATES[kind] * UNITS, FEATURES), "R": (1, GATES[kind] * UNITS, UNITS), "B": (1, 2 * GATES[kind] * UNITS)}
    return {name: rng.normal(0, 1, size).astype(np.float32) for name, size in sizes.items()}

def save(kind, values, shape, **options):
    inputs = ["x", "W", "R", "B"] + [name if name in values else "" for name in ("lengths", "h", "c", "P")]
    while not inputs[-1]:
        inputs.pop()
    node = helper.make_node(kind, inputs, ends + ["cell"] * (kind == "LSTM"), hidden_size=UNITS, **options)
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * rank) for name, rank in (("y", 4), ("state", 3))]
    model = helper.make_model(helper.make_graph([node], "g", given, results, [numpy_helper.from_array(value, name) for name, value in values.items()]), opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, "model.onnx")

def answer(run, x):
    """What a runtime gives, in a process of its own, since some end it; None where it refuses."""
    done = os.fork()
    if not done:
        quiet = os.open("quiet", os.O_WRONLY | os.O_CREAT)
        os.dup2(quiet, 1), os.dup2(quiet, 2)
        try:
            np.savez("answer.npz", *run(x))
        finally:
            os._exit(0)
    os.waitpid(done, 0)
    if not os.path.exists("answer.npz"):
        return None
    with np.load("answer.npz") as held:
        made = list(held.values())
    os.remove("answer.npz")
    return made

def same(one, other):
    return one[0].size == other[0].size and all(np.allclose(np.ravel(a), np.ravel(b), atol=1e-3) for a, b in zip(one, other))

lengths = {"lengths": np.array([LENGTH, 2], np.int32)}
cases = {
    "RNN with Relu": ("RNN", {}, {"activations": ["Relu"]}, {}, {"tract": "left out", "MNN": "left out"}),
    "RNN, lengths 6 and 2": ("RNN", lengths, {}, {}, {"MNN": "left out"}),
    "GRU, lengths 6 and 2": ("GRU", lengths, {"linear_before_reset": 1}, {"linear_before_reset": 1}, {"OpenCV": "left out", "MNN": "left out"}),
    "LSTM, lengths 6 and 2": ("LSTM", lengths, {}, {}, {"MNN": "left out"}),
    "GRU, linear_before_reset=0": ("GRU", {}, {}, {"linear_before_reset": 1}, {"MNN": "wrong"}),
    "LSTM with peepholes": ("LSTM", {"P": rng.normal(0, 1, (1, 3 * UNITS)).astype(np.float32)}, {}, {}, {"OpenVINO": "left out", "OpenCV": "wrong", "MNN": "wrong"}),
    "LSTM, input_forget": ("LSTM", {}, {"input_forget": 1}, {}, dict.fromkeys(runtimes, "left out")),
    "LSTM, clip": ("LSTM", {}, {"clip": 0.2}, {}, dict.fromkeys(["tract", "OpenCV", "MNN"], "left out")),
}
wrong = False
for name, (kind, more, options, without, due) in cases.items():
    values = weights(kind)
    save(kind, values, curves.shape, **without)
    plain = by_onnxruntime(curves)
    save(kind, values | more, curves.shape, **options)
    truth = by_onnxruntime(curves)
    said = {}
    for runtime, run in runtimes.items():
        got = answer(run, curves)
        said[runtime] = "refused" if got is None else "right" if same(got, truth) else "left out" if same(got, plain) else "wrong"
    print(f"{name}: {', '.join(map(' '.join, said.items()))}; off by up to {max(abs(a - b).max() for a, b in zip(truth, plain)):.2f} without it")
    wrong |= {runtime: word for runtime, word in said.items() if word in ("left out", "wrong")} != due
values = weights("LSTM")
save("LSTM", values, curves.shape)
y, state = by_onnxruntime(curves)
turned = np.ascontiguousarray(curves.transpose(1, 0, 2))
save("LSTM", values, turned.shape, layout=1)
said = {}
for runtime, run in runtimes.items():
    got = answer(run, turned)
    said[runtime] = "refused" if got is None else "right" if same(got, [y.transpose(2, 0, 1, 3), state.transpose(1, 0, 2)]) else "wrong"
print(f"LSTM, layout=1: {', '.join(map(' '.join, said.items()))}")
if wrong or [runtime for runtime, word in said.items() if word == "wrong"] != ["OpenVINO", "MNN"]:
    sys.exit("changed: other options are left out")
EOF
v/bin/python options.py
