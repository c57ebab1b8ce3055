"""Small raster helpers shared by the generators: noise, blobs, strokes, blending.

Images are float32 [H,W,3] in 0..1, masks float32 [H,W] in 0..1, points [N,2] as x, y.
"""

import math
import os

import cv2
import numpy as np

SIZE = int(os.environ.get("ALFA_SIDE", "240"))  # of pictures that are drawn, and the model's
SHIFT = 4  # fractional bits of OpenCV's drawing coordinates

cv2.setNumThreads(1)


def noise(rng, cell, size=SIZE):
    """Smooth noise of roughly unit variance whose features are `cell` pixels wide."""
    n = max(2, int(np.ceil(size / cell)) + 3)
    grid = rng.standard_normal((n, n)).astype(np.float32)
    scale = size / cell / n
    matrix = np.array([[scale / size * n, 0, rng.uniform(1, 2)],
                       [0, scale / size * n, rng.uniform(1, 2)]], np.float32)
    return cv2.warpAffine(grid, matrix, (size, size), flags=cv2.INTER_CUBIC
                          | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT) * 1.4


def fractal(rng, cell, octaves=4, fall=0.55):
    """Sum of noises from coarse to fine, unit variance."""
    total, weight, power = 0, 1.0, 0.0
    for _ in range(octaves):
        total = total + weight * noise(rng, max(cell, 1.2))
        power += weight * weight
        cell, weight = cell / 2, weight * fall
    return total / power ** 0.5


def blur(x, sigma):
    return cv2.GaussianBlur(x, (0, 0), sigma) if sigma > 0.2 else x


def unit(x):
    """Stretch to 0..1."""
    low, high = float(x.min()), float(x.max())
    return (x - low) / max(high - low, 1e-6)


def grey_of(image):
    """Mean of the channels, [H,W,1] (a product is faster than a reduction)."""
    return image @ np.full((3, 1), 1 / 3, np.float32)


def smoothstep(x, low, high):
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def mix(image, other, alpha):
    """Blend `other` (image or colour) over `image` with mask `alpha`."""
    return image + (np.asarray(other, np.float32) - image) * alpha[..., None]


def fill(polygons, size=SIZE):
    """Antialiased union of polygons."""
    mask = np.zeros((size, size), np.uint8)
    for points in polygons:
        fixed = np.round(np.clip(points, -500, 1000) * (1 << SHIFT)).astype(np.int32)
        cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, SHIFT)
    return mask.astype(np.float32) / 255


def strokes(lines, widths, size=SIZE):
    """Antialiased polylines drawn at twice the size so that thin ones stay thin."""
    mask = np.zeros((2 * size, 2 * size), np.uint8)
    for points, width in zip(lines, widths):
        fixed = np.round(np.clip(points, -500, 1000) * (2 << SHIFT)).astype(np.int32)
        cv2.polylines(mask, [fixed], False, 255, max(1, round(2 * width)), cv2.LINE_AA,
                      SHIFT)
    small = cv2.resize(mask, (size, size), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def circle(n=48):
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([np.cos(t), np.sin(t)], 1)


def blob(rng, roughness=0.3, n=40, aspect=1.0):
    """Closed wobbly outline of unit radius."""
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    radius = np.ones(n)
    for k in range(2, 8):
        radius += roughness / k * rng.standard_normal() * np.cos(k * t + rng.uniform(0, 7))
    points = np.stack([np.cos(t) * aspect, np.sin(t) / aspect], 1)
    return turn(points * np.clip(radius, 0.25, 2)[:, None], rng.uniform(0, 2 * np.pi))


def jagged(rng, n=9):
    """Closed angular outline of about unit radius."""
    t = np.sort(rng.uniform(0, 2 * np.pi, n))
    return np.stack([np.cos(t), np.sin(t)], 1) * rng.uniform(0.55, 1.25, n)[:, None]


def turn(points, angle):
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, s], [-s, c]])


def walk(rng, start, angle, length, wobble, step=4.0):
    """Polyline that wanders: `wobble` is the change of angle a step."""
    count = max(2, int(length / step))
    angles = angle + np.cumsum(rng.standard_normal(count) * wobble)
    moves = step * np.stack([np.cos(angles), np.sin(angles)], 1)
    return np.concatenate([[start], start + np.cumsum(moves, 0)])


def relief(mask, sigma, light):
    """Shading of an embossed mask lit from angle `light`, about -1..1."""
    soft = blur(mask, sigma)
    dx = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3)
    dy = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3)
    return -(dx * math.cos(light) + dy * math.sin(light)) * (0.35 * sigma)


def colour(rng, saturation=0.5, low=0.1, high=0.9):
    """Random colour; most are muted."""
    value = rng.uniform(low, high)
    tint = rng.standard_normal(3) * rng.beta(1, 2) * saturation * 0.4
    return np.clip(value + tint - tint.mean(), 0.02, 0.98).astype(np.float32)


def near(rng, base, spread):
    """A colour near `base`."""
    return np.clip(base + rng.standard_normal(3) * spread * 0.5
                   + rng.standard_normal() * spread, 0.02, 0.98).astype(np.float32)


def pick(rng, items):
    return items[int(rng.integers(len(items)))]
