#!/usr/bin/env bash
# One would guess that CIEDE2000, a formula of two L*a*b* triples, has one value for two readings of a spectrophotometer in every library that has it.
# chroma-js keeps a colour as sRGB, cuts what a screen cannot show, and compares what is left: two signal oranges (L*a*b* 62 65 75 and 62 65 85) are 3.4 apart, and
# 0.05 there. A printed yellow that has lost 10 of b* is 2.0 off its reference, and 1.1 there; a printed cyan that has lost 7 of a* is 2.7 off, and 1.1 there, one that
# has lost 8 of b* 2.6, and 3.3. Dull colours are right, the formula's authors' pairs of them included. color-diff, delta-e and culori (as lab65) have them all.
# It matters where the colour of printing, paint or plastics is judged in a page or by Node.js: saturated colours pass whatever they are, and a test with greys
# and browns does not show it. What helps: one of the other three, or clipped(), which says of a colour that it was cut.
# Versions: chroma-js 3.2.0, color-diff 1.4.0, delta-e 0.0.8, culori 4.0.2; Node.js 20.20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund chroma-js@3.2.0 color-diff@1.4.0 delta-e@0.0.8 culori@4.0.2
cat >oranges.js <<'EOF'
import chroma from 'chroma-js';
import * as colorDiff from 'color-diff';
import { differenceCiede2000 } from 'culori';
import deltaE from 'delta-e';

const libraries = {
  'chroma-js': (a, b) => chroma.deltaE(chroma.lab(...a), chroma.lab(...b)),
  'color-diff': (a, b) => colorDiff.diff({ L: a[0], a: a[1], b: a[2] }, { L: b[0], a: b[1], b: b[2] }),
  'delta-e': (a, b) => deltaE.getDeltaE00({ L: a[0], A: a[1], B: a[2] }, { L: b[0], A: b[1], B: b[2] }),
  culori: (a, b) => differenceCiede2000()({ mode: 'lab65', l: a[0], a: a[1], b: a[2] }, { mode: 'lab65', l: b[0], a: b[1], b: b[2] }),
};
let wrong = false;
for (const [what, reference, part, found, due] of [
  ['the authors\' grey pair', [50, -1, 2], [50, 0, 0], 2.3669, 2.3669],
  ['the authors\' green pair', [60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644, 1.2644],
  ['the authors\' blue pair', [50, 2.6772, -79.7751], [50, 0, -82.7485], 0.669, 2.0425],
  ['two oranges', [62, 65, 75], [62, 65, 85], 0.0503, 3.4369],
  ['yellow, less of b*', [89, -5, 93], [89, -5, 83], 1.1462, 2.0336],
  ['cyan, less of a*', [55, -37, -50], [55, -30, -50], 1.0688, 2.7148],
  ['cyan, less of b*', [55, -37, -50], [55, -37, -42], 3.3373, 2.6432],
  ['magenta, other hue', [48, 74, -3], [48, 74, 3], 2.4321, 2.4321],
]) {
  const seen = Object.entries(libraries).map(([name, difference]) => [name, difference(reference, part)]);
  const cut = [reference, part].some((triple) => chroma.lab(...triple).clipped());
  console.log(`${what.padEnd(24)}: ${seen.map(([name, value]) => `${name} ${value.toFixed(3)}`).join(', ')}${cut ? '; clipped()' : ''}`);
  wrong ||= seen.some(([name, value]) => Math.abs(value - (name === 'chroma-js' ? found : due)) > 0.001) || cut !== (found !== due);
}
if (wrong) {
  console.log('changed: other differences');
  process.exit(1);
}
EOF
node oranges.js
