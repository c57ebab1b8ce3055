#!/usr/bin/env bash
# One would guess that a Softmax over axis 1 of a segmentation model, good and defect for each pixel, sums to 1 at each pixel, in whatever runs the model; or
# that all that run it agree.
# Up to opset 12 the standard says otherwise: all axes from axis 1 on are one, so that the whole picture sums to 1. ONNX Runtime and tract do so: of 64 x 64
# pixels a sure defect has 0.0002, and the same defect less in a larger picture. OpenVINO and OpenCV, and the reference evaluator of the onnx package itself,
# sum at each pixel, as from opset 13 on, and give 0.99. onnx's checker finds nothing, and its converter to opset 13 keeps the meaning of the standard.
# It matters where models from exporters of that time (opset 11 was the usual one) change from one runtime to another: no threshold of the one fits the other,
# and no error says so. What helps: a look at the map's sum, and Softmax over the last axis, which all take alike.
# Versions: onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, opencv-python-headless 5.0.0.93 and 4.13.0.92, tract 0.23.9, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 tract==0.23.9 numpy==2.4.6
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps --target old opencv-python-headless==4.13.0.92
cat >softmax.py <<'EOF'
import sys
import cv2
import numpy as np, onnx
from onnx import TensorProto, helper, version_converter

def by_opencv(path, scores):
    net = cv2.dnn.readNetFromONNX(path)
    net.setInput(scores)
    return net.forward()

runners = {f"OpenCV {cv2.__version__}": by_opencv}
if cv2.__version__.startswith("5"):
    import onnxruntime, openvino, tract
    from onnx.reference import ReferenceEvaluator

    def by_tract(path, scores):
        return tract.onnx().load(path).into_model().into_runnable().run([scores])[0].to_numpy()

    runners |= {
        "ONNX Runtime": lambda path, scores: onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"x": scores})[0],
        "tract": by_tract,
        "OpenVINO": lambda path, scores: openvino.Core().compile_model(path, "CPU")(scores)[0],
        "onnx's reference": lambda path, scores: ReferenceEvaluator(path).run(None, {"x": scores})[0],
    }

def model(opset, side):
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 2, side, side])] for name in "xy"]
    made = helper.make_model(helper.make_graph([helper.make_node("Softmax", ["x"], ["y"], axis=1)], "map", *ends), opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    return made

seen = {}
for side in 64, 256:
    scores = np.zeros((1, 2, side, side), np.float32)
    scores[0, 0] = 3
    scores[0, :, 20:24, 20:24] = np.float32([-2, 3])[:, None, None]
    models = {"opset 11": model(11, side), "opset 13": model(13, side), "11 made 13": version_converter.convert_version(model(11, side), 13)}
    for name, made in models.items():
        onnx.save(made, "model.onnx")
        for runner, run in runners.items():
            found = run("model.onnx", scores)
            seen.setdefault((name, runner), []).append((float(found[0, 1, 21, 21]), float(found[0, :, 21, 21].sum())))
for (name, runner), of in seen.items():
    print(f"{name:10} {runner:16}: defect " + ", ".join(f"{defect:.2g} (pixel's sum {total:.2g}) of {side} x {side}" for side, (defect, total) in zip((64, 256), of)))
def kept(of):
    return all(abs(total - 1) < 1e-4 and defect > 0.99 for defect, total in of)
whole = [key for key, of in seen.items() if of[0][0] < 1e-3 and of[1][0] < of[0][0] / 10]
due = [(name, runner) for name, runner in seen if name == "11 made 13" or name == "opset 11" and runner in ("ONNX Runtime", "tract")]
if sorted(whole) != sorted(due) or not all(kept(of) for key, of in seen.items() if key not in whole):
    sys.exit("changed: others sum over the whole picture")
EOF
v/bin/python softmax.py
PYTHONPATH=old v/bin/python softmax.py
