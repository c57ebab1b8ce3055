#!/usr/bin/env bash
# One would guess that a runtime computes the spectrum of a picture along its rows and columns where an ONNX model says so: fft2 is two DFT nodes, over the last axis
# and over the one before it, and DFT has been an operator of the standard since opset 17.
# From opset 20 on, which torch.onnx.export writes by default, the axis is an input and no attribute any more. OpenVINO and OpenCV 5 do not read it and take axis 1
# always: of pictures of one channel that is a transform of single values, which changes nothing, so that the spectrum is the picture itself. Of three channels it
# goes across the colours, twice. Nothing is said. Opset 18 is right in all four, and ONNX Runtime is right in both. tract reads the axis, but takes 1 where none is
# named, which stands for the last but one since opset 20.
# It matters where periodic texture (cloth, print, brushed metal, a mesh) is judged by its spectrum within the model: a filter that takes out the texture's peaks
# takes out pixels, and the peaks stay. A test that transforms back passes.
# What helps: opset_version=18 at the export.
# Versions: openvino 2026.4.1, opencv-python-headless 5.0.0.93, tract 0.23.9, onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6; the nodes are those of
# torch.onnx.export (torch 2.15.0, onnxscript 0.7.2) of torch.fft.fft2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check openvino==2026.4.1 opencv-python-headless==5.0.0.93 tract==0.23.9 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat >spectrum.py <<'EOF'
import sys
import cv2, numpy as np, onnx
import onnxruntime, openvino, tract
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(3)
SIDE = 32

def saved(opset, channels, axes):
    """Real pictures [1, channels, SIDE, SIDE] to complex spectra, along axes one after the other; None leaves the axis out."""
    nodes, constants, last = [], [numpy_helper.from_array(np.array([-1], np.int64), "end")], "complex"
    nodes.append(helper.make_node("Unsqueeze", ["x", "end"], ["real"]))
    nodes.append(helper.make_node("Mul", ["real", "one"], ["complex"]))  # (value, 0)
    constants.append(numpy_helper.from_array(np.array([1, 0], np.float32), "one"))
    for i, axis in enumerate(axes):
        out = "y" if i == len(axes) - 1 else f"s{i}"
        if axis is None:
            nodes.append(helper.make_node("DFT", [last], [out]))
        elif opset < 20:
            nodes.append(helper.make_node("DFT", [last], [out], axis=axis))
        else:
            constants.append(numpy_helper.from_array(np.array(axis, np.int64), f"a{i}"))
            nodes.append(helper.make_node("DFT", [last, "", f"a{i}"], [out]))
        last = out
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, channels, SIDE, SIDE])], [
        helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, channels, SIDE, SIDE, 2])
    ]
    made = helper.make_model(helper.make_graph(nodes, "spectrum", *ends, constants), opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")

def by_opencv(x):
    net = cv2.dnn.readNetFromONNX("model.onnx")
    net.setInput(x)
    return net.forward()

runtimes = {
    "onnxruntime": lambda x: onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})[0],
    "openvino": lambda x: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([x])[0],
    "tract": lambda x: tract.onnx().load("model.onnx").into_model().into_runnable().run([x])[0].to_numpy(),
    "opencv": by_opencv,
}
rng = np.random.default_rng(0)
wave = 1 + 0.5 * np.cos(2 * np.pi * 5 * np.arange(SIDE) / SIDE)[None, :] * np.ones((SIDE, 1))  # a texture of 5 lines
cloth = (wave + rng.normal(0, 0.05, (1, 3, SIDE, SIDE))).astype(np.float32)

def same(spectrum, truth):
    return np.abs(spectrum[..., 0] + 1j * spectrum[..., 1] - truth).max() < 1e-2

wrong = False
for opset, channels, axes, what in (
    (18, 1, (3, 2), "both axes"),
    (20, 1, (3, 2), "both axes"),
    (20, 3, (3, 2), "both axes"),
    (20, 1, (None,), "no axis named"),
):
    saved(opset, channels, axes)
    picture = cloth[:, :channels]
    truth = np.fft.fft2(picture) if axes == (3, 2) else np.fft.fft(picture, axis=3)
    for name, run in runtimes.items():
        spectrum = np.asarray(run(picture))
        size = np.abs(spectrum[..., 0] + 1j * spectrum[..., 1])
        if same(spectrum, truth):
            seen = "right"
        elif same(spectrum, picture):
            seen = "the picture itself"
        elif same(spectrum, np.fft.fft(np.fft.fft(picture, axis=1), axis=1)):
            seen = "across the colours, twice"
        else:
            seen = "something else"
        print(f"opset {opset}, {channels} channel(s), {what:13}: {name:11} {seen:25} size at (0, 0) {size[0, 0, 0, 0]:6.1f}, at (0, 5) {size[0, 0, 0, 5]:6.1f}")
        expected = "right"
        if opset == 20 and name in ("openvino", "opencv"):
            expected = "the picture itself" if channels == 1 else "across the colours, twice"
        if axes == (None,) and name == "tract":
            expected = "the picture itself"
        wrong |= seen != expected
if wrong:
    sys.exit("changed: other spectra")
EOF
v/bin/python spectrum.py 2>log || { tail -3 log; exit 1; }
