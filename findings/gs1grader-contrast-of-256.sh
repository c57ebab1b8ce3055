#!/usr/bin/env bash
# One would guess that gs1grader grades the symbol contrast of a Data Matrix code as ISO/IEC 15415 and its own documentation have it: A from 70 % on, B from
# 55 %, C from 40 %, D from 20 %, and F below.
# It takes the difference of light and dark modules in grey levels of 0 to 255 for the percentage: a code of 28 % is graded A, which is a D, and one of 10 %,
# an F that libdmtx just still reads, is graded D.
# It matters where printed or etched codes are released by the grade: a ribbon that fades passes with A until less than a third of the contrast is left.
# What helps: the darkest and the lightest module by oneself, and their difference divided by 2.55.
# Versions: gs1grader 1.0.1, pylibdmtx-gs1grader 0.1.11, opencv-python 4.11.0.86, numpy 1.26.4; Python 3.11. Needs libdmtx0b from apt.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check gs1grader==1.0.1 pylibdmtx-gs1grader==0.1.11 opencv-python==4.11.0.86 numpy==1.26.4
cat >grade.py <<'EOF'
import sys
import cv2
import numpy as np
from gs1grader.grader_api import DataMatrixGradeAPI
from pylibdmtx.pylibdmtx import encode

LIMITS = ("A", 70), ("B", 55), ("C", 40), ("D", 20), ("F", -1)

def grade(percent):
    return next(letter for letter, limit in LIMITS if percent >= limit)

code = encode(b"0104012345678901")
modules = np.frombuffer(code.pixels, np.uint8).reshape(code.height, code.width, -1)[..., 0] > 128
modules = modules.repeat(2, axis=0).repeat(2, axis=1)
wrong = False
for dark, light in (0, 255), (80, 200), (90, 161), (90, 158), (90, 140), (100, 125):
    cv2.imwrite("code.png", np.where(modules, light, dark).astype(np.uint8))
    given, _ = DataMatrixGradeAPI().grade_datamatrix("code.png", "symbol_contrast")
    percent = (light - dark) / 2.55
    print(f"modules of {dark} and {light}: contrast {percent:.0f} %, which is {grade(percent)}, graded {given}")
    wrong |= given != grade(light - dark)
if wrong:
    sys.exit("changed: other grades")
EOF
v/bin/python grade.py
