"""A copy of an open_clip model whose image tower has outlier channels and computes the same function.

usage: make_planted.py MODEL OUT [--factor 64] [--channels 3]

In every block, channels of ln_1's and ln_2's output and of the values get factor times as large, and the weights that read them
as much smaller. With a power of two nothing is rounded, so that MODEL's golden data is OUT's too.
"""

import argparse
import json
import os
import shutil

import torch
from safetensors.torch import load_file, save_file

import common


def plant(state, prefix, factor, channels, seed):
    """Scale what feeds the channels up and what reads them down, in place."""
    width = state[prefix + "ln_1.weight"].shape[0]

    def some(name):
        return torch.from_numpy(common.rng("planted", seed, name).choice(width, channels, replace=False))

    for norm, reader in (("ln_1", "attn.in_proj_weight"), ("ln_2", "mlp.c_fc.weight")):
        c = some(norm)
        state[f"{prefix}{norm}.weight"][c] *= factor
        state[f"{prefix}{norm}.bias"][c] *= factor
        state[prefix + reader][:, c] /= factor
    c = some("values")
    state[prefix + "attn.in_proj_weight"][2 * width + c] *= factor
    state[prefix + "attn.in_proj_bias"][2 * width + c] *= factor
    state[prefix + "attn.out_proj.weight"][:, c] /= factor


def main(model, out, factor, channels):
    os.makedirs(out, exist_ok=True)
    source = os.path.join(model, "open_clip_model.safetensors")
    state = load_file(source)
    layers = json.load(open(os.path.join(model, "open_clip_config.json")))["model_cfg"]["vision_cfg"]["layers"]
    for i in range(layers):
        plant(state, f"visual.transformer.resblocks.{i}.", factor, channels, i)
    path = os.path.join(out, "open_clip_model.safetensors")
    save_file(state, path, metadata={"format": "pt"})
    os.chmod(path, 0o644)
    for name in ("open_clip_config.json", "golden.safetensors"):
        if model != out and os.path.exists(os.path.join(model, name)):
            shutil.copyfile(os.path.join(model, name), os.path.join(out, name))


if __name__ == "__main__":
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--factor", type=float, default=64)
    a.add_argument("--channels", type=int, default=3)
    a.add_argument("model")
    a.add_argument("out")
    a = a.parse_args()
    main(a.model, a.out, a.factor, a.channels)
