#!/usr/bin/env bash
# One would guess that sharp's trim() takes away what is like the top left pixel at the sides, and with threshold 0, as its documentation says, only what is exactly so.
# It looks at a picture whose pixels are medians of 3 x 3, where a line of one pixel is gone, whatever its contrast and the threshold: of a dark part of 20 x 10 pixels
# with two pins of 10 by 1, 22 x 10 pixels are left of 40, and the pins are cut off. Pins of two pixels lose one pixel each, of three none. A picture that has
# nothing but a wire of one pixel is not cut at all. lineArt: true, which one would keep for drawings, finds all pins.
# It matters where parts are cut out of their background before they are compared or measured: what is thin at the outside, pins, wires, burrs and scratches, is gone
# with the background, and all seems well. What helps: lineArt: true.
# Versions: sharp 0.35.5; Node.js 20.20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund sharp@0.35.5
cat >trim.js <<'EOF'
import sharp from 'sharp';

const [WIDTH, HEIGHT] = [60, 40];

async function trimmed(inside, options) {
  const pixels = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, at) => (inside(at % WIDTH, Math.floor(at / WIDTH)) ? 0 : 255));
  const { info } = await sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } }).trim(options).toBuffer({ resolveWithObject: true });
  return `${info.width} x ${info.height}`;
}

const body = (x, y) => x >= 20 && x < 40 && y >= 15 && y < 25;
const pins = (wide) => (x, y) => body(x, y) || (x >= 10 && x < 50 && y >= 18 && y < 18 + wide);
let wrong = false;
for (const [what, inside, found, due] of [
  ['a part of 20 x 10', body, '20 x 10', '20 x 10'],
  ['with two pins of 10 by 1', pins(1), '22 x 10', '40 x 10'],
  ['with two pins of 10 by 2', pins(2), '38 x 10', '40 x 10'],
  ['with two pins of 10 by 3', pins(3), '40 x 10', '40 x 10'],
  ['a wire of 40 by 1', (x, y) => x >= 10 && x < 50 && y === 20, '60 x 40', '40 x 1'],
]) {
  const seen = [await trimmed(inside, {}), await trimmed(inside, { threshold: 0 }), await trimmed(inside, { lineArt: true })];
  console.log(`${what}: ${seen[0]}, with threshold 0 ${seen[1]}, with lineArt ${seen[2]}`);
  wrong ||= seen[0] !== found || seen[1] !== found || seen[2] !== due;
}
if (wrong) {
  console.log('changed: other pictures');
  process.exit(1);
}
EOF
node trim.js
