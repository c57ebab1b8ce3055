"""Simple products built from parts, photographed on a ground.

A scene is a ground and a list of layers in unit coordinates (the product fills about
-1..1). Because parts are kept apart until rendering, structural damage (missing, moved,
bent, broken, swapped, extra, squashed) is a change of the scene, and everything else in
the two renderings stays equal. Marks, chips, holes, prints and seams belong to the normal
product: they must not look like damage to the model merely because they are there.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from raster import (SIZE, blob, blur, circle, colour, fill, fractal, jagged, mix, near, noise,
                    pick, relief, smoothstep, turn, walk)
from textures import any_surface, crazed, perforated


@dataclass
class Layer:
    """Polygons of one material. role: body, part, items (alike), mark (surface only)."""

    name: str
    role: str
    polygons: list
    paint: np.ndarray
    height: float = 1.5
    shine: float = 0.3
    inside: bool = False
    opening: bool = False


@dataclass
class Scene:
    noun: str
    ground: np.ndarray
    layers: list
    pose: np.ndarray
    light: float
    shadow: float
    dome: float = 0.0
    bend: float = 0.0
    gone: np.ndarray = None
    notch: tuple = None
    elongated: bool = False
    split: tuple = None


def box(width, height, round_off=0.1, x=0.0, y=0.0):
    """Rectangle with rounded corners; many points so that it can be bent."""
    r = min(round_off, width, height)
    corners = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    points = []
    for i, (sx, sy) in enumerate(corners):
        t = np.pi / 2 * (i + np.linspace(0, 1, 6))
        points.append(np.stack([sx * (width - r) + r * np.cos(t),
                                sy * (height - r) + r * np.sin(t)], 1))
    return dense(np.concatenate(points)) + [x, y]


def dense(points, step=0.12):
    """Insert points so that no edge is longer than `step`."""
    out = []
    for a, b in zip(points, np.roll(points, -1, 0)):
        n = max(1, int(np.hypot(*(b - a)) / step))
        out.append(a + (b - a) * np.arange(n)[:, None] / n)
    return np.concatenate(out)


def profile(heights, lengths):
    """Mirror-symmetric outline along x: half heights at positions along the length."""
    x = np.asarray(lengths, float)
    h = np.asarray(heights, float)
    return dense(np.concatenate([np.stack([x, h], 1), np.stack([x, -h], 1)[::-1]]))


def ring_of(count, radius, phase=0.0):
    t = phase + np.arange(count) * 2 * np.pi / count
    return np.stack([np.cos(t), np.sin(t)], 1) * radius


def polished(style, rng):
    """Bare metal: bands of bright and dark reflections along fine brush lines."""
    angle = style.uniform(0, np.pi)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    along = x * np.cos(angle) + y * np.sin(angle)
    wave = sum(np.cos(2 * np.pi * (f * along + style.uniform()) + rng.normal(0, 0.25)) / f
               for f in style.uniform(0.7, 5, 4))
    lines = cv2.GaussianBlur(rng.standard_normal((SIZE, SIZE)).astype(np.float32), (0, 0),
                             sigmaX=style.uniform(5, 30), sigmaY=0.6)
    grey = style.uniform(0.3, 0.6) + style.uniform(0.1, 0.4) * wave \
        + style.uniform(0, 0.08) * lines / lines.std()
    return np.clip(grey[..., None] * colour(style, 0.15, 0.9, 1.1), 0.02, 1)


def material(photographs, style, rng):
    """What a part is made of: bare metal, a plain colour with grain, or a toned-down
    surface."""
    if style.random() < 0.15:
        return polished(style, rng)
    if style.random() < 0.5:
        grain = style.uniform(0, 0.05)
        return colour(style) + grain * fractal(rng, style.uniform(2, 30))[..., None]
    image, _ = any_surface(photographs, style, rng, 0.8)
    strength = style.uniform(0.3, 1)
    return image.mean((0, 1)) * (1 - strength) + image * strength


def paint_of(style, base=None, spread=0.2):
    """A plain colour as an image."""
    tone = colour(style) if base is None else near(style, base, spread)
    return np.zeros((SIZE, SIZE, 3), np.float32) + tone


def scattered_points(rng, count, radius):
    r = np.sqrt(rng.uniform(0, 1, count)) * radius
    t = rng.uniform(0, 2 * np.pi, count)
    return np.stack([r * np.cos(t), r * np.sin(t)], 1)


def speckles(style, rng, radius):
    """Chips, seeds or spots in random places: the same kind, never the same picture."""
    count, size = int(style.integers(6, 40)), style.uniform(0.03, 0.13)
    rough = style.uniform(0.1, 0.5)
    polygons = [blob(rng, rough, 20) * size * rng.uniform(0.6, 1.3) + p
                for p in scattered_points(rng, count, radius)]
    return Layer(pick(style, ["chips", "spots", "seeds"]), "items", polygons,
                 paint_of(style), height=style.uniform(0.6, 1.6),
                 shine=style.uniform(0, 0.5), inside=True)


def lettering(style, width, x=0.0, y=0.0):
    """A row of small bars that reads as print from afar."""
    count = int(style.integers(3, 9))
    step, polygons = width / count, []
    for i in range(count):
        cx = x - width / 2 + (i + 0.5) * step
        for _ in range(int(style.integers(1, 4))):
            w, h = (0.1, 0.5) if style.random() < 0.5 else (0.4, 0.1)
            offset = style.uniform(-0.3, 0.3, 2) * step
            polygons.append(box(w * step, h * step, 0.01, cx + offset[0], y + offset[1]))
    return Layer("print", "mark", polygons, paint_of(style), height=0.5, shine=0,
                 inside=True)


def disc(make, style, rng):
    """Cookies, pans, lids, coins, buttons."""
    rough = pick(style, [0.0, 0.0, 0.03, 0.12])
    outline = blob(rng, rough, 64) if rough else circle(64)
    layers = [Layer("rim", "body", [outline], make(), height=style.uniform(1.5, 6),
                    shine=style.uniform(0.2, 0.6))]
    radius = 1.0
    for _ in range(int(style.integers(0, 4))):
        radius *= style.uniform(0.6, 0.95)
        layers.append(Layer("inner ring", "part", [circle(48) * radius],
                            paint_of(style, layers[-1].paint.mean((0, 1)), 0.08)
                            if style.random() < 0.7 else make(),
                            height=style.uniform(1, 4), shine=style.uniform(-0.5, 0.5)))
    choice = style.random()
    if choice < 0.45:
        layers.append(speckles(style, rng, 0.85))
    elif choice < 0.75:
        layers.append(holes_around(style, radius))
    if style.random() < 0.2:
        layers.append(lettering(style, radius))
    noun = pick(style, ["cookie", "biscuit", "pan", "lid", "coin", "button", "plate", "cap",
                        "cracker", "pizza", "disc", "speaker", "bun", "can lid"])
    return noun, layers, {"dome": style.uniform(0, 0.6)}


def pressing(make, style, rng):
    """Stamped and embossed sheet: nested raised outlines of the same shiny material."""
    paint = polished(style, rng) if style.random() < 0.7 else make()
    width, height = 1.0, style.uniform(0.6, 1.0)
    sheet = box(width, height, style.uniform(0.02, 0.2))
    sheet = sheet * (1 - style.uniform(0, 0.25) * np.abs(np.sin(
        np.arctan2(sheet[:, 1], sheet[:, 0]) * 2))[:, None] ** 4)
    layers = [Layer("sheet", "body", [sheet], paint, height=style.uniform(1, 3), shine=0.5)]
    centre = style.uniform(-0.15, 0.15, 2)
    size = np.array([width, height]) * style.uniform(0.5, 0.8)
    for _ in range(int(style.integers(1, 4))):
        outline = box(*size, style.uniform(0.05, 1) * size.min(), *centre)
        layers.append(Layer("step", "part", [outline], np.clip(
            paint * style.uniform(0.8, 1.25), 0, 1), height=style.uniform(1.5, 5),
            shine=pick(style, [-1, 1]) * style.uniform(0.4, 1.2), inside=True))
        size = size * style.uniform(0.6, 0.93)
    slots = [box(*style.uniform(0.03, 0.15, 2), 0.02, *p)
             for p in style.uniform(-0.85, 0.85, (int(style.integers(0, 5)), 2))
             * [width, height]]
    layers.append(Layer("slots", "items", slots, np.clip(paint * style.uniform(0.2, 1.2), 0, 1),
                        height=1.2, shine=pick(style, [-0.8, 0.8]), inside=True))
    if style.random() < 0.3:
        layers.append(lettering(style, width * 0.8, *centre))
    return pick(style, ["pan", "metal tray", "stamped part", "lid", "metal cover", "can",
                        "tin", "bracket", "housing", "heat sink", "metal part"]), layers, {
        "dome": style.uniform(0, 0.3)}


def baked(make, style, rng):
    """Cookies, bread, stones: a rough outline, crusty skin, chips and fissures."""
    outline = blob(rng, style.uniform(0.03, 0.25), 64, rng.uniform(0.75, 1.3))
    skin = crazed(style, rng)[0] if style.random() < 0.7 else make()
    layers = [Layer("crust", "body", [outline], skin, height=style.uniform(2, 6))]
    base = skin.mean((0, 1))
    cracks = []
    for _ in range(int(rng.integers(0, 8))):
        start = rng.normal(0, 0.45, 2)
        line = walk(rng, start, rng.uniform(0, 7), rng.uniform(0.2, 0.9), 0.5, 0.07)
        width = style.uniform(0.008, 0.03) * np.ones(len(line))
        width[-1] = width[0] = 0.002
        side = np.stack([-np.gradient(line[:, 1]), np.gradient(line[:, 0])], 1)
        side /= np.maximum(np.hypot(*side.T), 1e-6)[:, None]
        cracks.append(np.concatenate([line + side * width[:, None],
                                      (line - side * width[:, None])[::-1]]))
    if style.random() < 0.7:
        layers.append(Layer("fissures", "mark", cracks, paint_of(style, base * 0.45, 0.05),
                            height=0.8, shine=-0.3, inside=True))
    if style.random() < 0.75:
        layers.append(speckles(style, rng, 0.85))
    return pick(style, ["cookie", "biscuit", "bread roll", "scone", "cracker", "muffin",
                        "stone", "pebble", "nut", "potato", "cake"]), layers, {
        "dome": style.uniform(0.1, 0.8)}


def holes_around(style, radius):
    """Bolt holes or studs on a circle, and perhaps one in the middle."""
    count, size = int(style.integers(2, 9)), style.uniform(0.04, 0.12)
    polygons = [circle(20) * size + p for p in ring_of(count, radius * 0.7)]
    if style.random() < 0.5:
        polygons.append(circle(24) * size * style.uniform(1, 2.5))
    return Layer(pick(style, ["holes", "studs", "screws"]), "items", polygons,
                 paint_of(style), height=1.2, shine=pick(style, [-0.4, 0.4]),
                 opening=style.random() < 0.3)


def ring(make, style, rng):
    """Washers, gaskets, bearings, wheels, gears."""
    teeth = int(style.integers(8, 30)) if style.random() < 0.4 else 0
    t = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    edge = 1 + 0.09 * np.clip(3 * np.sin(teeth * t), -1, 1) if teeth else np.ones(240)
    outline = np.stack([np.cos(t), np.sin(t)], 1) * edge[:, None] * 0.92
    inner = style.uniform(0.25, 0.7)
    layers = [Layer("rim", "body", [outline], make(), height=style.uniform(1.5, 4))]
    if style.random() < 0.5:
        count = int(style.integers(4, 14))
        size = min(2.2 / count, (0.9 - inner) * 0.4)
        layers.append(Layer(pick(style, ["balls", "bolts", "spokes"]), "items",
                            [circle(20) * size + p
                             for p in ring_of(count, (inner + 0.9) / 2)],
                            paint_of(style), height=2, shine=0.5))
    layers.append(Layer("centre hole", "mark", [circle(48) * inner], paint_of(style),
                        opening=True))
    noun = pick(style, ["gear", "cog wheel"] if teeth else
                ["washer", "gasket", "bearing", "wheel", "o-ring", "flange", "roll"])
    return noun, layers, {}


def nut(make, style, rng):
    sides = int(pick(style, [4, 6, 6, 8]))
    layers = [Layer("edge", "body", [dense(ring_of(sides, 1.0, 0.3))], make(), height=3)]
    if style.random() < 0.5:
        layers.append(Layer("face", "part", [circle(48) * 0.8], make(), height=2))
    layers.append(Layer("thread hole", "mark", [circle(48) * style.uniform(0.3, 0.6)],
                        paint_of(style), opening=style.random() < 0.6, shine=-0.4))
    return pick(style, ["metal nut", "hex nut", "bolt head", "knob"]), layers, {}


def bottle(make, style, rng):
    neck, shoulder = style.uniform(0.1, 0.25), style.uniform(0.1, 0.5)
    width = style.uniform(0.3, 0.55)
    body = profile([width * 0.9, width, width, neck, neck],
                   [-1, -0.9, shoulder - 0.2, shoulder + 0.1, 0.85])
    layers = [Layer("body", "body", [body], make(), height=style.uniform(4, 10), shine=0.7),
              Layer("cap", "part", [box(0.09, neck * 1.2, 0.03, 0.9)], paint_of(style))]
    if style.random() < 0.6:
        layers.append(Layer("label", "part", [box(0.3, width * 0.98, 0.02, -0.45)], make(),
                            height=0.6, inside=True))
        layers.append(lettering(style, 0.4, -0.45))
    return pick(style, ["bottle", "flask", "jar", "vial", "spray can", "tube"]), layers, {
        "elongated": True}


def capsule(make, style, rng):
    radius, half = style.uniform(0.25, 0.45), 1.0
    body = box(half, radius, radius)
    split = style.uniform(-0.2, 0.2)
    cover = body[body[:, 0] > split]
    layers = [Layer("shell", "body", [body], make(), height=5, shine=0.6),
              Layer("half", "part", [cover], make() if style.random() < 0.7 else
                    paint_of(style), height=3, shine=0.4)]
    if style.random() < 0.6:
        layers.append(lettering(style, 0.7, -0.45 if style.random() < 0.5 else 0.3))
    return pick(style, ["capsule", "lozenge", "fuse", "battery"]), layers, {
        "elongated": True, "dome": style.uniform(0, 0.8)}


def pill(make, style, rng):
    aspect = style.uniform(0.55, 1)
    outline = circle(56) * [1, aspect]
    layers = [Layer("coating", "body", [outline], make(), height=style.uniform(3, 7))]
    if style.random() < 0.5:
        layers.append(Layer("score line", "mark", [box(0.85, 0.025, 0.01)],
                            paint_of(style, layers[0].paint.mean((0, 1)), 0.2), shine=-0.4,
                            inside=True))
    if style.random() < 0.5:
        layers.append(speckles(style, rng, 0.7))
    if style.random() < 0.5:
        layers.append(lettering(style, 0.9, 0, 0.15))
    return pick(style, ["pill", "tablet", "candy", "chewing gum", "button"]), layers, {
        "dome": style.uniform(0.1, 0.8)}


def screw(make, style, rng):
    shaft, head = style.uniform(0.08, 0.2), style.uniform(0.22, 0.42)
    tip = style.uniform(0.0, 1)
    body = profile([shaft, shaft, shaft * tip], [-0.7, 0.7, 1.0])
    paint = make()
    count = int(style.integers(8, 24))
    pitch = 1.4 / count
    thread = [turn(box(0.2 * pitch, shaft * 1.15, 0.02), 0.2)
              + [-0.5 + 0.8 * i * pitch, 0] for i in range(count)]
    layers = [Layer("shaft", "body", [body], paint, height=3),
              Layer("head", "body", [box(0.16, head, 0.05, -0.82)], paint, height=3)]
    if style.random() < 0.75:
        layers.append(Layer("thread", "items", thread, paint_of(
            style, paint.mean((0, 1)), 0.2), height=0.8, shine=0.5))
    return pick(style, ["screw", "bolt", "nail", "pin", "rivet", "drill bit"]), layers, {
        "elongated": True}


def chip(make, style, rng):
    """Packages with legs on two or four sides."""
    width, height = style.uniform(0.45, 0.75), style.uniform(0.3, 0.7)
    count, long = int(style.integers(3, 12)), style.uniform(0.1, 0.3)
    pins = []
    for i in range(count):
        x = -width + (i + 0.5) * 2 * width / count
        pins += [box(0.3 * width / count, long, 0.01, x, s * (height + long * 0.7))
                 for s in (-1, 1)]
    layers = [Layer("pins", "items", pins, paint_of(style), height=1),
              Layer("body", "body", [box(width, height, 0.04)], make(), height=2.5)]
    layers.append(Layer("dot", "part", [circle(20) * 0.06 + [-width + 0.15, -height + 0.13]],
                        paint_of(style), shine=-0.3, height=1))
    if style.random() < 0.7:
        layers.append(lettering(style, width * 1.3))
    return pick(style, ["chip", "integrated circuit", "microcontroller", "relay"]), layers, {}


def transistor(make, style, rng):
    count, long = int(style.integers(2, 5)), style.uniform(0.5, 0.9)
    legs = [box(0.035, long, 0.02, (i - (count - 1) / 2) * style.uniform(0.2, 0.22),
                0.1 + long * 0.8) for i in range(count)]
    body = box(0.45, 0.42, style.uniform(0.03, 0.3), 0, -0.45)
    layers = [Layer("legs", "items", legs, paint_of(style), height=1),
              Layer("case", "body", [body], make(), height=3)]
    if style.random() < 0.5:
        layers.append(Layer("tab hole", "mark", [circle(24) * 0.12 + [0, -0.7]],
                            paint_of(style), opening=True))
    layers.append(lettering(style, 0.6, 0, -0.4))
    return pick(style, ["transistor", "led", "capacitor", "sensor", "voltage regulator"]), \
        layers, {}


def board(make, style, rng):
    """Circuit boards: traces, pads, components."""
    width, height = style.uniform(0.7, 1.05), style.uniform(0.5, 1.0)
    layers = [Layer("board", "body", [box(width, height, 0.03)], make(), height=1.5)]
    traces = [box(style.uniform(0.1, 0.5), 0.012, 0.01, *(style.uniform(-0.6, 0.6, 2)
                                                         * [width, height]))
              for _ in range(int(style.integers(4, 16)))]
    layers.append(Layer("traces", "mark", traces, paint_of(style), height=0.6, inside=True))
    pads = [circle(14) * 0.035 + p for p in
            style.uniform(-0.9, 0.9, (int(style.integers(6, 20)), 2)) * [width, height]]
    layers.append(Layer("solder pads", "items", pads, paint_of(style), height=0.8))
    for _ in range(int(style.integers(2, 5))):
        centre = style.uniform(-0.65, 0.65, 2) * [width, height]
        shape = box(*style.uniform(0.08, 0.25, 2), 0.03, *centre) if style.random() < 0.7 \
            else circle(24) * style.uniform(0.08, 0.2) + centre
        layers.append(Layer("component", "part", [shape], paint_of(style), height=2.5))
    return pick(style, ["pcb", "circuit board", "control panel", "module"]), layers, {}


def cable(make, style, rng):
    """Cross section of a cable: jacket, cores, strands."""
    layers = [Layer("jacket", "body", [circle(64)], make(), height=4)]
    count = int(style.integers(2, 5))
    size = 0.8 * np.sin(np.pi / count) / (1 + np.sin(np.pi / count))
    for p in ring_of(count, 0.85 - size, style.uniform(0, 6)):
        layers.append(Layer("wire", "part", [circle(40) * size * 0.95 + p], make(), height=3))
        strands = [circle(12) * size * 0.13 + p + q
                   for q in scattered_points(rng, 24, size * 0.5)]
        layers.append(Layer("strands", "mark", strands, paint_of(style), height=1))
    return pick(style, ["cable", "wire bundle", "connector"]), layers, {}


def rows(make, style, rng):
    """Toothbrushes, zippers, keyboards, blister packs, connectors: grids of equal items."""
    across, down = int(style.integers(2, 11)), int(style.integers(1, 6))
    width = style.uniform(0.8, 1.05)
    height = min(1.0, width * down / across * style.uniform(0.9, 1.3) + 0.1)
    sx, sy = 2 * width / across, 2 * height / down
    size = np.array([sx, sy]) * style.uniform(0.25, 0.42)
    round_item = style.random() < 0.4
    items = []
    for j in range(down):
        for i in range(across):
            centre = [(i + 0.5) * sx - width, (j + 0.5) * sy - height]
            items.append((circle(20) * size.min() if round_item else
                          box(*size, size.min() * 0.3)) + centre)
    layers = [Layer("frame", "body", [box(width * 1.06, height * 1.1, 0.08)], make(),
                    height=2.5),
              Layer(pick(style, ["cells", "teeth", "keys", "contacts", "bristles"]), "items",
                    items, make() if style.random() < 0.5 else paint_of(style),
                    height=style.uniform(1, 3), shine=pick(style, [-0.4, 0.5]))]
    return pick(style, ["zipper", "toothbrush", "keyboard", "blister pack", "connector",
                        "solar module", "tray", "egg box", "terminal block", "brush"]), \
        layers, {}


def kernel(make, style, rng):
    """Nuts, beans, fruit: a domed blob, a base mark or stem, speckles or streaks."""
    aspect = style.uniform(0.75, 1.2)
    outline = blob(rng, style.uniform(0.02, 0.15), 64, aspect)
    layers = [Layer("shell", "body", [outline], make(), height=4)]
    base = layers[0].paint.mean((0, 1))
    if style.random() < 0.6:
        patch = blob(rng, 0.15, 40) * style.uniform(0.25, 0.6) + rng.normal(0, 0.3, 2)
        layers.append(Layer("base", "mark", [patch], paint_of(style, base, 0.2)
                            + 0.06 * noise(rng, 4)[..., None], height=1.5, inside=True))
    if style.random() < 0.5:
        streaks = [turn(box(style.uniform(0.2, 0.7), 0.012, 0.01), rng.normal(0.5, 0.3)) + p
                   for p in scattered_points(rng, int(style.integers(4, 20)), 0.8)]
        layers.append(Layer("streaks", "mark", streaks, paint_of(style, base, 0.15),
                            height=0.8, inside=True))
    if style.random() < 0.4:
        layers.append(speckles(style, rng, 0.8))
    return pick(style, ["hazelnut", "almond", "cashew", "bean", "potato", "apple", "orange",
                        "egg", "walnut", "tomato", "lemon", "coffee bean", "olive"]), layers, {
        "dome": style.uniform(0.4, 1.2)}


def plate(make, style, rng):
    """Machined plates and brackets with holes and slots."""
    width, height = style.uniform(0.6, 1.0), style.uniform(0.4, 1.0)
    layers = [Layer("plate", "body", [box(width, height, style.uniform(0.02, 0.3))], make(),
                    height=style.uniform(1, 3))]
    size = style.uniform(0.05, 0.13)
    corners = [circle(20) * size + [sx * width * 0.75, sy * height * 0.7]
               for sx in (-1, 1) for sy in (-1, 1)]
    layers.append(Layer(pick(style, ["holes", "screws", "rivets"]), "items", corners,
                        paint_of(style), height=1.2, shine=pick(style, [-0.4, 0.5]),
                        opening=style.random() < 0.4))
    if style.random() < 0.6:
        layers.append(Layer("slot", "mark", [box(width * style.uniform(0.2, 0.5),
                                                 height * style.uniform(0.08, 0.4), 0.06)],
                            paint_of(style), opening=style.random() < 0.5, shine=-0.4))
    if style.random() < 0.4:
        layers.append(lettering(style, width, 0, height * 0.6))
    return pick(style, ["bracket", "metal plate", "cover", "panel", "lock", "hinge",
                        "housing", "phone case", "socket"]), layers, {}


def panel(make, style, rng):
    """A tile or sheet whose borders are in view, with seams or a frame."""
    layers = [Layer("border", "body", [box(1.05, style.uniform(0.7, 1.1), 0.02)], make(),
                    height=style.uniform(1, 3))]
    if style.random() < 0.5:
        layers.append(Layer("face", "part", [box(0.9, 0.62, 0.03)], make(), height=1.5))
    if style.random() < 0.6:
        seams = [box(0.012, 1.2, 0.005, x, 0)
                 for x in np.linspace(-0.8, 0.8, int(style.integers(1, 6)) + 2)[1:-1]]
        layers.append(Layer("seams", "mark", seams, paint_of(style), shine=-0.3, inside=True))
    return pick(style, ["tile", "magnetic tile", "sheet", "glass pane", "screen", "slab",
                        "door", "book cover", "envelope", "board"]), layers, {}


def group(make, style, rng):
    """Several equal things side by side, each with its own small pose."""
    across, down = int(style.integers(2, 5)), int(style.integers(1, 4))
    size = 0.8 / max(across, down)
    outline = pick(style, [circle(40), box(1, 0.5, 0.5), blob(style, 0.3, 40),
                           profile([0.1, 0.4, 0.1], [-1, 0, 1]), dense(ring_of(6, 1.0))])
    spread, items = style.uniform(0, 0.5), []
    for j in range(down):
        for i in range(across):
            centre = (np.array([i - (across - 1) / 2, j - (down - 1) / 2]) * 2.4 * size
                      + rng.normal(0, spread * 0.2 * size, 2))
            items.append(turn(outline, rng.normal(0, spread)) * size + centre)
    layers = [Layer("items", "body", [p for p in items], make(), height=3),
              Layer("tops", "items", [p * 0.45 + p.mean(0) * 0.55 for p in items],
                    paint_of(style), height=2)]
    return pick(style, ["candles", "capsules", "macaroni", "pills", "screws", "snacks",
                        "sweets", "fasteners", "beads"]), layers, {"dome": style.uniform(0, .5)}


def tool(make, style, rng):
    """Long things of varying width: forks, spoons, pens, keys, brushes."""
    n = int(style.integers(4, 9))
    widths = style.uniform(0.06, 0.3, n)
    body = profile(widths, np.linspace(-1, 1, n))
    layers = [Layer("handle", "body", [body], make(), height=3)]
    if style.random() < 0.6:
        x = style.uniform(-0.9, 0.6)
        layers.append(Layer("grip", "part", [box(0.25, widths.max() * 1.1, 0.05, x + 0.2)],
                            paint_of(style), height=2))
    if style.random() < 0.6:
        count = int(style.integers(2, 10))
        layers.append(Layer("grooves", "items",
                            [box(0.012, widths.min(), 0.01, x)
                             for x in np.linspace(-0.5, 0.7, count)], paint_of(style),
                            shine=-0.3, height=0.8))
    return pick(style, ["pen", "spoon", "fork", "key", "knife", "wrench", "syringe", "rod",
                        "pencil", "brush", "handle", "valve"]), layers, {"elongated": True}


RECIPES = [disc, disc, pressing, pressing, baked, baked, ring, nut, bottle, capsule, pill, screw, chip, transistor, board, cable,
           rows, rows, kernel, kernel, plate, panel, panel, group, tool]


def object_scene(photographs, style, rng):
    """A product of the given style in a random pose: Scene."""
    def make():
        return material(photographs, style, rng)
    noun, layers, extra = pick(style, RECIPES)(make, style, rng)
    for layer in layers:
        layer.paint = np.clip(layer.paint, 0, 1).astype(np.float32)
    upright = style.random() < 0.5
    angle = pick(style, [0, np.pi / 2]) if upright else rng.uniform(0, 2 * np.pi)
    size = style.uniform(0.3, 0.52) if style.random() < 0.65 else style.uniform(0.16, 0.32)
    size *= SIZE * rng.uniform(0.95, 1.05)
    loose = style.uniform(0, 0.06)
    pose = np.zeros((2, 3))
    angle += rng.normal(0, 0.03)
    pose[:, :2] = size * np.array([[np.cos(angle), -np.sin(angle)],
                                   [np.sin(angle), np.cos(angle)]])
    pose[:, 2] = SIZE / 2 + rng.normal(0, loose * SIZE, 2)
    return Scene(noun, ground_of(photographs, style, rng), layers, pose,
                 style.uniform(0, 2 * np.pi), style.uniform(0, 0.7), **extra)


def ground_of(photographs, style, rng):
    """Plain, graded, holed or textured background, perhaps with edges, crumbs, neighbours."""
    choice = style.random()
    if choice < 0.55:
        tone = pick(style, [colour(style), np.float32([0.03] * 3), np.float32([0.95] * 3),
                            colour(style, 0.1), colour(style, 0.15, 0.03, 0.25)])
        ground = tone + style.uniform(0.01, 0.05) * fractal(rng, 50)[..., None]
        ground = ground + style.uniform(0, 0.04) * noise(rng, 2)[..., None]
    elif choice < 0.65:
        ground = perforated(style, rng)[0]
    else:
        ground = any_surface(photographs, style, rng)[0]
    if style.random() < 0.25:
        ground = with_edges(ground, style, rng)
    if style.random() < 0.2:
        count = int(rng.integers(1, 7))
        crumbs = [blob(rng, 0.5, 12) * rng.uniform(0.8, 3.5) + rng.uniform(0, SIZE, 2)
                  for _ in range(count)]
        ground = mix(ground, colour(style, 0.8), fill(crumbs))
    if style.random() < 0.12:  # a neighbour looks into the picture
        corner = np.array([pick(rng, [-15, SIZE + 15]), rng.uniform(0, SIZE)])
        shape = blob(rng, 0.1, 48) * style.uniform(25, 60) + (
            corner if rng.random() < 0.5 else corner[::-1])
        ground = mix(ground, material(photographs, style, rng), fill([shape]))
    return np.clip(ground, 0, 1).astype(np.float32)


def with_edges(ground, style, rng):
    """Rails, table edges, conveyor borders: straight bands beside the product."""
    for _ in range(int(style.integers(1, 4))):
        angle = pick(style, [0, np.pi / 2]) + style.normal(0, 0.15)
        across = np.array([np.cos(angle), np.sin(angle)])
        along = np.array([-across[1], across[0]])
        centre = SIZE / 2 + across * pick(style, [-1, 1]) * style.uniform(0.36, 0.52) * SIZE
        width = style.uniform(0.5, 14) if style.random() < 0.6 else style.uniform(14, 60)
        band = [centre - along * 400 - across * width, centre - along * 400 + across * width,
                centre + along * 400 + across * width, centre + along * 400 - across * width]
        tone = colour(style, 0.3, 0.0, 1.0) + 0.03 * fractal(rng, 40)[..., None]
        ground = mix(ground, tone, fill([np.array(band)]))
    return ground


def place_polygons(scene, polygons):
    """Unit coordinates -> pixels, with the scene's bend and notch applied."""
    out = []
    for p in polygons:
        if scene.bend:
            p = np.stack([p[:, 0], p[:, 1] + scene.bend * np.maximum(p[:, 0], -0.2) ** 2], 1)
        if scene.notch is not None:
            centre, radius, depth = scene.notch
            away = p - centre
            fall = np.exp(-(away ** 2).sum(1) / radius ** 2)[:, None]
            p = p * (1 - depth * fall)
        out.append(p @ scene.pose[:, :2].T + scene.pose[:, 2])
    return out


def render(scene):
    """Draw the scene: (image, silhouette)."""
    bodies = [p for layer in scene.layers if layer.role == "body" for p in layer.polygons]
    silhouette = fill(place_polygons(scene, bodies))
    kept = 1.0 if scene.gone is None else 1 - scene.gone
    silhouette = silhouette * kept
    shift = np.float32([[1, 0, -6 * np.cos(scene.light)], [0, 1, -6 * np.sin(scene.light)]])
    shadow = blur(cv2.warpAffine(silhouette, shift, (SIZE, SIZE)), 5)
    ground = scene.ground * (1 - scene.shadow * shadow[..., None])
    image = ground
    for layer in scene.layers:
        if not layer.polygons:
            continue
        mask = fill(place_polygons(scene, layer.polygons)) * kept
        if layer.inside:
            mask = mask * silhouette
        paint = ground if layer.opening else layer.paint
        image = mix(image, paint, mask)
        shade = relief(mask, layer.height, scene.light) * layer.shine
        image = image + (shade * mask)[..., None]
    if scene.dome:
        image = image * dome_shade(scene, silhouette)[..., None]
    if scene.split is not None:
        image, silhouette = torn_apart(scene, ground, image, silhouette)
    return np.clip(image, 0, 1).astype(np.float32), silhouette


def dome_shade(scene, silhouette):
    """Roundness of the whole product: brighter towards the light, darker at the rim."""
    soft = blur(silhouette, 18)
    shade = relief(silhouette, 18, scene.light)
    rim = smoothstep(soft, 0.4, 1.0)
    return 1 + silhouette * (scene.dome * (0.35 * (rim - 0.7) + 0.6 * shade))


def torn_apart(scene, ground, image, silhouette):
    """One side of the product moved away along the tear: (image, silhouette)."""
    side, shift = scene.split
    moved = [cv2.warpAffine(x, shift, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT)
             for x in (image, silhouette * side)]
    image = mix(ground, image, silhouette * (1 - side))
    return mix(image, moved[0], moved[1]), np.maximum(silhouette * (1 - side), moved[1])


def touched(layers, index, **changes):
    """Copy of the layer list with one layer changed."""
    layers = list(layers)
    layers[index] = replace(layers[index], **changes)
    return layers


def choose(rng, scene, roles):
    """Index of a random layer with one of the roles, or None."""
    found = [i for i, layer in enumerate(scene.layers)
             if layer.role in roles and layer.polygons]
    return pick(rng, found) if found else None


def missing(rng, scene):
    """One or a few of the equal items, or a whole part, are not there."""
    i = choose(rng, scene, ("items", "part"))
    if i is None:
        return None
    polygons = list(scene.layers[i].polygons)
    for _ in range(1 if rng.random() < 0.7 else 2):
        if polygons:
            polygons.pop(int(rng.integers(len(polygons))))
    return replace(scene, layers=touched(scene.layers, i, polygons=polygons))


def misplaced(rng, scene):
    """One part sits in the wrong place or is turned."""
    i = choose(rng, scene, ("items", "part"))
    if i is None:
        return None
    polygons = list(scene.layers[i].polygons)
    j = int(rng.integers(len(polygons)))
    centre = polygons[j].mean(0)
    moved = turn(polygons[j] - centre, rng.normal(0, 0.8)) + centre
    polygons[j] = moved + rng.normal(0, 0.16, 2)
    return replace(scene, layers=touched(scene.layers, i, polygons=polygons))


def bent(rng, scene):
    """A long product is crooked, or one of its legs is."""
    if scene.elongated:
        return replace(scene, bend=float(rng.choice([-1, 1]) * rng.uniform(0.15, 0.5)))
    i = choose(rng, scene, ("items",))
    if i is None:
        return None
    polygons = list(scene.layers[i].polygons)
    j = int(rng.integers(len(polygons)))
    p = polygons[j]
    axis = int(np.ptp(p, 0).argmax())
    t = (p[:, axis] - p[:, axis].min()) / max(np.ptp(p[:, axis]), 1e-6)
    p = p.copy()
    p[:, 1 - axis] += rng.choice([-1, 1]) * rng.uniform(0.15, 0.4) * t ** 2
    polygons[j] = p
    return replace(scene, layers=touched(scene.layers, i, polygons=polygons))


def broken(rng, scene):
    """A piece of the border has broken off; the ground shows."""
    bodies = [layer for layer in scene.layers if layer.role == "body"]
    outline = place_polygons(scene, [pick(rng, pick(rng, bodies).polygons)])[0]
    point = outline[int(rng.integers(len(outline)))]
    radius = float(np.exp(rng.uniform(np.log(8), np.log(45))))
    return replace(scene, gone=fill([jagged(rng, 12) * radius + point]))


def swapped(rng, scene):
    """One of the equal items, or a part, has the wrong colour."""
    i = choose(rng, scene, ("items", "part"))
    if i is None:
        return None
    layer = scene.layers[i]
    j = int(rng.integers(len(layer.polygons)))
    wrong = replace(layer, polygons=[layer.polygons[j]],
                    paint=np.zeros_like(layer.paint) + colour(rng, 0.9), opening=False)
    return replace(scene, layers=scene.layers[:i + 1] + [wrong] + scene.layers[i + 1:])


def extra(rng, scene):
    """A part too many, in an odd place."""
    i = choose(rng, scene, ("items", "part"))
    if i is None:
        return None
    shape = pick(rng, scene.layers[i].polygons)
    moved = turn(shape - shape.mean(0), rng.uniform(0, 7)) + rng.uniform(-0.7, 0.7, 2)
    polygons = list(scene.layers[i].polygons) + [moved]
    return replace(scene, layers=touched(scene.layers, i, polygons=polygons))


def squashed(rng, scene):
    """The outline is pressed in or bulges."""
    body = pick(rng, [layer for layer in scene.layers if layer.role == "body"])
    outline = pick(rng, body.polygons)
    centre = outline[int(rng.integers(len(outline)))]
    depth = rng.uniform(0.15, 0.4) * (1 if rng.random() < 0.7 else -1)
    return replace(scene, notch=(centre, rng.uniform(0.15, 0.45), depth))


def torn(rng, scene):
    """Broken in two along a jagged line; the ground shows in the gap."""
    centre = scene.pose[:, 2] + rng.normal(0, 12, 2)
    angle = rng.uniform(0, 2 * np.pi)
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    t = np.linspace(-300, 300, 61)
    wander = np.cumsum(rng.normal(0, rng.uniform(0.5, 3.5), 61))
    edge = centre + t[:, None] * along + (wander - wander[30])[:, None] * across
    half = np.concatenate([edge, [edge[-1] + 400 * across, edge[0] + 400 * across]])
    turned = rng.normal(0, 6)
    shift = cv2.getRotationMatrix2D(tuple(map(float, centre)), turned, 1.0)
    shift[:, 2] += across * np.exp(rng.uniform(np.log(2), np.log(18)))
    return replace(scene, split=(fill([half]), shift))


STRUCTURAL = {
    "torn": torn,
    "missing": missing,
    "misplaced": misplaced,
    "bent": bent,
    "broken": broken,
    "swapped": swapped,
    "extra": extra,
    "squashed": squashed,
}
