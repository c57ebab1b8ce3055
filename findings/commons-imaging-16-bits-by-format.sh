#!/usr/bin/env bash
# One would guess that Apache Commons Imaging, a reader of pictures without anything but Java, gives a grey frame of 16 bits as one, or as 8 bits that are the same from a
# TIFF, a PNG and a PGM, and one of 8 bits as it is; and that it refuses what it cannot show, as it does with half floats.
# getBufferedImage() makes 8 bits of everything, in three ways. From a TIFF it keeps the upper byte: 12 bits have 16 greys. From a PGM it keeps the lower one, so that a ramp
# is a saw: 4095 is white, 4096 black, 60000 is 96. The values of a grey PNG, of 8 bits too, are turned to what is proportional to light: 128 is 55 and 10 is 1 in the
# raster, where javax.imageio has 128 and 10, and getRGB() has 128 for it and 188 for javax.imageio. A PNG in colour has 128. Of a signed TIFF -1 is white and -1000 nearly.
# Where a TIFF has differences in place of pixels (predictor 2), their upper bytes are added up and what is carried over is lost: a ramp up to 4000 is 0 all over. Floats are
# taken for colours: -1 and 1 are (128, 0, 0), 0.5 and 2 black. Nothing is said.
# It matters where frames, radiographs, heights or maps come into a Java program by it: by the file's format a part is dark, a saw or red. What helps: javax.imageio's raster,
# which has the 16 bits of PNG and TIFF and the floats as they are.
# Versions: commons-imaging 1.0.0-alpha6, commons-io 2.18.0, commons-lang3 3.17.0; Java 17; tifffile 2026.3.3, imagecodecs 2026.3.6, pillow 13.0.0, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check tifffile==2026.3.3 imagecodecs==2026.3.6 pillow==13.0.0 numpy==2.4.6
for artifact in org.apache.commons:commons-imaging:1.0.0-alpha6 commons-io:commons-io:2.18.0 org.apache.commons:commons-lang3:3.17.0; do
  mvn -q -B dependency:copy -Dartifact="$artifact" -DoutputDirectory="$work/lib" >/dev/null
done
cat >files.py <<'EOF'
import struct
import zlib

import numpy as np
import tifffile
from PIL import Image


def rows(values, kind):
    return np.tile(np.array(values, kind), (4, 1))


def write_png(name, values):  # in colour, as Pillow writes no PNG of 16 bits a colour
    high, wide, _ = values.shape
    packed = zlib.compress(b"".join(b"\0" + row.astype(">u2").tobytes() for row in values))
    parts = (b"IHDR", struct.pack(">IIBBBBB", wide, high, 16, 2, 0, 0, 0)), (b"IDAT", packed), (b"IEND", b"")
    chunks = (struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts)
    open(name, "wb").write(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


frame = rows([0, 255, 1000, 4095, 4096, 32768, 60000, 65535], np.uint16)
tifffile.imwrite("frame.tif", frame)
Image.fromarray(frame).save("frame.png")
Image.fromarray(rows([0, 10, 50, 100, 128, 200, 254, 255], np.uint8)).save("8 bits.png")
write_png("colour.png", np.stack([frame] * 3, -1))
open("frame.pgm", "wb").write(b"P5\n8 4\n65535\n" + frame.astype(">u2").tobytes())
tifffile.imwrite("signed.tif", rows([-1000, -256, -1, 0, 1, 255, 256, 1000], np.int16))
ramp = rows(np.arange(0, 4100, 100), np.uint16)
tifffile.imwrite("ramp.tif", ramp, compression="zlib")
tifffile.imwrite("ramp by differences.tif", ramp, compression="zlib", predictor=2)
tifffile.imwrite("floats.tif", rows([-1, -0.5, 0, 0.25, 0.5, 1, 2, 100], np.float32))
EOF
v/bin/python files.py
cat >Read.java <<'EOF'
import java.awt.image.BufferedImage;
import java.io.File;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.imaging.Imaging;

public class Read {
    static String pixel(int colour) {
        int red = colour >> 16 & 255;
        int green = colour >> 8 & 255;
        int blue = colour & 255;
        return red == green && green == blue ? String.valueOf(red) : String.format("(%d,%d,%d)", red, green, blue);
    }

    public static void main(String[] names) throws Exception {
        for (String name : names) {
            BufferedImage read = Imaging.getBufferedImage(new File(name));
            boolean grey = read.getRaster().getNumBands() == 1;
            IntStream columns = IntStream.range(0, read.getWidth());
            System.out.println(name + ": " + columns.mapToObj(x -> grey ? String.valueOf(read.getRaster().getSample(x, 3, 0)) : pixel(read.getRGB(x, 3))).collect(Collectors.joining(" ")));
        }
    }
}
EOF
javac -cp 'lib/*' Read.java
java -cp 'lib/*:.' Read frame.tif frame.png "8 bits.png" colour.png frame.pgm signed.tif ramp.tif "ramp by differences.tif" floats.tif | tee seen
cat >known <<'EOF'
frame.tif: 0 0 3 15 16 128 234 255
frame.png: 0 0 0 1 1 55 210 255
8 bits.png: 0 1 8 32 55 147 253 255
colour.png: 0 0 3 15 16 128 234 255
frame.pgm: 0 255 232 255 0 0 96 255
signed.tif: 252 255 255 0 0 0 1 3
ramp.tif: 0 0 0 1 1 1 2 2 3 3 3 4 4 5 5 5 6 6 7 7 7 8 8 8 9 9 10 10 10 11 11 12 12 12 13 13 14 14 14 15 15
ramp by differences.tif: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
floats.tif: (128,0,0) 0 0 (128,0,0) 0 (128,0,0) 0 (200,0,0)
EOF
if ! cmp -s known seen; then
  echo "changed: other greys" >&2
  exit 1
fi
