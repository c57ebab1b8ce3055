"""Zero-shot scores of models on the sets of real defects: for choosing a recipe.

    python leave_out.py --pool DIR --model DIR [--model DIR ...]
    python leave_out.py --pool DIR --fold screw=DIR --fold toy=DIR ...

With --fold each group of sets is scored by the model that was trained without it (`train.py
--leave-out GROUP`), and the sets that are never trained on by the mean over the folds.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from export import load
from prompts import templates
from real import APART, GROUPS
from scoring import auroc, prototypes, score_images

COLUMNS = ["top", "image", "class", "pixel"]
DAMAGED = 0.1  # share of a patch that counts as damaged, as in the validation of train.py


@torch.no_grad()
def scores_of(model, tokenizer, features, noun, batch=16):
    """Merged results of score_images for features [N,P,F]."""
    pair = prototypes(model, tokenizer, templates(noun))
    parts = [score_images(model, part.float(), pair)
             for part in torch.from_numpy(features).split(batch)]
    return {key: torch.cat([part[key] for part in parts]).numpy() for key in parts[0]}


def score_set(model, tokenizer, arrays, name):
    """AUROC values of one set, the mean over its nouns (fruit and leaves are two products)."""
    rows = []
    for noun in np.unique(arrays["nouns"][arrays["sets"] == name]):
        chosen = (arrays["sets"] == name) & (arrays["nouns"] == noun)
        labels, cover = arrays["damaged"][chosen], arrays["coverage"][chosen].reshape(-1)
        if labels.min() == labels.max():
            continue
        scores = scores_of(model, tokenizer, arrays["features"][chosen], str(noun))
        row = {key: auroc(labels, scores[key]) for key in ("top", "image", "class")}
        row["pixel"] = auroc(cover > DAMAGED, scores["map"].reshape(-1))
        rows.append(row)
    return {key: float(np.mean([row[key] for row in rows])) for key in COLUMNS}


def print_table(table):
    """Markdown: a row a set, means over groups (a group counts once) and over sets apart."""
    print("| set | " + " | ".join(COLUMNS) + " |\n|---" + "|--:" * len(COLUMNS) + "|")

    def line(name, row):
        print(f"| {name} | " + " | ".join(
            "-" if np.isnan(row[key]) else f"{row[key]:.1f}" for key in COLUMNS) + " |")

    def mean(rows):
        known = {key: [row[key] for row in rows if not np.isnan(row[key])] for key in COLUMNS}
        return {key: float(np.mean(values)) if values else float("nan")
                for key, values in known.items()}

    for name, row in table.items():
        line(name, row)
    groups = [mean([table[name] for name in names]) for names in GROUPS.values()
              if all(name in table for name in names)]
    line("**mean over groups**", mean(groups))
    line("**mean, never trained on**", mean([table[name] for name in APART]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pool", required=True, help="folder that real.py has filled")
    parser.add_argument("--model", action="append", default=[], help="model folder: all sets")
    parser.add_argument("--fold", action="append", default=[], metavar="GROUP=DIR",
                        help="model folder for the sets of this group")
    args = parser.parse_args()
    torch.set_num_threads(1)
    arrays = dict(np.load(Path(args.pool) / "sets.npz"))
    for folder in args.model:
        model, tokenizer = load(folder)
        names = sum(GROUPS.values(), []) + APART
        print(folder, flush=True)
        print_table({name: score_set(model, tokenizer, arrays, name) for name in names})
    if args.fold:
        table, apart = {}, {name: [] for name in APART}
        for group, folder in (fold.split("=", 1) for fold in args.fold):
            model, tokenizer = load(folder)
            for name in GROUPS[group]:
                table[name] = score_set(model, tokenizer, arrays, name)
            for name in APART:
                apart[name].append(score_set(model, tokenizer, arrays, name))
        for name, rows in apart.items():
            table[name] = {key: float(np.mean([row[key] for row in rows])) for key in COLUMNS}
        print_table(table)


if __name__ == "__main__":
    main()
