#!/usr/bin/env bash
# One would guess that aqdefreader gives the readings of a DFQ file, as gauges hand them to Q-DAS, with the times that the file says, day first as the format
# has it, and values and limits as numbers.
# Up to the 12th of a month it takes the day for the month, from the 13th on it does not: of the readings of 5 to 20 October the first eight are of May to
# December, each of the 10th, and the rest of October. create_column_dataframe() sorts by that.
# Of limits, and of values that have their own line (K0001), only those that are written with digits or a comma are numbers: "-0,05" and "9.95" are texts, so
# that of deviations from the nominal the positive ones are numbers and the negative ones are not.
# It matters where readings of a vision gauge are charted or compared with those of another, and a shift is looked for by its day: the order is mixed, and
# limits of no value stay unused. What helps: to parse the times by oneself, and float() with the comma replaced.
# Versions: aqdefreader 1.3.0, python-dateutil 2.9.0.post0, chardet 5.2.0, pandas 2.3.3, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check aqdefreader==1.3.0 python-dateutil==2.9.0.post0 chardet==5.2.0 pandas==2.3.3 numpy==2.4.6
cat >gauge.py <<'EOF'
import contextlib, io, sys
import aqdefreader

DAYS = range(5, 21)
FIELD, VALUE = "\x14", "\x0f"

def read(*lines):
    open("gauge.dfq", "w", newline="\r\n").write("\n".join(lines) + "\n")
    with contextlib.redirect_stdout(io.StringIO()):
        return aqdefreader.read_dfq_file("gauge.dfq")

head = "K0100 2", "K1001/1 4711", "K2001/1 1", "K2002/1 Deviation", "K2110/1 -0,05", "K2111/1 0,05", "K2001/2 2", "K2002/2 Width", "K2110/2 9.95", "K2111/2 10.05"
taken = [f"{day:02}.10.2026/08:00:00" for day in DAYS]
file = read(*head, *(VALUE.join([f"0.01{FIELD}0{FIELD}{time}", f"10.01{FIELD}0{FIELD}{time}"]) for time in taken))
deviation, width = file.get_part(0).get_characteristics()
found = [(reading.datetime.day, reading.datetime.month) for reading in deviation.get_measurements()]
print("written", ", ".join(time[:5] for time in taken))
print("read   ", ", ".join(f"{day:02}.{month:02}" for day, month in found))
table = aqdefreader.create_column_dataframe(file)
order = [taken.index(f"{time.month:02}.10.2026/08:00:00" if time.day == 10 else f"{time.day:02}.10.2026/08:00:00") for time in table.index]
print("sorted ", order)
limits = [characteristic.get_data(key) for characteristic in (deviation, width) for key in ("K2110", "K2111")]
print("limits ", limits)

values = "0,012", "-0,012", "0.012", "3"
file = read(*head, *(f"K0001/1 {value}" for value in values))
read_values = [reading.value for reading in file.get_part(0).get_characteristics()[0].get_measurements()]
print("values ", dict(zip(values, read_values)))
swapped = [(10, day) if day <= 12 else (day, 10) for day in DAYS]
if found != swapped or order == sorted(order) or limits != ["-0,05", 0.05, "9.95", "10.05"] or read_values != [0.012, "-0,012", "0.012", 3]:
    sys.exit("changed: other times or numbers")
EOF
v/bin/python gauge.py
