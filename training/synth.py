"""Twin pairs: one normal and one damaged photograph of the same thing.

Both have the same base, light, noise and compression, so that only the damage tells them
apart. Some pairs are both normal and differ in a harmless way.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from defects import PAINTED, paint, place_in, random_kind
from objects import STRUCTURAL, object_scene, render
from raster import (SIZE, blob, blur, colour, fill, fractal, grey_of, mix, noise, pick,
                    smoothstep, strokes)
from textures import any_surface

OBJECT_SHARE = 0.55
STRUCTURAL_SHARE = 0.45
HARMLESS_SHARE = 0.1
LEAST_DIFFERENCE = 0.05
LEAST_PIXELS, MOST_PIXELS = 14, 0.16 * SIZE * SIZE

# Marks that may be all over a normal surface: many alike are a pattern, not damage.
PATTERN_KINDS = ["scratch", "crack", "hole", "stain", "contamination", "chip", "drop",
                 "discolouration", "thread", "dent", "misprint"]


@dataclass
class Pair:
    """`damaged` says whether the second image differs by damage; mask is where."""

    first: np.ndarray
    second: np.ndarray
    mask: np.ndarray
    damaged: bool
    kind: str
    noun: str


class Base:
    """A normal picture before the camera: image, region that may be damaged, scene."""

    def __init__(self, photographs, style, rng, marks=True):
        self.foreign = np.clip(any_surface(photographs, rng, rng)[0], 0, 1)
        self.light = style.uniform(0, 2 * np.pi)
        self.scene = None
        if style.random() < OBJECT_SHARE:
            self.scene = object_scene(photographs, style, rng)
            self.light, self.noun = self.scene.light, self.scene.noun
            self.image, self.region = render(self.scene)
            self.pattern_share = 0.12
        else:
            self.image, self.noun = any_surface(photographs, style, rng)
            self.image = np.clip(self.image, 0, 1).astype(np.float32)
            self.region = np.ones((SIZE, SIZE), np.float32)
            self.pattern_share = 0.35
            if marks:
                self.add_fixtures(style, rng)
        if marks and style.random() < self.pattern_share:
            self.image = self.natural_pattern(self.image, style, rng)

    def add_fixtures(self, style, rng):
        """Seams, borders and prints that belong to a surface."""
        choice = style.random()
        if choice < 0.08:
            self.image = seam(self.image, style, rng)
        elif choice < 0.2:
            self.image, self.region = border(self.image, style, rng)
        elif choice < 0.24:
            kind = pick(style, ["misprint", "contamination", "hole"])
            place = place_in(style, self.region, self.light, self.foreign, 12, 40)
            place.centre = np.array([SIZE / 2, SIZE / 2])
            self.image = paint(style, kind, self.image, place)

    def natural_pattern(self, image, style, rng):
        """Repeat one kind of mark all over, each a little different."""
        kind = pick(style, PATTERN_KINDS)
        seed = int(style.integers(1 << 30))
        size = float(np.exp(style.uniform(np.log(4), np.log(14))))
        for _ in range(int(style.integers(5, 16))):
            place = place_in(rng, self.region, self.light, self.foreign, size, size * 1.5)
            image = paint(np.random.default_rng(seed), kind, image, place)
        return image


def seam(image, style, rng):
    """Straight joint or stitched line across the picture."""
    angle, offset = style.uniform(0, np.pi), rng.uniform(0.25, 0.75) * SIZE
    direction = np.array([np.cos(angle), np.sin(angle)])
    t = np.linspace(-SIZE, SIZE, 81)[:, None]
    points = np.array([offset, offset]) + t * direction
    tone = np.clip(image.mean((0, 1)) * style.uniform(0.2, 1.5), 0, 1).astype(np.float32)
    width = style.uniform(0.8, 4)
    if style.random() < 0.5:
        return mix(image, tone, strokes([points], [width]))
    return mix(image, tone, strokes(list(points.reshape(27, 3, 2)), [width] * 27))


def border(image, style, rng):
    """The surface ends inside the picture, on one side or several: (image, region)."""
    region = np.ones((SIZE, SIZE), np.float32)
    for side in style.permutation(4)[:pick(style, [1, 1, 2, 3, 4])]:
        depth = style.uniform(0.02, 0.3) * SIZE + rng.normal(0, 3)
        edge = depth + rng.normal(0, 0.03) * np.arange(SIZE) + rng.normal(0, 2) * noise(
            rng, style.uniform(10, 80))[0]
        inside = smoothstep(np.arange(SIZE)[:, None] - edge[None], -1, 1)
        region = region * np.rot90(inside, int(side))
    region = np.ascontiguousarray(region, np.float32)
    ground = np.zeros_like(image) + (colour(style) if style.random() < 0.5
                                     else colour(style, 0.1, 0.02, 0.2))
    return mix(ground, image, region), region


def harmless(rng, image, region, light):
    """A change that is no damage: cloned ground, soft light, slight shift."""
    choice = rng.random()
    place = place_in(rng, region, light, image, 8, 40)
    mask = blur(fill([blob(rng, 0.4) * place.radius + place.centre]), 3) * region
    if choice < 0.5:
        shift = np.float32([[1, 0, rng.normal(0, 60)], [0, 1, rng.normal(0, 60)]])
        moved = cv2.warpAffine(image, shift, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT)
        moved_region = cv2.warpAffine(region, shift, (SIZE, SIZE))
        return mix(image, moved, mask * moved_region)
    if choice < 0.8:
        return image * (1 + 0.12 * rng.standard_normal() * fractal(rng, 90, 2)[..., None])
    shift = np.float32([[1, 0, rng.normal(0, 1.5)], [0, 1, rng.normal(0, 1.5)]])
    return cv2.warpAffine(image, shift, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT)


def damage(rng, base):
    """One or several damages of one kind: (image, kind, where it may show)."""
    if base.scene is not None and rng.random() < STRUCTURAL_SHARE:
        kind = pick(rng, list(STRUCTURAL))
        changed = STRUCTURAL[kind](rng, base.scene)
        if changed is not None:
            return render(changed)[0], kind, tear(changed) if kind == "torn" else 1
    kind = random_kind(rng)
    return painted(rng, base, kind), kind, 1


def tear(scene):
    """The gap of a torn product and its edges: the halves themselves are whole."""
    side, shift = scene.split
    moved = cv2.warpAffine(side, shift, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE)
    gap = np.abs(side - moved) > 0.5
    line = cv2.morphologyEx(side, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0.5
    return cv2.dilate((gap | line).astype(np.float32), np.ones((7, 7), np.uint8))


def painted(rng, base, kind):
    image = base.image
    for _ in range(1 if rng.random() < 0.8 else int(rng.integers(2, 4))):
        place = place_in(rng, base.region, base.light, base.foreign)
        image = paint(rng, kind, image, place)
    return image


def difference(a, b):
    """Where the damage is really visible, 0 or 1."""
    change = np.abs(a - b)
    change = blur(np.maximum(np.maximum(change[..., 0], change[..., 1]), change[..., 2]), 0.8)
    return (change > LEAST_DIFFERENCE).astype(np.float32)


def make_pair(photographs, style, rng, kind=None, marks=True):
    """Generate one Pair; `kind` asks for one painted damage. Without `marks` nothing that looks
    like damage is normal: no repeated marks, no seams, borders and prints, no harmless changes."""
    base = Base(photographs, style, rng, marks)
    camera = Camera(rng)
    if marks and kind is None and rng.random() < HARMLESS_SHARE:
        second = np.clip(harmless(rng, base.image, base.region, base.light), 0, 1)
        mask = np.zeros((SIZE, SIZE), np.float32)
        return Pair(camera(base.image), camera(second), mask, False, "none", base.noun)
    for _ in range(6):
        second, name, limit = ((painted(rng, base, kind), kind, 1) if kind
                               else damage(rng, base))
        reference = render(base.scene)[0] if name in STRUCTURAL else base.image
        mask = difference(reference, second) * limit
        if LEAST_PIXELS <= mask.sum() <= MOST_PIXELS:
            break
    first = reference
    if marks and rng.random() < 0.1:
        first = np.clip(harmless(rng, first, base.region, base.light), 0, 1)
    name = "broken" if name == "torn" else name
    return Pair(camera(first), camera(second), mask, True, name, base.noun)


class Camera:
    """Light, optics, sensor and compression, the same for both pictures of a pair."""

    def __init__(self, rng):
        x = np.linspace(-1, 1, SIZE, dtype=np.float32)
        angle = rng.uniform(0, 2 * np.pi)
        slope = (np.cos(angle) * x[None] + np.sin(angle) * x[:, None]).astype(np.float32)
        radius = x[None] ** 2 + x[:, None] ** 2
        light = 1 + rng.normal(0, 0.12) * slope - abs(rng.normal(0, 0.08)) * radius
        self.light = (light * rng.uniform(0.75, 1.2))[..., None].astype(np.float32)
        self.glare = self.random_glare(rng) if rng.random() < 0.12 else None
        self.saturation = 0.0 if rng.random() < 0.3 else rng.uniform(0.3, 1.1)
        self.gamma = float(np.exp(rng.normal(0, 0.22)))
        self.blur = max(0.0, rng.normal(0.3, 0.5))
        self.shrink = rng.uniform(0.45, 0.9) if rng.random() < 0.3 else 1.0
        level = abs(rng.normal(0, 0.012)) if rng.random() < 0.7 else 0.0
        self.grain = (level * rng.standard_normal((SIZE, SIZE, 3))).astype(np.float32)
        if rng.random() < 0.5:
            self.grain = self.grain[..., :1]
        self.quality = int(rng.integers(45, 98)) if rng.random() < 0.6 else None

    @staticmethod
    def random_glare(rng):
        spot = blob(rng, 0.2) * rng.uniform(6, 40) + rng.uniform(0, SIZE, 2)
        return blur(fill([spot]), rng.uniform(2, 14)) * np.float32(rng.uniform(0.2, 0.9))

    def __call__(self, image):
        """float image -> uint8 photograph."""
        image = image * self.light
        if self.glare is not None:
            image = image + self.glare[..., None]
        grey = grey_of(image)
        image = np.clip(grey + (image - grey) * np.float32(self.saturation), 0, 1)
        image = blur(image ** np.float32(self.gamma), self.blur)
        if self.shrink < 1:
            n = int(SIZE * self.shrink)
            image = cv2.resize(image, (n, n), interpolation=cv2.INTER_AREA)
            image = cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
        image = (np.clip(image + self.grain, 0, 1) * 255 + 0.5).astype(np.uint8)
        if self.quality:
            ok, data = cv2.imencode(".jpg", image[..., ::-1],
                                    [cv2.IMWRITE_JPEG_QUALITY, self.quality])
            image = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
        return np.ascontiguousarray(image)


ALL_KINDS = list(PAINTED) + list(STRUCTURAL)
