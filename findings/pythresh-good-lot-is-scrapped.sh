#!/usr/bin/env bash
# One would guess that a threshold which PyThresh finds over the scores of a lot without a defect calls few or none of its parts bad: it is there so that nobody has
# to guess how many bad ones there may be. Or that a lot with one more bad part has about one bad part more.
# Of lots of 200 good parts, with scores of a bell curve, MOLL calls 188 bad on average, BOOT 190, MCST and EB 164, DECOMP 107, AUCP 102. With one bad part among
# them MOLL and MCST call that one bad and nearly nothing else, DECOMP 2 and EB 4 others. All thresholders divide the scores by their own range first, so that the
# best part is 0 and the worst 1, whatever they are. DSN calls 29 of the good lot bad and CHAU 11; MAD, GESD and IQR call none to 1, and the bad part in addition.
# It matters where the threshold is found anew for each lot or shift, as there are no labels: the better the line runs, the more it scraps, and the first defect stops
# that. A trial with known defects, as one has them at hand, shows the worst of them as perfect. What helps: a trial without any, MAD, GESD or IQR, or a
# threshold that was found once and is kept.
# Versions: pythresh 1.1.1, pyod 3.6.7, scikit-learn 1.9.1, scipy 1.17.1, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pythresh==1.1.1 pyod==3.6.7 scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
cat >lots.py <<'EOF'
import sys
import numpy as np
from pythresh.thresholds.aucp import AUCP
from pythresh.thresholds.boot import BOOT
from pythresh.thresholds.chau import CHAU
from pythresh.thresholds.decomp import DECOMP
from pythresh.thresholds.dsn import DSN
from pythresh.thresholds.eb import EB
from pythresh.thresholds.gesd import GESD
from pythresh.thresholds.iqr import IQR
from pythresh.thresholds.mad import MAD
from pythresh.thresholds.mcst import MCST
from pythresh.thresholds.moll import MOLL

PARTS, LOTS = 200, 12
SCRAPPERS = MOLL, BOOT, MCST, AUCP, EB, DECOMP
wrong = False
print(f"of {PARTS} good parts, of one bad part more, and of five, on average over {LOTS} lots:")
for thresholder in *SCRAPPERS, DSN, CHAU, MAD, GESD, IQR:
    called = []
    for bad in 0, 1, 5:
        lots = []
        for lot in range(LOTS):
            scores = np.random.default_rng(lot).normal(10, 1, PARTS + bad)
            scores[PARTS:] += 12
            labels = np.asarray(thresholder().eval(scores)).astype(bool)
            lots.append((labels[:PARTS].sum(), labels[PARTS:].sum()))
        called.append(np.mean(lots, axis=0))
    print(f"{thresholder.__name__:6}:", ", ".join(f"{good:5.1f} good and {found:.1f} bad called bad" for good, found in called))
    if thresholder in SCRAPPERS:
        wrong |= called[0][0] < 0.4 * PARTS
    elif thresholder not in (DSN, CHAU):
        wrong |= called[0][0] > 0.02 * PARTS
    if thresholder in (MOLL, MCST, EB, DECOMP):
        wrong |= called[1][0] > 0.04 * PARTS or called[1][1] < 1
if wrong:
    sys.exit("changed: other parts are called bad")
EOF
v/bin/python -W ignore lots.py
