#!/usr/bin/env bash
# One would guess that Photon's adjust_brightness(-40) makes all greys darker by 40, that gaussian_blur() leaves a surface as bright as it is, and that rotate(180)
# turns a picture round and does nothing else.
# 255 stays 255 where 254 becomes 214. gaussian_blur() cuts to whole greys in each of its passes: a surface of 100 with grain is 98 or less afterwards, and one without
# stays 100, so that a plain picture does not show it. After rotate(180) all lies two pixels to the left and one above where it should, two columns at the right
# and a row below are black, and as much of the picture is gone; a quarter loses as much, -90 degrees make 60 x 101 of 100 x 60, and 0.4 degrees do nothing.
# It matters where frames are handled in a browser or in Node.js before they are looked at: glare becomes the only bright spot, surfaces differ from their smoothed
# backgrounds, and a part turned round differs from its golden picture along its edges. What helps: sharp.
# Versions: @silvia-odwyer/photon-node 0.3.4; Node.js 20.20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "type": "commonjs", "private": true }' >package.json
npm install --silent --no-audit --no-fund @silvia-odwyer/photon-node@0.3.4
cat >darker.js <<'EOF'
const photon = require('@silvia-odwyer/photon-node');

let wrong = false;

function picture(width, height, grey) {
  const pixels = new Uint8Array(width * height * 4).fill(255);
  for (let at = 0; at < width * height; at++) pixels.fill(grey(at % width, Math.floor(at / width)), 4 * at, 4 * at + 3);
  return new photon.PhotonImage(pixels, width, height);
}

const greys = (image) => Array.from(image.get_raw_pixels()).filter((_, at) => at % 4 === 0);

const levels = [0, 50, 100, 200, 250, 254, 255];
const darker = picture(levels.length, 1, (x) => levels[x]);
photon.adjust_brightness(darker, -40);
console.log(`${levels.join(' ')} darker by 40: ${greys(darker).join(' ')}`);
wrong ||= greys(darker).join(' ') !== '0 10 60 160 210 214 255';

let seed = 1;
const drawn = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
const grain = Array.from({ length: 200 * 200 }, () => Math.round(100 + 20 * (drawn() + drawn() - 1)));
const mean = (values) => values.reduce((a, value) => a + value, 0) / values.length;
for (const [radius, grey, lost] of [[1, (x, y) => grain[200 * y + x], 2], [2, (x, y) => grain[200 * y + x], 2.3], [3, (x, y) => grain[200 * y + x], 2.4], [3, () => 100, 0]]) {
  const surface = picture(200, 200, grey);
  const before = mean(greys(surface));
  photon.gaussian_blur(surface, radius);
  const after = mean(greys(surface));
  console.log(`a surface of ${before.toFixed(2)} ${lost ? 'with' : 'without'} grain by gaussian_blur(${radius}): ${after.toFixed(2)}`);
  wrong ||= Math.abs(before - after - lost) > 0.2;
}

for (const [degrees, width, height, x, y, dark] of [[180, 100, 60, -2, -1, 218], [90, 60, 100, -2, -1, 258], [-90, 60, 101, -2, 0, 318], [0.4, 100, 60, 0, 0, 0]]) {
  const turned = photon.rotate(picture(100, 60, (u, v) => (u === 40 && v === 20 ? 250 : 100)), degrees);
  const [pixels, wide] = [greys(turned), turned.get_width()];
  const at = pixels.findIndex((value) => value > 200);
  const right = { 180: [59, 39], 90: [39, 40], '-90': [20, 59], 0.4: [40, 20] }[degrees];
  const beside = [(at % wide) - right[0], Math.floor(at / wide) - right[1]];
  const black = pixels.filter((value) => value === 0).length;
  console.log(`100 x 60 by ${degrees} degrees: ${wide} x ${turned.get_height()}, a mark lies ${beside.join(' ')} beside, ${black} black pixels`);
  wrong ||= wide !== width || turned.get_height() !== height || beside[0] !== x || beside[1] !== y || black !== dark;
}
if (wrong) {
  console.log('changed: other greys or places');
  process.exit(1);
}
EOF
node darker.js
