#!/usr/bin/env python3
"""Makes examples/images and examples/masks: real photographs, and the same photographs with a painted defect.

    python3 examples/make_images.py --sources FOLDER [--images examples/images] [--masks examples/masks]

Needs numpy and Pillow. Nobody needs to run it to use alfa: it documents how the pictures were made, and
makes them again, the same in every run (the random numbers of a picture depend on its name only).

FOLDER holds these files, all public domain or CC0 (examples/images/README.md names the authors):
    scikit-image 0.26:      brick.png coffee.png
    GCompris 3.1:           blackslate.webp bulb.webp plate.webp
    Palapeli 22.12:         citrus-fruits.jpg
    ambientCG, 128 px:      fabric_a.jpg fabric_b.jpg

A defect is painted into the picture as floating-point numbers. Only the difference to the clean picture is
then softened to the sharpness of the photograph and gets its grain, so the rest stays as it was. The mask is
where that difference can be seen. When a thing lost a piece, the mask is where the piece was.
"""
import argparse
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SEEN = 0.045     # a pixel belongs to the mask where a channel differs by more
QUALITY = 90


# ------------------------------------------------------------------ numbers

def blur(a, sigma):
    """Gaussian blur of an h x w or h x w x c array, edges repeated."""
    if sigma <= 0:
        return a
    radius = max(1, int(3 * sigma + 0.5))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        pad = [(0, 0)] * a.ndim
        pad[axis] = (radius, radius)
        p = np.pad(a, pad, mode="edge")
        n = a.shape[axis]
        a = sum(k * np.take(p, np.arange(i, i + n), axis=axis) for i, k in enumerate(kernel))
    return a


def clouds(rng, shape, cell, octaves=4):
    """Value noise, 0..1 with mean near 0.5; cell is the size of the largest lump in pixels."""
    h, w = shape
    total, weight = np.zeros(shape), 0.0
    for o in range(octaves):
        c = max(1.0, cell / 2 ** o)
        grid = rng.random((int(h / c) + 3, int(w / c) + 3)).astype(np.float32)
        size = int(grid.shape[1] * c), int(grid.shape[0] * c)
        big = Image.fromarray(grid).resize(size, Image.BICUBIC)
        total += np.asarray(big, np.float64)[:h, :w] * 0.55 ** o
        weight += 0.55 ** o
    total /= weight
    return np.clip(0.5 + (total - 0.5) * 1.6, 0, 1)


def ramp(x, lo, hi):
    """0 below lo, 1 above hi, smooth between."""
    t = np.clip((x - lo) / (hi - lo), 0, 1)
    return t * t * (3 - 2 * t)


def wander(rng, points, rough, rounds=5):
    """Midpoint displacement: a broken line that wanders from point to point."""
    p = [np.array(q, float) for q in points]
    for _ in range(rounds):
        out = [p[0]]
        for a, b in zip(p, p[1:]):
            d = b - a
            normal = np.array([-d[1], d[0]])
            out += [(a + b) / 2 + normal * rng.normal(0, rough), b]
        p = out
    return np.array(p)


def bend(points, n=80):
    """Catmull-Rom curve through points."""
    p = [np.array(q, float) for q in points]
    p = [2 * p[0] - p[1]] + p + [2 * p[-1] - p[-2]]
    out = []
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:]):
        for t in np.linspace(0, 1, n // (len(p) - 3), endpoint=False):
            out.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t
                              + (3 * b - a - 3 * c + d) * t ** 3))
    return np.array(out)


def line(shape, points, width):
    """Coverage 0..1 of a line; width is a number or one number a point."""
    h, w = shape
    s = 6
    im = Image.new("L", (w * s, h * s))
    draw = ImageDraw.Draw(im)
    width = np.broadcast_to(width, len(points))
    for (x0, y0), (x1, y1), r in zip(points, points[1:], width):
        steps = max(2, int(np.hypot(x1 - x0, y1 - y0) * s / max(1.0, r * s / 4)))
        for t in np.linspace(0, 1, steps):
            x, y, q = (x0 + (x1 - x0) * t) * s, (y0 + (y1 - y0) * t) * s, r * s / 2
            draw.ellipse((x - q, y - q, x + q, y + q), fill=255)
    return np.asarray(im.resize((w, h), Image.BOX), np.float64) / 255


def taper(n, width, rng=None, thin=0.25):
    """A width for each of n points: full at the start, thin at the end, uneven between."""
    t = np.linspace(1, thin, n)
    if rng is not None:
        t = t * (0.75 + 0.5 * rng.random(n))
    return width * t


# ------------------------------------------------------------------ a picture and its defect

class Picture:
    """A clean photograph, the same with a defect painted on, and the random numbers for it."""

    def __init__(self, name, image):
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))
        self.clean = np.asarray(image.convert("RGB"), np.float64) / 255
        self.paint = self.clean.copy()
        self.hidden = np.zeros(self.clean.shape[:2])
        self.shape = self.clean.shape[:2]
        self.y, self.x = np.mgrid[0:self.shape[0], 0:self.shape[1]].astype(np.float64)

    def cover(self, colour, alpha):
        """Opaque where alpha is 1. colour: three numbers, or a picture."""
        self.hidden = np.maximum(self.hidden, alpha)
        a = alpha[..., None]
        self.paint = self.paint * (1 - a) + np.broadcast_to(colour, self.paint.shape) * a

    def tint(self, colour, alpha):
        """Multiplies, so that the texture below shows through."""
        self.paint = self.paint * (1 + alpha[..., None] * (np.array(colour) - 1))

    def light(self, amount):
        """Adds brightness, of the place's own colour."""
        self.paint = self.paint * (1 + amount[..., None])

    def blob(self, x, y, rx, ry, angle=0.0, rough=0.35, cell=None):
        """How far inside a ragged blob: above 0 inside, about 1 in the middle."""
        a = np.radians(angle)
        u = (self.x - x) * np.cos(a) + (self.y - y) * np.sin(a)
        v = -(self.x - x) * np.sin(a) + (self.y - y) * np.cos(a)
        n = clouds(self.rng, self.shape, cell or 0.9 * min(rx, ry))
        return 1 - np.hypot(u / rx, v / ry) + rough * 2 * (n - 0.5)

    def crack(self, points, width, rough=0.12, dark=0.75, branches=2, glint=0.18):
        """A thin dark line with a lit edge, and side cracks that leave it."""
        path = wander(self.rng, points, rough)
        core = line(self.shape, path, taper(len(path), width, self.rng))
        for _ in range(branches):
            i = int(self.rng.uniform(0.2, 0.75) * len(path))
            j = min(len(path) - 1, i + 4)
            way = path[j] - path[i]
            a = np.radians(self.rng.choice([-1, 1]) * self.rng.uniform(30, 60))
            way = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) @ way
            reach = self.rng.uniform(0.12, 0.28) * np.hypot(*(path[-1] - path[0]))
            end = path[i] + way / (np.hypot(*way) + 1e-9) * reach
            side = wander(self.rng, [path[i], end], rough)
            core = np.maximum(core, line(self.shape, side, taper(len(side), width * 0.55, self.rng)))
        edge = np.clip(np.roll(core, (1, 1), (0, 1)) - core, 0, 1)
        self.light(glint * edge)
        self.light(-0.25 * blur(core, 2.0))
        self.light(-dark * core)
        return core

    def stain(self, field, colour, strength=0.8, rim=0.25, soft=0.06, keep=None):
        """A dried liquid: uneven, darker along its edge. keep: where it can be."""
        a = ramp(field, -soft, soft)
        density = 0.65 + 0.35 * clouds(self.rng, self.shape, 14)
        edge = np.exp(-((field - 0.07) / 0.06) ** 2) * (field > -0.1)
        a = np.clip(a * density * strength + rim * edge * a, 0, 1)
        if keep is not None:
            a = a * keep
        self.tint(colour, a)
        return a

    def rough(self, cell, strength, angle=225):
        """Brightness of a rough broken face, lit from angle (0 is right, 90 is below): around 1."""
        height = clouds(self.rng, self.shape, cell, 5)
        dy, dx = np.gradient(blur(height, 0.6))
        a = np.radians(angle)
        return np.clip(1 - strength * cell * (dx * np.cos(a) + dy * np.sin(a)) * 0.5, 0.4, 1.6)

    def pit(self, field, depth, reach=0.12, angle=225):
        """Shadow along the edge that faces away from the light and a lit edge across, as inside a hole."""
        a = np.radians(angle)
        inside = ramp(field, -0.03, 0.03)
        soft = blur(inside, 3.0)
        dy, dx = np.gradient(soft)
        slope = (dx * np.cos(a) + dy * np.sin(a)) * 6
        self.light(np.clip(slope, -1, 1) * depth * blur(inside, 0.8))

    def fibre(self, points, width, colour, shadow=(2.0, 2.5), dark=0.35):
        """A hair or thread that lies on the thing, with its shadow."""
        path = bend(points)
        core = line(self.shape, path, width)
        cast = blur(np.roll(core, (int(round(shadow[1])), int(round(shadow[0]))), (0, 1)), 1.2)
        self.light(-dark * cast)
        round_ = 0.75 + 0.5 * np.clip(np.roll(core, (1, 1), (0, 1)), 0, 1)
        self.cover(np.array(colour) * round_[..., None], core)

    def finish(self, soft=0.6, grain=None):
        """(picture with the defect, mask), both 8-bit."""
        paint = np.clip(self.paint, 0, 1)
        hidden = self.hidden[..., None]                    # nothing of the clean picture shows there
        diff = (1 - hidden) * blur(paint - self.clean, soft) + hidden * (blur(paint, soft) - self.clean)
        if grain is None:                                  # the photograph's own noise
            detail = self.clean.mean(2) - blur(self.clean, 1.0).mean(2)
            grain = min(0.02, 1.48 * float(np.median(np.abs(detail))))
        touched = np.clip(np.abs(diff).max(2) * 12, 0, 1)
        out = self.clean + diff + (self.rng.normal(0, grain, self.shape) * touched)[..., None]
        changed = np.abs(diff).max(2) > SEEN
        mask = blur(changed.astype(float), 1.2) > 0.3      # closes gaps of a pixel
        return to_image(out), Image.fromarray((mask * 255).astype(np.uint8))


def to_image(a):
    return Image.fromarray((np.clip(a, 0, 1) * 255 + 0.5).astype(np.uint8))


# ------------------------------------------------------------------ photographs

class Sources:
    def __init__(self, folder):
        self.folder = Path(folder)

    def open(self, name):
        return Image.open(self.folder / name).convert("RGB")


def relight(image, gain=1.0, gamma=1.0, across=0.0, down=0.0, warm=0.0):
    """Another light on the same photograph; across and down are the change from one edge to the other."""
    a = np.asarray(image, np.float64) / 255
    h, w = a.shape[:2]
    field = 1 + across * np.linspace(-0.5, 0.5, w)[None, :] + down * np.linspace(-0.5, 0.5, h)[:, None]
    a = a ** gamma * gain * field[..., None] * np.array([1 + warm, 1, 1 - warm])
    return to_image(a)


def plate(src, turn=0, **light):
    """Square around the plate, which is round, so that turning it leaves its background alone."""
    s = src.open("plate.webp").crop((40, 0, 280, 240)).resize((360, 360), Image.LANCZOS)
    s = np.asarray(s, np.float64) / 255
    if turn:
        y, x = np.mgrid[0:360, 0:360].astype(float)
        r = np.hypot(x - PLATE[0], y - PLATE[1])
        inner = ramp(-r, -(PLATE[2] - 12), -(PLATE[2] - 26))[..., None]
        low = blur(s, 18)
        detail = to_image(0.5 + (s - low) * 1.0).rotate(turn, Image.BICUBIC, center=(PLATE[0], PLATE[1]))
        s = s * (1 - inner) + (low + np.asarray(detail, np.float64) / 255 - 0.5) * inner
    return relight(to_image(s), **light)


PLATE = (181.5, 187.0, 135.0)    # centre and outer radius in the square of 360


LIMES = {"a": (745, 371, 124.5, 122.5), "b": (238.5, 757.5, 127.5, 127)}    # centre and radii


PAPER = (0.965, 0.97, 0.965)     # the light box


def lime(src, which, turn=0, **light):
    """One slice alone: what lies around it becomes the light box that it lies on."""
    cx, cy, rx, ry = LIMES[which]
    s = src.open("citrus-fruits.jpg").crop((int(cx) - 155, int(cy) - 155, int(cx) + 155, int(cy) + 155))
    a = np.asarray(s, np.float64) / 255
    y, x = np.mgrid[0:310, 0:310].astype(float)
    r = np.hypot((x - 155 - cx % 1) / rx, (y - 155 - cy % 1) / ry)
    # the rind is dark green: its outer edge in every direction, touching neighbours voted down
    n = 360
    way = (np.degrees(np.arctan2(y - 155 - cy % 1, x - 155 - cx % 1)).astype(int)) % n
    rind = (a[..., 1] - a[..., 0] > 0.01) & (a.mean(2) < 0.70) & (r > 0.85) & (r < 1.08)
    edge = np.array([np.percentile(r[rind & (way == k)], 97) if (rind & (way == k)).sum() > 3 else np.nan
                     for k in range(n)])
    span = np.arange(-12, 13)
    edge = np.array([np.nanmedian(np.append(edge[(k + span) % n], 1.0)) for k in range(n)])
    edge = np.array([edge[(k + span) % n].mean() for k in range(n)])
    out = ramp(r - edge[way], -0.016, 0.006)[..., None]
    s = to_image(a * (1 - out) + np.array(PAPER) * out)
    if turn:
        s = s.rotate(turn, Image.BICUBIC, fillcolor=tuple(int(c * 255 + 0.5) for c in PAPER))
    s = s.crop((5, 5, 305, 305)).resize((336, 336), Image.LANCZOS)
    return relight(s, **light)


def cup(src, box, size, flip=False, **light):
    s = src.open("coffee.png").crop(box).resize(size, Image.LANCZOS)
    if flip:
        s = s.transpose(Image.FLIP_LEFT_RIGHT)
    return relight(s, **light)


def blackboard(src, flip=False, box=(0, 0, 320, 221), **light):
    s = src.open("blackslate.webp").crop(box)
    s = s.resize((480, s.height * 480 // s.width), Image.LANCZOS)
    return relight(s.transpose(Image.FLIP_LEFT_RIGHT) if flip else s, **light)


def bulb(src, flip=False, box=(28, 66, 216, 300), **light):
    s = src.open("bulb.webp").crop(box)
    s = s.resize((320, s.height * 320 // s.width), Image.LANCZOS)
    return relight(s.transpose(Image.FLIP_LEFT_RIGHT) if flip else s, **light)


def bricks(src, box, flip=False, **light):
    s = src.open("brick.png").transpose(Image.ROTATE_90).crop(box)
    if flip:
        s = s.transpose(Image.FLIP_LEFT_RIGHT)
    return relight(s, **light)


def fabric(src, name, shift=(0, 0), zoom=1.5, size=320, **light):
    """The weave repeats after 104 x 96 pixels: cut from the preview, repeated, moved and enlarged."""
    a = np.tile(np.asarray(src.open(name).crop((4, 4, 108, 100))), (5, 5, 1))
    a = np.roll(a, shift, (0, 1))[: int(size / zoom) + 2, : int(size / zoom) + 2]
    s = Image.fromarray(a).resize((int(a.shape[1] * zoom), int(a.shape[0] * zoom)), Image.BICUBIC)
    # threads are never quite even
    rng = np.random.default_rng(shift[0] * 1000 + shift[1])
    b = np.asarray(s.crop((0, 0, size, size)), np.float64) / 255
    uneven = 1 + 0.10 * (clouds(rng, (size, size), 60) - 0.5) + 0.05 * (clouds(rng, (size, size), 5) - 0.5)
    return relight(to_image(b * uneven[..., None]), **light)


# ------------------------------------------------------------------ the pictures

def plate_chip(p):
    """A piece broken out of the rim: the wall behind it, and a strip of rough clay."""
    cx, cy, radius = PLATE
    angle = np.radians(-38)
    x, y = cx + radius * np.cos(angle), cy + radius * np.sin(angle)
    field = p.blob(x, y, 34, 22, angle=52, rough=0.28, cell=16)
    r = np.hypot(p.x - cx, p.y - cy)
    disc = ramp(radius + 9 - r, -2, 2)
    gone = ramp(field, -0.03, 0.03) * disc
    # what the camera sees instead: the background just outside, mirrored at the rim
    out = radius + 12 + np.maximum(0, radius + 12 - r) * 0.4
    sx = np.clip(cx + (p.x - cx) / r * out, 0, p.shape[1] - 1).astype(int)
    sy = np.clip(cy + (p.y - cy) / r * out, 0, p.shape[0] - 1).astype(int)
    wall = blur(p.clean[sy, sx], 2.0)
    clay = np.array([0.71, 0.66, 0.57]) * p.rough(5, 0.9)[..., None] * 0.88
    face = ramp(0.34 - field + 0.25 * (clouds(p.rng, p.shape, 8) - 0.5), -0.04, 0.04)
    p.cover(wall, gone)
    body = ramp(radius - r, -1, 1)
    p.cover(clay, gone * face * body)
    edge = np.exp(-(field / 0.035) ** 2) * body
    p.light(-0.28 * edge)


def plate_crack(p):
    p.crack([(302, 238), (262, 222), (222, 226), (176, 196), (150, 200)], 2.6, rough=0.10, dark=0.72,
            branches=3)


def plate_stain(p):
    field = p.blob(150, 226, 44, 34, angle=20, rough=0.30, cell=26)
    p.stain(field, (0.60, 0.43, 0.26), 0.75, rim=0.5)
    p.stain(p.blob(210, 262, 9, 7, rough=0.2), (0.60, 0.43, 0.26), 0.75, rim=0.3)


def board_hole(p):
    """Something went through the board: a dark hole, torn edge, pale wood fibre."""
    field = p.blob(318, 178, 32, 25, angle=15, rough=0.34, cell=12)
    ring = ramp(field, -0.24, -0.16)
    fibre = p.rough(5, 0.9) * (0.7 + 0.5 * clouds(p.rng, p.shape, 4))
    p.cover(np.array([0.62, 0.49, 0.34]) * fibre[..., None], ring)
    a = ramp(field, -0.03, 0.03)
    p.cover(np.array([0.03, 0.03, 0.03]) * (0.6 + 0.8 * clouds(p.rng, p.shape, 9))[..., None], a)
    low = a * (1 - np.roll(a, (-5, -3), (0, 1)))
    p.cover(np.array([0.50, 0.38, 0.25]) * p.rough(4, 0.9)[..., None], blur(low, 0.7) * 0.9)


def board_scratch(p):
    """A deep scratch down to the pale board, in two strokes."""
    for width, points in ((3.6, [(120, 84), (190, 128), (262, 168), (322, 214)]),
                          (2.4, [(176, 92), (246, 136), (300, 160)])):
        path = wander(p.rng, points, 0.012)
        n = len(path)
        core = line(p.shape, path, width * np.sin(np.linspace(0.25, 2.9, n)) * (0.7 + 0.6 * p.rng.random(n)))
        p.light(-0.5 * blur(np.roll(core, (-1, 1), (0, 1)), 0.7))
        p.cover(np.array([0.70, 0.66, 0.58]), core * (0.65 + 0.35 * clouds(p.rng, p.shape, 5)))


def board_peeled(p):
    """The coat of paint came off and shows the board."""
    field = p.blob(168, 206, 58, 36, angle=-10, rough=0.46, cell=22)
    a = ramp(field, -0.02, 0.02)
    grain = clouds(p.rng, (p.shape[0] * 6, p.shape[1]), 24)[::6]
    wood = np.array([0.50, 0.39, 0.27]) * (0.70 + 0.5 * grain[..., None])
    p.cover(wood, a * 0.96)
    p.light(-0.5 * blur(a * (1 - np.roll(a, (2, 2), (0, 1))), 0.8))
    p.light(0.6 * blur((1 - a) * np.roll(a, (-1, -1), (0, 1)), 0.6))


def bulb_crack(p):
    p.crack([(98, 118), (136, 128), (158, 158), (196, 166), (226, 186)], 3.0, rough=0.11, dark=0.62,
            branches=3, glint=0.25)


def bulb_hole(p):
    """A piece of the dome is broken out: the dark inside, and the thickness of the shell."""
    field = p.blob(196, 132, 38, 30, angle=35, rough=0.24, cell=16)
    a = ramp(field, -0.03, 0.03)
    p.cover(np.array([0.88, 0.88, 0.90]), a)
    lip = np.roll(field, (3, 3), (0, 1))
    inside = a * ramp(lip, -0.02, 0.06)
    deep = 0.65 + 0.5 * ramp(field, 0.0, 0.9) + 0.3 * clouds(p.rng, p.shape, 30)
    p.cover(np.array([0.30, 0.29, 0.30]) * deep[..., None], inside)
    p.light(-0.3 * np.exp(-(field / 0.03) ** 2))


def bulb_burn(p):
    """Scorched above the collar."""
    glass = ramp(p.clean.min(2), 0.40, 0.55)
    field = p.blob(168, 226, 62, 34, angle=4, rough=0.36, cell=30)
    a = ramp(field, -0.10, 0.55) * blur(glass, 1.0)
    p.tint((0.42, 0.30, 0.20), a * (0.75 + 0.25 * clouds(p.rng, p.shape, 12)))
    p.tint((0.30, 0.24, 0.20), ramp(field, 0.45, 0.8) * blur(glass, 1.0) * 0.8)


def lime_rot(p):
    field = p.blob(226, 118, 46, 38, angle=30, rough=0.30, cell=24)
    flesh = blur((p.clean.min(2) < 0.85).astype(float), 1)
    a = ramp(field, -0.12, 0.30) * flesh
    p.tint((0.56, 0.38, 0.26), a * (0.7 + 0.3 * clouds(p.rng, p.shape, 16)))
    core = ramp(field, 0.30, 0.62) * flesh
    p.tint((0.45, 0.36, 0.30), core * (0.5 + 0.5 * clouds(p.rng, p.shape, 6)))


def lime_bite(p):
    """A piece is missing from the edge: the light box shows."""
    field = p.blob(270, 236, 62, 44, angle=-40, rough=0.22, cell=20)
    flesh = blur((p.clean.min(2) < 0.90).astype(float), 1)
    edge = np.exp(-((field + 0.10) / 0.09) ** 2)
    p.tint((0.80, 0.78, 0.55), edge * flesh * 0.8)
    p.cover(PAPER, ramp(field, -0.03, 0.03))


def lime_hair(p):
    p.fibre([(84, 246), (120, 196), (150, 176), (190, 190), (204, 150), (252, 112), (262, 84)], 3.0,
            (0.16, 0.11, 0.09), shadow=(1, 2), dark=0.15)


def cup_chip(p):
    """A piece of the white rim is gone: raw clay, and a lower edge."""
    u, v = p.x - 232.4, p.y - 90.4
    band = ramp(1 - np.hypot(u / 95, v / 77), -0.012, 0.012)
    band = band * ramp(np.hypot(u / 80, v / 62.5) - 1, -0.02, 0.03)
    field = p.blob(297, 133, 27, 18, angle=-44, rough=0.30, cell=10)
    a = ramp(field, -0.05, 0.05) * band
    clay = np.array([0.72, 0.52, 0.38]) * p.rough(5, 0.8)[..., None] * 0.85
    p.cover(clay, a)
    p.light(-0.35 * np.exp(-((field - 0.02) / 0.07) ** 2) * band)


def cup_crack(p):
    p.crack([(87, 244), (110, 216), (118, 192), (147, 176)], 4.2, rough=0.09, dark=0.85, branches=2,
            glint=0.9)


def cup_saucer(p):
    """A piece of the saucer is gone: the table shows, and the broken clay along the edge."""
    cx, cy, rx, ry = 222.5, 186.0, 161.0, 124.0
    u, v = (p.x - cx) / rx, (p.y - cy) / ry
    r = np.hypot(u, v)
    field = p.blob(106, 272, 58, 40, angle=35, rough=0.20, cell=18)
    disc = ramp(1.01 - r, -0.012, 0.012)
    gone = ramp(field, -0.03, 0.03) * disc
    out = 1.10 + (1.0 - r) * 0.6
    sx = np.clip(cx + u / r * out * rx, 0, p.shape[1] - 1).astype(int)
    sy = np.clip(cy + v / r * out * ry, 0, p.shape[0] - 1).astype(int)
    p.cover(p.clean[sy, sx] * 0.8, gone)
    face = ramp(0.12 - field + 0.12 * (clouds(p.rng, p.shape, 8) - 0.5), -0.04, 0.04) * gone
    p.cover(np.array([0.72, 0.56, 0.42]) * p.rough(4, 0.8)[..., None] * 0.9, face)
    p.light(-0.4 * np.exp(-((field - 0.15) / 0.04) ** 2) * gone)


def wall_hole(p):
    """Half a brick has come off: the rough inside lies in shadow."""
    field = p.blob(206, 196, 50, 20, angle=-7, rough=0.26, cell=22)
    a = ramp(field, -0.04, 0.04)
    inside = 0.20 * p.rough(12, 0.55) * (0.75 + 0.5 * clouds(p.rng, p.shape, 5))
    p.cover(inside[..., None], a)
    top = a * (1 - np.roll(a, (7, 4), (0, 1)))
    low = a * (1 - np.roll(a, (-4, -3), (0, 1)))
    p.light(-0.75 * blur(top, 1.2) + 0.9 * blur(low, 0.8))
    crumbs = (clouds(p.rng, p.shape, 4) > 0.80) * ramp(field, -0.5, -0.1) * (1 - a)
    p.light(blur(crumbs.astype(float), 0.7) * 0.5)


def wall_crack(p):
    p.crack([(96, 24), (130, 84), (158, 120), (172, 190), (220, 246), (238, 330)], 4.6, rough=0.15, dark=0.68,
            branches=4, glint=0.45)


def wall_paint(p):
    """Thrown paint that ran down."""
    field = p.blob(178, 150, 46, 36, angle=15, rough=0.5, cell=18)
    field = np.maximum(field, p.blob(236, 118, 13, 10, rough=0.4))
    for x, end in ((150, 226), (172, 262), (199, 240)):
        path = wander(p.rng, [(x, 160), (x + 2, end)], 0.02, 4)
        run = line(p.shape, path, np.append(np.linspace(6.0, 2.6, len(path) - 2), [3.6, 3.6]))
        field = np.maximum(field, (run - 0.5) * 0.12)
    a = ramp(field, -0.05, 0.05)
    old = p.clean.mean(2, keepdims=True)
    thick = 0.80 + 0.14 * clouds(p.rng, p.shape, 20)
    p.cover(np.array([0.74, 0.74, 0.73]) * (0.66 + 0.85 * old), a * thick)
    p.light(-0.2 * np.roll(blur(a, 1.5), (2, 2), (0, 1)) * (1 - a))


def fabric_hole(p):
    field = p.blob(168, 150, 30, 36, angle=20, rough=0.30, cell=12)
    a = ramp(field, -0.06, 0.06)
    p.cover(np.array([0.045, 0.042, 0.038]) * (0.7 + 0.6 * clouds(p.rng, p.shape, 8))[..., None], a)
    p.light(-0.35 * np.exp(-((field + 0.06) / 0.10) ** 2))
    colour = np.percentile(p.clean.reshape(-1, 3), 80, axis=0)
    centre = np.array([168.0, 150.0])
    for _ in range(10):                                    # loose ends of thread
        t = p.rng.uniform(0, 2 * np.pi)
        start = centre + np.array([29 * np.cos(t), 34 * np.sin(t)])
        end = start + (centre - start) * p.rng.uniform(0.25, 0.75)
        points = [start, (start + end) / 2 + p.rng.normal(0, 4, 2), end + p.rng.normal(0, 5, 2)]
        p.cover(colour * p.rng.uniform(0.6, 1.0), line(p.shape, bend(points, 20), 1.9) * 0.9)


def fabric_thread(p):
    """A pulled thread lies in a loop on the cloth."""
    colour = np.percentile(p.clean.reshape(-1, 3), 93, axis=0)
    path = [(58, 92), (104, 130), (150, 112), (196, 128), (206, 176), (168, 200), (150, 168), (196, 150),
            (262, 188), (280, 236)]
    p.fibre(path, 3.6, colour * 0.95, shadow=(2, 3), dark=0.55)


def fabric_stain(p):
    field = p.blob(190, 176, 52, 44, angle=-20, rough=0.34, cell=30)
    p.stain(field, (0.36, 0.28, 0.22), 0.85, rim=0.15, soft=0.22)


CUP_WIDE, CUP_NEAR = (0, 0, 600, 400), (60, 0, 500, 400)

# folder, file, photograph, what is painted (None: nothing)
PICTURES = [
    ("blackboard", "good_1", lambda s: blackboard(s), None),
    ("blackboard", "good_2", lambda s: blackboard(s, True, (0, 8, 320, 221), gamma=0.93, warm=0.02), None),
    ("blackboard", "hole", lambda s: blackboard(s), board_hole),
    ("blackboard", "peeled", lambda s: blackboard(s, True), board_peeled),
    ("blackboard", "scratch", lambda s: blackboard(s, gamma=0.96), board_scratch),
    ("brick_wall", "good_1", lambda s: bricks(s, (128, 128, 512, 512)), None),
    ("brick_wall", "good_2", lambda s: bricks(s, (0, 10, 384, 394), True, gamma=0.9, across=0.15), None),
    ("brick_wall", "crack", lambda s: bricks(s, (0, 128, 384, 512), down=-0.15), wall_crack),
    ("brick_wall", "hole", lambda s: bricks(s, (128, 60, 512, 444), gamma=0.95), wall_hole),
    ("brick_wall", "paint", lambda s: bricks(s, (60, 0, 444, 384), across=-0.1), wall_paint),
    ("cup", "good_1", lambda s: cup(s, CUP_WIDE, (480, 320)), None),
    ("cup", "good_2", lambda s: cup(s, CUP_NEAR, (396, 360), True, gain=1.05, warm=-0.03), None),
    ("cup", "chip", lambda s: cup(s, CUP_WIDE, (480, 320), gain=1.04), cup_chip),
    ("cup", "crack", lambda s: cup(s, CUP_WIDE, (480, 320), across=-0.1), cup_crack),
    ("cup", "broken_saucer", lambda s: cup(s, CUP_WIDE, (480, 320), gain=0.97, warm=-0.02), cup_saucer),
    ("fabric", "good_1", lambda s: fabric(s, "fabric_a.jpg"), None),
    ("fabric", "good_2", lambda s: fabric(s, "fabric_b.jpg", (30, 51), across=0.15), None),
    ("fabric", "hole", lambda s: fabric(s, "fabric_a.jpg", (17, 40), down=-0.1), fabric_hole),
    ("fabric", "thread", lambda s: fabric(s, "fabric_b.jpg", (61, 13)), fabric_thread),
    ("fabric", "stain", lambda s: fabric(s, "fabric_a.jpg", (44, 70), gain=1.1), fabric_stain),
    ("light_bulb", "good_1", lambda s: bulb(s), None),
    ("light_bulb", "good_2", lambda s: bulb(s, True, gain=0.96, warm=0.02), None),
    ("light_bulb", "burn", lambda s: bulb(s, gain=1.03), bulb_burn),
    ("light_bulb", "crack", lambda s: bulb(s, True), bulb_crack),
    ("light_bulb", "hole", lambda s: bulb(s), bulb_hole),
    ("lime_slice", "good_1", lambda s: lime(s, "a", 40), None),
    ("lime_slice", "good_2", lambda s: lime(s, "b"), None),
    ("lime_slice", "hair", lambda s: lime(s, "a", -70, gain=1.03), lime_hair),
    ("lime_slice", "missing_piece", lambda s: lime(s, "a", 200), lime_bite),
    ("lime_slice", "rot", lambda s: lime(s, "b", 100), lime_rot),
    ("plate", "good_1", lambda s: plate(s), None),
    ("plate", "good_2", lambda s: plate(s, 130, gain=1.03, warm=0.02), None),
    ("plate", "chip", lambda s: plate(s, 60), plate_chip),
    ("plate", "crack", lambda s: plate(s, -75, gain=0.98), plate_crack),
    ("plate", "stain", lambda s: plate(s, 200, warm=0.01), plate_stain),
]


def main():
    here = Path(__file__).parent
    ap = argparse.ArgumentParser(description="makes the example pictures and their masks")
    ap.add_argument("--sources", required=True, help="folder with the photographs")
    ap.add_argument("--images", type=Path, default=here / "images", help="where the pictures go")
    ap.add_argument("--masks", type=Path, default=here / "masks", help="where the masks go")
    ap.add_argument("--only", default="", help="only pictures whose folder/file holds this text")
    args = ap.parse_args()
    src = Sources(args.sources)
    for folder, name, photograph, painter in PICTURES:
        if args.only not in f"{folder}/{name}":
            continue
        image, mask = photograph(src), None
        if painter:
            p = Picture(f"{folder}/{name}", image)
            painter(p)
            image, mask = p.finish()
        (args.images / folder).mkdir(parents=True, exist_ok=True)
        image.save(args.images / folder / f"{name}.jpg", quality=QUALITY, subsampling=0, optimize=True)
        if mask:
            (args.masks / folder).mkdir(parents=True, exist_ok=True)
            mask.save(args.masks / folder / f"{name}_mask.png", optimize=True)
            share = 100 * np.asarray(mask).mean() / 255
            print(f"{folder}/{name}.jpg  {image.width} x {image.height}  defect {share:.1f} %")


if __name__ == "__main__":
    main()
