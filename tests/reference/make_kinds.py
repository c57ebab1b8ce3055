"""Writes tests/data/images/kinds: a ramp as cameras, data sets and annotation tools store it. The numbers that
tests/unit/image/test_kinds.c expects follow from value(). Needs numpy, Pillow, tifffile.
ramp.heic and ramp.avif are the ramp as libvips writes it: vips copy ramp.png ramp.heic[lossless], ramp.avif[lossless].
    python3 tests/reference/make_kinds.py          from the root of the repository
"""
import os
import struct
import zlib

import numpy as np
import tifffile
from PIL import Image, ImageCms

OUT = 'tests/data/images/kinds/'
W, H = 16, 12


def value():
    y, x = np.mgrid[0:H, 0:W]
    return (20 + 10 * x + 5 * y).astype(np.uint8)  # 20 .. 225


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def png16(name, a, extra=b''):
    raw = b''.join(b'\0' + row.astype('>u2').tobytes() for row in a)
    header = struct.pack('>IIBBBBB', a.shape[1], a.shape[0], 16, 0, 0, 0, 0)
    with open(OUT + name, 'wb') as f:
        f.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + extra + chunk(b'IDAT', zlib.compress(raw, 9))
                + chunk(b'IEND', b''))


def packed(name, a, bits, samples=1, photometric=1, compression=1):
    q, rows = np.round(a / 255 * (2**bits - 1)).astype(int), b''
    for row in q.reshape(H, -1):
        n = 0
        for v in row:
            n = n << bits | int(v)
        k = len(row) * bits
        rows += (n << -k % 8).to_bytes((k + 7) // 8, 'big')
    ifd = [(256, 4, W), (257, 4, H), (258, 3, bits), (259, 3, compression), (262, 3, photometric),
           (273, 4, 8), (277, 3, samples),
           (278, 4, H), (279, 4, len(rows))]
    rows += b'\0' * (len(rows) & 1)
    t = b'II*\0' + struct.pack('<I', 8 + len(rows)) + rows + struct.pack('<H', len(ifd))
    for tag, kind, v in ifd:
        t += struct.pack('<HHI', tag, kind, 1) + (struct.pack('<HH', v, 0) if kind == 3 else struct.pack('<I', v))
    with open(OUT + name, 'wb') as f:
        f.write(t + struct.pack('<I', 0))


def bmp(name, a):
    rows = b''.join(a[y].tobytes() for y in range(H - 1, -1, -1))
    with open(OUT + name, 'wb') as f:
        f.write(b'BM' + struct.pack('<IHHI', 54 + len(rows), 0, 0, 54)
                + struct.pack('<IiiHHIIiiII', 40, W, H, 1, 8, 0, len(rows), 0, 0, 0, 0) + rows)


os.makedirs(OUT, exist_ok=True)
g = value()
g12 = np.round(g / 255 * 4095).astype(np.uint16)
Image.fromarray(g).save(OUT + 'plain.png')
png16('low12.png', g12)
png16('low12-sbit.png', g12, chunk(b'sBIT', bytes([12])))
png16('high12-sbit.png', g12 << 4, chunk(b'sBIT', bytes([12])))
tifffile.imwrite(OUT + 'low12-max.tif', g12, extratags=[(280, 'H', 1, 0, True), (281, 'H', 1, 4095, True)])
tifffile.imwrite(OUT + 'low12-white-is-zero.tif', 4095 - g12, photometric='miniswhite',
                 extratags=[(281, 'H', 1, 4095, True)])
tifffile.imwrite(OUT + 'low12-other-max.tif', g12, extratags=[(281, 'H', 1, 3000, True)])
for name, most in (('low12-4095.pgm', 4095), ('low12-65535.pgm', 65535)):
    with open(OUT + name, 'wb') as f:
        f.write(b'P5\n%d %d\n%d\n' % (W, H, most) + g12.astype('>u2').tobytes())
packed('packed12.tif', g, 12)
tifffile.imwrite(OUT + 'half.tif', (g / 255).astype(np.float16))
tifffile.imwrite(OUT + 'double.tif', (g / 255).astype(np.float64))
bmp('no-palette.bmp', g)
rgb = np.dstack([g, g // 2, 255 - g])
Image.fromarray(rgb).save(OUT + 'colour.png')
spare = np.full((H, W), 30, np.uint8)
tifffile.imwrite(OUT + 'infrared.tif', np.dstack([rgb, spare]), photometric='rgb', extrasamples=['unspecified'])
tifffile.imwrite(OUT + 'grey-infrared.tif', np.dstack([g, spare]), photometric='minisblack',
                 extrasamples=['unspecified'], planarconfig='contig')
packed('grey-and-more.tif', np.dstack([g, spare]), 8, 2)
tifffile.imwrite(OUT + 'grey-planes.tif', np.stack([g, spare]), photometric='minisblack', planarconfig='separate')
tifffile.imwrite(OUT + 'tiled-planes.tif', rgb.transpose(2, 0, 1), photometric='rgb', planarconfig='separate',
                 tile=(16, 16))
shows = np.where(np.arange(W) < W // 2, np.zeros_like(g), 255).astype(np.uint8)
tifffile.imwrite(OUT + 'alpha.tif', np.dstack([rgb, shows]), photometric='rgb', extrasamples=['unassalpha'])
tifffile.imwrite(OUT + 'transparent.tif', np.dstack([rgb, np.zeros_like(g)]), photometric='rgb',
                 extrasamples=['unassalpha'])
packed('colour-of-4-bits.tif', rgb, 4, 3, 2)
packed('icc-lab.tif', rgb, 8, 3, 9)
packed('odd-compression.tif', g, 8, 1, 1, 34712)
tifffile.imwrite(OUT + 'deep.tif', g.astype(np.uint64))
lab = ImageCms.createProfile('LAB')
ImageCms.profileToProfile(Image.fromarray(rgb), ImageCms.createProfile('sRGB'), lab, outputMode='LAB').save(
    OUT + 'lab-with-profile.tif', icc_profile=ImageCms.ImageCmsProfile(lab).tobytes())
tifffile.imwrite(OUT + 'three-pages.tif', np.stack([rgb, 255 - rgb, rgb]), photometric='rgb')
with tifffile.TiffWriter(OUT + 'thumbnail-first.tif') as t:
    t.write(np.ascontiguousarray(rgb[::4, ::4]), subfiletype=1, photometric='rgb')
    t.write(rgb, photometric='rgb')
Image.fromarray(rgb).convert('YCbCr').save(OUT + 'luma.tif')
with tifffile.TiffWriter(OUT + 'copy-first.tif') as t:  # as DNG
    t.write(np.ascontiguousarray(rgb[::4, ::4]), subfiletype=1, photometric='rgb', subifds=1)
    t.write(rgb, photometric='rgb')
frames = [Image.fromarray(np.full((H, W), v, np.uint8)) for v in (10, 200)]
frames[0].save(OUT + 'two-frames.gif', save_all=True, append_images=frames[1:])
frames[0].save(OUT + 'two-frames.png', save_all=True, append_images=frames[1:])

m = np.zeros((H, W), np.uint8)
m[:, W // 2:] = 1
Image.fromarray(m * 255).save(OUT + 'mask-255.png')
Image.fromarray(m).save(OUT + 'mask-1.png')
Image.fromarray(m).save(OUT + 'mask-1.jpg', quality=95)
palette = Image.fromarray(m)
palette.putpalette([0, 0, 0, 128, 0, 0])
palette.save(OUT + 'mask-palette.png')
png16('mask-1-of-65535.png', m.astype(np.uint16))
layer = np.zeros((H, W, 4), np.uint8)
layer[m > 0] = [255, 0, 0, 255]
Image.fromarray(layer).save(OUT + 'mask-layer.png')
layer[:] = 0
layer[m > 0, :3] = 255
Image.fromarray(layer).save(OUT + 'mask-transparent.png')
layer[:] = [90, 90, 90, 0]
layer[m > 0] = [0, 0, 0, 255]
Image.fromarray(layer).save(OUT + 'mask-black-layer.png')
