#!/usr/bin/env bash
# One would guess that a Code 39 label of six characters reads as these six, whatever they are.
# Since 3.0.0 zxing-cpp looks whether they could be an Italian medicine's number (Code 32: nine digits written with 32 letters and digits, the last one a check digit
# modulo 10), and where the check digit happens to fit the text is that number with an A: 204700 reads as A067247104, 204716 as A067247142. That is 1 of 10 of six digits,
# and 1 of 20 of six letters and digits. text and bytes are both so; symbology_identifier is ]A0, as for any other Code 39, and only the format is Code32.
# formats=Code39 finds them like that too. 2.3.0 reads what is printed; labels of five or seven characters are right.
# It matters where parts or crates have serial numbers of six characters: of twenty labels in a test all may be right, and then each tenth part is unknown.
# What helps: formats=BarcodeFormat.Code39Std.
# Versions: zxing-cpp 2.3.0 and 3.1.1, pystrich 0.20, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pystrich==0.20 numpy==2.4.6
for version in 2.3.0 3.1.1; do
    v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps --target $version zxing-cpp==$version
done
cat >serials.py <<'EOF'
import random, string, sys
import numpy as np
import zxingcpp
from pystrich.code39 import Code39Encoder

medicines = sys.argv[1] == "medicines"
Format = zxingcpp.BarcodeFormat

def read(text, **how):
    line = np.pad(1 - np.array([int(bar) for bar in Code39Encoder(text).bars], np.uint8), 20, constant_values=1)
    picture = np.kron(np.tile(line, (30, 1)), np.ones((3, 3), np.uint8)) * 255
    (code,) = zxingcpp.read_barcodes(picture, **how)
    return code

wrong = False
for text, due in ("204700", "A067247104"), ("204716", "A067247142"), ("204701", "204701"), ("20470", "20470"), ("2047000", "2047000"):
    code, narrow = read(text), read(text, formats=Format.Code39)
    print(f"{text} reads as {code.text} ({code.format}, {code.symbology_identifier}), with formats=Code39 as {narrow.text}")
    wrong |= {code.text, narrow.text, code.bytes.decode()} != {due if medicines else text} or code.symbology_identifier != "]A0"
draw = random.Random(0)
for what, letters, least, most in ("digits", string.digits, 30, 80), ("letters and digits", string.ascii_uppercase + string.digits, 10, 50):
    texts = ["".join(draw.choices(letters, k=6)) for _ in range(500)]
    others = sum(read(text).text != text for text in texts)
    print(f"of {len(texts)} labels of six {what} {others} read as something else")
    wrong |= not least <= others <= most if medicines else others != 0
    if medicines:
        wrong |= any(read(text, formats=Format.Code39Std).text != text for text in texts)
if wrong:
    sys.exit("changed: this release reads other numbers")
EOF
for version in 2.3.0 3.1.1; do
    echo "zxing-cpp $version"
    PYTHONPATH=$version v/bin/python serials.py $([ $version = 2.3.0 ] && echo printed || echo medicines)
done
