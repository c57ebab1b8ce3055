"""Pairs from real photographs: damage painted on normal things, and real defects.

    python real.py --real DIR --data DIR --pool DIR [--pairs 512]

DIR of --real holds normal/<source>/*.jpg, defects/<set>/{normal,defect}/*.jpg, masks
<stem>_mask.png beside a defect or defects/<set>/boxes.csv, and nouns.csv (file, noun). Writes
painted.npz, one npz a group of GROUPS, and sets.npz (whole pictures of every defect set, for
leave_out.py) into the pool, which must have stats.npz; what is there is not made again.
"""

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from dataset import coverage_of, features_of, frozen_stem, generators, save, set_statistics
from defects import random_kind
from raster import SIZE, blob, blur, fill, fractal, mix, pick
from synth import LEAST_PIXELS, MOST_PIXELS, Camera, Pair, difference, harmless, painted
from textures import Photographs

# Sets that show the same kind of thing: one is never tested by a model that saw its kin.
GROUPS = {"screw": ["bsdata"], "toy": ["toy_aliens"], "cloth": ["stained_cloth"],
          "leaf": ["plantvillage_apple", "plantvillage_strawberry", "citrus"]}
# Tested, never trained on: binarised pictures; boxes that are quarters of the picture.
APART = ["deeppcb", "missing_screws"]
KIND = {"bsdata": "hole", "stained_cloth": "stain"}  # what is told of a defect in words
UNSURE = 0.01  # coverage too small for damage and too large for none: the losses leave it out
TIGHT = 0.4  # share of a patch in a box from which the mark is taken to be in it


def read(path):
    """Photograph in 0..1, RGB."""
    return cv2.imread(str(path), cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255


def square(image):
    """Squashed to the model's square, as the product does."""
    return cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def cut(rng, image, mask, least, need=None):
    """A random part of at least `least` of each side with its mask; need: True asks for
    marks inside, False for none. None when there is no such part."""
    height, width = image.shape[:2]
    for _ in range(30):
        share = rng.uniform(least, 1)
        h, w = int(height * share), int(width * share)
        y, x = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
        part = mask[y:y + h, x:x + w]
        if need is None or need == bool(part.any()):
            return image[y:y + h, x:x + w], part
    return None


def turned(rng, images):
    """The same random quarter turn and mirroring of all of them."""
    turns, flip = int(rng.integers(4)), rng.random() < 0.5
    images = [np.rot90(image, turns) for image in images]
    return [np.ascontiguousarray(image[:, ::-1] if flip else image) for image in images]


def cameras(rng, same):
    """Two cameras, or the same one twice."""
    first = Camera(rng)
    return first, first if rng.random() < same else Camera(rng)


# ---------------------------------------------------------------- normal things


@dataclass
class Thing:
    """A normal photograph as a base to paint on (as synth.Base)."""

    image: np.ndarray
    region: np.ndarray
    ground: np.ndarray
    light: float
    foreign: np.ndarray


def object_region(image):
    """(where the thing is, colour of a plain ground or None when the ground is not plain)."""
    edge = np.concatenate([image[:6].reshape(-1, 3), image[-6:].reshape(-1, 3),
                           image[:, :6].reshape(-1, 3), image[:, -6:].reshape(-1, 3)])
    ground = np.median(edge, 0)
    if np.abs(edge - ground).mean() > 0.06:
        return np.ones((SIZE, SIZE), np.float32), None
    apart = (np.abs(image - ground).max(2) > 0.12).astype(np.uint8)
    apart = cv2.morphologyEx(apart, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    apart = cv2.morphologyEx(apart, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    if not 0.04 < apart.mean() < 0.97:
        return np.ones((SIZE, SIZE), np.float32), None
    return blur(apart.astype(np.float32), 1), ground.astype(np.float32)


class Normals:
    """The normal photographs and what they show."""

    def __init__(self, folder, nouns):
        self.folder = Path(folder)
        self.files = sorted(name for name in nouns if name.startswith("normal/")
                            and (self.folder / name).exists())
        self.nouns = nouns
        self.sources = sorted({name.split("/")[1] for name in self.files})
        self.of = {source: [name for name in self.files if name.split("/")[1] == source]
                   for source in self.sources}
        self.weights = np.sqrt([len(self.of[source]) for source in self.sources])

    def draw(self, rng):
        """A file; large sources are drawn less often than their size asks for."""
        source = rng.choice(len(self.sources), p=self.weights / self.weights.sum())
        return pick(rng, self.of[self.sources[int(source)]])

    def another(self, rng, name):
        """Another file of the same thing and source, or the same one."""
        source = name.split("/")[1]
        return pick(rng, [f for f in self.of[source] if self.nouns[f] == self.nouns[name]])

    def part(self, rng, name):
        """A square part of the photograph."""
        image = read(self.folder / name)
        return square(cut(rng, image, np.zeros(image.shape[:2]), 0.55)[0])


def bite(rng, thing):
    """A piece of the thing's edge is gone and the ground shows."""
    inside = (thing.region > 0.6).astype(np.uint8)
    edge = inside - cv2.erode(inside, np.ones((5, 5), np.uint8))
    ys, xs = np.nonzero(edge)
    if len(xs) == 0:
        return thing.image
    i, radius = int(rng.integers(len(xs))), np.exp(rng.uniform(np.log(8), np.log(34)))
    mask = blur(fill([blob(rng, 0.5) * radius + [xs[i], ys[i]]]), 0.7) * thing.region
    ground = thing.ground + 0.02 * fractal(rng, 20)[..., None]
    return mix(thing.image, np.clip(ground, 0, 1).astype(np.float32), mask)


def painted_pair(normals, textures, rng):
    """A real normal thing twice, the second time damaged or harmlessly different."""
    name = normals.draw(rng)
    image, noun = normals.part(rng, name), normals.nouns[name]
    image = turned(rng, [image])[0]
    foreign = (normals.part(rng, normals.draw(rng)) if rng.random() < 0.5
               else np.clip(textures.surface(rng, rng)[0], 0, 1).astype(np.float32))
    region, ground = object_region(image)
    thing = Thing(image, region, ground, rng.uniform(0, 2 * np.pi), foreign)
    other = turned(rng, [normals.part(rng, normals.another(rng, name))])[0]
    first, second = cameras(rng, 0.8)
    nothing = np.zeros((SIZE, SIZE), np.float32)
    if rng.random() < 0.15:
        changed = (other if rng.random() < 0.5
                   else np.clip(harmless(rng, image, region, thing.light), 0, 1))
        return Pair(first(image), second(changed), nothing, False, "none", noun)
    for _ in range(8):
        if ground is not None and rng.random() < 0.2:
            kind, changed = "broken", bite(rng, thing)
        else:
            kind = random_kind(rng)
            changed = painted(rng, thing, kind)
        mask = difference(image, changed)
        if LEAST_PIXELS <= mask.sum() <= MOST_PIXELS:
            break
    reference = other if rng.random() < 0.25 else image
    return Pair(first(reference), second(changed), mask, True, kind, noun)


# ---------------------------------------------------------------- real defects


class DefectSet:
    """One set of real defects with its normal counterparts."""

    def __init__(self, folder, name, nouns):
        self.folder, self.name, self.nouns = Path(folder) / "defects" / name, name, nouns
        self.boxes = {}
        if (self.folder / "boxes.csv").exists():
            with open(self.folder / "boxes.csv", newline="") as file:
                for row in csv.DictReader(file):
                    corners = [int(float(row[key])) for key in ("x0", "y0", "x1", "y1")]
                    self.boxes.setdefault(row["file"], []).append(corners)
        files = {side: sorted((self.folder / side).glob("*.jpg"))
                 for side in ("normal", "defect")}
        self.normal, self.defect = files["normal"], files["defect"]
        self.located = bool(self.boxes) or any(self.folder.glob("defect/*_mask.png"))

    def mask(self, path, image):
        """Where the marks are, 0 or 1; all zeros where nobody said."""
        mask = np.zeros(image.shape[:2], np.float32)
        drawn = path.with_name(path.stem + "_mask.png")
        if drawn.exists():
            mask = (cv2.imread(str(drawn), cv2.IMREAD_GRAYSCALE) > 127).astype(np.float32)
        for x0, y0, x1, y1 in self.boxes.get(f"{path.parent.name}/{path.name}", []):
            mask[y0:y1 + 1, x0:x1 + 1] = 1
        return mask

    def noun(self, path):
        return self.nouns[f"defects/{self.name}/{path.parent.name}/{path.name}"]

    def part(self, rng, path, need, least):
        """Square part of a picture and its mask, or None."""
        image = read(path)
        found = cut(rng, image, self.mask(path, image), least, need)
        if found is None:
            return None
        image, mask = turned(rng, found)
        mask = cv2.resize(mask, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        return square(image), mask

    def pair(self, rng):
        """(Pair, coverage): a normal and a damaged part of different pictures. Sets without
        normal pictures give clean parts of damaged ones."""
        sides = [(self.normal, None, 0.6), (self.defect, True, 0.6)]
        if not self.located:
            sides = [(self.normal, None, 0.88), (self.defect, None, 0.88)]
        if not self.normal:
            sides = [(self.defect, False, 0.35), (self.defect, True, 0.35)]
        bad, path = self.some_part(rng, *sides[1])
        files, need, least = sides[0]
        alike = [file for file in files if self.noun(file) == self.noun(path)]
        good, _ = self.some_part(rng, alike or files, need, least)
        first, second = cameras(rng, 0.5)
        pair = Pair(first(good[0]), second(bad[0]), bad[1], True,
                    KIND.get(self.name, "none"), self.noun(path))
        return pair, self.coverage(bad[1])

    def some_part(self, rng, files, need, least):
        """(part, its file) of a random file that has such a part."""
        while True:
            path = pick(rng, files)
            found = self.part(rng, path, need, least)
            if found is not None:
                return found, path

    def coverage(self, mask):
        """Patch coverage; what a box may or may not hold, and what nobody said, is UNSURE."""
        if not self.located:
            return np.full((SIZE // 16) ** 2, UNSURE, np.float32)
        cover = coverage_of(mask)
        if self.boxes:
            sure = min(TIGHT, cover.max())
            cover = np.where((cover > 0) & (cover < sure), UNSURE, cover)
        return cover


def read_nouns(folder):
    with open(Path(folder) / "nouns.csv", newline="") as file:
        return {row["file"]: row["noun"].split(" (")[0] for row in csv.DictReader(file)}


# ---------------------------------------------------------------- pools


def arrays_of(stem, pairs):
    """Arrays of (Pair, coverage) as the chunks of dataset.py have them."""
    columns = {key: [] for key in ("features", "coverage", "damaged", "kinds", "nouns")}
    for pair, cover in pairs:
        columns["features"].append(features_of(stem, [pair.first, pair.second]))
        columns["coverage"].append(cover.astype(np.float16))
        columns["damaged"].append(pair.damaged)
        columns["kinds"].append(pair.kind)
        columns["nouns"].append(pair.noun)
    return {key: np.array(values) for key, values in columns.items()}


def painted_pairs(normals, textures, seed, count):
    for i in range(count):
        pair = painted_pair(normals, textures, generators(seed, 1, i)[1])
        yield pair, coverage_of(pair.mask)


def group_pairs(sets, seed, count):
    """Pairs of a group's sets in turn."""
    for i in range(count):
        yield sets[i % len(sets)].pair(generators(seed, 2, i)[1])


def spread(files, most):
    """At most `most` of the files, evenly spread."""
    return [files[i * len(files) // most] for i in range(most)] if len(files) > most else files


def test_pictures(sets, seed, most):
    """(set's name, picture, damaged, coverage, noun) of at most `most` normal and `most`
    damaged pictures of every set: whole ones; of a set without normal ones, parts with and
    without marks."""
    for chosen in sets:
        rng = generators(seed, 3)[1]
        for path in spread(chosen.normal, most) + spread(chosen.defect, most):
            damaged = path.parent.name == "defect"
            if chosen.normal:
                image = read(path)
                mask = cv2.resize(chosen.mask(path, image), (SIZE, SIZE),
                                  interpolation=cv2.INTER_AREA)
                yield chosen.name, square(image), damaged, coverage_of(mask), chosen.noun(path)
                continue
            for need in (False, True):
                found = chosen.part(rng, path, need, 0.35)
                if found is not None:
                    yield chosen.name, found[0], need, coverage_of(found[1]), chosen.noun(path)


def test_arrays(stem, sets, seed, most):
    columns = {key: [] for key in ("sets", "features", "damaged", "coverage", "nouns")}
    for name, image, damaged, cover, noun in test_pictures(sets, seed, most):
        image = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
        row = (name, features_of(stem, [image])[0], damaged, cover.astype(np.float16), noun)
        for key, value in zip(columns, row):
            columns[key].append(value)
    return {key: np.array(values) for key, values in columns.items()}


class RealPairs:
    """The pool's real pairs for a training: half painted ones, half real defects."""

    def __init__(self, pool, left_out=None):
        self.painted = dict(np.load(Path(pool) / "painted.npz"))
        self.groups = [dict(np.load(Path(pool) / f"{group}.npz"))
                       for group in GROUPS if group != left_out]

    def added(self, rng, batch, count):
        """A batch with `count` more pairs; the groups of defects take turns."""
        sources = [self.painted] * (count - count // 2)
        order = rng.permutation(len(self.groups))
        sources += [self.groups[order[i % len(order)]] for i in range(count // 2)]
        rows = [(source, int(rng.integers(len(source["damaged"])))) for source in sources]
        return {key: np.concatenate([batch[key], np.stack([s[key][i] for s, i in rows])])
                for key in batch}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--real", required=True, help="folder of the real photographs")
    parser.add_argument("--data", required=True, help="folder of the CC0 textures")
    parser.add_argument("--pool", required=True, help="folder made by dataset.py")
    parser.add_argument("--pairs", type=int, default=512, help="of each group")
    parser.add_argument("--painted", type=int, default=4096, help="pairs painted")
    parser.add_argument("--test", type=int, default=200,
                        help="test pictures of each side of a set at most")
    parser.add_argument("--seed", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(1)
    pool, nouns = Path(args.pool), read_nouns(args.real)
    stem = frozen_stem()
    set_statistics(stem, pool)
    sets = {name: DefectSet(args.real, name, nouns)
            for name in [*sum(GROUPS.values(), []), *APART]}

    def make(name, arrays):
        if not (pool / name).exists():
            save(pool / name, arrays())
            print(name, flush=True)

    make("sets.npz", lambda: test_arrays(stem, sets.values(), args.seed, args.test))
    normals, textures = Normals(args.real, nouns), Photographs(args.data)
    make("painted.npz", lambda: arrays_of(stem, painted_pairs(
        normals, textures, args.seed, args.painted)))
    for group, names in GROUPS.items():
        make(f"{group}.npz", lambda: arrays_of(stem, group_pairs(
            [sets[name] for name in names], args.seed, args.pairs)))


if __name__ == "__main__":
    main()
