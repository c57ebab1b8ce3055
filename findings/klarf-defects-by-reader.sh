#!/usr/bin/env bash
# One would guess that packages which read KLARF, the files in which wafer inspection tools report defects, find the same defects in a file of two wafers.
# Of three defects on one wafer and one on the next klarfrs lists 18: it counts the count of columns in DefectRecordSpec as a column, so that each value has the
# name of its left neighbour's (XREL is the y, DEFECTAREA the size), and every line up to the end of the file as a defect. klarfio keeps the last wafer alone,
# and its defect not in DefectList, as only lists of two or more are. klarf-reader has the defects right, but the summary of the first test for the wafer, and
# for all wafers the custom fields of the last.
# It matters where defects of several tools are put on one map, or counted for yield: here 18, 4, 1 or none. No reader says a word.
# What helps: files of one wafer, klarf-reader, and to count defects rather than read the summary.
# Versions: klarfrs 0.2.1, klarfio 0.9.1, klarf-reader 0.4.3; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check klarfrs==0.2.1 klarfio==0.9.1 klarf-reader==0.4.3
cat >lot.klarf <<'EOF'
FileVersion 1 2;
FileTimestamp 10-14-26 08:00:00;
InspectionStationID "MAKER" "MODEL" "TOOL";
SampleType WAFER;
ResultTimestamp 10-14-26 08:00:00;
LotID "LOT";
SampleSize 1 200;
DeviceID "DEVICE";
SetupID "RECIPE" 10-14-26 08:00:00;
StepID "STEP";
SampleOrientationMarkType NOTCH;
OrientationMarkLocation DOWN;
DiePitch 10000.0 8000.0;
DieOrigin 0.0 0.0;
WaferID "W01";
Slot 1;
OrientationInstructions "FIRST";
SampleCenterLocation 5000.0 4000.0;
InspectionTest 1;
SampleTestPlan 3
 -1 0
 0 0
 1 0;
AreaPerTest 2.4e+08;
InspectionTest 2;
SampleTestPlan 2
 0 0
 0 1;
AreaPerTest 1.6e+08;
DefectRecordSpec 12 DEFECTID XREL YREL XINDEX YINDEX XSIZE YSIZE DEFECTAREA DSIZE CLASSNUMBER TEST CLUSTERNUMBER ;
DefectList
 1 1000.0 2000.0 -1 0 2.0 3.0 6.0 3.5 1 1 0
 2 1100.0 2000.0 0 0 2.0 3.0 6.0 3.5 1 1 0
 3 1200.0 2000.0 0 1 2.0 3.0 6.0 3.5 1 2 0;
SummarySpec 5 TESTNO NDEFECT DEFDENSITY NDIE NDEFDIE ;
SummaryList
 1 2 0.0083 3 2
 2 1 0.0063 2 1;
WaferID "W02";
Slot 2;
OrientationInstructions "SECOND";
SampleCenterLocation 5000.0 4000.0;
InspectionTest 1;
AreaPerTest 2.4e+08;
DefectRecordSpec 12 DEFECTID XREL YREL XINDEX YINDEX XSIZE YSIZE DEFECTAREA DSIZE CLASSNUMBER TEST CLUSTERNUMBER ;
DefectList
 1 4000.0 5000.0 1 0 2.0 3.0 6.0 3.5 1 1 0;
SummarySpec 5 TESTNO NDEFECT DEFDENSITY NDIE NDEFDIE ;
SummaryList
 1 1 0.0042 3 1;
EndOfFile;
EOF
cat >read.py <<'EOF'
import pathlib, sys
import klarfio.klarfio
import klarfrs
from klarf_reader.klarf import Klarf

defects = klarfrs.parse_defects("lot.klarf")
first = defects[0]
print(f"klarfrs: {len(defects)} defects; the first at {first.xrel, first.yrel} in die {first.xindex, first.yindex}, with area {first.defect_area} and number {first.defect_id}")
shifted = len(defects) == 18 and (first.xrel, first.yrel, first.defect_area, first.defect_id) == (2000, -1, 3.5, 0)

record = klarfio.klarfio.klarf("lot.klarf").data["FileRecord_1.2"]
print(f"klarfio: wafer {record['WaferID']} alone, with the defects {record['DefectList']['Data']}, and DefectShortList {record['DefectShortList']}")
last = record["WaferID"] == ['"W02"'] and record["DefectList"]["Data"] == [] and record["DefectShortList"][1:3] == [4000, 5000]

right = True
for wafer in Klarf.load_from_file(pathlib.Path("lot.klarf"), custom_columns_wafer=["OrientationInstructions"]).wafers:
    places = [(defect.x_rel, defect.y_rel) for defect in wafer.defects]
    print(f"klarf-reader: wafer {wafer.id}: {len(places)} defects at {places}; by its summary {wafer.summary.number_of_defects}; {wafer.custom_attribute}")
    if wafer.id == "W01":
        right &= places == [(1000, 2000), (1100, 2000), (1200, 2000)] and wafer.summary.number_of_defects == 2
    right &= wafer.custom_attribute == {"OrientationInstructions": '"SECOND"'}
if not shifted or not last or not right:
    sys.exit("changed: other defects")
EOF
v/bin/python -W ignore read.py
