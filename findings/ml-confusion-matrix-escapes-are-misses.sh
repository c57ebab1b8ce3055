#!/usr/bin/env bash
# One would guess that getFalseOmissionRate('bad') of ml-confusion-matrix for Node.js is the share of defective parts among those that pass, which is what reaches the customer.
# It divides the missed defects by all defects in place of all parts that pass: it is the false negative rate under another name. A line of 10000 parts with 20 defects, 4
# of them missed, has 0.2, 200000 in a million, for 0.0004, 403 in a million. With defects as rare as they are at the end of a line it is too high by a factor of hundreds,
# and it stays as it is when the process gets better. The negative predictive value, of which it should be what is left to 1, is right.
# It matters where escapes are reported or agreed on in parts per million, or two lines are compared by them. Where half of the parts are defective, as in a trial, it is
# about right. What helps: 1 - getNegativePredictiveValue('bad').
# Versions: ml-confusion-matrix 2.0.0; Node.js 20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "type": "commonjs", "private": true }' >package.json
npm install --silent --no-audit --no-fund ml-confusion-matrix@2.0.0
cat >escapes.js <<'EOF'
const { ConfusionMatrix } = require('ml-confusion-matrix');

let wrong = false;
for (const [parts, defects, missed, alarms] of [[10000, 20, 4, 50], [10000, 5, 1, 50], [100000, 20, 4, 50], [1000, 500, 100, 5], [200, 100, 20, 20]]) {
  const actual = Array.from({ length: parts }, (_, at) => (at < defects ? 'bad' : 'good'));
  const called = actual.map((is, at) => (is === 'bad' ? (at < missed ? 'good' : 'bad') : at < defects + alarms ? 'bad' : 'good'));
  const matrix = ConfusionMatrix.fromLabels(actual, called);
  const passed = called.filter((name) => name === 'good').length;
  const escapes = called.filter((name, at) => name === 'good' && actual[at] === 'bad').length / passed;
  const rate = matrix.getFalseOmissionRate('bad');
  const ppm = (share) => `${Math.round(1e6 * share)} in a million`;
  console.log(
    `${parts} parts, ${defects} defective, ${missed} missed: false omission rate ${rate.toFixed(4)}, ${ppm(rate)}; of ${passed} that pass ${missed} are defective, ${ppm(escapes)}; ` +
      `false negative rate ${matrix.getFalseNegativeRate('bad').toFixed(4)}, 1 - negative predictive value ${(1 - matrix.getNegativePredictiveValue('bad')).toFixed(6)}`,
  );
  wrong ||= Math.abs(rate - missed / defects) > 1e-12 || Math.abs(matrix.getFalseNegativeRate('bad') - rate) > 1e-12;
  wrong ||= Math.abs(1 - matrix.getNegativePredictiveValue('bad') - escapes) > 1e-12;
}
if (wrong) {
  console.log('changed: other rates');
  process.exit(1);
}
EOF
node escapes.js
