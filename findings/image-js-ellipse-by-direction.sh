#!/usr/bin/env bash
# One would guess that the ellipse that image-js gives for a region has the axes of the ellipse with the same second moments, whichever way the region lies:
# 41 by 41 for a disc of 41 pixels, about 115 by 2.3 for a scratch of 100 by 2.
# One end of its minor axis is taken from the major one, and both axes are scaled to the region's area after that. A disc is 58 by 29. A scratch is 22.6 by
# 11.3 if it lies, 171 by 1.5 if it stands, 38 by 10 or 35 by 13 at a slant; one of a single pixel's width that stands is infinite, by NaN. Discs and
# lying scratches of whatever length are 2 : 1.
# It matters where a page or a tablet at the line sorts scratches from spots by the axes' ratio or length: the two are one, and a scratch is another when the
# part is turned. What helps: mbr.width and mbr.height, or feret, which are right.
# Versions: image-js 1.7.0; Node.js 20.20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund image-js@1.7.0
cat >ellipse.js <<'EOF'
import { Image, fromMask } from 'image-js';

const SIDE = 300;

function region(inside) {
  const image = new Image(SIDE, SIDE, { colorModel: 'GREY' });
  for (let y = 0; y < SIDE; y++) for (let x = 0; x < SIDE; x++) image.setValue(x, y, 0, inside(x - SIDE / 2, y - SIDE / 2) ? 255 : 0);
  const [largest] = fromMask(image.threshold({ threshold: 0.5 }), { allowCorners: true }).getRois({ kind: 'white' }).sort((a, b) => b.surface - a.surface);
  return largest;
}

const box = (width, height) => region((x, y) => x >= 0 && x < width && y >= 0 && y < height);
const slanted = (degrees) => region((x, y) => {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return Math.abs(x * c + y * s) <= 50 && Math.abs(y * c - x * s) <= 1.5;
});
const same = (found, expected) => Number.isNaN(expected) ? Number.isNaN(found) : found === expected || Math.abs(found / expected - 1) < 0.02;
let wrong = false;
for (const [what, roi, major, minor] of [
  ['a disc of 41 pixels', region((x, y) => x * x + y * y <= 20.5 * 20.5), 57.82, 28.91],
  ['20 by 2', box(20, 2), 10.02, 5.08],
  ['100 by 2', box(100, 2), 22.56, 11.29],
  ['2 by 100', box(2, 100), 171.47, 1.49],
  ['1 by 100', box(1, 100), Infinity, NaN],
  ['20 by 10', box(20, 10), 18.99, 13.41],
  ['10 by 20', box(10, 20), 31.98, 7.96],
  ['100 by 3 at 45 degrees', slanted(45), 35.01, 12.84],
  ['100 by 3 at 120 degrees', slanted(120), 38.01, 10.02],
]) {
  const [a, b] = [roi.ellipse.majorAxis.length, roi.ellipse.minorAxis.length];
  console.log(`${what.padEnd(24)}: ellipse ${a.toFixed(1)} by ${b.toFixed(1)}, mbr ${roi.mbr.width.toFixed(1)} by ${roi.mbr.height.toFixed(1)}`);
  wrong ||= !same(a, major) || !same(b, minor);
}
if (wrong) {
  console.log('changed: other axes');
  process.exit(1);
}
EOF
node ellipse.js
