#!/usr/bin/env bash
# One would guess that the package g85 reads the wafer maps of SEMI G85, in which testers and inspection tools say what became of each die, as they are: with BinType
# HexaDecimal each die has two digits, and a row is one string of them.
# It takes each digit for a die, unless there are spaces between: a map of 6 x 4 dies has 12 columns, and the bins 01 and 0A, of which the file says whether they pass,
# count no die, as there are only 0, 1, A and F in the map. The yield is 0 of 0, and written again the file has 0 for both counts. That it says 6 columns itself is not
# noticed. No word is said. Maps of one character a die (Ascii) are right.
# It matters where maps of two tools are laid over each other, or dies are picked by them: the die in column 4 is half of that in column 2.
# What helps: to join the digits by twos behind the reading.
# Versions: g85 0.7; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check g85==0.7
cat >map.py <<'EOF'
import io, re, sys
import g85

DIES = [["FF", "01", "01", "0A", "01", "FF"], ["01"] * 6, ["01", "0A", "01", "01", "01", "01"], ["FF", "01", "01", "01", "0A", "FF"]]
SHORT = {"FF": ".", "01": "1", "0A": "A"}

def text(kind, none, codes, rows):
    bins = "".join(f'<Bin BinCode="{code}" BinQuality="{quality}" BinCount="{count}"/>' for code, quality, count in codes)
    lines = "".join(f"<Row><![CDATA[{row}]]></Row>" for row in rows)
    return (
        '<Maps><Map xmlns="http://www.semi.org" SubstrateType="Wafer" SubstrateId="W01" FormatRevision="SEMI G85 0703">'
        f'<Device BinType="{kind}" NullBin="{none}" ProductId="P" LotId="L" Orientation="0" WaferSize="200" Columns="6" Rows="4">{bins}<Data>{lines}</Data></Device></Map></Maps>'
    )

def read(what, kind, none, passing, failing, rows):
    codes = (passing, "Pass", 17), (failing, "Fail", 3)
    maps = g85.read(io.StringIO(text(kind, none, codes, rows)))
    (device,) = maps[0].devices
    counts = device.bin_counts()
    good, bad = (sum(counts[code] for code, passes in device.bin_pass.items() if passes == wanted) for wanted in (True, False))
    again = io.BytesIO()
    g85.write(maps, again)
    written = [int(count) for count in re.findall(rb'BinCount="(\d+)"', again.getvalue())]
    print(f"{what}: {device.Columns} x {device.Rows} dies (the file says {device.misc['Columns']}), {good} pass and {bad} fail; counts written again {written}; first row {device.map[0]}")
    return device.Columns, good, bad, written

tight = read("hexadecimal", "HexaDecimal", "FF", "01", "0A", ["".join(row) for row in DIES])
loose = read("the same with spaces", "HexaDecimal", "FF", "01", "0A", [" ".join(row) for row in DIES])
ascii = read("one character a die", "Ascii", ".", "1", "A", ["".join(SHORT[code] for code in row) for row in DIES])
if tight != (12, 0, 0, [0, 0]) or loose != (6, 17, 3, [17, 3]) or ascii != (6, 17, 3, [17, 3]):
    sys.exit("changed: other dies")
EOF
v/bin/python map.py
