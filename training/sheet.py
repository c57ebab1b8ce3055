"""Contact sheet of validation images with their heat maps (free material only).

    python sheet.py --model DIR --data DIR --out FILE.jpg

A row is one validation class: two normal and four damaged photographs, each beside its
map on the fixed scale 0..1 with the true region outlined and class / image score.
"""

import argparse

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from dataset import CLASSES, INSTANCES, generators, to_pixels
from export import load
from prompts import templates
from scoring import prototypes, score_images
from synth import make_pair
from textures import Photographs

TILE = 104


def draw(image, scores, mask, kind):
    """Photograph and map side by side."""
    size = image.shape[0]
    grid = int(scores["map"].shape[1] ** 0.5)
    heat = F.interpolate(scores["map"].view(1, 1, grid, grid), (size, size),
                         mode="bilinear")[0, 0].numpy()
    tones = cv2.applyColorMap((np.clip(heat, 0, 1) * 255).astype(np.uint8),
                              cv2.COLORMAP_TURBO)
    photo = np.ascontiguousarray(image[..., ::-1])
    blend = cv2.addWeighted(photo, 0.5, tones, 0.5, 0)
    wide = cv2.dilate((mask > 0).astype(np.uint8), np.ones((9, 9)))
    contours, _ = cv2.findContours(wide, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(blend, contours, -1, (255, 255, 255), 2)
    label = f"{float(scores['class']):.2f} {float(scores['image']):.2f} {kind}"
    cv2.putText(blend, label, (4, 20), 0, 0.6, (255, 255, 255), 2, cv2.LINE_AA)
    both = np.concatenate([photo, blend], 1)
    return cv2.resize(both, (2 * TILE, TILE), interpolation=cv2.INTER_AREA)


@torch.no_grad()
def row(model, tokenizer, photographs, seed, index):
    """Six photographs of one validation class."""
    tiles = []
    for i in (0, 1, *range(INSTANCES, INSTANCES + 4)):
        style, _ = generators(seed + 1, index)
        _, rng = generators(seed + 2, index, i)
        pair = make_pair(photographs, style, rng)
        bad = i >= INSTANCES and pair.damaged
        image = pair.second if bad else pair.first
        sides = prototypes(model, tokenizer, templates(pair.noun))
        scores = score_images(model, model.visual.stem.features(to_pixels([image])), sides)
        tiles.append(draw(image, scores, pair.mask * bad, pair.kind if bad else "normal"))
    return np.concatenate(tiles, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True, help="folder of the CC0 textures")
    parser.add_argument("--out", required=True)
    parser.add_argument("--rows", type=int, default=CLASSES)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    model, tokenizer = load(args.model)
    photographs = Photographs(args.data, validation=True)
    rows = [row(model, tokenizer, photographs, args.seed, i) for i in range(args.rows)]
    cv2.imwrite(args.out, np.concatenate(rows), [cv2.IMWRITE_JPEG_QUALITY, 80])


if __name__ == "__main__":
    main()
