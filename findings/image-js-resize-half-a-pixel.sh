#!/usr/bin/env bash
# One would guess that image-js's resize() leaves each place where it was, so that a place found in the smaller picture, times the factor, is the place in the picture.
# Bilinear, its default, and bicubic take pixel x of the new picture from x times the factor less a half of the old one, in place of (x + 0.5) times the factor less
# a half: everything lies half a pixel of the new picture too far to the right and to the bottom, and the last columns and rows are never looked at. Eight times
# smaller, a mark at column 1003.5 is found at 1007.5. sharp, on the same pixels, is right. Made larger, the same half pixel of the new picture hardly counts.
# It matters where a page or a tablet at the line finds marks in a small picture and cuts them out of the large one: places are off by half the factor, and by
# another amount at another size. What helps: half the factor subtracted from places, or sharp.
# Versions: image-js 1.7.0, sharp 0.35.5; Node.js 20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund image-js@1.7.0 sharp@0.35.5
cat >places.js <<'EOF2'
import { Image } from 'image-js';
import sharp from 'sharp';

// a picture with a broad bright column around the place middle
function picture(width, middle, breadth) {
  const image = new Image(width, 8, { colorModel: 'GREY' });
  for (let y = 0; y < 8; y++) for (let x = 0; x < width; x++) image.setValue(x, y, 0, Math.round(200 * Math.exp(-(((x - middle) / breadth) ** 2) / 2)));
  return image;
}

function place(values, factor) {
  let [sum, weighted] = [0, 0];
  values.forEach((value, x) => { sum += value; weighted += value * x; });
  return (weighted / sum + 0.5) * factor - 0.5;
}

const rowOf = (image) => Array.from({ length: image.width }, (_, x) => image.getValue(x, 0, 0));
let wrong = false;
for (const [width, to] of [[2048, 256], [2048, 512], [2048, 1024]]) {
  const factor = width / to;
  const middle = width / 2 - 20.5;
  const image = picture(width, middle, width / 32);
  const seen = {};
  for (const interpolationType of ['bilinear', 'bicubic']) seen[interpolationType] = place(rowOf(image.resize({ width: to, height: 8, interpolationType })), factor);
  const raw = { raw: { width, height: 8, channels: 1 } };
  const smaller = await sharp(Buffer.from(image.getRawImage().data), raw).resize(to, 8, { fit: 'fill', kernel: 'linear' }).extractChannel(0).raw().toBuffer();
  seen.sharp = place([...smaller.subarray(0, to)], factor);
  console.log(`${width} to ${to} columns: a mark at ${middle} is at ${Object.entries(seen).map(([name, at]) => `${at.toFixed(2)} by ${name}`).join(', ')}`);
  for (const [name, at] of Object.entries(seen)) wrong ||= Math.abs(at - middle - (name === 'sharp' ? 0 : factor / 2)) > 0.1;
}
if (wrong) {
  console.log('changed: other places');
  process.exit(1);
}
EOF2
node places.js
