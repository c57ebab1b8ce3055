#!/usr/bin/env bash
# One would guess that cumulativeStdNormalProbability() of simple-statistics gives the share of a normal distribution below z, so that one less it is the share of
# parts beyond a limit.
# It looks z up in a printed table of four digits that ends at 3.09, and takes the last entry for all that is beyond: whatever the process is capable of, 1000 parts in
# a million fail. At 4.5 sigma it should be 3.4, at a Cpk of 1.33, 4 sigma, 32. Below that z is rounded to hundredths: at 3 sigma 1300 for 1350, and 0.005 is 0.01.
# normal.cdf() of jstat, and errorFunction() of simple-statistics itself, are right.
# It matters where a page or a gateway at the line reports the failures that a Cpk means, or sets a limit by a false alarm rate: all good processes are alike, and
# none is better than 0.1 %. What helps: (1 - errorFunction(z / Math.SQRT2)) / 2.
# Versions: simple-statistics 7.12.1, jstat 1.9.6; Node.js 20.20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund simple-statistics@7.12.1 jstat@1.9.6
cat >fail.js <<'EOF'
import jstat from 'jstat';
import { cumulativeStdNormalProbability, errorFunction } from 'simple-statistics';

const million = 1e6;
let wrong = false;
for (const [z, table, due] of [[2, 22800, 22750.13], [3, 1300, 1349.9], [3.09, 1000, 1000.78], [3.5, 1000, 232.63], [4, 1000, 31.67], [4.5, 1000, 3.398], [6, 1000, 0.00099]]) {
  const found = (1 - cumulativeStdNormalProbability(z)) * million;
  const below = cumulativeStdNormalProbability(-z) * million;
  const byError = ((1 - errorFunction(z / Math.SQRT2)) / 2) * million;
  const byJstat = jstat.jStat.normal.cdf(-z, 0, 1) * million;
  console.log(`beyond ${z} sigma (Cpk ${(z / 3).toFixed(2)}): ${found.toFixed(1)} in a million, ${below.toFixed(1)} below; errorFunction ${byError.toFixed(3)}, jstat ${byJstat.toFixed(3)}`);
  wrong ||= Math.abs(found - table) > 0.01 || Math.abs(below - table) > 0.01;
  wrong ||= [byError, byJstat].some((share) => Math.abs(share / due - 1) > 0.01);
}
const near = cumulativeStdNormalProbability(0.005);
console.log(`below 0.005 sigma: ${near}, ${jstat.jStat.normal.cdf(0.005, 0, 1).toFixed(4)} is due`);
wrong ||= near !== 0.504;
if (wrong) {
  console.log('changed: other shares');
  process.exit(1);
}
EOF
node fail.js
