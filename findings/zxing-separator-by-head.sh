#!/usr/bin/env bash
# One would guess that the text of a part's Data Matrix label holds the separators between its fields (byte 29, GS) as they are printed, or always in the same
# form.
# The text that zxing-cpp gives by default has them in three forms: "<GS>", four characters, where the label has no head; one character, U+241D, where it
# starts with the head of ISO 15434 that car makers ask for; and byte 29 itself never. A line end or a tab in a label without GS stays what it is. Two labels,
# one with the separator and one with "<GS>" printed as letters, have the same text. libdmtx gives the bytes.
# It matters where part and serial number are cut out of the label: split at byte 29 the whole label is one field, without an error, and a part number that is
# looked up is not found; a supplier who adds the head changes the form. What helps: .bytes, or text_mode=TextMode.Plain.
# Versions: zxing-cpp 3.1.1 and 2.2.0, arbez-dmtx 0.0.3 (libdmtx), pillow 12.3.0, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check zxing-cpp==3.1.1 arbez-dmtx==0.0.3 pillow==12.3.0 numpy==2.4.6
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps --target old zxing-cpp==2.2.0
cat >labels.py <<'EOF'
import sys
import arbez_dmtx, zxingcpp
import numpy as np
from PIL import Image

LABELS = {
    "no head": "P4711\x1dS0815",
    "head of ISO 15434": "[)>\x1e06\x1dP4711\x1dS0815\x1e\x04",
    "printed as letters": "P4711<GS>S0815",
    "a line end": "P4711\r\nS0815",
}
seen = {}
for name, label in LABELS.items():
    made = arbez_dmtx.encode(label.encode())
    picture = Image.frombytes("RGB", (made.width, made.height), made.pixels)
    if [code.data for code in arbez_dmtx.decode(picture)] != [label.encode()]:
        sys.exit("changed: libdmtx reads another label")
    grey = np.array(picture.convert("L"))
    [code] = zxingcpp.read_barcodes(grey)
    [plain] = zxingcpp.read_barcodes(grey, text_mode=zxingcpp.TextMode.Plain)
    if code.bytes != label.encode() or plain.text != label:
        sys.exit("changed: the bytes are others")
    seen[name] = code.text
    print(f"{name:18} {ascii(label):42} text {ascii(code.text):48} fields {len(code.text.split(chr(29)))} of {len(label.split(chr(29)))}")
due = ["P4711<GS>S0815", "[)>\u241e06\u241dP4711\u241dS0815\u241e\u2404", "P4711<GS>S0815", "P4711\r\nS0815"]
if list(seen.values()) != due:
    sys.exit("changed: the separators have another form")
EOF
v/bin/python labels.py
PYTHONPATH=old v/bin/python labels.py
