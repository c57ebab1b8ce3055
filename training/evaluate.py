"""Report a model folder on data sets in MVTec layout, and its text tower on prompt sets.

    python evaluate.py --model DIR [--prompts DIR] [--sheet FILE.png]
                       [--set NAME PATH NOUN] [--set NAME PATH NOUN] ...

For reporting only: nothing here may be used to choose a model.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import captions
from export import load, normalise
from prompts import read_set, templates
from scoring import auroc, prototypes, score_images, unit

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp"}
COLUMNS = ["image", "class", "dense_max", "pixel", "pixel_dense"]


def images_of(root):
    """(path, damaged, mask path or None) of every test image."""
    for folder in sorted(p for p in (root / "test").iterdir() if p.is_dir()):
        for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES):
            mask = root / "ground_truth" / folder.name / f"{path.stem}_mask.png"
            yield path, folder.name != "good", mask if mask.exists() else None


def read_mask(path, size):
    if path is None:
        return np.zeros((size, size), bool)
    image = Image.open(path).convert("L").resize((size, size), Image.NEAREST)
    return np.asarray(image) > 127


@torch.no_grad()
def score_set(model, tokenizer, root, noun):
    """Scores, maps and labels of all test images of one set."""
    size = model.config["vision_cfg"]["image_size"]
    pair = prototypes(model, tokenizer, templates(noun))
    results = []
    for path, damaged, mask_path in images_of(root):
        pixels = normalise(Image.open(path), size)[None]
        scores = score_images(model, model.visual.stem.features(pixels), pair)
        scores.update(path=path, damaged=damaged, masked=mask_path is not None or not damaged,
                      mask=read_mask(mask_path, size))
        results.append(scores)
    return results


def enlarged(flat, size):
    """Patch map [1,G*G] -> [size,size], bilinear."""
    grid = int(flat.shape[1] ** 0.5)
    return F.interpolate(flat.view(1, 1, grid, grid), (size, size), mode="bilinear",
                         align_corners=False)[0, 0].numpy()


def summarise(results):
    """Row of AUROC values of one set."""
    labels = [r["damaged"] for r in results]
    row = {key: auroc(labels, [float(r[key]) for r in results])
           for key in ("image", "class", "dense_max")}
    masked = [r for r in results if r["masked"]]
    size = masked[0]["mask"].shape[0]
    truth = np.concatenate([r["mask"].ravel() for r in masked])
    for column, key in (("pixel", "map"), ("pixel_dense", "dense")):
        values = np.concatenate([enlarged(r[key], size).ravel() for r in masked])
        row[column] = auroc(truth, values)
    row["normal"], row["damaged"] = labels.count(False), labels.count(True)
    row["normal_score"] = np.mean([float(r["image"]) for r in results if not r["damaged"]])
    row["damaged_score"] = np.mean([float(r["image"]) for r in results if r["damaged"]])
    return row


def overlay(result, size=160):
    """Photograph and its map side by side, the true region outlined."""
    photo = Image.open(result["path"]).convert("RGB").resize((size, size), Image.BICUBIC)
    photo = np.array(photo)[..., ::-1].copy()
    heat = np.clip(enlarged(result["map"], size), 0, 1)
    colours = cv2.applyColorMap((heat * 255).astype(np.uint8), cv2.COLORMAP_TURBO)
    blend = cv2.addWeighted(photo, 0.5, colours, 0.5, 0)
    mask = cv2.resize(result["mask"].astype(np.uint8), (size, size),
                      interpolation=cv2.INTER_NEAREST)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(blend, contours, -1, (255, 255, 255), 1)
    cv2.putText(blend, f"{float(result['image']):.2f}", (4, 14), 0, 0.45, (255, 255, 255), 1)
    return np.concatenate([photo, blend], 1)


def sheet_rows(results, columns=6):
    """Two normal and the rest damaged images of one set, evenly chosen."""
    normal = [r for r in results if not r["damaged"]][:2]
    damaged = [r for r in results if r["damaged"]]
    step = max(1, len(damaged) // (columns - len(normal)))
    chosen = (normal + damaged[::step])[:columns]
    tiles = [overlay(r) for r in chosen]
    tiles += [np.zeros_like(tiles[0])] * (columns - len(tiles))
    return np.concatenate(tiles, 1)


@torch.no_grad()
def side_accuracy(model, tokenizer, folder):
    """Share of the sentences of prompt sets nearer to their own side's prototype, which is
    made of the other sets only: (percent, count)."""
    sums, embedded = [], []
    for path in sorted(Path(folder).glob("*.txt")):
        sides = read_set(path, path.stem.replace("_", " "))
        vectors = [unit(model.encode_text(tokenizer(side))) for side in sides]
        embedded.append(vectors)
        sums.append(torch.stack([v.sum(0) for v in vectors]))
    total, right, count = sum(sums), 0, 0
    for vectors, own in zip(embedded, sums):
        pair = unit(total - own)
        for side, v in enumerate(vectors):
            margin = v @ (pair[side] - pair[1 - side])
            right += int((margin > 0).sum())
            count += len(v)
    return 100 * right / count, count


@torch.no_grad()
def kind_probe(model, tokenizer, sentences=40, seed=5):
    """Accuracy of naming the damage of an unseen sentence by the nearest bare word."""
    rng = np.random.default_rng(seed)
    kinds = ["scratch", "crack", "hole", "dent", "stain", "contamination", "cut", "chip",
             "discolouration", "missing", "bent", "broken"]
    words = [[f"a {noun} with {thing}" for noun in captions.GENERIC[:4]
              for thing in (captions.KINDS[kind][0][0].format(part="part"),)]
             for kind in kinds]
    anchors = torch.stack([unit(unit(model.encode_text(tokenizer(w))).mean(0)) for w in words])
    right = 0
    for index, kind in enumerate(kinds):
        texts = [captions.kind_sentence(rng, captions.pick(rng, captions.FOREIGN), kind)
                 for _ in range(sentences)]
        nearest = (unit(model.encode_text(tokenizer(texts))) @ anchors.T).argmax(1)
        right += int((nearest == index).sum())
    return 100 * right / (sentences * len(kinds))


def print_table(rows):
    """Markdown table of all sets and their macro mean."""
    print("| set | good / bad | " + " | ".join(COLUMNS) + " | mean score good / bad |")
    print("|---" * (len(COLUMNS) + 3) + "|")
    for name, row in rows.items():
        values = " | ".join(f"{row[c]:.1f}" for c in COLUMNS)
        print(f"| {name} | {row['normal']} / {row['damaged']} | {values} | "
              f"{row['normal_score']:.2f} / {row['damaged_score']:.2f} |")
    means = " | ".join(f"{np.nanmean([r[c] for r in rows.values()]):.1f}" for c in COLUMNS)
    print(f"| macro | | {means} | |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--set", nargs=3, action="append", default=[],
                        metavar=("NAME", "PATH", "NOUN"))
    parser.add_argument("--prompts", help="folder of prompt-set files")
    parser.add_argument("--sheet", help="contact sheet of heat maps to write")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model, tokenizer = load(args.model)
    if args.prompts:
        accuracy, count = side_accuracy(model, tokenizer, args.prompts)
        print(f"prompt sentences on their own side: {accuracy:.1f} % of {count}")
    print(f"damage named by the nearest word: {kind_probe(model, tokenizer):.1f} %")
    rows, tiles = {}, []
    for name, path, noun in args.set:
        results = score_set(model, tokenizer, Path(path), noun)
        rows[name] = summarise(results)
        tiles.append(sheet_rows(results))
    if rows:
        print_table(rows)
    if args.sheet and tiles:
        cv2.imwrite(args.sheet, np.concatenate(tiles))


if __name__ == "__main__":
    main()
