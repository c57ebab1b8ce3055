#!/usr/bin/env bash
# One would guess that packages which look up the sampling plan of ANSI/ASQ Z1.4 (ISO 2859-1: how many parts of a lot to inspect, and with how many bad ones it passes)
# find the same: it is one table.
# Between the plans with acceptance number 0 and 1 the table has two arrows, up to the smaller sample and down to the larger one, and three packages each go another
# way: mfgqc leaves them out, and has 0 for AQLs two steps too large; pccpy goes up with both; garment-aql-calculator keeps the sample and has 0 there, and also where
# the sample is too small for a 0. For 50 parts and AQL 4 it is 13 parts with 1 bad one, and they say 8, 3 and 8 with none; for 100 parts and AQL 1 it is 13
# with none, which pccpy has, and the others say 32 and 20. From an acceptance number of 2 on all agree.
# It matters where lots are released by them: a lot of 400 that is as good as its AQL of 0.65 passes in 90 % of cases by the table and in 72 % by mfgqc, and one that
# is four times as bad in 38 % by the table and in 59 % by pccpy.
# What helps: the table itself for small lots and small AQLs.
# Versions: mfgqc 0.3.1, pccpy 0.16.2, garment-aql-calculator 1.0.0, scipy 1.17.1, numpy 2.4.6, pandas 2.3.3, statsmodels 0.15.0, scikit-learn 1.9.1, matplotlib 3.11.2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check mfgqc==0.3.1 pccpy==0.16.2 garment-aql-calculator==1.0.0 scipy==1.17.1 numpy==2.4.6 \
    pandas==2.3.3 statsmodels==0.15.0 scikit-learn==1.9.1 matplotlib==3.11.2
cat >plans.py <<'EOF'
import sys
import garment_aql_calculator, mfgqc, pccpy
from scipy.stats import binom

LOTS = 8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10000, 35000  # the largest of the letters A to M, level II
SAMPLES = 2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500
AQLS = 0.65, 1.0, 1.5, 2.5, 4.0, 6.5
NUMBERS = 0, "up", "down", 1, 2, 3, 5, 7, 10, 14, 21  # along a row, and up along a column
FIRST = 5  # letter of the 0 at AQL 0.65: F

def table(lot, aql):
    letter = next(i for i, most in enumerate(LOTS) if lot <= most)
    place = letter + AQLS.index(aql) - FIRST
    place = max(place, 0)
    if place >= len(NUMBERS):
        place = len(NUMBERS) - 1
    place += {"up": -1, "down": 1}.get(NUMBERS[place], 0)
    return SAMPLES[place + FIRST - AQLS.index(aql)], NUMBERS[place]

def by_mfgqc(lot, aql):
    try:
        plan = mfgqc.z14_plan(lot, aql)
    except ValueError:  # its sample is larger than the lot
        return None
    return plan.n, plan.c

def by_pccpy(lot, aql):
    plan = pccpy.acceptance_sampling_attributes(lot, aql)
    return plan.n, plan.c

def by_garment(lot, aql):
    plan = garment_aql_calculator.calculate_aql(lot, "GII", aql)
    return plan["sample_size"], plan["accept_number"]

PACKAGES = {"mfgqc": by_mfgqc, "pccpy": by_pccpy, "garment-aql-calculator": by_garment}
OTHERS = {"mfgqc": 29, "pccpy": 6, "garment-aql-calculator": 23}

def passes(plan, aql):
    return 100 * binom.cdf(plan[1], plan[0], aql / 100)

assert table(1000, 1.0) == (80, 2) and table(3000, 2.5) == (125, 7) and table(80, 2.5) == (20, 1) and table(100, 1.0) == (13, 0)
expected = {
    (50, 1.0): [(13, 0), (32, 0), (13, 0), (8, 0)],
    (50, 4.0): [(13, 1), (8, 0), (3, 0), (8, 0)],
    (100, 1.0): [(13, 0), (32, 0), (13, 0), (20, 0)],
    (100, 1.5): [(32, 1), (20, 0), (8, 0), (20, 0)],
    (400, 0.65): [(80, 1), (50, 0), (20, 0), (50, 0)],
    (1000, 1.0): [(80, 2)] * 4,
}
wrong = False
for (lot, aql), plans in expected.items():
    found = [table(lot, aql)] + [plan(lot, aql) for plan in PACKAGES.values()]
    said = [f"{name} {n} with {c} ({passes((n, c), aql):.0f} and {passes((n, c), 4 * aql):.0f} %)" for name, (n, c) in zip(["table", *PACKAGES], found)]
    print(f"{lot} parts, AQL {aql}: parts to inspect with bad ones (a lot of AQL passes, and one of four times that): {', '.join(said)}")
    wrong |= found != plans
small = [(lot, aql) for lot in LOTS for aql in AQLS if table(lot, aql)[0] < lot and table(lot, aql)[1] <= 1]
large = [(lot, aql) for lot in LOTS for aql in AQLS if 2 <= table(lot, aql)[1] < 21]
for name, plan in PACKAGES.items():
    others = sum(plan(*lot) != table(*lot) for lot in small)
    print(f"{name}: of {len(small)} plans with 0 or 1 by the table {others} are other ones")
    wrong |= others != OTHERS[name] or any(plan(*lot) != table(*lot) for lot in large)
if wrong:
    sys.exit("changed: other plans")
EOF
v/bin/python -W ignore plans.py
