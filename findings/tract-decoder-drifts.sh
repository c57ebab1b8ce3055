#!/usr/bin/env bash
# One would guess that a ConvTranspose of an ONNX model which names its output_shape pads as the standard computes it from that shape, in each runtime, or that
# a runtime refuses what it does not do.
# tract pads nothing and cuts the result off at the lower right: a kernel of 4 x 4 and stride 2, the usual one of decoders, moves everything by a pixel, at each
# layer again, in pixels of its own size. After four layers the picture lies 15 pixels further right and down, in a result of the right size. OpenCV 5 leaves
# output_shape out: 128 x 128 become 173 x 173. ONNX Runtime and OpenVINO are right, and so are all four where the same is written with pads.
# It matters for autoencoders (the picture less its reconstruction) that an exporter gave output_shape, as older versions of tf2onnx did: a picture without any
# defect has a residual of more than half of its own contrast, along all edges. What helps: pads and output_padding in the model in place of output_shape.
# Versions: tract 0.23.9, opencv-python-headless 5.0.0.93, onnxruntime 1.32.0, openvino 2026.4.1, onnx 1.23.2, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check tract==0.23.9 opencv-python-headless==5.0.0.93 onnxruntime==1.32.0 openvino==2026.4.1 \
    onnx==1.23.2 numpy==2.4.6
cat >decoder.py <<'EOF'
import sys
import cv2, onnxruntime, openvino, tract
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper

CODE, LAYERS = 8, 4
SIDE = CODE << LAYERS

def by_opencv(given):
    net = cv2.dnn.readNetFromONNX("model.onnx")
    net.setInput(given)
    return net.forward()

runners = {
    "ONNX Runtime": lambda given: onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": given})[0],
    "OpenVINO": lambda given: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(given)[0],
    "tract": lambda given: tract.onnx().load("model.onnx").into_model().into_runnable().run([given])[0].to_numpy(),
    "OpenCV": by_opencv,
}

def save(named):
    """A decoder that doubles the size at each layer, linearly."""
    slope = np.array([0.25, 0.75, 0.75, 0.25])
    nodes, last = [], "x"
    for layer in range(LAYERS):
        size = CODE << layer + 1
        how = {"output_shape": [size, size]} if named else {"pads": [1, 1, 1, 1]}
        made = "y" if layer == LAYERS - 1 else f"h{layer}"
        nodes.append(helper.make_node("ConvTranspose", [last, "w"], [made], strides=[2, 2], **how))
        last = made
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, side, side])] for name, side in (("x", CODE), ("y", SIDE))]
    weights = numpy_helper.from_array(np.outer(slope, slope).astype(np.float32)[None, None], "w")
    made = helper.make_model(helper.make_graph(nodes, "decoder", *ends, [weights]), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")

def centre(shown):
    """Of what is bright, across, in pixels."""
    return float((shown.sum(0) * np.arange(shown.shape[1])).sum() / shown.sum())

y, x = np.mgrid[:CODE, :CODE]
code = np.exp(-((x - 2.5) ** 2 + (y - 2.5) ** 2)).astype(np.float32)[None, None]
save(named=False)
picture = runners["ONNX Runtime"](code)[0, 0]  # one that the autoencoder restores to the last digit
wrong = False
for named in True, False:
    save(named)
    for name, run in runners.items():
        restored = np.asarray(run(code))[0, 0]
        residual = float(np.abs(restored - picture).max()) if restored.shape == picture.shape else np.nan
        drift = centre(restored) - centre(picture)
        print(f"{'output_shape' if named else 'pads':12} {name:12}: {restored.shape[0]} x {restored.shape[1]}, the spot lies {drift:4.1f} pixels further, residual {residual:.2f} of {picture.max():.2f}")
        right = restored.shape == picture.shape and residual < 1e-4
        if named and name == "tract":
            wrong |= restored.shape != picture.shape or drift < 14 or residual < 0.4
        elif named and name == "OpenCV":
            wrong |= restored.shape == picture.shape
        else:
            wrong |= not right
if wrong:
    sys.exit("changed: the decoders lie elsewhere")
EOF
v/bin/python decoder.py
