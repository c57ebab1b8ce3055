#!/usr/bin/env bash
# One would guess that libvips opens a TIFF whose pixels are Y, Cb and Cr (photometric interpretation 6) in its true colours, whatever the
# compression: it does so when the strips are JPEG, and refuses other interpretations that it does not know.
# Uncompressed, LZW and Deflate strips are handed on as they are, called sRGB, without a warning: red (200, 30, 40) is read as blue
# (81, 104, 212). Nothing in the image's metadata tells.
# It matters for scanners and cameras that write such files, and for who feeds pictures to a network by libvips: every score is of other colours.
# Versions: libvips 8.14.1 (Debian 12) and 8.18.7 (pyvips-binary), pyvips 2.2.3, files written by Pillow 10.4.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
# Without a libvips of the system in sight pyvips takes the one of pyvips-binary.
PKG_CONFIG_LIBDIR=/nonexistent "$work/venv/bin/pip" install -q --no-cache-dir --disable-pip-version-check pyvips==2.2.3 pyvips-binary==8.18.7 \
    pillow==10.4.0
cd "$work"
venv/bin/python - <<'END'
import pyvips
from PIL import Image
RED = (200, 30, 40)
as_ycc = Image.new("RGB", (16, 16), RED).convert("YCbCr")
print("libvips", ".".join(str(pyvips.version(i)) for i in range(3)), "- written:", RED, "as YCbCr", as_ycc.getpixel((8, 8)))
seen = {}
for name, compression in (("jpeg", "jpeg"), ("none", None), ("lzw", "tiff_lzw"), ("deflate", "tiff_adobe_deflate")):
    as_ycc.save(f"{name}.tif", compression=compression)
    assert Image.open(f"{name}.tif").tag_v2[262] == 6, "not YCbCr"
    image = pyvips.Image.new_from_file(f"{name}.tif")
    seen[name] = tuple(round(v) for v in image(8, 8))
    print(f"{name:8s} read as {image.interpretation} {seen[name]}")
assert max(abs(a - b) for a, b in zip(seen["jpeg"], RED)) <= 2
assert all(seen[name] == as_ycc.getpixel((8, 8)) for name in ("none", "lzw", "deflate")), "libvips converts now"
END
