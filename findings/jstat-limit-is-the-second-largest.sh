#!/usr/bin/env bash
# One would guess that jStat.percentile(scores, 0.99) lies between the two largest of a few scores, as a spreadsheet's PERCENTILE and jStat.quantiles() have it.
# It does not interpolate between the last two: up to the largest itself it gives the second largest. Of the numbers 1 to 10 all percentiles from 90 to 99.9 are 9,
# where 9.91 is due for 99. The middle of two numbers, percentile([5, 7], 0.5), is 5, and three quarters of 1 to 4 are 3 where 3.25 is due. Lower ones are right.
# It matters where a limit is set by the scores of some good parts: of 20 of them the 95th and the 99th percentile are the second largest score, and where the largest
# lies apart, 0.46 where 0.86 is due; parts like it are rejected from then on. The 99th percentile is so for up to 100 parts. What helps:
# jStat.quantiles(scores, [0.99], 1, 1)[0], or quantileSeq() of mathjs.
# Versions: jstat 1.9.6, mathjs 15.2.0; Node.js 20.20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund jstat@1.9.6 mathjs@15.2.0
cat >limit.js <<'EOF'
import jstat from 'jstat';
import { quantileSeq } from 'mathjs';

const { percentile, quantiles } = jstat.jStat;
const ten = Array.from({ length: 10 }, (_, at) => at + 1);
const hundred = Array.from({ length: 100 }, (_, at) => (at < 99 ? at / 100 : 5));
const parts = [0.42, 0.31, 0.35, 0.38, 0.44, 0.29, 0.33, 0.4, 0.36, 0.37, 0.34, 0.41, 0.39, 0.32, 0.43, 0.3, 0.45, 0.28, 0.46, 0.95];
let wrong = false;
for (const [what, scores, share, found] of [
  ['1 to 10', ten, 0.5, 5.5],
  ['1 to 10', ten, 0.88, 8.92],
  ['1 to 10', ten, 0.9, 9],
  ['1 to 10', ten, 0.95, 9],
  ['1 to 10', ten, 0.999, 9],
  ['1 to 10', ten, 1, 10],
  ['5 and 7', [5, 7], 0.5, 5],
  ['1 to 4', [1, 2, 3, 4], 0.75, 3],
  ['20 good parts', parts, 0.9, 0.451],
  ['20 good parts', parts, 0.95, 0.46],
  ['20 good parts', parts, 0.99, 0.46],
  ['100 good parts', hundred, 0.99, 0.98],
]) {
  const [seen, byQuantiles, byMathjs] = [percentile(scores, share), quantiles(scores, [share], 1, 1)[0], quantileSeq(scores, share)];
  console.log(`${100 * share} % of ${what}: ${seen.toFixed(3)}; quantiles ${byQuantiles.toFixed(3)}, mathjs ${byMathjs.toFixed(3)}`);
  const above = share > (scores.length - 2) / (scores.length - 1) - 1e-9 && share < 1;
  wrong ||= Math.abs(seen - found) > 1e-9 || Math.abs(byQuantiles - byMathjs) > 1e-9;
  wrong ||= above ? byMathjs - seen < -1e-9 : Math.abs(byMathjs - seen) > 1e-9;
}
if (wrong) {
  console.log('changed: other percentiles');
  process.exit(1);
}
EOF
node limit.js
