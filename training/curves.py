"""Draw the learning curves of a run.

    python curves.py --run DIR --out FILE.png
"""

import argparse
import csv
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend must be chosen first)


def read(path):
    """Columns of a CSV file as {name: [numbers]}."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [float(row[key]) for row in rows] for key in rows[0]}


def draw(axis, columns, skip):
    for name, values in columns.items():
        if name not in skip:
            axis.plot(columns["step"], values, label=name)
    axis.set_xlabel("step")
    axis.legend(fontsize=8)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5))
    draw(left, read(Path(args.run) / "losses.csv"), {"step", "minutes", "total", "contrast"})
    left.set_title("training losses")
    draw(right, read(Path(args.run) / "validation.csv"), {"step"})
    right.set_title("validation, percent")
    figure.tight_layout()
    figure.savefig(args.out, dpi=80)


if __name__ == "__main__":
    main()
