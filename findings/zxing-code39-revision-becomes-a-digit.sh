#!/usr/bin/env bash
# One would guess that a Code 39 label reads as what is printed below it, in each version of a reader: the code has 43 characters, with / + $ and % among them.
# Since 2.3.0 zxing-cpp takes each of these four before a letter for one character of the code's extended form, with no sign in the code that it is meant so:
# the part 4711/R is read as 47112, 4711/P as 47110, 4711/B as 4711", 12+C as 12c, 30%K as 30[. Digits, spaces and dashes after them change nothing
# (4711/1). Up to 2.2.0, and for zbar, they are what is printed. text and bytes are both so; only symbology_identifier has ]A4 for ]A0 then, and from
# 3.0.0 the format is Code39Ext, which formats=Code39 finds too.
# It matters where revisions or variants are marked by a slash and a letter: the verdict is filed under another part, with a number that exists, and labels
# without a letter in a test show nothing. What helps is formats=Code39Std (3.0.0), and to refuse ]A4 before.
# Versions: zxing-cpp 2.2.0, 2.3.0 and 3.1.1, pyzbar 0.1.9 with libzbar0 0.23.92-7+deb12u1 (Debian 12), Pillow 13.0.0, numpy 2.4.6. Needs apt.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check pyzbar==0.1.9 pillow==13.0.0 numpy==2.4.6
for version in 2.2.0 2.3.0 3.1.1; do
    v/bin/pip install -q --disable-pip-version-check --no-deps --target $version zxing-cpp==$version
done
apt-get download -q libzbar0=0.23.92-7+deb12u1 >/dev/null 2>&1
dpkg -x libzbar0_*.deb .
LIBZBAR=$(find "$PWD" -name libzbar.so.0)
export LIBZBAR
cat >labels.py <<'EOF'
LABELS = {
    "4711/1": "4711/1",
    "4711-B": "4711-B",
    "4711/B": '4711"',
    "4711/P": "47110",
    "4711/R": "47112",
    "12+C": "12c",
    "30%K": "30[",
}
EOF
cat >print.py <<'EOF'
import numpy as np
import zxingcpp
from labels import LABELS

for number, text in enumerate(LABELS):
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code39)
    np.save(f"{number}.npy", np.array(zxingcpp.write_barcode_to_image(code, scale=3)))
EOF
cat >zxing.py <<'EOF'
import sys
import numpy as np
import zxingcpp
from labels import LABELS

extended, version = sys.argv[1] == "extended", sys.argv[2]
formats = zxingcpp.BarcodeFormat
wrong = 0
for choice in "Code39", "Code39Std":
    if not hasattr(formats, choice):
        continue
    read = [zxingcpp.read_barcodes(np.load(f"{number}.npy"), formats=getattr(formats, choice))[0] for number in range(len(LABELS))]
    expected = list(LABELS.values() if extended and choice == "Code39" else LABELS)
    print(f"zxing-cpp {version} {choice:9}", *(f"{one.text:6} {one.symbology_identifier}  " for one in read))
    wrong += [one.text for one in read] != expected
    wrong += any((one.symbology_identifier == "]A4") != (one.text != label) for one, label in zip(read, LABELS))
sys.exit("changed: other texts" if wrong else 0)
EOF
cat >zbar.py <<'EOF'
import ctypes.util, os, sys

find = ctypes.util.find_library  # pyzbar asks it for the library
ctypes.util.find_library = lambda name: os.environ["LIBZBAR"] if name == "zbar" else find(name)
import numpy as np
from PIL import Image
from pyzbar import pyzbar
from labels import LABELS

read = [pyzbar.decode(Image.fromarray(np.load(f"{number}.npy")))[0].data.decode() for number in range(len(LABELS))]
print("zbar                     ", *(f"{text:6}      " for text in read))
sys.exit("changed: zbar has other texts" if read != list(LABELS) else 0)
EOF
PYTHONPATH=3.1.1 v/bin/python print.py
v/bin/python zbar.py
PYTHONPATH=2.2.0 v/bin/python zxing.py plain 2.2.0
PYTHONPATH=2.3.0 v/bin/python zxing.py extended 2.3.0
PYTHONPATH=3.1.1 v/bin/python zxing.py extended 3.1.1
