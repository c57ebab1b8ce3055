#!/usr/bin/env bash
# One would guess that a report over a tester's STDF file counts the results that the file calls results, and judges them by the limits that it calls limits: each has
# a flag for that, since a record has a place for the number whether there is one or not.
# stdf-reader looks at no flag but whether it is 0. A test that was not executed, with no valid result, is a result of 0 that failed: eight parts that all passed
# have 2 fails of 8, a mean of 0.38 V for 0.51 V and a Cpk of -0.03 for 3.02. A test without an upper limit has one of 0: all parts fail it, with a Cpk of -22 for 8.3.
# The bins beside it are right, 8 of 8 good.
# It matters for tests that are left out after a first fail, or done for some parts only, and for strengths, resistances and the like with one limit: the report
# of a line without a fault calls for a stop. What helps: TEST_FLG and OPT_FLAG of the PTR records, which the pystdf that it brings along hands on.
# Versions: stdf-reader 0.10.7, pandas 3.1.1, numpy 2.4.6, openpyxl 3.1.5; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check stdf-reader==0.10.7 pandas==3.1.1 numpy==2.4.6 openpyxl==3.1.5
cat >write.py <<'EOF'
import struct

NO_RESULT, NOT_EXECUTED, NO_HIGH_LIMIT = 0x02, 0x10, 0x80

def text(value):
    return bytes([len(value)]) + value.encode()

def record(kind, sub, body):
    return struct.pack("<HBB", len(body), kind, sub) + body

def result(number, name, value, flags, limits):
    body = struct.pack("<IBBBBf", number, 1, 1, flags, 0, value) + text(name) + text("")
    if limits:
        low, high, units, missing = limits
        body += struct.pack("<Bbbbff", missing, 0, 0, 0, low, high) + text(units)
    return record(15, 10, body)

stream = record(0, 10, bytes([2, 4]))
lot = struct.pack("<IIB", 1700000000, 1700000000, 1) + b"P  " + struct.pack("<H", 65535) + b" " + b"".join(map(text, ("lot", "gauge", "node", "tester", "job")))
stream += record(1, 10, lot)
for part, gap in enumerate((0.50, 0.51, None, 0.50, 0.52, None, 0.49, 0.51)):
    stream += record(5, 10, bytes([1, 1]))
    stream += result(1000, "gap", gap or 0, 0 if gap else NO_RESULT | NOT_EXECUTED, (0.4, 0.6, "V", 0) if part == 0 else None)
    stream += result(2000, "strength", 5 + part % 3 / 10, 0, (3, 0, "N", NO_HIGH_LIMIT) if part == 0 else None)
    stream += record(5, 20, struct.pack("<BBBHHHhhI", 1, 1, 0, 2, 1, 1, -32768, -32768, 100) + text(str(part + 1)))
open("lot.stdf", "wb").write(stream + record(1, 20, struct.pack("<I", 1700000100)))
EOF
v/bin/python write.py
{ v/bin/stdf-reader convert-csv lot.stdf && v/bin/stdf-reader report lot.stdf_csv_log.csv; } >log 2>&1 || { cat log; exit 1; }
cat >report.py <<'EOF'
import glob, sys
import numpy as np, pandas
from pystdf import V4
from pystdf.IO import Parser

class Results:
    def __init__(self):
        self.values = {}

    def after_send(self, source, sent):
        table, row = sent
        if table == V4.ptr and not row[V4.ptr.TEST_FLG] & 0x12:
            self.values.setdefault(row[V4.ptr.TEST_TXT], []).append(row[V4.ptr.RESULT])

results = Results()
parser = Parser(inp=open("lot.stdf", "rb"))
parser.addSink(results)
parser.parse()
sheets = pandas.read_excel(glob.glob("*.xlsx")[0], sheet_name=None, index_col=0)
seen = sheets["Data Statistics"]
seen = seen[seen["Site"] == "ALL"]
cpks = {}
for name, low, high in ("gap", 0.4, 0.6), ("strength", 3, np.inf):
    values = np.array(results.values[name])
    cpks[name] = min(values.mean() - low, high - values.mean()) / (3 * values.std(ddof=1))
    print(f"{name}: {len(values)} valid results of mean {values.mean():.3f} and Cpk {cpks[name]:.2f};", "reported", ", ".join(f"{key} {seen.loc[name, key]}" for key in ("Runs", "Fails", "LowLimit", "HiLimit", "Min", "Mean", "Cpk")))
bins = sheets["Bin Summary"]
print("bins:", bins.iloc[-1].to_dict())
if [seen.loc["gap", "Fails"], seen.loc["strength", "Fails"], seen.loc["gap", "Runs"], seen.loc["gap", "Min"]] != [2, 8, 8, 0] or seen["Cpk"].max() > 0 or min(cpks.values()) < 2:
    sys.exit("changed: other results are counted")
EOF
v/bin/python -W ignore report.py
