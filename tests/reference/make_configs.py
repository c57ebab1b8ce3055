#!/usr/bin/env python3
"""Writes every model config that open_clip 3.3.0 ships, and for each whether it is a plain CLIP ViT, as open_clip builds it.

    new/bin/python make_configs.py ../data/configs        # new: requirements-new.txt

Plain is what open_clip itself makes of a config: its class CLIP with its own two transformers, whose state_dict has the names of a CLIP ViT and no
other, whose class token and whose end token are what is read, whose text is causal, and whose tokens are CLIP's. Fetches nothing.
"""
import json
import re
import sys
from pathlib import Path

import open_clip
import torch
from open_clip.model import CLIP
from open_clip.transformer import VisionTransformer

BLOCK = r"transformer\.resblocks\.\d+\.(ln_[12]\.(weight|bias)|attn\.(in_proj_(weight|bias)|out_proj\.(weight|bias))|mlp\.c_(fc|proj)\.(weight|bias))"
PLAIN = re.compile(
    rf"(visual\.({BLOCK}|class_embedding|positional_embedding|conv1\.weight|ln_(pre|post)\.(weight|bias)|proj)"
    rf"|{BLOCK}|token_embedding\.weight|positional_embedding|ln_final\.(weight|bias)|text_projection|logit_scale)$")


def build(config):
    """The model on no device, or None when it is not open_clip's class CLIP."""
    config = {key: value for key, value in config.items() if key != "custom_text"}
    vision, text = config["vision_cfg"], config["text_cfg"]
    if "multimodal_cfg" in config or vision.get("timm_model_name") or text.get("hf_model_name") or isinstance(vision.get("layers"), list):
        return None
    try:
        with torch.device("meta"):
            return CLIP(**config)
    except (TypeError, AttributeError, AssertionError):
        return None


def is_plain(model, config):
    if model is None or not isinstance(model.visual, VisionTransformer):
        return False
    text = config["text_cfg"]
    epsilons = {module.eps for module in model.modules() if isinstance(module, torch.nn.LayerNorm)}
    return (all(PLAIN.match(name) for name in model.state_dict()) and model.visual.pool_type == "tok" and model.text_pool_type == "argmax"
            and model.attn_mask is not None and model.visual.attn_pool is None and epsilons == {1e-5}
            and not text.get("hf_tokenizer_name") and not text.get("tokenizer_kwargs"))


def main():
    out, found = Path(sys.argv[1]), {}
    out.mkdir(parents=True, exist_ok=True)
    for name in open_clip.list_models():
        config = open_clip.get_model_config(name)
        model = build(config)
        plain = is_plain(model, config)
        found[name] = {"plain": plain, "parameters": sum(p.numel() for p in model.parameters()) if plain else 0, "config": config}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(found.items()))
    (out / "open_clip.json").write_text("{\n" + lines + "\n}\n")
    print(f"{len(found)} configs, {sum(row['plain'] for row in found.values())} of plain CLIP ViTs")


main()
