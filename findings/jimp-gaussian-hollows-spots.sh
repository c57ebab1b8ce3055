#!/usr/bin/env bash
# One would guess that jimp's gaussian() makes of a bright pixel a bell with its summit where the pixel was, the same in all directions.
# It writes into the picture that it reads: each pixel averages what is already averaged above and to the left of it. With gaussian(1) a pixel of 200 on 100 becomes a
# hollow of 104 with 112 to the left of it, 111 above and tails to the right and below. A line of one pixel has its summit a pixel to the left or above, and an edge
# reaches its half way 0.15 pixels early. A square of 5 x 5 that is smoothed and then turned by 180 degrees differs by up to 16 of 100 from one that is turned and
# then smoothed. blur() is symmetric.
# It matters where frames are smoothed in Node.js before defects are looked for or edges are measured: specks have their summit beside themselves, and a part that
# was turned is another. What helps: blur(), or sharp's blur().
# Versions: jimp 1.6.1; Node.js 20.20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund jimp@1.6.1
cat >smooth.js <<'EOF'
import { Jimp } from 'jimp';

const [SIDE, MIDDLE, GROUND] = [41, 20, 100];
let wrong = false;

function smoothed(grey, method, radius) {
  const image = new Jimp({ width: SIDE, height: SIDE, color: 0xff });
  for (let at = 0; at < SIDE * SIDE; at++) image.bitmap.data.fill(grey(at % SIDE, Math.floor(at / SIDE)), 4 * at, 4 * at + 3);
  image[method](radius);
  return Array.from({ length: SIDE * SIDE }, (_, at) => image.bitmap.data[4 * at] - GROUND);
}

const middle = [...Array(9).keys()].map((step) => MIDDLE - 4 + step);
const row = (pixels) => middle.map((x) => pixels[MIDDLE * SIDE + x]);
const column = (pixels) => middle.map((y) => pixels[y * SIDE + MIDDLE]);
const summit = (values) => values.indexOf(Math.max(...values)) - 4;

for (const [method, right] of [['blur', '0 0 3 7 11 7 3 0 0'], ['gaussian', '0 0 3 12 4 3 2 1 0']]) {
  const spot = smoothed((x, y) => GROUND + (x === MIDDLE && y === MIDDLE ? 100 : 0), method, 1);
  console.log(`a pixel of 100 more by ${method}(1): its row ${row(spot).join(' ')}, its column ${column(spot).join(' ')}`);
  wrong ||= row(spot).join(' ') !== right;
  const square = (x, y) => GROUND + (Math.abs(x - MIDDLE) < 3 && Math.abs(y - MIDDLE - 6) < 3 ? 100 : 0);
  const [before, after] = [smoothed(square, method, 1).reverse(), smoothed((x, y) => square(SIDE - 1 - x, SIDE - 1 - y), method, 1)];
  const apart = Math.max(...before.map((value, at) => Math.abs(value - after[at])));
  console.log(`a square of 5 x 5 smoothed by ${method}(1) and turned, and turned and smoothed: up to ${apart} apart`);
  wrong ||= apart !== (method === 'blur' ? 0 : 16);
}
const stands = row(smoothed((x) => GROUND + (x === MIDDLE ? 100 : 0), 'gaussian', 1));
const lies = column(smoothed((x, y) => GROUND + (y === MIDDLE ? 100 : 0), 'gaussian', 1));
console.log(`a line of 100 more that stands by gaussian(1): ${stands.join(' ')}; one that lies: ${lies.join(' ')}`);
const edge = row(smoothed((x) => GROUND + (x < MIDDLE ? 0 : 100), 'gaussian', 1));
const rising = edge.findIndex((value) => value >= 50);
const half = middle[rising] - (edge[rising] - 50) / (edge[rising] - edge[rising - 1]);
console.log(`an edge to 100 more by gaussian(1): ${edge.join(' ')}, half way at ${half.toFixed(2)}, ${MIDDLE - 0.5} is due`);
wrong ||= summit(stands) !== -1 || summit(lies) !== -1 || Math.abs(half - 19.35) > 0.02;
if (wrong) {
  console.log('changed: other bells');
  process.exit(1);
}
EOF
node smooth.js
