"""Picture files whose right content is known, and files that no reader may accept.

usage: make_files.py OUT     writes OUT/valid/*, OUT/valid/expected.json, OUT/invalid/*

The picture: 96 x 64, four coloured quadrants, a white mark at the top right of the middle and a black one at the lower left."""

import io
import os
import struct
import sys
import zlib

import numpy as np
import tifffile
from PIL import Image, ImageChops, ImageOps

import common

W, H = 96, 64
PROBES = [(8, 8), (88, 24), (8, 40), (88, 56), (72, 8), (24, 56), (40, 24), (56, 40)]      # middles of 16 x 16 blocks


def picture():
    p = np.zeros((H, W, 3), np.uint8)
    p[:32, :48], p[:32, 48:] = (200, 40, 40), (40, 170, 60)
    p[32:, :48], p[32:, 48:] = (50, 70, 200), (220, 200, 50)
    p[:16, 64:80] = 250
    p[48:, 16:32] = 10
    return p


def over_white(rgb, alpha):
    a = alpha.astype(float)[..., None] / 255
    return np.rint(rgb * a + 255 * (1 - a)).astype(int)


def chunk(kind, body, crc=None):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body) if crc is None else crc)


def png(array, claim=None, bad_crc=None):
    """A PNG of 8 or 16 bit, 1 to 4 channels; optionally with a header that lies or a chunk whose checksum is wrong."""
    a = array if array.ndim == 3 else array[..., None]
    depth, colour = a.dtype.itemsize * 8, {1: 0, 2: 4, 3: 2, 4: 6}[a.shape[2]]
    raw = a.astype(">u2" if depth == 16 else "u1")
    rows = b"".join(b"\0" + raw[y].tobytes() for y in range(a.shape[0]))
    w, h = claim or (a.shape[1], a.shape[0])
    out = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, 0)), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")):
        out += chunk(kind, body, zlib.crc32(kind + body) ^ 0x5a5a5a5a if kind == bad_crc else None)
    return out


def encode(image, kind, **options):
    f = io.BytesIO()
    image.save(f, kind, **options)
    return f.getvalue()


def main(out):
    valid, invalid = os.path.join(out, "valid"), os.path.join(out, "invalid")
    os.makedirs(valid, exist_ok=True)
    os.makedirs(invalid, exist_ok=True)
    expected = []
    p = picture()
    rgb = Image.fromarray(p)
    grey = np.asarray(rgb.convert("L"))
    seen = p.astype(int)
    seen_grey = np.repeat(grey[..., None], 3, 2).astype(int)

    def put(name, content, picture, tolerance, note=None):
        with open(os.path.join(valid, name), "wb") as f:
            f.write(content)
        h, w = picture.shape[:2]
        row = {"file": name, "width": w, "height": h, "tolerance": tolerance,
               "probes": [{"x": x, "y": y, "rgb": [int(c) for c in picture[y, x]]} for x, y in PROBES if x < w and y < h]}
        if not row["probes"]:
            row["probes"] = [{"x": 0, "y": 0, "rgb": [int(c) for c in picture[0, 0]]}]
        if note:
            row["note"] = note
        expected.append(row)

    put("rgb.png", encode(rgb, "PNG", optimize=True), seen, 0)
    put("grey.png", png(grey), seen_grey, 0)
    put("one-pixel.png", png(np.array([[[10, 200, 90]]], np.uint8)), np.array([[[10, 200, 90]]]), 0)
    bits = np.asarray(rgb.convert("L").point(lambda v: 255 * (v > 100)))
    put("bilevel.png", encode(Image.fromarray(bits).convert("1"), "PNG"), np.repeat(bits[..., None], 3, 2).astype(int), 0)

    alpha = np.full((H, W), 255, np.uint8)
    alpha[:32, :48] = 0                                   # first quadrant invisible: white
    alpha[32:, 48:] = 128                                 # last one half: mixed with white
    alpha[48:, 16:32] = 64
    put("rgba.png", png(np.dstack([p, alpha])), over_white(p, alpha), 2, "seen on white")
    put("grey-alpha.png", png(np.dstack([grey, alpha])), over_white(np.repeat(grey[..., None], 3, 2), alpha), 2, "seen on white")
    put("rgba.webp", encode(Image.fromarray(np.dstack([p, alpha])), "WEBP", lossless=True, exact=True), over_white(p, alpha), 2, "seen on white")
    pal = rgb.quantize(16, dither=Image.Dither.NONE)
    index = np.asarray(pal)
    colours = np.array(pal.getpalette()[:48]).reshape(-1, 3)
    put("palette.png", encode(pal, "PNG"), colours[index].astype(int), 0)
    transparent = int(index[8, 8])
    a = np.where(index == transparent, 0, 255).astype(np.uint8)
    put("palette-transparent.png", encode(pal, "PNG", transparency=transparent), over_white(colours[index], a), 2, "seen on white")
    put("palette.gif", encode(pal, "GIF"), colours[index].astype(int), 0)
    put("transparent.gif", encode(pal, "GIF", transparency=transparent), over_white(colours[index], a), 2, "seen on white")

    y, x = np.mgrid[0:H, 0:W]
    low = ((x * 7 + y * 13) % 9 - 4) * 25                 # levels between the 8-bit ones
    deep = np.clip(p.astype(int) * 257 + low[..., None], 0, 65535).astype(np.uint16)
    deep_grey = np.clip(grey.astype(int) * 257 + low, 0, 65535).astype(np.uint16)
    deep_seen = np.rint(deep / 257).astype(int)
    deep_grey_seen = np.repeat(np.rint(deep_grey / 257).astype(int)[..., None], 3, 2)
    put("grey16.png", png(deep_grey), deep_grey_seen, 1, "16 bit: divided by 257, not clipped")
    put("rgb16.png", png(deep), deep_seen, 1, "16 bit: divided by 257")
    put("rgba16.png", png(np.dstack([deep, alpha.astype(np.uint16) * 257])), over_white(deep_seen, alpha), 2, "16 bit, seen on white")
    for name, array, seen16, photometric in (("grey16.tif", deep_grey, deep_grey_seen, "minisblack"), ("rgb16.tif", deep, deep_seen, "rgb")):
        f = io.BytesIO()
        tifffile.imwrite(f, array, photometric=photometric, metadata=None, software=None)
        put(name, f.getvalue(), seen16, 1, "16 bit: divided by 257")
    put("rgb.tif", encode(rgb, "TIFF", compression="tiff_lzw"), seen, 0)
    put("rgb.bmp", encode(rgb, "BMP"), seen, 0)
    put("lossless.webp", encode(rgb, "WEBP", lossless=True), seen, 0)
    put("lossy.webp", encode(rgb, "WEBP", quality=95), seen, 16)

    jpeg = dict(quality=95, subsampling=0)
    put("baseline.jpg", encode(rgb, "JPEG", **jpeg), seen, 6)
    put("subsampled.jpg", encode(rgb, "JPEG", quality=90, subsampling=2), seen, 12)
    put("progressive.jpg", encode(rgb, "JPEG", progressive=True, **jpeg), seen, 6)
    put("grey.jpg", encode(Image.fromarray(grey), "JPEG", quality=95), seen_grey, 6)
    cmyk = rgb.convert("CMYK")
    adobe = encode(cmyk, "JPEG", **jpeg)
    assert b"Adobe" in adobe
    put("cmyk-adobe.jpg", adobe, seen, 70, "CMYK with Adobe marker, stored inverted; wide tolerance: profiles of the ink differ")
    plain = encode(ImageChops.invert(cmyk), "JPEG", **jpeg)
    at = plain.index(b"\xff\xee")
    plain = plain[:at] + plain[at + 2 + struct.unpack(">H", plain[at + 2:at + 4])[0]:]
    assert b"Adobe" not in plain
    put("cmyk-plain.jpg", plain, seen, 70, "CMYK without Adobe marker, stored as ink amounts (0 = none); readers disagree on this one")
    undo = {1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
            6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270}
    for o, t in undo.items():
        exif = Image.Exif()
        exif[0x0112] = o
        content = encode(rgb.transpose(t) if t is not None else rgb, "JPEG", exif=exif, **jpeg)
        upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content)))).astype(int)
        assert upright.shape == seen.shape and all(abs(upright[y, x] - seen[y, x]).max() <= 6 for x, y in PROBES)
        put(f"orientation-{o}.jpg", content, seen, 6, "upright after the EXIF orientation is applied")
    common.dump_rows(os.path.join(valid, "expected.json"), expected)
    for row in expected:                                  # PIL agrees, where it can read the file as meant
        if row["file"] in ("cmyk-plain.jpg", "grey16.png", "grey16.tif", "rgb16.tif", "rgba16.png"):
            continue
        im = ImageOps.exif_transpose(Image.open(os.path.join(valid, row["file"]))).convert("RGBA")
        im = Image.alpha_composite(Image.new("RGBA", im.size, "white"), im).convert("RGB")
        assert im.size == (row["width"], row["height"]), row
        for q in row["probes"]:
            got = im.getpixel((q["x"], q["y"]))
            assert max(abs(g - e) for g, e in zip(got, q["rgb"])) <= row["tolerance"], (row["file"], q, got)

    whole = encode(rgb, "JPEG", **jpeg)
    photo = encode(Image.fromarray(common.picture("photo", 96)), "JPEG", **jpeg)
    bad = {"truncated-scan.jpg": photo[:len(photo) * 6 // 10], "empty.png": b"", "text.png": b"This is not a picture, whatever its name says.\n",
           "truncated-tables.jpg": whole[:len(whole) // 2], "truncated.png": encode(Image.fromarray(common.picture("photo", 64)), "PNG")[:4000],
           "header-only.jpg": whole[:20], "signature-only.png": b"\x89PNG\r\n\x1a\n",
           "claims-30000x30000.png": png(p, claim=(30000, 30000)), "zero-width.png": png(p, claim=(0, 64)),
           "bad-crc-header.png": png(p, bad_crc=b"IHDR"), "bad-crc-data.png": png(p, bad_crc=b"IDAT"),
           "header-only.gif": b"GIF89a" + struct.pack("<HHBBB", W, H, 0, 0, 0)}
    for name, content in bad.items():
        with open(os.path.join(invalid, name), "wb") as f:
            f.write(content)
    print(len(expected), "valid,", len(bad), "invalid")


if __name__ == "__main__":
    main(sys.argv[1])
