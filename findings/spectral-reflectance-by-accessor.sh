#!/usr/bin/env bash
# One would guess that the ways to an ENVI cube's values in Spectral Python (SPy) give the same values: img[...], load(), read_band() and asarray().
# Where the header has a "reflectance scale factor", as those of calibrated spectral cameras have, all but asarray() and open_memmap() divide by it: load() has
# 0.85 where asarray(), whose name is that of load()'s result in numpy, has 8507. What load() gives keeps the header's factor in its metadata, so that
# envi.save_image(..., metadata=img.metadata) writes a cube that is divided a second time when it is read: 0.000085.
# It matters where a detector's threshold or reference spectra are of one way and the cubes of the other, and where cubes are cut, cleaned and saved: angles
# between spectra are the same, distances, differences and limits are off by 10,000, and saved as integers everything is 0. What helps: load() everywhere, and
# dropping the factor from the metadata before saving.
# Versions: spectral 0.25, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check spectral==0.25 numpy==2.4.6
cat >cube.py <<'EOF'
import sys
import numpy as np, spectral
from spectral.io import envi

reflectance = np.random.default_rng(0).uniform(0.1, 0.9, (6, 7, 4))
counts = np.rint(reflectance * 10000).astype(np.uint16)
envi.save_image("camera.hdr", counts, metadata={"reflectance scale factor": 10000})
cube = spectral.open_image("camera.hdr")
loaded = cube.load()
ways = {
    "cube[y, x]": cube[2, 3],
    "load()": loaded[2, 3],
    "read_pixel()": cube.read_pixel(2, 3),
    "read_subregion()": cube.read_subregion((2, 3), (3, 4))[0, 0],
    "asarray()": cube.asarray()[2, 3],
    "open_memmap()": cube.open_memmap()[2, 3],
}
envi.save_image("again.hdr", loaded, metadata=loaded.metadata)
ways["saved with load()'s metadata"] = spectral.open_image("again.hdr").load()[2, 3]
envi.save_image("integers.hdr", loaded, dtype=np.uint16, metadata=loaded.metadata)
ways["saved as uint16"] = spectral.open_image("integers.hdr").load()[2, 3]
kept = {key: value for key, value in loaded.metadata.items() if key != "reflectance scale factor"}
envi.save_image("helped.hdr", loaded, metadata=kept)
ways["saved without the factor"] = spectral.open_image("helped.hdr").load()[2, 3]
true = counts[2, 3] / 10000
print(f"{'true':30}", *(f"{value:.4f}" for value in true))
wrong = 0
factors = {"asarray()": 10000, "open_memmap()": 10000, "saved with load()'s metadata": 0.0001, "saved as uint16": 0}
for way, values in ways.items():
    values = np.asarray(values, float).ravel()
    print(f"{way:30}", *(f"{value:.6g}" for value in values))
    wrong += not np.allclose(values, true * factors.get(way, 1), rtol=1e-4, atol=0)
if wrong:
    sys.exit("changed: the ways have other values")
EOF
v/bin/python cube.py
