#!/usr/bin/env bash
# One would guess that sharp's blur(sigma) convolves with a Gaussian of that sigma, which may be 0.3 and more.
# Its mask ends where the Gaussian falls to a fifth of its summit. Up to 0.55 the mask is one pixel: blur(0.3) and blur(0.5) change nothing. blur(1) has a deviation of
# 0.74 pixels, blur(2) of 1.62, blur(8) of 6.6, and grain of a sensor that should be left with 0.28 of its deviation by blur(1) has 0.35. precision: 'float' does not
# change that, minAmplitude: 0.01 does.
# It matters where frames are smoothed in Node.js to the scale of a model or of another program, or backgrounds are taken: there is a fourth more grain, and a
# threshold from OpenCV or scikit-image, whose masks end at 3 or 4 sigma, does not hold. What helps: blur({ sigma, minAmplitude: 0.01 }).
# Versions: sharp 0.35.5; Node.js 20.20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund sharp@0.35.5
cat >blur.js <<'EOF'
import sharp from 'sharp';

const [WIDTH, HEIGHT, SIDE] = [81, 5, 256];

async function blurred(pixels, width, height, options) {
  const picture = sharp(Uint8Array.from(pixels), { raw: { width, height, channels: 1 } });
  return picture.blur(options).toColourspace('b-w').raw().toBuffer();
}

function deviation(values, weights) {
  const sum = weights.reduce((a, b) => a + b);
  const mean = weights.reduce((a, weight, at) => a + weight * values[at], 0) / sum;
  return Math.sqrt(weights.reduce((a, weight, at) => a + weight * (values[at] - mean) ** 2, 0) / sum);
}

/** The deviation of what an edge's slope became. */
async function spread(options) {
  const edge = Array.from({ length: WIDTH * HEIGHT }, (_, at) => (at % WIDTH < WIDTH / 2 ? 0 : 250));
  const row = (await blurred(edge, WIDTH, HEIGHT, options)).subarray(2 * WIDTH, 3 * WIDTH);
  const slopes = Array.from({ length: WIDTH - 1 }, (_, x) => row[x + 1] - row[x]);
  return deviation(slopes.map((_, x) => x), slopes);
}

let seed = 1;
const drawn = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
const grain = Array.from({ length: SIDE * SIDE }, () => Math.round(128 + 40 * (drawn() + drawn() + drawn() + drawn() - 2)));

async function left(options) {
  const pixels = [...(await blurred(grain, SIDE, SIDE, options))];
  const even = pixels.map(() => 1);
  return deviation(pixels, even) / deviation(grain, even);
}

let wrong = false;
for (const [sigma, plain, whole] of [[0.3, 0, 0], [0.5, 0, 0.47], [0.55, 0, 0.53], [0.6, 0.58, 0.58], [0.8, 0.69, 0.8], [1, 0.74, 0.99], [2, 1.63, 1.99], [3, 2.51, 3.04], [8, 6.64, 7.81]]) {
  const [found, float, right] = [await spread({ sigma }), await spread({ sigma, precision: 'float' }), await spread({ sigma, minAmplitude: 0.01 })];
  console.log(`blur(${sigma}): ${found.toFixed(2)} pixels, by floats ${float.toFixed(2)}, with minAmplitude 0.01 ${right.toFixed(2)}`);
  wrong ||= Math.abs(found - plain) > 0.03 || Math.abs(float - found) > 0.07 || Math.abs(right - whole) > 0.03;
}
const [found, right] = [await left({ sigma: 1 }), await left({ sigma: 1, minAmplitude: 0.01 })];
console.log(`blur(1) leaves ${found.toFixed(3)} of the grain, with minAmplitude 0.01 ${right.toFixed(3)}; ${(1 / (2 * Math.sqrt(Math.PI))).toFixed(3)} is due`);
wrong ||= Math.abs(found - 0.355) > 0.01 || Math.abs(right - 0.284) > 0.01;
if (wrong) {
  console.log('changed: other masks');
  process.exit(1);
}
EOF
node blur.js
