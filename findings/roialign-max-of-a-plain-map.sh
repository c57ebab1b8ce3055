#!/usr/bin/env bash
# One would guess that RoiAlign with mode "max" gives the largest value in each cell of a region, and that runtimes agree on it as they do on mode "avg".
# ONNX Runtime and OpenCV multiply each of the four pixels around a sample by its weight and take the largest of these products, where OpenVINO and MNN take the
# largest of the interpolated values. Of a map that is 1 all over the first two give 0.25 to 1, by how the region lies between the pixels. ONNX's reference
# evaluator does as they do, so a check against it finds the other two wrong. ONNX Runtime alone says so, in a warning that announces the fix for release 1.13.
# It matters where the score of a part or a window is the maximum of an anomaly map in its region: here the same defect scores 8.0, 4.5 or 2.0 as the region
# moves by half a pixel, and 8.0 wherever it lies in another runtime. What helps: "avg", or a maximum over whole pixels.
# Versions: onnxruntime 1.32.0, opencv-python-headless 5.0.0.93, openvino 2026.4.1, mnn 3.6.1, onnx 1.23.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check onnxruntime==1.32.0 opencv-python-headless==5.0.0.93 openvino==2026.4.1 mnn==3.6.1 \
    onnx==1.23.2 numpy==2.4.6
cat >roi.py <<'EOS'
import sys
import cv2, onnxruntime, openvino
import _tools, MNN.expr as expr, MNN.nn as nn
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

SIDE = 32

def write(regions, mode):
    regions = np.float32(regions)
    given = {"regions": regions, "pictures": np.zeros(len(regions), np.int64)}
    node = helper.make_node("RoiAlign", ["x", *given], ["y"], mode=mode, output_height=1, output_width=1, sampling_ratio=2)
    ends = helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 1, SIDE, SIDE)), helper.make_tensor_value_info("y", TensorProto.FLOAT, (len(regions), 1, 1, 1))
    graph = helper.make_graph([node], "roi", ends[:1], ends[1:], [numpy_helper.from_array(value, name) for name, value in given.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")

def by_opencv(map):
    net = cv2.dnn.readNetFromONNX("model.onnx")
    net.setInput(map)
    return net.forward()

def by_mnn(map):
    _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", "model.onnx", "--MNNModel", "model.mnn", "--bizCode", "MNN"])
    ready = expr.placeholder(list(map.shape), expr.NCHW)
    ready.write(map)
    return np.array(expr.convert(nn.load_module_from_file("model.mnn", ["x"], ["y"]).forward([ready])[0], expr.NCHW).read())

runners = {
    "ONNX Runtime": lambda map: onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": map})[0],
    "OpenCV": by_opencv,
    "the reference": lambda map: ReferenceEvaluator("model.onnx").run(None, {"x": map})[0],
    "OpenVINO": lambda map: openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(map)[0],
    "MNN": by_mnn,
}
plain = np.ones((1, 1, SIDE, SIDE), np.float32)
defect = plain.copy()
defect[..., 8:16, 8:16] = 8
shifts = 0, 0.25, 0.5
regions = [[x, x, x + 4, x + 4] for x in (9.5 + shift for shift in shifts)]  # two samples in each direction, the first a pixel further, within the defect
wrong = False
for mode in "avg", "max":
    write(regions, mode)
    for name, run in runners.items():
        one, eight = (np.asarray(run(map)).reshape(-1) for map in (plain, defect))
        print(f"{mode} in {name:13}: of a map of 1 " + " ".join(f"{v:.3f}" for v in one) + ", of a defect of 8 " + " ".join(f"{v:.2f}" for v in eight))
        low = mode == "max" and name in ("ONNX Runtime", "OpenCV", "the reference")
        expected = np.array([1, 0.5625, 0.25] if low else [1, 1, 1])
        wrong |= not (np.allclose(one, expected) and np.allclose(eight, 8 * expected))
if wrong:
    sys.exit("changed: other maxima")
EOS
v/bin/python roi.py 2>log | grep -E "^(avg|max) in" || { tail -3 log; exit 1; }
