#!/usr/bin/env bash
# One would guess that a Python float that secsgem is handed for an event report (S6F11) arrives as that number: SECS-II has F8 for it.
# It takes the first type whose range has room for the value, F4 before F8, and F4 has seven digits: a time of 1733000000.5 seconds arrives as 1733000064, a count of
# 16777217.0 as one less, 1e-50 as 0. The sender's own message shows the number as it was. In an equipment constant (S2F15) the same number is F8 and right, and in a
# remote command (S2F41) it is text. An int is U1 to 255, U2 to 65535 and U4 above, so that a counter's format changes while it counts.
# It matters where results of an inspection are reported to a host: times are up to 64 seconds off, places on a large wafer in micrometres by up to 0.016, and
# a host that goes by the format of the first report refuses a later one. What helps: F8(...), U4(...) around each value.
# Versions: secsgem 0.3.0; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check secsgem==0.3.0
cat >report.py <<'EOF'
import sys
from secsgem.secs.functions import SecsS02F15, SecsS02F41, SecsS06F11
from secsgem.secs.variables import F8, U4

def report(value):
    sent, received = SecsS06F11({"DATAID": 1, "CEID": 2, "RPT": [{"RPTID": 3, "V": [value]}]}), SecsS06F11()
    received.decode(sent.encode())
    [line] = [line.strip(" <>") for line in str(received).splitlines() if line.startswith("          <")]
    return sent.get()["RPT"][0]["V"][0], received.get()["RPT"][0]["V"][0], line.split()[0]

def constant(value):
    sent, received = SecsS02F15([{"ECID": 1, "ECV": value}]), SecsS02F15()
    received.decode(sent.encode())
    return received.get()[0]["ECV"]

def command(value):
    sent, received = SecsS02F41({"RCMD": "MEASURE", "PARAMS": [{"CPNAME": "AT", "CPVAL": value}]}), SecsS02F41()
    received.decode(sent.encode())
    return received.get()["PARAMS"][0]["CPVAL"]

wrong = False
for value, arrives, kind in (
    (12.5, 12.5, "F4"),
    (1733000000.5, 1733000064.0, "F4"),
    (16777217.0, 16777216.0, "F4"),
    (299999.987, 300000.0, "F4"),
    (1e-50, 0.0, "F4"),
    (1e300, 1e300, "F8"),
    (255, 255, "U1"),
    (256, 256, "U2"),
    (70000, 70000, "U4"),
):
    there, seen, format_ = report(value)
    ecv, cpval = constant(value), command(value)
    print(f"{value!r} in a report: {seen!r} as {format_}, the sender shows {there!r}; in a constant {ecv!r}; in a command {cpval!r}")
    wrong |= (there, seen, format_, ecv) != (value, arrives, kind, value) or cpval != (str(value) if isinstance(value, float) else value)
for value in F8(1733000000.5), U4(255):
    _, seen, format_ = report(value)
    print(f"{value.get()!r} as {type(value).__name__} in a report: {seen!r} as {format_}")
    wrong |= seen != value.get() or format_ != type(value).__name__
if wrong:
    sys.exit("changed: other numbers")
EOF
v/bin/python report.py
