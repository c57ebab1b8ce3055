#!/usr/bin/env bash
# One would guess that skl2onnx gives a model that computes what scikit-learn's computes, to the digits of float32, or refuses it, as it does with what it does not know.
# KNeighborsClassifier and KNeighborsRegressor with weights="distance" become models in which all neighbours weigh the same: the sign of the distances is turned
# before they are inverted, and all are held to one smallest number. A part that is a known defect's double, with two good ones further off, is a defect for
# scikit-learn and good in ONNX; a part that is in the memory does not get its own value back. Normalizer("max") divides by the largest number, where scikit-learn
# takes the largest without signs: a row of -3 -1 -2 becomes 3 1 2. weights="uniform", "l1" and "l2" are right.
# It matters where such a model is trained in Python and runs in a line's runtime: the export says nothing, and the class is another one.
# Versions: skl2onnx 1.20.0, scikit-learn 1.7.2, onnx 1.23.2, onnxruntime 1.32.0, scipy 1.17.1, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check skl2onnx==1.20.0 scikit-learn==1.7.2 onnx==1.23.2 onnxruntime==1.32.0 scipy==1.17.1 numpy==2.4.6
cat >nearest.py <<'EOF'
import sys
import warnings

warnings.simplefilter("ignore")
import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import Normalizer


def exported(model, rows):
    session = onnxruntime.InferenceSession(to_onnx(model, rows[:1]).SerializeToString())
    return session.run(None, {session.get_inputs()[0].name: rows})[0]


wrong = False
memory = np.array([[0, 0], [5, 0], [0, 5], [9, 9], [9, 8]], np.float32)
kinds = np.array([1, 0, 0, 0, 0])  # the first is a defect
parts = np.array([[0.1, 0], [4, 0.5]], np.float32)
for weights, same in (("distance", False), ("uniform", True)):
    model = KNeighborsClassifier(3, weights=weights).fit(memory, kinds)
    seen, due = exported(model, parts), model.predict(parts)
    print(f"weights={weights}: a part beside a defect is {'a defect' if due[0] else 'good'} in scikit-learn, {'a defect' if seen[0] else 'good'} in ONNX")
    wrong |= (seen[0] == due[0]) != same

drawn = np.random.default_rng(0)
memory = drawn.uniform(0, 10, (200, 2)).astype(np.float32)
widths = 2 * memory[:, 0]
for weights, same in (("distance", False), ("uniform", True)):
    model = KNeighborsRegressor(5, weights=weights).fit(memory, widths)
    even = KNeighborsRegressor(5).fit(memory, widths)
    for name, rows in (("new parts", drawn.uniform(0, 10, (100, 2)).astype(np.float32)), ("parts of the memory", memory[:100])):
        seen, due = exported(model, rows).ravel(), model.predict(rows)
        off, beside = np.abs(seen - due).max(), np.abs(seen - even.predict(rows)).max()
        print(f"weights={weights}, {name}: up to {off:.3f} off, {beside:.1e} off weights=uniform")
        wrong |= (off < 1e-4) != same or beside > 1e-4

rows = np.array([[1, -4, 2], [-3, -1, -2]], np.float32)
for norm, same in (("max", False), ("l1", True), ("l2", True)):
    model = Normalizer(norm).fit(rows)
    seen, due = exported(model, rows), model.transform(rows)
    print(f"Normalizer({norm}): scikit-learn {', '.join(f'{value:.2f}' for value in due.ravel())}; ONNX {', '.join(f'{value:.2f}' for value in seen.ravel())}")
    wrong |= np.allclose(seen, due, atol=1e-5) != same
if wrong:
    sys.exit("changed: other classes or values")
EOF
v/bin/python nearest.py
