#!/usr/bin/env bash
# One would guess that candle, Rust's framework for models, takes a mean over the axes that an ONNX model names, or refuses the model.
# From opset 18 on the axes of ReduceMean are an input and no longer an attribute, and candle-onnx looks for the attribute only: without one it takes the mean of all values
# of all parts. ReduceL2 is the other way round: up to opset 17 its axes are not seen, and the length is that of the whole batch. ReduceMax is looked up in both places.
# Features that are to be centred by their own mean over the part are centred by one number for the batch, and those that are to be divided by their length become 16 to
# 60 times smaller; shapes are right in both, and a part has other features by which parts come with it. onnxruntime is right.
# It matters where an exported model (torch writes opset 18 and later by default) runs in Rust at the line: scores of a part depend on its neighbours, or a map is one
# value. A trial with an older opset is right. What helps: opset 17 for means and 18 for lengths, a look at both with another runtime; or tract or ort.
# Versions: candle-onnx 0.11.1, candle-core 0.11.1; Rust 1.95, protoc of grpcio-tools 1.85.1. onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6 grpcio-tools==1.85.1
printf '#!/bin/sh\nexec "%s/v/bin/python" -m grpc_tools.protoc "$@"\n' "$work" >protoc
chmod +x protoc
mkdir src
cat >Cargo.toml <<'EOF'
[package]
name = "means"
version = "0.1.0"
edition = "2021"

[dependencies]
candle-core = "=0.11.1"
candle-onnx = "=0.11.1"
EOF
cat >src/main.rs <<'EOF'
use candle_core::{Device, Result, Tensor};
use std::collections::HashMap;

fn floats(name: &str) -> Vec<f32> {
    std::fs::read(name).unwrap().chunks(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect()
}

/// Runs each model named on the features of parts and writes what it gives, with its shape in the first line.
fn main() -> Result<()> {
    for name in std::env::args().skip(1) {
        let model = candle_onnx::read_file(format!("{name}.onnx"))?;
        let x = Tensor::from_vec(floats("x.bin"), (2, 8, 16, 16), &Device::Cpu)?;
        let y = &candle_onnx::simple_eval(&model, HashMap::from([("x".to_string(), x)]))?["y"];
        let bytes: Vec<u8> = y.flatten_all()?.to_vec1::<f32>()?.iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(format!("{name}.bin"), bytes)?;
        std::fs::write(format!("{name}.txt"), format!("{:?}", y.dims()))?;
    }
    Ok(())
}
EOF
cat >means.py <<'EOF'
import json
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

drawn = np.random.default_rng(0)
x = np.stack([drawn.normal(1, 1, (8, 16, 16)), drawn.normal(5, 1, (8, 16, 16))]).astype(np.float32)
x.tofile("x.bin")


def model(name, opset, op, axes, then):
    newer = opset >= 18
    chain = [helper.make_node(op, ["x", "axes"] if newer else ["x"], ["r"], keepdims=1, **({} if newer else {"axes": axes}))]
    chain.append(helper.make_node(then, ["x", "r"], ["y"]) if then else helper.make_node("Identity", ["r"], ["y"]))
    known = [numpy_helper.from_array(np.array(axes, dtype=np.int64), "axes")] if newer else []
    inside, outside = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape), helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    onnx.save(helper.make_model(helper.make_graph(chain, "g", [inside], [outside], known), opset_imports=[helper.make_opsetid("", opset)], ir_version=8), f"{name}.onnx")
    return onnxruntime.InferenceSession(f"{name}.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


own = {
    "ReduceMean": lambda axes: x.mean(axes, keepdims=True),
    "ReduceL2": lambda axes: np.sqrt((x**2).sum(axes, keepdims=True)),
    "ReduceMax": lambda axes: x.max(axes, keepdims=True),
}
asked = [
    ("features less their mean over the part", "ReduceMean", (2, 3), "Sub"),
    ("a map, the mean over the channels", "ReduceMean", (1,), None),
    ("features divided by their length", "ReduceL2", (1,), "Div"),
    ("a map, the largest of the channels", "ReduceMax", (1,), None),
]
runs = []
for title, op, axes, then in asked:
    for opset in 17, 18:
        name = f"{op}{then}{opset}"
        reduced = own[op](axes)
        due = x - reduced if then == "Sub" else x / reduced if then == "Div" else reduced
        by_ort = model(name, opset, op, list(axes), then)
        runs.append((f"{title}, opset {opset}", name, op, opset, then, due, np.abs(by_ort - due).max()))
subprocess.run(["target/debug/means", *(run[1] for run in runs)], check=True)
wrong = False
for title, name, op, opset, then, due, of_ort in runs:
    y = np.fromfile(f"{name}.bin", np.float32).reshape(json.load(open(f"{name}.txt")))
    off = np.abs(y - due).max()
    print(f"{title}: {list(y.shape)} for {list(due.shape)}, off by {off:.4f} in candle, {of_ort:.4f} in onnxruntime;", end=" ")
    print(f"the parts have means of {y.mean((1, 2, 3)).round(3)}, {due.mean((1, 2, 3)).round(3)} due")
    lost = (op, opset) in (("ReduceMean", 18), ("ReduceL2", 17))
    wrong |= (off > 0.1) != lost or of_ort > 1e-4 or lost and then is not None and y.shape != due.shape
if wrong:
    sys.exit("changed: other means")
EOF
PROTOC="$work/protoc" cargo build -q -j2
v/bin/python means.py
