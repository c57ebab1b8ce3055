#!/usr/bin/env bash
# One would guess that Mean in an ONNX model is the mean of its inputs in OpenCV 5 too, however many there are, as Sum, Max and Min are right for any number.
# Of two or three inputs it is. From four on OpenCV adds one after the other and divides by their number each time: of four the last counts 1/4, as it should,
# the other three 1/16 each; of six the first three count 1/1296. The weights of four add up to 0.44, of eight to 0.14. Nothing is said. ONNX Runtime, OpenVINO
# and tract are right.
# It matters where a model's anomaly map is the mean of the maps of several layers, of augmented views or of an ensemble: with three all is well;
# with four the map is less than half as high, so that nothing passes a threshold found elsewhere, and it is the last layer's, the coarsest: here a scratch that
# three layers see and the last one does not falls from 0.75 to 0.19. What helps: Sum and Div, or Concat and ReduceMean.
# Versions: opencv-python-headless 5.0.0.93, onnxruntime 1.32.0, openvino 2026.4.1, tract 0.23.9, onnx 1.23.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check opencv-python-headless==5.0.0.93 onnxruntime==1.32.0 openvino==2026.4.1 tract==0.23.9 \
    onnx==1.23.2 numpy==2.4.6
cat >mean.py <<'EOS'
import sys
import cv2, onnxruntime, openvino, tract
import numpy as np, onnx
from onnx import TensorProto, helper

SIDE = 16
SHAPE = 1, 1, SIDE, SIDE

def write(count):
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, SHAPE)
    names = [f"layer{at}" for at in range(count)]
    graph = helper.make_graph([helper.make_node("Mean", names, ["map"])], "mean", [value(name) for name in names], [value("map")])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, f"mean{count}.onnx")

def by_opencv(count, maps):
    net = cv2.dnn.readNetFromONNX(f"mean{count}.onnx")
    for at, map in enumerate(maps):
        net.setInput(map, f"layer{at}")
    return net.forward()

def by_onnxruntime(count, maps):
    session = onnxruntime.InferenceSession(f"mean{count}.onnx", providers=["CPUExecutionProvider"])
    return session.run(None, {f"layer{at}": map for at, map in enumerate(maps)})[0]

runners = {
    "ONNX Runtime": by_onnxruntime,
    "OpenVINO": lambda count, maps: openvino.Core().compile_model(f"mean{count}.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(list(maps))[0],
    "tract": lambda count, maps: tract.onnx().load(f"mean{count}.onnx").into_model().into_runnable().run(list(maps))[0].to_numpy(),
    "OpenCV": by_opencv,
}
right = True
for count in 2, 3, 4, 6, 8:
    write(count)
    for name, run in runners.items():
        weights = [float(np.asarray(run(count, [np.full(SHAPE, at == one, np.float32) for at in range(count)])).reshape(SHAPE)[0, 0, 5, 5]) for one in range(count)]
        expected = [1 / count] * count
        if name == "OpenCV" and count > 3:
            expected = [count ** -(count - max(at, 2)) for at in range(count)]
        right &= np.allclose(weights, expected, rtol=1e-4)
        if name == "OpenCV" or count == 4:
            print(f"{count} layers in {name:12}: weights {' '.join(f'{weight:.2g}' for weight in weights)}, together {sum(weights):.2f}")
scratch = np.zeros(SHAPE, np.float32)
scratch[..., 8, :] = 1
for name, run in runners.items():
    seen = [float(np.asarray(run(count, [scratch] * (count - 1) + [scratch * 0])).max()) for count in (3, 4)]
    print(f"a scratch that all layers but the last see, in {name:12}: {seen[0]:.2f} of three, {seen[1]:.2f} of four")
    right &= np.allclose(seen, [2 / 3, 3 / 16 if name == "OpenCV" else 3 / 4])
if not right:
    sys.exit("changed: other weights")
EOS
v/bin/python mean.py
