#!/usr/bin/env bash
# One would guess that safetensors.numpy.save_file() writes an array so that load_file() gives it back, whatever its memory looks like: numpy's own save
# does, safetensors up to 0.7.0 did, and safetensors.torch refuses a tensor that is not contiguous.
# safetensors 0.8.0 writes the bytes as they lie in memory under the array's shape, without a word: x.T, every second column and a map in Fortran's order
# come back with other numbers in the same shape. The components_ of scikit-learn's PCA are such an array.
# It matters for projections, banks of features and weights converted for y = x @ W.T that numpy writes: nothing fails, all scores are of other numbers.
# What helps: numpy.ascontiguousarray() around each array.
# Versions: safetensors 0.7.0 and 0.8.0, numpy 2.4.6, scikit-learn 1.9.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check numpy==2.4.6 scikit-learn==1.9.1
for version in 0.7.0 0.8.0; do
    v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps --target $version safetensors==$version
done
cat >write.py <<'EOF'
import sys
import numpy as np, safetensors
from safetensors.numpy import load_file, save_file
from sklearn.decomposition import PCA

rng = np.random.default_rng(0)
features = rng.normal(size=(500, 64)).astype(np.float32)
pca = PCA(n_components=16, svd_solver="full").fit(features)
arrays = {
    "as it is": features,
    "transposed": features.T,
    "every 2nd column": features[:, ::2],
    "Fortran's order": np.asfortranarray(features),
    "PCA, components_": pca.components_,
}
wrong = []
for name, array in arrays.items():
    save_file({"array": array, "dense": np.ascontiguousarray(array)}, "file")
    back = load_file("file")
    same = np.array_equal(back["array"], array)
    assert back["array"].shape == array.shape and np.array_equal(back["dense"], array)
    told = "the same" if same else "OTHER NUMBERS"
    print(f"safetensors {safetensors.__version__}, {name:17} {told:14} {back['array'][1, :3].round(2)} for {array[1, :3].round(2)}")
    wrong += [name] * (not same)
expected = [] if safetensors.__version__ == "0.7.0" else list(arrays)[1:]
if wrong != expected:
    print("changed: other arrays come back wrong, or none")
sys.exit(wrong != expected)
EOF
PYTHONPATH=0.7.0 v/bin/python write.py
PYTHONPATH=0.8.0 v/bin/python write.py
