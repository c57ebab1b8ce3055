#!/usr/bin/env bash
# One would guess that usearch's Index(metric="l2sq", dtype="i8") keeps vectors rounded, with a scale, so that Euclidean distances stay about what they were,
# as they do with f16 and bf16; or that it refuses what lies outside of its range.
# Each vector is divided by its own length before it is rounded, whatever the metric, and the same for u8: a vector and twice that vector have distance 0, and
# the nearest by l2sq is the nearest in direction. Of non-negative features of differing strength 40 % of the five nearest are right (f16: 100 %), and distances are
# in units of 1/127 of a length. With cos it is what one would guess. e4m3 keeps lengths.
# It matters where a memory of normal features (PatchCore, SPADE) is made four times smaller: a place that is three times as strong as anything normal but of
# the same direction has distance 0, where f32 puts it above 99 of 100. What helps: bf16 or f16.
# Versions: usearch 2.26.6, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check usearch==2.26.6 numpy==2.4.6
cat >lengths.py <<'EOF'
import sys
import numpy as np
from usearch.index import Index

rng = np.random.default_rng(0)
# non-negative, each patch with a strength of its own, as after a ReLU
normal = (np.abs(rng.normal(size=(500, 32))) * rng.uniform(0.3, 1, (500, 1))).astype(np.float32)
tested = (np.abs(rng.normal(size=(100, 32))) * rng.uniform(0.3, 1, (100, 1))).astype(np.float32)
defect = 3 * normal[:1]
true = ((tested[:, None] - normal[None]) ** 2).sum(axis=2)
nearest = np.argsort(true, axis=1)[:, :5]

def nearest_distance(index, vectors):
    return index.search(vectors, 1, exact=True).distances.ravel()

seen = {}
for kind in "f32", "f16", "bf16", "e4m3", "i8", "u8":
    index = Index(ndim=32, metric="l2sq", dtype=kind)
    index.add(np.arange(len(normal)), normal)
    found = index.search(tested, 5, exact=True).keys
    right = float(np.mean([len(set(one) & set(other)) / 5 for one, other in zip(found, nearest)]))
    usual = nearest_distance(index, tested)
    strange = float(nearest_distance(index, np.repeat(defect, 2, axis=0))[0])
    seen[kind] = right, float(np.mean(usual < strange))
    print(f"{kind:5} {right:4.0%} of the five nearest; distances {usual.min():8.2f} to {usual.max():8.2f}; of 3 x a normal one {strange:8.2f}, above {seen[kind][1]:4.0%} of them")
if any(seen[kind][0] < 0.8 or seen[kind][1] < 0.95 for kind in ("f32", "f16", "bf16", "e4m3")):
    sys.exit("changed: the other kinds are less exact")
if any(seen[kind][0] > 0.6 or seen[kind][1] > 0 for kind in ("i8", "u8")):
    sys.exit("changed: lengths are kept")
index = Index(ndim=32, metric="cos", dtype="i8")
index.add(np.arange(len(normal)), normal)
found = index.search(tested, 1, exact=True).keys.ravel()
unit = [vectors / np.linalg.norm(vectors, axis=1, keepdims=True) for vectors in (tested, normal)]
right = float(np.mean(found == np.argmax(unit[0] @ unit[1].T, axis=1)))
print(f"i8 with cos: {right:4.0%} of the nearest")
if right < 0.8:
    sys.exit("changed: cosines are less exact")
EOF
v/bin/python lengths.py
