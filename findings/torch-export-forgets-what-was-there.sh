#!/usr/bin/env bash
# One would guess that a model which torch.onnx.export writes adds where the module adds, or that the export refuses.
# x.index_add(axis, rows, y), and index_put with accumulate=True, are written as y alone where the rows are constant and name the whole axis in order: what was in x is
# gone. Of features to which an offset for each channel is added the offsets are left; the sum of two maps is the second one. The node is there before the
# exporter's optimizer (onnxscript), which takes each ScatterND that reaches the whole of an axis for an assignment, whatever its reduction is, and runs by default.
# Rows in another order, a part of them, scatter_add and x[rows] += y are written right.
# It matters for maps summed over layers or tiles, priors and offsets that are added by index: shapes and names are right, and a map that lacks one of its layers
# looks like a map. What helps: x + y, optimize=False, or verify=True, which warns.
# Versions: torch 2.15.0, onnxscript 0.7.2, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check torch==2.15.0 onnxscript==0.7.2 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cat >add.py <<'EOF'
import logging, sys
import numpy as np, onnxruntime, torch

logging.disable(logging.WARNING)

class Offsets(torch.nn.Module):
    def __init__(self, add, channels):
        super().__init__()
        self.add = add
        self.register_buffer("channels", torch.tensor(channels))
        self.register_buffer("offsets", torch.arange(1.0, 5.0)[: len(channels), None, None].expand(-1, 8, 8).contiguous())

    def forward(self, x):
        return self.add(x * 2, self.channels, self.offsets)

def in_place(x, channels, offsets):
    x = x.clone()
    x[channels] += offsets
    return x

ways = {
    "index_add": lambda x, channels, offsets: x.index_add(0, channels, offsets),
    "index_add on axis 1": lambda x, channels, offsets: x[None].index_add(1, channels, offsets[None])[0],
    "index_put, accumulated": lambda x, channels, offsets: x.index_put((channels,), offsets, accumulate=True),
    "scatter_add": lambda x, channels, offsets: x.scatter_add(0, channels[:, None, None].expand(-1, 8, 8), offsets),
    "x[channels] += offsets": in_place,
}
wrong = False
features = torch.rand(4, 8, 8, generator=torch.Generator().manual_seed(0))
for way, add in ways.items():
    for channels, optimize in ([0, 1, 2, 3], True), ([0, 1, 2, 3], False), ([3, 2, 1, 0], True), ([0, 1, 2], True):
        module = Offsets(add, channels).eval()
        torch.onnx.export(module, (features,), optimize=optimize, verbose=False).save("model.onnx")
        session = onnxruntime.InferenceSession("model.onnx")
        inputs = {given.name: features.numpy() for given in session.get_inputs()}
        got, due = session.run(None, inputs)[0], module(features).numpy()
        lost = np.allclose(got, module.offsets.numpy()) if got.shape == module.offsets.shape else False
        same = np.allclose(got, due)
        print(f"{way} over {channels}{'' if optimize else ', optimize=False'}: mean {due.mean():.3f} in torch, {got.mean():.3f} exported{', the offsets alone' if lost else ''}")
        expected = way.startswith("index") and optimize and channels == [0, 1, 2, 3]
        wrong |= lost != expected or same == expected
if wrong:
    sys.exit("changed: other additions are written")
EOF
v/bin/python -W ignore add.py 2>&1 | grep -v '^\[torch.onnx\]'
