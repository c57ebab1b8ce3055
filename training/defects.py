"""Painted damage. Every function takes (rng, image, place) and returns the damaged image.

`place` says where: a centre inside the allowed region, a radius, the region's mask, the
direction of the light and a foreign surface for what does not belong there.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from raster import (SIZE, blob, blur, circle, colour, fill, fractal, grey_of, jagged, mix, near,
                    pick, relief, smoothstep, strokes, turn, walk)


@dataclass
class Place:
    centre: np.ndarray
    radius: float
    region: np.ndarray
    light: float
    foreign: np.ndarray


def place_in(rng, region, light, foreign, smallest=5.0, largest=38.0):
    """Choose a random place inside `region`; sizes are log-uniform."""
    ys, xs = np.nonzero(region > 0.6)
    if len(xs) == 0:
        centre = np.array([SIZE / 2, SIZE / 2])
    else:
        i = int(rng.integers(len(xs)))
        centre = np.array([xs[i], ys[i]], float)
    radius = float(np.exp(rng.uniform(np.log(smallest), np.log(largest))))
    return Place(centre, radius, region, light, foreign)


def patch(rng, place, roughness=0.35, softness=0.5, aspect=None):
    """Soft blob mask at the place, kept inside the region."""
    aspect = aspect or float(np.exp(rng.normal(0, 0.35)))
    mask = fill([blob(rng, roughness, aspect=aspect) * place.radius + place.centre])
    return blur(mask, softness) * place.region


def around(image, place):
    """Mean colour near the place."""
    x, y = np.round(place.centre).astype(int)
    r = int(place.radius) + 4
    return image[max(0, y - r):y + r + 1, max(0, x - r):x + r + 1].mean((0, 1))


def contrast_colour(rng, image, place):
    """A colour that differs from the surroundings, darker or lighter."""
    base = around(image, place)
    step = rng.uniform(0.18, 0.6) * (-1 if rng.random() < 0.4 + 0.4 * base.mean() else 1)
    return np.clip(near(rng, base, 0.08) + step, 0, 1).astype(np.float32)


def line_mask(rng, place, wobble, width, count=1, length=None):
    """A bundle of roughly parallel wandering lines through the place."""
    angle = rng.uniform(0, 2 * np.pi)
    lines = []
    for _ in range(count):
        extent = (length or place.radius * rng.uniform(1.5, 4.0)) * rng.uniform(0.6, 1.2)
        offset = rng.normal(0, place.radius * 0.3, 2) if count > 1 else 0
        start = place.centre + offset - extent / 2 * np.array([np.cos(angle), np.sin(angle)])
        lines.append(walk(rng, start, angle + rng.normal(0, 0.08), extent, wobble))
    return strokes(lines, width * rng.uniform(0.7, 1.3, count)) * place.region


def scratch(rng, image, place):
    count = 1 if rng.random() < 0.6 else int(rng.integers(2, 6))
    mask = line_mask(rng, place, rng.uniform(0, 0.06), rng.uniform(0.6, 2.4), count)
    groove = relief(mask, 0.9, place.light) * rng.uniform(0.2, 0.6)
    image = image + groove[..., None]
    return mix(image, contrast_colour(rng, image, place), mask * rng.uniform(0.4, 1))


def crack(rng, image, place):
    """A dark branching line of varying width."""
    angle = rng.uniform(0, 2 * np.pi)
    trunk = walk(rng, place.centre, angle, place.radius * rng.uniform(1.5, 3.5), 0.45, 3)
    lines, widths = [trunk], [rng.uniform(0.8, 2.6)]
    for _ in range(int(rng.integers(0, 4))):
        start = trunk[int(rng.integers(len(trunk)))]
        turned = angle + rng.choice([-1, 1]) * rng.uniform(0.4, 1.2)
        lines.append(walk(rng, start, turned, place.radius * rng.uniform(0.4, 1.4), 0.5, 3))
        widths.append(widths[0] * rng.uniform(0.4, 0.8))
    mask = strokes(lines, widths) * place.region
    image = image + (relief(mask, 1.0, place.light) * rng.uniform(0.1, 0.4))[..., None]
    return mix(image, around(image, place) * rng.uniform(0.05, 0.5), mask)


def hole(rng, image, place):
    place.radius *= 0.7
    mask = patch(rng, place, rng.uniform(0, 0.4), 0.6)
    inside = pick(rng, [np.full(3, rng.uniform(0, 0.12), np.float32), place.foreign,
                        around(image, place) * 0.25])
    rim = blur(mask, 2.5) * (1 - mask)
    image = image * (1 + rng.uniform(-0.5, 0.5) * rim[..., None])
    image = mix(image, inside, mask)
    return image - (relief(mask, 1.8, place.light) * rng.uniform(0, 0.35))[..., None]


def dent(rng, image, place):
    """Only the shading changes: pressed in or bulging out."""
    mask = patch(rng, place, 0.2, place.radius * rng.uniform(0.15, 0.5))
    shade = relief(mask, max(2.0, place.radius * 0.25), place.light)
    shade = shade / max(np.abs(shade).max(), 1e-3)
    return image + (shade * rng.choice([-1, 1]) * rng.uniform(0.12, 0.45))[..., None]


def stain(rng, image, place):
    mask = patch(rng, place, 0.5, rng.uniform(1, 5)) * np.clip(
        0.75 + 0.35 * fractal(rng, place.radius), 0, 1)
    if rng.random() < 0.3:  # a dried rim
        mask = np.clip(mask * 0.5 + 1.2 * mask * (1 - blur(mask, 3)), 0, 1)
    tint = colour(rng, 0.8, 0.0, 0.7)
    if rng.random() < 0.6:
        return image * (1 - mask[..., None] * rng.uniform(0.5, 1) * (1 - tint))
    return mix(image, tint, mask * rng.uniform(0.3, 0.9))


def contamination(rng, image, place):
    """Foreign bodies lying on the surface, with a shadow."""
    count = 1 if rng.random() < 0.6 else int(rng.integers(2, 7))
    outlines = []
    for _ in range(count):
        outline = jagged(rng) if rng.random() < 0.4 else blob(rng, 0.5)
        offset = rng.normal(0, place.radius, 2) if count > 1 else 0
        outlines.append(outline * place.radius * (0.6 if count == 1 else 0.25)
                        + place.centre + offset)
    mask = fill(outlines) * place.region
    shift = np.float32([[1, 0, -3 * np.cos(place.light)], [0, 1, -3 * np.sin(place.light)]])
    shadow = blur(cv2.warpAffine(mask, shift, (SIZE, SIZE)), 2)
    image = image * (1 - 0.5 * shadow[..., None] * (1 - mask[..., None]))
    body = place.foreign if rng.random() < 0.5 else contrast_colour(rng, image, place)
    image = mix(image, body, mask)
    return image + (relief(mask, 1.6, place.light) * rng.uniform(0, 0.5))[..., None]


def cut(rng, image, place):
    """A straight slit that gapes, with lighter lips."""
    angle = rng.uniform(0, 2 * np.pi)
    half = place.radius * rng.uniform(0.8, 1.8)
    gap = rng.uniform(0.6, 4)
    t = np.linspace(-1, 1, 15)
    lens = np.concatenate([np.stack([t * half, gap * (1 - t ** 2)], 1),
                           np.stack([-t * half, -gap * (1 - t ** 2)], 1)])
    mask = fill([turn(lens, angle) + place.centre]) * place.region
    lips = np.clip(blur(mask, 1.8) * 1.8, 0, 1) * (1 - mask)
    image = image + (lips * rng.uniform(-0.1, 0.3))[..., None]
    return mix(image, around(image, place) * rng.uniform(0.05, 0.4), mask)


def chip(rng, image, place):
    """A flake has come off: an angular facet of another tone."""
    place.radius *= 0.7
    mask = fill([turn(jagged(rng), rng.uniform(0, 7)) * place.radius + place.centre])
    mask = mask * place.region
    tone = near(rng, around(image, place), 0.1) + rng.choice([-1, 1]) * rng.uniform(0.1, 0.4)
    facet = np.clip(tone + 0.08 * fractal(rng, 5)[..., None], 0, 1).astype(np.float32)
    image = mix(image, facet, mask)
    return image - (relief(mask, 1.4, place.light) * rng.uniform(0.2, 0.7))[..., None]


def discolouration(rng, image, place):
    mask = patch(rng, place, 0.4, rng.uniform(1, 8))
    gain = 1 + rng.choice([-1, 1]) * rng.uniform(0.12, 0.4) + rng.normal(0, 0.12, 3)
    grey = grey_of(image)
    changed = grey + (image - grey) * rng.uniform(0, 1.8)
    return mix(image, np.clip(changed * gain, 0, 1).astype(np.float32), mask)


def warp(rng, image, place):
    """The pattern itself is displaced: swirl, bulge or shift."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    dx, dy = x - np.float32(place.centre[0]), y - np.float32(place.centre[1])
    radius = place.radius * 1.4
    fall = np.exp(-(dx * dx + dy * dy) / np.float32(radius * radius))
    fall = (fall * place.region).astype(np.float32)
    kind = int(rng.integers(3))
    if kind == 0:
        angle = fall * np.float32(rng.choice([-1, 1]) * rng.uniform(0.7, 2.2))
        mx = x + np.cos(angle) * dx - np.sin(angle) * dy - dx
        my = y + np.sin(angle) * dx + np.cos(angle) * dy - dy
    elif kind == 1:
        gain = fall * np.float32(rng.uniform(0.4, 0.8) * rng.choice([-1, 1]))
        mx, my = x - dx * gain, y - dy * gain
    else:
        push = rng.normal(0, 1, 2) * radius * 0.6
        mx, my = x + fall * np.float32(push[0]), y + fall * np.float32(push[1])
    return cv2.remap(image, mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def foreign_texture(rng, image, place):
    """Another material shows through in irregular islands."""
    islands = smoothstep(fractal(rng, place.radius * 1.5, 3), 0.2, 0.5)
    mask = patch(rng, place, 0.4, 2) * islands
    return mix(image, place.foreign, mask * rng.uniform(0.4, 1))


def misprint(rng, image, place):
    """Smeared strokes or letters of ink where none belong."""
    ink = colour(rng, 1.0, 0.0, 0.9)
    if rng.random() < 0.5:
        mask = np.zeros((SIZE, SIZE), np.uint8)
        word = "".join(pick(rng, "AEKMRSXZ0358?#/") for _ in range(int(rng.integers(1, 5))))
        origin = (place.centre - place.radius * 0.5).astype(int).tolist()
        cv2.putText(mask, word, origin, int(rng.integers(0, 4)), place.radius / 25, 255,
                    int(rng.integers(1, 3)), cv2.LINE_AA)
        mask = mask.astype(np.float32) / 255
    else:
        mask = line_mask(rng, place, rng.uniform(0.1, 0.6), rng.uniform(1, 5))
    mask = cv2.blur(mask, (int(rng.integers(1, 9)), 1)) * place.region
    return mix(image, ink, mask * rng.uniform(0.5, 1))


def rust(rng, image, place):
    mask = patch(rng, place, 0.5, 2) * smoothstep(fractal(rng, 7), -0.5, 0.7)
    tone = np.float32([0.45, 0.22, 0.08]) * rng.uniform(0.5, 1.5)
    spots = np.clip(tone + 0.12 * fractal(rng, 3)[..., None], 0, 1).astype(np.float32)
    return mix(image, spots, mask * rng.uniform(0.5, 1))


def burn(rng, image, place):
    """Scorched: dark in the middle, fading outwards."""
    mask = patch(rng, place, 0.4, place.radius * 0.3)
    dark = image * np.float32([0.25, 0.18, 0.12]) * rng.uniform(0.4, 1.6)
    mask = np.clip(mask * rng.uniform(0.7, 1.3) * (1 + 0.2 * fractal(rng, 6)), 0, 1)
    return mix(image, dark, mask)


def thread(rng, image, place):
    """A hair, fibre or loose thread with a soft shadow."""
    line = walk(rng, place.centre, rng.uniform(0, 7), place.radius * rng.uniform(2, 5),
                rng.uniform(0.15, 0.5))
    mask = strokes([line], [rng.uniform(0.6, 2.5)]) * place.region
    shadow = strokes([line + 2], [2.5]) * place.region
    image = image * (1 - 0.35 * blur(shadow, 1)[..., None])
    return mix(image, colour(rng, 0.8, 0.0, 1.0), mask * rng.uniform(0.6, 1))


def abrasion(rng, image, place):
    """A rubbed patch of many fine parallel lines."""
    mask = patch(rng, place, 0.4, 3)
    lines = line_mask(rng, place, 0.03, 0.6, int(rng.integers(12, 40)))
    mask = np.clip(mask * 0.35 + lines, 0, 1) * blur(mask, 2)
    return mix(image, contrast_colour(rng, image, place), mask * rng.uniform(0.4, 1))


def drop(rng, image, place):
    """A bead of glue, oil or water: darker body, bright spot."""
    place.radius *= 0.6
    mask = patch(rng, place, 0.25, 0.8)
    shade = relief(mask, max(1.5, place.radius * 0.25), place.light)
    shade = shade / max(np.abs(shade).max(), 1e-3) * rng.uniform(0.15, 0.5)
    image = mix(image, np.clip(image * rng.uniform(0.5, 1.1), 0, 1), mask)
    image = image + (shade * mask)[..., None]
    offset = place.radius * 0.4 * np.array([np.cos(place.light), np.sin(place.light)])
    glint = fill([circle(16) * max(1.0, place.radius * 0.15) + place.centre + offset])
    return mix(image, np.ones(3, np.float32), blur(glint, 0.7) * rng.uniform(0.3, 0.9))


def wrinkle(rng, image, place):
    """A fold: a line lit on one side and dark on the other."""
    mask = line_mask(rng, place, 0.12, rng.uniform(2, 6), int(rng.integers(1, 4)))
    shade = relief(mask, rng.uniform(1.5, 3.5), place.light)
    shade = shade / max(np.abs(shade).max(), 1e-3)
    return image + (shade * rng.uniform(0.15, 0.5))[..., None]


def blurred(rng, image, place):
    """The pattern is rubbed out."""
    mask = patch(rng, place, 0.4, 2)
    return mix(image, blur(image, rng.uniform(2, 7)), mask)


PAINTED = {
    "scratch": scratch,
    "crack": crack,
    "hole": hole,
    "dent": dent,
    "stain": stain,
    "contamination": contamination,
    "cut": cut,
    "chip": chip,
    "discolouration": discolouration,
    "warp": warp,
    "foreign": foreign_texture,
    "misprint": misprint,
    "rust": rust,
    "burn": burn,
    "thread": thread,
    "abrasion": abrasion,
    "drop": drop,
    "wrinkle": wrinkle,
    "blurred": blurred,
}

WEIGHTS = {"blurred": 0.4, "wrinkle": 0.7, "drop": 0.7, "rust": 0.6, "burn": 0.6}


def paint(rng, kind, image, place):
    """Apply the damage `kind`; returns an image in 0..1."""
    return np.clip(PAINTED[kind](rng, image, place), 0, 1).astype(np.float32)


def random_kind(rng):
    names = list(PAINTED)
    weights = np.array([WEIGHTS.get(name, 1.0) for name in names])
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]
