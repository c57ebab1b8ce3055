#!/usr/bin/env bash
# One would guess that the relative average spectral error of torchmetrics is what its name says, the root mean square error in per cent of the mean: 10 for bands
# that are all off by a tenth of the mean, as sewar has it, and that it does not depend on how large the window is when the error is the same everywhere.
# It divides the mean of the window by the number of its pixels once more, so that the error is 64 times too large with the window of 8 that it has by default: 640 %
# for 10 %, and 2560 % with a window of 16. The example of its documentation has 5326 % for two random pictures. The windowed error that it is made of
# (RootMeanSquaredErrorUsingSlidingWindow) is right.
# It matters where a compressed, fused or reconstructed cube of a spectral camera is released by its error, or compared with a figure of a paper. What helps: the
# value divided by the window squared, or sewar's rase.
# Versions: torchmetrics 1.9.0, torch 2.15.0, sewar 0.4.10, numpy 2.4.6, scipy 1.17.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check torchmetrics==1.9.0 torch==2.15.0 sewar==0.4.10 numpy==2.4.6 scipy==1.17.1
cat >rase.py <<'EOF'
import sys
import numpy as np, torch
from sewar.full_ref import rase
from torchmetrics.functional.image import relative_average_spectral_error, root_mean_squared_error_using_sliding_window
from torchmetrics.image import RelativeAverageSpectralError

SIDE, BANDS = 64, 4
noise = np.random.default_rng(0)
plain = np.full((SIDE, SIDE, BANDS), 100.0)
textured = noise.uniform(50, 150, (SIDE, SIDE, BANDS))
pairs = {"a plain cube, all off by 10 %": (plain, plain + 10), "a textured cube with noise of 10": (textured, textured + noise.normal(0, 10, textured.shape))}

def tensor(cube):
    return torch.tensor(cube).permute(2, 0, 1)[None].float()

wrong = False
for name, (truth, given) in pairs.items():
    due = 100 * np.sqrt(((given - truth) ** 2).mean()) / truth.mean()
    windowed = float(root_mean_squared_error_using_sliding_window(tensor(given), tensor(truth)))
    print(f"{name}: error {due:.2f} % of the mean; sewar {rase(truth, given):.2f}; torchmetrics' windowed error {windowed:.2f}")
    wrong |= abs(rase(truth, given) / due - 1) > 0.05 or abs(windowed / due - 1) > 0.05
    for window in 4, 8, 16:
        got = float(relative_average_spectral_error(tensor(given), tensor(truth), window_size=window))
        print(f"    with a window of {window}: {got:.1f}, {got / due:.1f} times as large")
        wrong |= abs(got / due / window**2 - 1) > 0.05
    metric = RelativeAverageSpectralError()
    metric.update(tensor(given), tensor(truth))
    print(f"    the class, by default: {float(metric.compute()):.1f}")
    wrong |= abs(float(metric.compute()) / due / 64 - 1) > 0.05
if wrong:
    sys.exit("changed: other errors")
EOF
v/bin/python -W ignore rase.py
