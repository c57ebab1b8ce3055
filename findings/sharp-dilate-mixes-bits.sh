#!/usr/bin/env bash
# One would guess that sharp's dilate(), "expand foreground objects", makes bright things on a dark ground grow, and gives each pixel of a grey picture the
# brightest of its neighbours; erode() the darkest.
# They take the neighbours' bits together: dilate() by "and", erode() by "or". A plain surface of 127 and 128 is 0 after dilate(1) and 255 after erode(1). A spot
# of 100 on 50 becomes a square of 32, darker than both, by dilate(), and of 118, brighter than both, by erode(). A white scratch of two pixels is gone after
# dilate(), and twice as wide after erode(): black is the foreground. A picture of 16 bits is cut at 255 before that: all that is brighter is one grey.
# It matters where masks are cleaned or backgrounds taken in Node.js: scratches go by the call that should keep them, and grains of a sensor become holes. What
# helps: a threshold first, and dilate() and erode() for each other where defects are white.
# Versions: sharp 0.35.5; Node.js 20.20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund sharp@0.35.5
cat >bits.js <<'EOF'
import sharp from 'sharp';

const SIDE = 41;
let wrong = false;

async function values(operation, grey, depth = 'uchar') {
  const pixels = (depth === 'ushort' ? Uint16Array : Uint8Array).from({ length: SIDE * SIDE }, (_, at) => grey(at % SIDE, Math.floor(at / SIDE)));
  const space = depth === 'ushort' ? 'grey16' : 'b-w';
  const raw = await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } }).toColourspace(space)[operation](1).raw({ depth }).toBuffer();
  return depth === 'ushort' ? new Uint16Array(raw.buffer, raw.byteOffset, raw.length / 2) : raw;
}

function counts(pixels) {
  const seen = new Map();
  for (const value of pixels) seen.set(value, (seen.get(value) ?? 0) + 1);
  return [...seen].sort((a, b) => a[0] - b[0]).map(([value, count]) => `${count} of ${value}`).join(', ');
}

for (const [what, grey, dilated, eroded, depth] of [
  ['127 and 128 in turn', (x, y) => 127 + ((x + y) % 2), '1681 of 0', '1681 of 255'],
  ['a spot of 100 on 50', (x, y) => (x === 20 && y === 20 ? 100 : 50), '9 of 32, 1672 of 50', '1672 of 50, 9 of 118'],
  ['a white scratch, 2 by 41', (x) => (x === 20 || x === 21 ? 255 : 0), '1681 of 0', '1517 of 0, 164 of 255'],
  ['a black scratch, 2 by 41', (x) => (x === 20 || x === 21 ? 0 : 255), '164 of 0, 1517 of 255', '1681 of 255'],
  ['a spot of 3000 on 1000, 16 bits', (x, y) => (x === 20 && y === 20 ? 3000 : 1000), '1681 of 255', '1681 of 255', 'ushort'],
]) {
  const [larger, smaller] = [counts(await values('dilate', grey, depth)), counts(await values('erode', grey, depth))];
  console.log(`${what}: dilate gives ${larger}; erode ${smaller}`);
  wrong ||= larger !== dilated || smaller !== eroded;
}
if (wrong) {
  console.log('changed: other greys');
  process.exit(1);
}
EOF
node bits.js
