#!/usr/bin/env bash
# One would guess that pnnx, with which ncnn's authors have models converted today, keeps a model's ReduceMean over the channels, however the model names the axis,
# or says that it cannot.
# Where the axis is an input of the operator, as it is since opset 18 (ReduceSum: 13), and it is one alone, the converted operator has an empty list of axes and
# ncnn reduces nothing: what comes out is what went in, all channels, with an exit code of 0 and no word. Two axes, and the attribute of opset 17 and before,
# are right, and so is ONNX Runtime with all of them.
# It matters where a model ends with the mean or sum of squared differences over its channels, as student-teacher and reconstruction models have it: the program reads
# as many values as the map has pixels, and has the first channel's. A scratch that three other channels see has 0, and a test with a defect
# in all channels shows a map that looks right. What helps: opset 17 at export, or to look at the shape of what comes out.
# Versions: pnnx 20261020, ncnn 1.0.20261020, onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6; Python 3.11, x86-64.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps pnnx==20261020 ncnn==1.0.20261020
v/bin/pip install -q --no-cache-dir --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6 requests==2.32.5 tqdm==4.67.1 portalocker==3.2.0
cat >reduce.py <<'EOS'
import importlib.util, pathlib, subprocess, sys
import ncnn, onnxruntime
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper

PNNX = pathlib.Path(importlib.util.find_spec("pnnx").origin).with_name("pnnx")
CHANNELS, SIDE = 4, 16

def convert(operator, axes, opset):
    """Writes a model that squares differences and reduces them, as ONNX and as ncnn."""
    eye = np.eye(CHANNELS, dtype=np.float32).reshape(CHANNELS, CHANNELS, 1, 1)
    constants = [numpy_helper.from_array(eye, "eye")]
    nodes = [helper.make_node("Conv", ["x", "eye"], ["same"]), helper.make_node("Mul", ["same", "same"], ["squares"])]
    if opset >= (13 if operator == "ReduceSum" else 18):
        constants.append(numpy_helper.from_array(np.int64(axes), "axes"))
        nodes.append(helper.make_node(operator, ["squares", "axes"], ["y"], keepdims=1))
    else:
        nodes.append(helper.make_node(operator, ["squares"], ["y"], keepdims=1, axes=axes))
    shape = [1, CHANNELS, SIDE, SIDE]
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "map", [value("x", shape)], [value("y", [1 if at in axes else size for at, size in enumerate(shape)])], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, "model.onnx")
    for file in pathlib.Path().glob("model.ncnn*"):
        file.unlink()
    return subprocess.run([PNNX, "model.onnx"], capture_output=True).returncode

def by_ncnn(x):
    net = ncnn.Net()
    net.load_param("model.ncnn.param")
    net.load_model("model.ncnn.bin")
    extractor = net.create_extractor()
    extractor.input("in0", ncnn.Mat(x[0]).clone())
    return np.array(extractor.extract("out0")[1])

scratch = np.zeros((1, CHANNELS, SIDE, SIDE), np.float32)
scratch[0, 1:, 8, 3:13] = 1
right = True
for operator, axes, opset, lost in (
    ("ReduceMean", [1], 17, False),
    ("ReduceMean", [1], 18, True),
    ("ReduceMean", [2], 18, True),
    ("ReduceMean", [2, 3], 18, False),
    ("ReduceSum", [1], 13, True),
    ("ReduceL2", [1], 18, True),
):
    code = convert(operator, axes, opset)
    known = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": scratch})[0][0]
    seen = by_ncnn(scratch)
    print(f"{operator} over {axes}, opset {opset}: exit code {code}, ONNX Runtime {known.shape} with {known.max():.2f}, ncnn {seen.shape}"
          + (f", of which the first {known.size} values have at most {seen.reshape(-1)[:known.size].max():.2f}" if seen.size > known.size else f" with {seen.max():.2f}"))
    right &= code == 0 and (seen.shape == scratch.shape[1:] and np.allclose(seen, scratch[0] ** 2, atol=0.01) if lost else np.allclose(seen.reshape(known.shape), known, atol=0.01))
if not right:
    sys.exit("changed: other axes")
EOS
v/bin/python reduce.py
