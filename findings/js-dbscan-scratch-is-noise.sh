#!/usr/bin/env bash
# One would guess that DBSCAN joins the pixels of a scratch with a radius of 1, since it takes points at a distance of up to the radius, and that its noise is what
# belongs to no cluster.
# In density-clustering and @cdxoo/dbscan a point at exactly the radius is none of the neighbours: with 1, or with the root of 2 for slanted ones, each pixel is by itself, a scratch
# of 40 pixels and a spot of 6 x 6 are noise and nothing else. The noise that they list keeps what was seen before its cluster was: the first pixel of a scratch is in
# its cluster and noise too, and of 200 drawn points 17 are. scikit-learn has one cluster, and no noise.
# It matters where the pixels above a threshold, or the defects of a wafer's dies, are joined in Node.js or a page: distances on a grid are exactly 1, and all defects
# are thrown away as noise; a count of noise is too high. What helps: a radius a little larger, 1.001, and leaving out of the noise what is in a cluster.
# Versions: density-clustering 1.3.0, @cdxoo/dbscan 1.1.1; Node.js 20.20. scikit-learn 1.9.1, numpy 2.4.6, scipy 1.17.1; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
echo '{ "type": "commonjs", "private": true }' >package.json
npm install --silent --no-audit --no-fund density-clustering@1.3.0 @cdxoo/dbscan@1.1.1
cat >points.py <<'EOF'
import json

import numpy as np
from sklearn.cluster import DBSCAN

sets = {
    "a scratch of 40 pixels, radius 1": ([[x, 10] for x in range(40)], 1, 3),
    "the same, radius 1.001": ([[x, 10] for x in range(40)], 1.001, 3),
    "a slanted one, radius root of 2": ([[x, x] for x in range(40)], 2**0.5, 3),
    "a spot of 6 x 6, radius 1": ([[x, y] for y in range(6) for x in range(6)], 1, 4),
    "200 drawn points": (np.random.default_rng(0).uniform(0, 20, (200, 2)).tolist(), 1.2, 4),
}
judged = {}
for name, (points, radius, least) in sets.items():
    labels = DBSCAN(eps=radius, min_samples=least).fit_predict(points)
    judged[name] = {"points": points, "radius": radius, "least": least, "clusters": int(labels.max() + 1), "noise": int((labels < 0).sum())}
json.dump(judged, open("points.json", "w"))
EOF
cat >join.js <<'EOF'
const fs = require('fs');
const { DBSCAN } = require('density-clustering');
const dbscan = require('@cdxoo/dbscan');

const packages = {
  'density-clustering': ({ points, radius, least }) => {
    const scan = new DBSCAN();
    return { clusters: scan.run(points, radius, least), noise: scan.noise };
  },
  '@cdxoo/dbscan': ({ points, radius, least }) =>
    dbscan({ dataset: points, epsilon: radius, minimumPoints: least, distanceFunction: (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]) }),
};
let wrong = false;
for (const [name, set] of Object.entries(JSON.parse(fs.readFileSync('points.json')))) {
  for (const [of, join] of Object.entries(packages)) {
    const { clusters, noise } = join(set);
    const both = noise.filter((point) => clusters.flat().includes(point)).length;
    console.log(`${name}: ${of} ${clusters.length} clusters, ${noise.length} of noise, ${both} of them in a cluster; scikit-learn ${set.clusters} and ${set.noise}`);
    const lost = /radius (1|root of 2)$/.test(name);
    wrong ||= lost ? clusters.length !== 0 || noise.length !== set.points.length : clusters.length !== set.clusters || both === 0 || noise.length !== set.noise + both;
    wrong ||= lost && (set.clusters !== 1 || set.noise !== 0);
  }
}
if (wrong) {
  console.log('changed: other clusters');
  process.exit(1);
}
EOF
v/bin/python points.py
node join.js
