"""Pools of generated pairs, kept on disk as stem features so that training is cheap.

    python dataset.py --data DIR --pool DIR --chunks 40 [--first 0] [--without marks|stem]

A pool holds stats.npz (feature statistics), val.npz (validation classes) and chunks of
pairs: chunk_NNNNN.npz. Chunk N depends only on the seed and N, so a pool can be extended,
and made by several processes with different --first.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from stem import DEFAULT_STEM, PIXELS, Stem, imagenet_state
from synth import make_pair
from textures import Photographs

PAIRS = 256
PATCH = 16
STATISTICS_PAIRS = 96
CLASSES, INSTANCES = 40, 10


def frozen_stem(config=DEFAULT_STEM):
    stem = Stem(config, PATCH, 1)
    stem.load_imagenet(imagenet_state())
    return stem.eval().to(memory_format=torch.channels_last)


def to_pixels(images):
    """uint8 photographs -> normalised pixels [N,3,H,W]."""
    batch = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float()
    return (batch - 127) / 128


@torch.no_grad()
def features_of(stem, images):
    """Standardised features [N,G*G,F] in f16; convolutions in bf16 for speed."""
    with torch.autocast("cpu", torch.bfloat16):
        raw = stem.raw_features(to_pixels(images))
    return stem.standardise(raw.float()).half().numpy()


def coverage_of(mask):
    """Share of every patch that is damaged, [G*G]."""
    n = mask.shape[0] // PATCH
    return mask.reshape(n, PATCH, n, PATCH).mean((1, 3)).reshape(-1)


def generators(seed, *where):
    """Two independent generators, for the product's style and for the photograph."""
    sequence = np.random.SeedSequence([seed, *where])
    return [np.random.default_rng(s) for s in sequence.spawn(2)]


def chunk(stem, photographs, seed, index, pairs=PAIRS, marks=True):
    """Generate chunk `index`: dict of arrays."""
    features, coverage, damaged, kinds, nouns = [], [], [], [], []
    for i in range(pairs):
        pair = make_pair(photographs, *generators(seed, index, i), marks=marks)
        features.append(features_of(stem, [pair.first, pair.second]))
        coverage.append(coverage_of(pair.mask).astype(np.float16))
        damaged.append(pair.damaged)
        kinds.append(pair.kind)
        nouns.append(pair.noun)
    return {"features": np.stack(features), "coverage": np.stack(coverage),
            "damaged": np.array(damaged), "kinds": np.array(kinds),
            "nouns": np.array(nouns)}


def validation(stem, data, seed):
    """Unpaired images of classes never trained on: held-out photographs and styles.

    Every class is one product (one style); its normal and damaged images come from
    different draws, as in an inspection data set.
    """
    photographs = Photographs(data, validation=True)
    features, coverage, damaged, classes, nouns = [], [], [], [], []
    for c in range(CLASSES):
        for i in range(2 * INSTANCES):
            style, _ = generators(seed + 1, c)
            _, rng = generators(seed + 2, c, i)
            pair = make_pair(photographs, style, rng)
            bad = i >= INSTANCES and pair.damaged
            features.append(features_of(stem, [pair.second if bad else pair.first])[0])
            coverage.append(coverage_of(pair.mask * bad))
            damaged.append(bad)
            classes.append(c)
            nouns.append(pair.noun)
    return {"features": np.stack(features), "coverage": np.stack(coverage),
            "damaged": np.array(damaged), "classes": np.array(classes),
            "nouns": np.array(nouns)}


def statistics(stem, photographs, seed):
    """Mean and deviation of the raw features over generated images."""
    images = []
    for i in range(STATISTICS_PAIRS):
        images.append(make_pair(photographs, *generators(seed + 3, i)).second)
    with torch.no_grad():
        raw = torch.cat([stem.raw_features(to_pixels([image])) for image in images])
    raw = raw.flatten(0, 1)
    return {"mean": raw.mean(0).numpy(), "std": (raw.std(0) + 1e-3).numpy()}


def set_statistics(stem, pool):
    """Put the pool's statistics into a stem."""
    with np.load(Path(pool) / "stats.npz") as saved:
        stem.mean.copy_(torch.from_numpy(saved["mean"]))
        stem.std.copy_(torch.from_numpy(saved["std"]))


def save(path, arrays):
    """Write an npz under a temporary name, then rename."""
    temporary = path.with_suffix(".tmp.npz")
    np.savez(temporary, **arrays)
    temporary.rename(path)


class Pool:
    """The chunks present on disk, loaded a few at a time and shuffled within them."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def paths(self):
        return sorted(p for p in self.folder.glob("chunk_*.npz") if ".tmp" not in p.name)

    def batches(self, rng, size, at_once=6):
        """Endless batches: dicts with features, coverage, damaged, kinds, nouns."""
        while True:
            paths = self.paths()
            rng.shuffle(paths)
            for k in range(0, len(paths), at_once):
                yield from self.shuffled(rng, paths[k:k + at_once], size)

    @staticmethod
    def shuffled(rng, paths, size):
        loaded = [dict(np.load(path)) for path in paths]
        merged = {key: np.concatenate([part[key] for part in loaded]) for key in loaded[0]}
        order = rng.permutation(len(merged["damaged"]))
        for start in range(0, len(order) - size + 1, size):
            rows = np.sort(order[start:start + size])
            yield {key: value[rows] for key, value in merged.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="folder of the CC0 textures")
    parser.add_argument("--pool", required=True, help="folder to write")
    parser.add_argument("--chunks", type=int, default=40, help=f"of {PAIRS} pairs each")
    parser.add_argument("--first", type=int, default=0, help="index of the first chunk")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", choices=["marks", "stem"],
                        help="ablation: pairs without natural marks, or pixels instead of features")
    args = parser.parse_args()
    torch.set_num_threads(1)
    pool = Path(args.pool)
    pool.mkdir(parents=True, exist_ok=True)
    photographs, stem = Photographs(args.data), frozen_stem(
        PIXELS if args.without == "stem" else DEFAULT_STEM)
    if not (pool / "stats.npz").exists():
        save(pool / "stats.npz", statistics(stem, photographs, args.seed))
    set_statistics(stem, pool)
    if not (pool / "val.npz").exists():
        save(pool / "val.npz", validation(stem, args.data, args.seed))
    for index in range(args.first, args.first + args.chunks):
        path, start = pool / f"chunk_{index:05d}.npz", time.time()
        if not path.exists():
            save(path, chunk(stem, photographs, args.seed, index,
                             marks=args.without != "marks"))
            print(json.dumps({"chunk": index, "seconds": round(time.time() - start, 1)}),
                  flush=True)


if __name__ == "__main__":
    main()
