#!/usr/bin/env bash
# One would guess that ngff-zarr's methods of to_multiscales() differ in how smooth the smaller levels are, and that each writes a translation by which they
# lie over the whole picture, as that is what the translation of OME-Zarr is for.
# All of them write the translation of levels whose pixels stand for the middle of 2 x 2 (0.5, 1.5, 3.5 ... pixels). DASK_IMAGE_GAUSSIAN and DASK_IMAGE_NEAREST
# take the values at the first of them, so that each level lies further right and down: 0.5 pixels of the whole picture at half size, 1.5 at a quarter, 3.5 at an
# eighth. DASK_BIN_SHRINK, ITKWASM_GAUSSIAN and ITKWASM_BIN_SHRINK lie right, and so does DASK_IMAGE_MODE.
# It matters where a defect is found in a small level of a stitched or microscope picture and cut out of the full one, or masks of one method lie over pictures
# of another: boxes from an eighth are 3.5 pixels off, which is more than a scratch is wide. What helps: the other methods, or translation 0 for these two.
# Versions: ngff-zarr 0.50.0, dask-image 2026.5.0, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check ngff-zarr==0.50.0 dask-image==2026.5.0 numpy==2.4.6
cat >levels.py <<'EOF'
import sys, warnings
warnings.simplefilter("ignore")
import ngff_zarr
import numpy as np

y, x = np.mgrid[:128, :128]
SPOT = 60.25, 66.5
picture = np.exp(-((x - SPOT[0]) ** 2 + (y - SPOT[1]) ** 2) / (2 * 10.0**2)).astype(np.float32)
whole = ngff_zarr.to_ngff_image(picture, dims=["y", "x"], scale={"y": 1.0, "x": 1.0}, translation={"y": 0.0, "x": 0.0})

def centre(level):
    """Where the spot is by the level's pixels, scale and translation."""
    values = np.asarray(level.data, float)
    row, column = np.indices(values.shape)
    return [(index * values).sum() / values.sum() * level.scale[axis] + level.translation[axis] for axis, index in (("x", column), ("y", row))]

expected = {"DASK_IMAGE_GAUSSIAN": [0.5, 1.5, 3.5], "DASK_IMAGE_NEAREST": [0.5, 1.5, 3.5], "DASK_IMAGE_MODE": [0, 0, 0], "DASK_BIN_SHRINK": [0, 0, 0]}
wrong = 0
for method, shifts in expected.items():
    levels = ngff_zarr.to_multiscales(whole, scale_factors=[2, 4, 8], method=ngff_zarr.Methods[method]).images[1:]
    off = [[round(float(place - true), 2) for place, true in zip(centre(level), SPOT)] for level in levels]
    print(f"{method:20} translations", *(f"{level.translation['x']:.1f}" for level in levels), " the spot is off by", *(f"({dx:+.2f}, {dy:+.2f})" for dx, dy in off))
    wrong += any(abs(place - shift) > 0.1 for pair, shift in zip(off, shifts) for place in pair)
if wrong:
    sys.exit("changed: the levels lie otherwise")
EOF
v/bin/python levels.py
