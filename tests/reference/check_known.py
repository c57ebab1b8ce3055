#!/usr/bin/env python3
"""Compares alfa's table of known models with open_clip's own of pretrained weights and with its models.

    python3 -m venv new && new/bin/pip install torch open-clip-torch==3.3.0
    new/bin/python check_known.py ../../build/alfa

Fails when a row names another repository, activation, image size or number of parameters than open_clip does. What differs on purpose is listed
here, with the reason. Fetches nothing.
"""
import json
import subprocess
import sys

import torch
from open_clip import get_model_config, pretrained
from open_clip.model import CLIP

# open_clip 3 gives e31's repository for e32; timm names e32's own.
ON_PURPOSE = {("ViT-B-16-plus-240", "laion400m_e32"): "timm/vit_base_patch16_plus_clip_240.laion400m_e32"}


def parameters(shape):
    config = get_model_config(shape)
    config.pop("custom_text", None)
    with torch.device("meta"):
        return sum(p.numel() for p in CLIP(**config).parameters())


def main():
    lines = subprocess.run([sys.argv[1], "model", "list", "--json"], check=True, capture_output=True, text=True).stdout.splitlines()
    counts, wrong, rows = {}, 0, 0
    for row in map(json.loads, lines):
        if "repository" not in row:
            continue
        rows += 1
        shape, tag = row["name"].split(":")
        theirs = pretrained.get_pretrained_cfg(shape, tag)
        if not theirs:
            print(f"{row['name']}: open_clip does not know it")
            wrong += 1
            continue
        counts.setdefault(shape, parameters(shape))
        expected = {
            "repository": ON_PURPOSE.get((shape, tag), theirs["hf_hub"].rstrip("/")),
            "activation": "quick_gelu" if theirs.get("quick_gelu") else "gelu",
            "image_size": get_model_config(shape)["vision_cfg"]["image_size"],
            "bytes": 4 * counts[shape] if row["path"] is None else row["bytes"],
        }
        for key, value in expected.items():
            if row[key] != value:
                print(f"{row['name']}: {key} is {row[key]}, open_clip says {value}")
                wrong += 1
    print(f"{rows} models compared, {wrong} differences")
    sys.exit(wrong > 0 or rows == 0)


main()
