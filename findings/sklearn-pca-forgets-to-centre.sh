#!/usr/bin/env bash
# One would guess that scikit-learn's PCA takes the mean away before it computes anything, as its description says ("on centered data" of the solver below
# too), so that an offset which all samples share changes nothing, and that more good pictures never spoil it.
# Since 1.5, with fewer than 1000 features and ten times as many samples, it computes the covariance of the samples as they are and takes the mean out of the
# result. In float32 that is rounding noise where the mean is large beside the spread: of grey patches of 16 x 16 around level 200 with a noise of 0.3 the
# small components are 0 or noise. From two good pictures, too few for that solver, the squared whitened distance of good patches is 256 and AUROC of faint
# dents 0.96; from three it is about 1e14, and AUROC 0.65 to 0.80, by the processor. With 200 subtracted before, the same numbers are right.
# It matters where whitened features or Mahalanobis distances are learned from float32, which cameras' and networks' features are, and all the more as pictures
# are added. What helps: PCA of float64, of X - X.mean(0), or svd_solver="full".
# Versions: scikit-learn 1.9.1, and 1.4.2 is right throughout; scipy 1.17.1, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps --target old scikit-learn==1.4.2
cat >dents.py <<'EOF'
import sys, warnings
warnings.simplefilter("ignore")
import numpy as np, sklearn
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

SIDE, PATCH, LEVEL, NOISE = 512, 16, 200, 0.3
rng = np.random.default_rng(0)

def picture():
    """A bright, smooth surface, lit from one side, a little brighter or darker from picture to picture."""
    across = np.linspace(-1, 1, SIDE)
    light = LEVEL + 20 * across[:, None] + 10 * across**2 + rng.normal(0, 2)
    return light + rng.normal(0, NOISE, (SIDE, SIDE))

def patches(pictures):
    count = SIDE // PATCH
    return np.concatenate([p.reshape(count, PATCH, count, PATCH).swapaxes(1, 2).reshape(-1, PATCH * PATCH) for p in pictures])

good = [picture() for _ in range(6)]
tested = patches([picture() for _ in range(4)])
bad = np.arange(len(tested)) % 20 == 0
y, x = np.mgrid[:PATCH, :PATCH] - (PATCH - 1) / 2
tested[bad] -= (2.5 * NOISE * np.exp(-(x**2 + y**2) / 8)).ravel()

def judged(count, kind, offset=0, solver="auto"):
    learned = patches(good[:count])
    pca = PCA(whiten=True, svd_solver=solver).fit((learned - offset).astype(kind))
    distance = lambda samples: (pca.transform((samples - offset).astype(kind)).astype(float) ** 2).sum(1)
    return float(distance(learned).mean()), roc_auc_score(bad, distance(tested))

print("scikit-learn", sklearn.__version__)
spoiled = []
for count in 2, 3, 6:
    for name, how in {
        "float32": {"kind": np.float32},
        "float32, 200 subtracted": {"kind": np.float32, "offset": LEVEL},
        "float32, svd_solver full": {"kind": np.float32, "solver": "full"},
        "float64": {"kind": np.float64},
    }.items():
        distance, auroc = judged(count, **how)
        print(f"  {count} good pictures, {name:24}: distance of good patches {distance:8.4g}, AUROC {auroc:.2f}")
        right = abs(distance - PATCH * PATCH) < 2 and auroc > 0.94
        wrong = distance > 1e6 and auroc < 0.9
        if wrong == right:
            sys.exit("changed: neither right nor spoiled")
        if wrong:
            spoiled.append((count, name))
if spoiled != ([(3, "float32"), (6, "float32")] if sys.argv[1] == "spoils" else []):
    sys.exit("changed: other numbers are spoiled")
EOF
v/bin/python dents.py spoils
PYTHONPATH=old v/bin/python dents.py centres
