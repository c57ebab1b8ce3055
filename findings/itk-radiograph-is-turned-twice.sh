#!/usr/bin/env bash
# One would guess that SimpleITK gives a DICOM radiograph's values as they were measured (stored, times the rescale slope, plus the intercept), as its tags say
# they are, and that SimpleITK's own example of how to make a picture of it, which turns MONOCHROME1 over, makes one with the right brightness.
# It turns MONOCHROME1 over itself, by the largest number that the stored bits have, before slope and intercept: 500 and 2500 of a weld and a pore are 2595 and
# 595 from 12 bits, 64035 and 62035 of the same numbers from 16. MONOCHROME1 is about display alone in DICOM, and the tag still stands in the metadata:
# who goes by it, as the example does (InvertIntensity), turns the picture a second time and has a negative. pydicom leaves the numbers alone. ITK prints
# a warning that attributes may change their meaning, of the numbers nothing.
# It matters where X-ray pictures (DICONDE) are judged or measured: a pore is dark by one reader and bright by the next, a threshold in millimetres of steel
# marks the wrong side, and detectors of 14 and 16 bits no longer compare. What helps is pydicom, or to turn back by 2 ** BitsStored - 1 before slope and
# intercept, and never by the tag for display.
# Versions: simpleitk 2.5.7, and 2.2.1 does the same; pydicom 3.0.2, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check simpleitk==2.5.7 pydicom==3.0.2 numpy==2.4.6
v/bin/pip install -q --disable-pip-version-check --no-deps --target old simpleitk==2.2.1
cat >radiograph.py <<'EOF'
import sys
import numpy as np
import pydicom
import SimpleITK
from pydicom.pixels import apply_modality_lut
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

WELD, PORE, INTERCEPT = (2, 2), (10, 10), -500
stored = np.full((32, 32), 1000, np.uint16)
stored[8:16, 8:16] = 3000

def write(path, bits, photometric):
    meta = pydicom.dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = SecondaryCaptureImageStorage, generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    part = pydicom.dataset.FileDataset(path, {}, file_meta=meta, preamble=bytes(128))
    part.SOPClassUID, part.SOPInstanceUID, part.Modality = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID, "DX"
    part.Rows, part.Columns = stored.shape
    part.SamplesPerPixel, part.PhotometricInterpretation, part.PixelRepresentation = 1, photometric, 0
    part.BitsAllocated, part.BitsStored, part.HighBit = 16, bits, bits - 1
    part.RescaleSlope, part.RescaleIntercept, part.RescaleType = 1, INTERCEPT, "US"
    part.PixelData = stored.tobytes()
    part.save_as(path, enforce_file_format=True)

def values(array):
    return int(array[WELD]), int(array[PORE])

print("SimpleITK", SimpleITK.Version.VersionString())
wrong = []
for bits, photometric in (12, "MONOCHROME1"), (16, "MONOCHROME1"), (12, "MONOCHROME2"):
    write("part.dcm", bits, photometric)
    part = pydicom.dcmread("part.dcm")
    measured = values(apply_modality_lut(part.pixel_array, part))
    image = SimpleITK.ReadImage("part.dcm")
    tag = image.GetMetaData("0028|0004").strip()
    read = values(SimpleITK.GetArrayFromImage(image).squeeze())
    shown = SimpleITK.RescaleIntensity(image, 0, 255)
    if tag == "MONOCHROME1":
        shown = SimpleITK.InvertIntensity(shown, 255)
    weld, pore = values(SimpleITK.GetArrayFromImage(shown).squeeze())
    seen = "brighter" if pore > weld else "darker"
    meant = "darker" if photometric == "MONOCHROME1" else "brighter"  # MONOCHROME1: the smallest number is white
    print(f"{bits} bits, {photometric}: weld and pore {measured} by pydicom, {read} by SimpleITK, whose tag is {tag};"
          f" by its example the pore is {seen}, by DICOM {meant}")
    turned = tuple(2 ** bits - 1 - value + INTERCEPT for value in (1000, 3000))
    first = photometric == "MONOCHROME1"
    if measured != (500, 2500) or tag != photometric or read != (turned if first else measured) or (seen == meant) == first:
        wrong.append(f"{bits} bits, {photometric}")
if wrong:
    sys.exit("changed: " + "; ".join(wrong))
EOF
v/bin/python radiograph.py
PYTHONPATH=old v/bin/python radiograph.py
