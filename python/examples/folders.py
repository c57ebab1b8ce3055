#!/usr/bin/env python3
"""Judges folders of photographs, each named after what it shows, and prints a pandas table; --csv FILE keeps it.

    folders.py photos/metal_nut photos/bottle
"""
import argparse
from pathlib import Path

import pandas

import alfa

ENDINGS = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp"}


def rows_of(folder, model):
    """A dict a photograph; one that cannot be read has an error instead of a score."""
    with alfa.Detector(folder.name.replace("_", " "), model) as detector:
        for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS):
            row = {"class": detector.noun, "photograph": path.name}
            try:
                result = detector.judge(path)
            except alfa.Error as error:
                yield {**row, "error": error.message}
                continue
            place = result.regions[0] if result.regions else None
            yield {**row, "score": round(result.score, 3), "anomalous": result.anomalous, "regions": len(result.regions),
                   "where": f"{place.x},{place.y} {place.width}x{place.height}" if place else ""}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--model", help="a folder of weights, or hf:ORG/REPO; the built-in model without it")
    parser.add_argument("--csv", type=Path)
    arguments = parser.parse_args()
    with alfa.Model(arguments.model) as model:
        table = pandas.DataFrame([row for folder in arguments.folders for row in rows_of(folder, model)])
    print(table.to_string(index=False))
    if arguments.csv:
        table.to_csv(arguments.csv, index=False)


main()
