#!/usr/bin/env bash
# One would guess that a runtime reads a sequence from its end where the recurrent layer of an ONNX model has direction="reverse", as each reads it both ways for
# "bidirectional".
# tract reads it forwards, for LSTM, GRU and RNN alike, and so does OpenCV 5 for GRU. OpenCV 5's LSTM is right at each place, but its final state Y_h is not the
# one of the whole sequence, at the first place: it is the one at the last place, which has seen a single sample. Nothing is said, and all shapes are right.
# ONNX Runtime and OpenVINO compute "reverse" as written, and all four compute "bidirectional".
# It matters where a curve or a line is judged by such a network: the force of a press, a line scan, the text of a label. An anomaly's reconstruction error
# is taken between things that do not belong together, and where the state alone is judged, in OpenCV, the last sample has the only say: a bump anywhere before it
# changes nothing. What helps: "bidirectional" and the second half of its result, or the sequence turned before and after.
# Versions: tract 0.23.9, opencv-python-headless 5.0.0.93, onnxruntime 1.32.0, openvino 2026.4.1, onnx 1.23.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check tract==0.23.9 opencv-python-headless==5.0.0.93 onnxruntime==1.32.0 openvino==2026.4.1 onnx==1.23.2 numpy==2.4.6
cat >curve.py <<'EOF'
import sys
import cv2, numpy as np, onnx
import onnxruntime, openvino, tract
from onnx import TensorProto, helper, numpy_helper

LENGTH, FEATURES, UNITS = 40, 2, 8
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
rng = np.random.default_rng(0)
curve = np.cumsum(rng.normal(0, 0.3, (LENGTH, 1, FEATURES)), axis=0).astype(np.float32)
bump = curve.copy()
bump[4:8] += 1

def weights(kind, ways):
    sizes = {"W": (GATES[kind] * UNITS, FEATURES), "R": (GATES[kind] * UNITS, UNITS), "B": (2 * GATES[kind] * UNITS,)}
    return {name: rng.normal(0, 0.4, (ways, *size)).astype(np.float32) for name, size in sizes.items()}

def save(kind, direction, values):
    ways = len(values["W"])
    more = {"linear_before_reset": 1} if kind == "GRU" else {}
    node = helper.make_node(kind, ["x", *values], ["y", "state"], hidden_size=UNITS, direction=direction, **more)
    shapes = {"x": [LENGTH, 1, FEATURES], "y": [LENGTH, ways, 1, UNITS], "state": [ways, 1, UNITS]}
    ends = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()}
    constants = [numpy_helper.from_array(value, name) for name, value in values.items()]
    graph = helper.make_graph([node], "curve", [ends["x"]], [ends["y"], ends["state"]], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")

def by_opencv(x):
    net = cv2.dnn.readNetFromONNX("model.onnx")
    net.setInput(x, "x")
    return net.forward(["y", "state"])

runtimes = {
    "onnxruntime": lambda x: onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x}),
    "openvino": lambda x: list(openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([x]).values()),
    "tract": lambda x: [end.to_numpy() for end in tract.onnx().load("model.onnx").into_model().into_runnable().run([x])],
    "opencv": by_opencv,
}

def close(a, b):
    return np.asarray(a).size == np.asarray(b).size and np.allclose(np.ravel(a), np.ravel(b), atol=1e-4)

wrong = False
for kind in GATES:
    values = weights(kind, 1)
    save(kind, "forward", values)
    ahead = runtimes["onnxruntime"](curve)
    turned = runtimes["onnxruntime"](np.ascontiguousarray(curve[::-1]))  # "reverse" is this, turned back
    truth = [turned[0][::-1], turned[1]]
    save(kind, "reverse", values)
    for name, run in runtimes.items():
        if (kind, name) == ("RNN", "opencv"):
            continue  # refused
        y, state = run(curve)
        shift = np.abs(np.asarray(run(bump)[1]) - state).max()
        places = "right" if close(y, truth[0]) else "forwards" if close(y, ahead[0]) else "something else"
        last = "right" if close(state, truth[1]) else "forwards" if close(state, ahead[1]) else "of the last sample" if close(state, truth[0][-1]) else "something else"
        print(f"{kind:4} reverse, {name:11}: each place {places:8}  final state {last:18}  changed by a bump at places 4 to 7: {shift:.3f}")
        expected = ("forwards", "forwards") if name == "tract" or (kind, name) == ("GRU", "opencv") else ("right", "right")
        if (kind, name) == ("LSTM", "opencv"):
            expected = ("right", "of the last sample")
            wrong |= shift > 0
        wrong |= (places, last) != expected or (name == "onnxruntime" and shift < 0.05)
    save(kind, "bidirectional", weights(kind, 2))
    truth = runtimes["onnxruntime"](curve)
    for name, run in runtimes.items():
        if (kind, name) != ("RNN", "opencv"):
            wrong |= not all(close(a, b) for a, b in zip(run(curve), truth))
print("bidirectional:", "other results" if wrong else "all alike")
if wrong:
    sys.exit("changed: other directions")
EOF
v/bin/python curve.py 2>log || { tail -3 log; exit 1; }
