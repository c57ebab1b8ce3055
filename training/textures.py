"""Surfaces: free photographs (CC0) and procedural patterns.

A surface is made from two generators of random numbers: `style` fixes what it is (the
product), `rng` fixes this one photograph of it (crop, phase, small variations).
"""

from pathlib import Path

import cv2
import numpy as np

from raster import (SIZE, blob, blur, colour, fill, fractal, grey_of, mix, near, noise, pick,
                    relief, smoothstep, strokes, walk)

HELD_OUT = 10  # every tenth photograph is kept for validation


class Photographs:
    """The CC0 texture photographs below a data folder, split by index."""

    def __init__(self, folder, validation=False):
        folder = Path(folder)
        paths = sorted(folder.glob("ambientcg_128/*.jpg"))
        paths += [folder / "skimage" / f"{name}.png" for name in ("brick", "grass", "gravel")]
        paths = [p for p in paths if p.exists()]
        if not paths:
            raise FileNotFoundError(f"no textures below {folder}")
        chosen = [p for i, p in enumerate(paths) if (i % HELD_OUT == 0) == validation]
        self.images = [cv2.imread(str(p), cv2.IMREAD_COLOR)[..., ::-1] for p in chosen]
        self.nouns = [noun_of(p) for p in chosen]

    def surface(self, style, rng):
        """One photograph: (image, noun)."""
        index = int(style.integers(len(self.images)))
        image = self.images[index].astype(np.float32) / 255
        zoom = np.exp(style.uniform(np.log(0.8), np.log(2.4)))
        zoom = max(zoom, 1.05 * SIZE / 2 / min(image.shape[:2]) / 2)
        image = recolour(style, mirrored(image))
        return crop(rng, image, zoom, style.random() < 0.3), self.nouns[index]


def noun_of(path):
    """'Asphalt_003.jpg' -> 'asphalt', 'DiamondPlate_000.jpg' -> 'diamond plate'."""
    stem = path.stem.split("_")[0]
    words = "".join(" " + c.lower() if c.isupper() else c for c in stem)
    return words.strip()


def mirrored(image):
    """Tile without visible borders."""
    row = np.concatenate([image, image[:, ::-1]], 1)
    return np.concatenate([row, row[::-1]], 0)


def crop(rng, image, zoom, free_angle):
    """Random crop at a scale, by quarter turns or at any angle."""
    angle = rng.uniform(0, 2 * np.pi) if free_angle else np.pi / 2 * rng.integers(4)
    c, s = np.cos(angle) / zoom, np.sin(angle) / zoom
    x, y = rng.uniform(0, image.shape[1]), rng.uniform(0, image.shape[0])
    matrix = np.array([[c, -s, x], [s, c, y]], np.float32)
    return cv2.warpAffine(image, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT,
                          flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def recolour(rng, image):
    """Leave, tint, re-expose or invert the tones of a photograph."""
    choice = rng.random()
    if choice < 0.4:
        return image
    if choice < 0.6:
        return np.clip(image * colour(rng, 0.5, 0.6, 1.2), 0, 1)
    grey = grey_of(image)
    low, high = colour(rng, 0.6, 0.0, 0.5), colour(rng, 0.6, 0.4, 1.0)
    if choice < 0.7:
        low, high = high, low
    return low + (high - low) * smoothstep(grey, 0.05, 0.95)


def two_tones(rng, field, contrast=1.0):
    """Colour a 0..1 field with two related tones."""
    base = colour(rng)
    other = near(rng, base, 0.15 * contrast)
    return base + (other - base) * field[..., None]


def axes(angle=0.0, x0=0.0, y0=0.0):
    """Rotated pixel coordinates."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return c * x + s * y + np.float32(x0), -s * x + c * y + np.float32(y0)


def grid_angle(style, rng):
    """Most patterns stand straight; some are turned as a whole."""
    return (np.pi / 4 if style.random() < 0.2 else 0.0) + rng.normal(0, 0.03)


def weave(style, rng):
    period = style.uniform(5, 22)
    x, y = axes(grid_angle(style, rng), *rng.uniform(0, 99, 2))
    u, v = x / period * np.pi, y / period * np.pi
    over = (np.sin(u) * np.sin(v)) > 0
    thread = np.where(over, np.abs(np.cos(v * 2)), np.abs(np.cos(u * 2)))
    return two_tones(style, thread + 0.2 * fractal(rng, 6)), pick(
        style, ["woven fabric", "canvas", "carpet", "basket weave", "linen", "textile"])


def brushed(style, rng):
    lines = rng.standard_normal((SIZE, SIZE)).astype(np.float32)
    lines = cv2.GaussianBlur(lines, (0, 0), sigmaX=style.uniform(12, 50), sigmaY=0.6)
    image = two_tones(style, 0.5 + 0.3 * lines / lines.std(), 0.6)
    if style.random() < 0.5:
        image = np.ascontiguousarray(image.transpose(1, 0, 2))
    return image, pick(style, ["brushed metal", "steel sheet", "aluminium plate", "metal"])


def board(style, rng):
    x, y = axes(grid_angle(style, rng), 0, rng.uniform(0, 200))
    bend = noise(rng, 80) * style.uniform(2, 14) + noise(rng, 25)
    rings = np.sin((y + bend + 0.03 * x) / style.uniform(2, 9))
    image = two_tones(style, 0.5 + 0.35 * rings + 0.1 * fractal(rng, 5))
    if style.random() < 0.4:
        image = planks(image, x, style.uniform(40, 110))
    return image, pick(style, ["wood", "wooden board", "plank", "veneer", "plywood"])


def planks(image, x, width):
    """Dark joints between boards: a seam is not a crack."""
    joint = smoothstep(np.abs((x % width) - width / 2), width / 2 - 1.6, width / 2)
    return image * (1 - 0.6 * joint[..., None])


def mesh(style, rng):
    period, wire = style.uniform(9, 34), style.uniform(1.2, 3.5)
    x, y = axes(grid_angle(style, rng), *rng.uniform(0, 99, 2))
    line = np.minimum(np.abs(x % period - period / 2), np.abs(y % period - period / 2))
    field = 1 - smoothstep(line, wire - 0.8, wire + 0.8)
    back, front = colour(style), colour(style)
    image = mix(back + 0.03 * fractal(rng, 12)[..., None], front, field)
    return image + 0.15 * relief(field, 1.2, 0.8)[..., None], pick(
        style, ["grid", "wire mesh", "net", "screen", "filter", "grille"])


def cells(style, rng):
    """Voronoi cells: leather grain, scales, cobbles, crackle."""
    distance, labels = voronoi(rng, int(style.integers(30, 500)))
    height = smoothstep(distance, 0, style.uniform(2, 8))
    tone = rng.uniform(-1, 1, labels.max() + 1).astype(np.float32)[labels]
    field = 0.3 + 0.5 * height + style.uniform(0, 0.3) * tone
    image = two_tones(style, field) + 0.1 * fractal(rng, 4)[..., None] * style.uniform(0, 0.6)
    return image, pick(style, ["leather", "pebbles", "crackle glaze", "mosaic", "cobbles"])


def voronoi(rng, count):
    """Distance to the nearest cell border and the cell index of every pixel."""
    half = SIZE // 2
    seeds = np.full((half, half), 255, np.uint8)
    seeds[rng.integers(0, half, count), rng.integers(0, half, count)] = 0
    _, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5,
                                                labelType=cv2.DIST_LABEL_PIXEL)
    border = (cv2.morphologyEx(labels.astype(np.float32), cv2.MORPH_GRADIENT,
                               np.ones((3, 3))) > 0)
    distance = cv2.distanceTransform((~border).astype(np.uint8), cv2.DIST_L2, 5)
    distance = cv2.resize(distance, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC) * 2
    labels = cv2.resize(labels.astype(np.float32), (SIZE, SIZE),
                        interpolation=cv2.INTER_NEAREST)
    return distance, labels.astype(np.int32)


def grains(style, rng):
    """Granite, terrazzo, chipboard: many specks of a few tones."""
    image = np.empty((SIZE, SIZE, 3), np.float32)
    image[:] = colour(style)
    for _ in range(int(style.integers(2, 5))):
        tone, cell = colour(style), style.uniform(2, 12)
        image = mix(image, tone, smoothstep(noise(rng, cell), 0.6, 1.0)
                    * np.float32(style.uniform(0.4, 1)))
    return image, pick(style, ["granite", "terrazzo", "chipboard", "stone", "cork"])


def clouds(style, rng):
    """Concrete, plaster, cast metal, paper: soft unevenness."""
    field = 0.5 + style.uniform(0.05, 0.4) * fractal(rng, style.uniform(8, 120), 5, 0.7)
    return two_tones(style, field, 0.7), pick(
        style, ["concrete", "plaster", "cast metal", "paper", "rubber", "ceramic", "plastic"])


def stripes(style, rng):
    period = style.uniform(8, 60)
    x, _ = axes(grid_angle(style, rng) + pick(style, [0, np.pi / 2]), rng.uniform(0, 99))
    wave = np.sin(x / period * 2 * np.pi)
    wave = np.sign(wave) * np.abs(wave) ** style.uniform(0.1, 1.5)
    return two_tones(style, 0.5 + 0.5 * wave + 0.08 * fractal(rng, 6), 2), pick(
        style, ["corrugated sheet", "striped fabric", "ribbed panel", "corduroy", "roller"])


def masonry(style, rng):
    """Tiles and bricks with joints."""
    width, height = style.uniform(20, 90), style.uniform(16, 80)
    joint, offset = style.uniform(1, 4), pick(style, [0, 0.5])
    x, y = axes(rng.normal(0, 0.02), *rng.uniform(0, 99, 2))
    row = np.floor(y / height)
    x = x + row * offset * width
    tone = noise_table(rng, np.floor(x / width), row) * style.uniform(0, 0.1)
    edge = np.minimum(width / 2 - np.abs(x % width - width / 2),
                      height / 2 - np.abs(y % height - height / 2))
    face = smoothstep(edge, joint - 0.8, joint + 0.8)
    body = colour(style) + tone[..., None] + 0.04 * fractal(rng, 10)[..., None]
    image = mix(colour(style) + np.zeros_like(body), body, face)
    return image + 0.1 * relief(face, 1.5, 0.9)[..., None], pick(
        style, ["tile wall", "brick wall", "paving", "keyboard", "solar panel"])


def noise_table(rng, i, j):
    """One random number per integer cell."""
    table = rng.standard_normal((64, 64)).astype(np.float32)
    return table[i.astype(np.int32) % 64, j.astype(np.int32) % 64]


def perforated(style, rng):
    """Regular holes, dots or studs: a hole among many is normal."""
    period, radius = style.uniform(14, 44), style.uniform(0.12, 0.4)
    x, y = axes(grid_angle(style, rng), *rng.uniform(0, 99, 2))
    row = np.floor(y / period)
    x = x + (row % 2) * period / 2 * pick(style, [0, 1])
    distance = np.hypot(x % period - period / 2, y % period - period / 2)
    field = 1 - smoothstep(distance, radius * period - 1, radius * period + 1)
    base = two_tones(style, 0.5 + 0.2 * fractal(rng, 8), 0.5)
    image = mix(base, near(style, colour(style, low=0.0, high=0.9), 0.1), field)
    sign = pick(style, [-1, 1])
    return image + 0.2 * sign * relief(field, 1.5, 0.8)[..., None], pick(
        style, ["perforated sheet", "dotted fabric", "studded rubber", "breadboard", "sieve"])


def fibres(style, rng):
    """Felt, paper, fur: many short strokes."""
    count = int(style.integers(150, 500))
    main, spread = style.uniform(0, np.pi), pick(style, [0.2, 3.0])
    lines = [walk(rng, rng.uniform(-10, SIZE + 10, 2), main + rng.normal(0, spread),
                  rng.uniform(15, 60), 0.12, 8) for _ in range(count)]
    field = strokes(lines, np.full(count, style.uniform(0.5, 1.6)))
    return two_tones(style, blur(field, 0.6) + 0.1 * noise(rng, 3), 1.2), pick(
        style, ["felt", "paper", "fleece", "fibre board", "hay", "wool"])


def scattered(style, rng):
    """Many similar blobs on a ground: chips in dough, seeds in bread, gravel."""
    count, radius = int(style.integers(12, 70)), style.uniform(3, 12)
    base = two_tones(style, 0.5 + 0.25 * fractal(rng, 14), 0.6)
    outlines = [blob(rng, 0.4) * radius * rng.uniform(0.6, 1.3) + rng.uniform(0, SIZE, 2)
                for _ in range(count)]
    mask = fill(outlines)
    image = mix(base, near(style, colour(style, low=0.05, high=0.7), 0.05), mask)
    return image + 0.25 * relief(mask, 1.6, 0.9)[..., None], pick(
        style, ["chocolate chip dough", "bread", "gravel", "seeded crust", "salami", "rice"])


def worn(style, rng):
    """Evenly scratched or crazed ground: marks everywhere are not a defect."""
    image, noun = pick(style, [clouds, brushed])(style, rng)
    count = int(style.integers(25, 90))
    lines = [walk(rng, rng.uniform(0, SIZE, 2), rng.uniform(0, 7), rng.uniform(15, 90),
                  style.uniform(0.0, 0.2)) for _ in range(count)]
    mask = strokes(lines, rng.uniform(0.4, 1.1, count)) * np.float32(style.uniform(0.2, 0.8))
    return mix(image, near(style, image.mean((0, 1)), 0.25), mask), noun


def knit(style, rng):
    width, height = style.uniform(7, 20), style.uniform(6, 16)
    x, y = axes(rng.normal(0, 0.02), *rng.uniform(0, 99, 2))
    slant = np.abs(x % width - width / 2) / width * height * 1.2
    field = 0.5 + 0.5 * np.sin((y + slant) / height * 2 * np.pi)
    side = smoothstep(np.abs(x % width - width / 2), width / 2 - 1.5, width / 2)
    return two_tones(style, field * (1 - 0.7 * side) + 0.1 * noise(rng, 3), 1.2), pick(
        style, ["knitted fabric", "jersey", "sweater", "braid", "rope mat"])


def lettering(style, rng):
    """Printed signs on a plain ground."""
    image, _ = clouds(style, rng)
    ink, size = near(style, colour(style), 0.1), style.uniform(0.5, 1.6)
    letters = "ABCDEFGHKLMNPRSTUVXZ0123456789"
    mask = np.zeros((SIZE, SIZE), np.uint8)
    step = int(size * 34)
    start = int(rng.integers(0, step))
    for y in range(start, SIZE + step, step):
        word = "".join(pick(style, letters) for _ in range(int(style.integers(4, 12))))
        cv2.putText(mask, word, (int(style.integers(-5, 30)), y),
                    int(style.integers(0, 4)), size, 255, int(style.integers(1, 3)),
                    cv2.LINE_AA)
    return mix(image, ink, mask.astype(np.float32) / 255), pick(
        style, ["printed label", "package", "book page", "display", "name plate"])


def streaked(style, rng):
    """Ground metal with streaks of uneven strength, smudges and spots of wear all over."""
    sigma, strength = style.uniform(15, 80), style.uniform(0.03, 0.14)
    lines = rng.standard_normal((SIZE, SIZE)).astype(np.float32)
    lines = cv2.GaussianBlur(lines, (0, 0), sigmaX=sigma, sigmaY=style.uniform(0.5, 1.4))
    lines = lines / lines.std() * (0.6 + 0.5 * np.abs(noise(rng, 50)))
    bands = cv2.GaussianBlur(rng.standard_normal((SIZE, SIZE)).astype(np.float32), (0, 0),
                             sigmaX=90, sigmaY=style.uniform(6, 30))
    field = strength * lines + style.uniform(0.02, 0.1) * bands / bands.std()
    smudges = smoothstep(fractal(rng, style.uniform(20, 70), 4), 0.4, 2.0)
    field = field - style.uniform(0, 0.25) * smudges
    if style.random() < 0.4:
        specks = smoothstep(noise(rng, style.uniform(2, 4)), 1.6, 2.4) * smoothstep(
            noise(rng, 40), 0, 1)
        field = field - style.uniform(0.1, 0.3) * specks
    base = style.uniform(0.2, 0.7) + style.uniform(0, 0.12) * noise(rng, 120)
    image = np.repeat((base + field)[..., None], 3, 2) * colour(style, 0.15, 0.85, 1.1)
    if style.random() < 0.6:
        image = np.ascontiguousarray(image.transpose(1, 0, 2))
    return image.astype(np.float32), pick(
        style, ["ground metal", "magnetic tile", "steel strip", "machined surface", "casting"])


def crazed(style, rng):
    """Crusts: irregular dark fissures and crumbs are all over and belong there."""
    field = fractal(rng, style.uniform(10, 30), 5, 0.7)
    fissure = 1 - smoothstep(np.abs(noise(rng, style.uniform(18, 50))
                                    + 0.25 * fractal(rng, 8)), 0.0, style.uniform(0.05, 0.2))
    fissure = fissure * smoothstep(noise(rng, 40), -0.3, 0.8)
    image = two_tones(style, 0.5 + style.uniform(0.1, 0.3) * field, 0.8)
    image = image * (1 - style.uniform(0.2, 0.7) * fissure[..., None])
    return image + 0.1 * relief(field, 1.2, 0.8)[..., None] * style.uniform(0, 1), pick(
        style, ["crust", "cookie dough", "bark", "dry soil", "cast stone", "old leather"])


def plain(style, rng):
    image = np.empty((SIZE, SIZE, 3), np.float32)
    image[:] = colour(style)
    return image + 0.02 * fractal(rng, 60)[..., None] * style.uniform(0, 1.5), pick(
        style, ["plastic sheet", "painted panel", "glass", "acrylic", "foil", "enamel"])


PROCEDURAL = [weave, brushed, board, mesh, cells, grains, clouds, stripes, masonry, perforated,
              fibres, scattered, worn, knit, lettering, plain, streaked, streaked, crazed]


def procedural(style, rng):
    """A random procedural surface: (image, noun)."""
    image, noun = pick(style, PROCEDURAL)(style, rng)
    return np.clip(image, 0, 1).astype(np.float32), noun


def any_surface(photographs, style, rng, photo_share=0.65):
    """A photograph or a procedural pattern."""
    if style.random() < photo_share:
        return photographs.surface(style, rng)
    return procedural(style, rng)
