"""Make a data set in MVTec layout: textures never trained on, damage painted by a generator
that nobody here wrote (PyPI defect-synthesis, Apache-2.0). For reporting only.

    python painted.py --data DATA --out DIR
    alfa eval DIR --nouns DIR/nouns.txt
"""

import argparse
import random
from pathlib import Path

import cv2
import defect_synthesis as ds
import numpy as np

from dataset import generators
from textures import Photographs

CLASSES, GOOD, BAD = 24, 10, 2  # textures; pictures of each; damaged pictures of each kind
LEAST, MOST = 40, 0.12  # visible pixels, share of the picture
KINDS = {"scratch": ds.ScratchGenerator, "crack": ds.CrackGenerator,
         "stain": ds.StainGenerator, "pit": ds.PittingGenerator,
         "burn": ds.BurnGenerator, "warp": ds.TextureWarpGenerator}


def photograph(textures, seed, texture, picture):
    """One picture of a texture (BGR, uint8) and its noun."""
    style, _ = generators(seed, texture)
    _, rng = generators(seed, texture, picture)
    image, noun = textures.surface(style, rng)
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)[..., ::-1].copy(), noun


def damaged(image, kind, seed):
    """(image, mask) with damage of a sensible size."""
    for attempt in range(50):
        random.seed(seed + attempt)
        np.random.seed((seed + attempt) % 2 ** 31)
        result = KINDS[kind]().apply(image)
        change = np.abs(result.image.astype(int) - image).max(2) > 0.05 * 255
        if LEAST <= (change & (result.anomaly_mask > 0)).sum() <= MOST * change.size:
            break
    return result.image, result.anomaly_mask


def write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)


def make_class(textures, seed, texture, out):
    """Write one texture's folder; returns its line for nouns.txt."""
    _, noun = photograph(textures, seed, texture, 0)
    folder = out / f"{texture:02d}_{noun.replace(' ', '_')}"
    for i in range(GOOD):
        write(folder / "test/good" / f"{i:02d}.png", photograph(textures, seed, texture, i)[0])
    for k, kind in enumerate(KINDS):
        for i in range(BAD):
            picture = GOOD + k * BAD + i
            image, _ = photograph(textures, seed, texture, picture)
            image, mask = damaged(image, kind, (texture * 1000 + picture) * 50)
            write(folder / "test" / kind / f"{i:02d}.png", image)
            write(folder / "ground_truth" / kind / f"{i:02d}_mask.png", mask)
    return f"{folder.name} = {noun}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="folder of the CC0 textures")
    parser.add_argument("--out", required=True, help="folder to write")
    parser.add_argument("--seed", type=int, default=11)
    args = parser.parse_args()
    textures, out = Photographs(args.data, validation=True), Path(args.out)
    lines = [make_class(textures, args.seed, texture, out) for texture in range(CLASSES)]
    (out / "nouns.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
