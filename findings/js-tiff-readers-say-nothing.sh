#!/usr/bin/env bash
# One would guess that a reader of TIFFs which does not know a file's compression or kind of number says so, as the standard has it.
# jimp gives a black picture for Zstandard and LZMA, and other pixels for colours that are kept one plane after the other and for floats. jimp and image-js read -5 of
# a signed file as the brightest there is, 255 or 65531, and half floats as whole numbers: a height of 1.5 is 62 in jimp and 15872 in image-js. geotiff reads all but
# LZMA, and says so.
# It matters where height maps, residuals or compressed frames are looked at in Node.js: a black picture, or one with the darkest as the brightest, is taken for the
# part. What helps: geotiff.
# Versions: jimp 1.6.1, image-js 1.7.0, geotiff 3.0.5; tifffile 2026.3.3, imagecodecs 2026.3.6, numpy 2.4.6. Node.js 20.20, Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check tifffile==2026.3.3 imagecodecs==2026.3.6 numpy==2.4.6
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund jimp@1.6.1 image-js@1.7.0 geotiff@3.0.5
cat >write.py <<'EOF'
import numpy as np, tifffile

greys = np.tile(np.array([0, 1000, 4095, 65535], np.uint16), (8, 4))
colours = np.tile(np.arange(0, 240, 15, dtype=np.uint8)[None, :, None], (8, 1, 3)) + np.array([0, 5, 10], np.uint8)
heights = np.tile(np.array([0, 0.25, 1.5, -2], np.float32), (8, 4))
tifffile.imwrite("zlib.tif", greys, compression="zlib")
tifffile.imwrite("zstd.tif", greys, compression="zstd")
tifffile.imwrite("lzma.tif", greys, compression="lzma")
tifffile.imwrite("planes.tif", colours.transpose(2, 0, 1).copy(), photometric="rgb", planarconfig="separate")
tifffile.imwrite("signed.tif", np.tile(np.array([-5, 0, 1000, 32767], np.int16), (8, 4)))
tifffile.imwrite("half.tif", heights.astype(np.float16))
tifffile.imwrite("float.tif", heights)
EOF
cat >read.js <<'EOF'
import fs from 'fs';
import { fromArrayBuffer } from 'geotiff';
import { decode } from 'image-js';
import { Jimp } from 'jimp';

const first = (values) => Array.from(values).slice(0, 4).join(' ');
const readers = {
  jimp: async (bytes) => first((await Jimp.read(bytes)).bitmap.data.filter((_, at) => at % 4 === 0)),
  'image-js': async (bytes) => first(decode(bytes).getRawImage().data),
  geotiff: async (bytes) => {
    const image = await (await fromArrayBuffer(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))).getImage();
    return first((await image.readRasters())[0]);
  },
};
let changed = false;
for (const [file, due] of [
  ['zlib', ['0 3 15 255', '0 1000 4095 65535', '0 1000 4095 65535']],
  ['zstd', ['0 0 0 0', 'error', '0 1000 4095 65535']],
  ['lzma', ['0 0 0 0', 'error', 'error']],
  ['planes', ['0 45 90 135', 'error', '0 15 30 45']],
  ['signed', ['255 0 3 127', '65531 0 1000 32767', '-5 0 1000 32767']],
  ['half', ['0 52 62 192', '0 13312 15872 49152', '0 0.25 1.5 -2']],
  ['float', ['0 64 127 3', 'error', '0 0.25 1.5 -2']],
]) {
  const bytes = fs.readFileSync(`${file}.tif`);
  const seen = [];
  for (const read of Object.values(readers)) seen.push(await read(bytes).catch(() => 'error'));
  console.log(`${file}: ${Object.keys(readers).map((name, at) => `${name} ${seen[at]}`).join('; ')}`);
  changed ||= seen.join() !== due.join();
}
if (changed) {
  console.log('changed: other pixels');
  process.exit(1);
}
EOF
v/bin/python write.py
node read.js
