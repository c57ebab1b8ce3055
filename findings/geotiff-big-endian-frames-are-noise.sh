#!/usr/bin/env bash
# One would guess that geotiff, which pages read TIFFs of 16 bits and of floats with, gives the pixels that tifffile wrote, whatever the order of bytes and the
# compression.
# Where a file of 16 or 32 bits has its high bytes first (big-endian) and differences in place of pixels (predictor 2), it adds the differences up with the bytes the
# wrong way round, and all is noise from the first carry of a row on: 1000 1001 1000 4095 is 1000 1001 745 3584, a plain surface's grain too. Without the
# predictor, or with the low bytes first, or in 8 bits all is right, and image-js and OpenCV are right for all.
# It matters where a page shows or measures frames, maps or stitched surfaces that another program compressed: nothing is said, and one's own little-endian
# test files are right. What helps: files that are little-endian, or no predictor.
# Versions: geotiff 3.0.5, image-js 1.7.0; tifffile 2026.3.3, imagecodecs 2026.3.6, opencv-python-headless 5.0.0.93, numpy 2.4.6. Node.js 20.20, Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check tifffile==2026.3.3 imagecodecs==2026.3.6 opencv-python-headless==5.0.0.93 numpy==2.4.6
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund geotiff@3.0.5 image-js@1.7.0
cat >write.py <<'EOF'
import json, sys
import cv2, tifffile
import numpy as np

surface = np.tile(np.array([1000, 1001, 1000, 4095, 0, 300, 256, 65535], np.uint16), (8, 4))
kinds = {"uint8": (surface >> 8).astype(np.uint8), "uint16": surface, "uint32": surface.astype(np.uint32) * 70000}
cases = []
for kind, pixels in kinds.items():
    for order in "<", ">":
        for compression, predictor in (("none", False), ("zlib", False), ("zlib", True), ("lzw", True)):
            name = f"{kind}{'little' if order == '<' else 'big'}-{compression}-{predictor}.tif"
            tifffile.imwrite(name, pixels, byteorder=order, compression=None if compression == "none" else compression, predictor=predictor)
            if not np.array_equal(tifffile.imread(name), pixels) or kind != "uint32" and not np.array_equal(cv2.imread(name, cv2.IMREAD_UNCHANGED), pixels):
                sys.exit("changed: tifffile or OpenCV reads something else")
            cases.append({"name": name, "row": pixels[0].tolist(), "wrong": order == ">" and predictor and kind != "uint8"})
json.dump(cases, open("cases.json", "w"))
EOF
cat >read.js <<'EOF'
import fs from 'fs';
import { fromArrayBuffer } from 'geotiff';
import { decode } from 'image-js';

let changed = false;
for (const { name, row, wrong } of JSON.parse(fs.readFileSync('cases.json'))) {
  const bytes = fs.readFileSync(name);
  const image = await (await fromArrayBuffer(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))).getImage();
  const seen = [...(await image.readRasters())[0].slice(0, row.length)];
  const right = seen.every((value, at) => value === row[at]);
  console.log(`${name}: ${right ? 'right' : `${seen.slice(0, 6).join(' ')} for ${row.slice(0, 6).join(' ')}`}`);
  changed ||= right === wrong || seen[0] !== row[0];
  if (!name.startsWith('uint32')) changed ||= decode(bytes).getRawImage().data.slice(0, row.length).some((value, at) => value !== row[at]);
}
if (changed) {
  console.log('changed: other pixels');
  process.exit(1);
}
EOF
v/bin/python write.py
node read.js
