#!/usr/bin/env bash
# One would guess that readers of DICOM and DICONDE give a CT slice of 12 signed bits its values whatever the four bits above hold, as the standard leaves these open:
# the sign is the highest of the 12 bits.
# pydicom takes the sign from there. dicomsdl and daikon take it from the 16th bit: where a scanner leaves the four bits 0, -1000 (air) is 3096 and brighter than all of
# the part, and only where it repeats the sign in them it is -1000. The Go package dicom knows no sign: -1000 is 3096 or 64536. Of a radiograph without a sign
# that has an overlay in the upper bits, as older files do, all is 36864 too high with dicomsdl and the Go package; daikon takes them off.
# It matters where slices of castings or welds from more than one scanner are read in one way: of one of them the air, the pores and the shrinkage holes are the
# brightest there is. What helps: pydicom, or numbers & 0xfff and then less 4096 from 2048 on.
# Versions: pydicom 3.0.2, dicomsdl 0.109.4, numpy 2.4.6; daikon 1.2.46; github.com/suyashkumar/dicom v1.1.0. Python 3.11, Node.js 20.20, Go 1.26.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pydicom==3.0.2 dicomsdl==0.109.4 numpy==2.4.6
echo '{ "type": "commonjs", "private": true }' >package.json
npm install --silent --no-audit --no-fund daikon@1.2.46
cat >write.py <<'EOF'
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

def write(name, words, signed):
    slice = Dataset()
    slice.file_meta = FileMetaDataset()
    slice.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    slice.SOPClassUID = slice.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    slice.SOPInstanceUID = slice.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    slice.Rows, slice.Columns = words.shape
    slice.SamplesPerPixel, slice.PhotometricInterpretation = 1, "MONOCHROME2"
    slice.BitsAllocated, slice.BitsStored, slice.HighBit, slice.PixelRepresentation = 16, 12, 11, signed
    slice.PixelData = words.astype("<u2").tobytes()
    slice["PixelData"].VR = "OW"
    slice.save_as(f"{name}.dcm", enforce_file_format=True)

units = np.tile([-1000, -1, 0, 1700], (8, 2))
write("repeated", units & 0xFFFF, 1)
write("zero", units & 0x0FFF, 1)
write("overlay", np.tile([0, 1, 100, 4095], (8, 2)) | 0x9000, 0)
EOF
cat >read.py <<'EOF'
import dicomsdl, pydicom, sys

for name in sys.argv[1:]:
    print("pydicom", name, *pydicom.dcmread(f"{name}.dcm").pixel_array[0, :4])
    print("dicomsdl", name, *dicomsdl.open(f"{name}.dcm").pixelData(storedvalue=True)[0, :4])
EOF
cat >read.js <<'EOF'
const daikon = require('daikon');
const fs = require('fs');

for (const name of process.argv.slice(2)) {
  const image = daikon.Series.parseImage(new DataView(new Uint8Array(fs.readFileSync(`${name}.dcm`)).buffer));
  console.log('daikon', name, ...image.getInterpretedData(false, true).data.slice(0, 4));
}
EOF
mkdir go
cat >go/main.go <<'EOF'
package main

import (
	"fmt"
	"os"

	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

func main() {
	for _, name := range os.Args[1:] {
		set, err := dicom.ParseFile("../"+name+".dcm", nil)
		if err != nil {
			panic(err)
		}
		element, _ := set.FindElementByTag(tag.PixelData)
		frame, _ := dicom.MustGetPixelDataInfo(element.Value).Frames[0].GetNativeFrame()
		fmt.Print("go ", name)
		for x := 0; x < 4; x++ {
			value, _ := frame.GetPixel(x, 0)
			fmt.Print(" ", value[0])
		}
		fmt.Println()
	}
}
EOF
v/bin/python write.py
{
  v/bin/python read.py repeated zero overlay
  node read.js repeated zero overlay
  cd go
  export GOPATH=$work/gopath GOFLAGS=-modcacherw GOTOOLCHAIN=local
  go mod init read 2>/dev/null
  go get github.com/suyashkumar/dicom@v1.1.0 2>/dev/null
  go run . repeated zero overlay
  cd ..
} | tee seen
cat >due <<'EOF'
pydicom repeated -1000 -1 0 1700
dicomsdl repeated -1000 -1 0 1700
pydicom zero -1000 -1 0 1700
dicomsdl zero 3096 4095 0 1700
pydicom overlay 0 1 100 4095
dicomsdl overlay 36864 36865 36964 40959
daikon repeated -1000 -1 0 1700
daikon zero 3096 4095 0 1700
daikon overlay 0 1 100 4095
go repeated 64536 65535 0 1700
go zero 3096 4095 0 1700
go overlay 36864 36865 36964 40959
EOF
diff due seen || { echo "changed: other values"; exit 1; }
