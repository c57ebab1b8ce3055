#!/usr/bin/env bash
# One would guess that antialias=True changes nothing in torch's interpolate() where a picture is made larger: there is nothing to filter.
# For bicubic it takes another curve: Pillow's (a = -0.5) with it, OpenCV's (a = -0.75) without, whatever the direction, and a picture four times as large
# differs by up to 8 % of the range of its values. Bilinear is the same with both.
# It matters for CLIP at a picture size other than its own, 336 for 224, say: timm's resample_abs_pos_embed and open_clip enlarge the table of positions with
# antialias=True, transformers' interpolate_pos_encoding without, so that the same weights give other features: a drawn table is 9 % apart at 336, and
# 50 % at 160, where the curve is widened too. At the size of the training all agree.
# Versions: torch 2.15.0, torchvision 0.29.2, timm 1.0.31, open-clip-torch 3.3.0, transformers 5.23.0, Pillow 13.0.0, numpy 2.4.6. Needs 7 GB of disk for a while.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check torch==2.15.0 torchvision==0.29.2 timm==1.0.31 open-clip-torch==3.3.0 transformers==5.23.0 pillow==13.0.0 numpy==2.4.6
cat >curves.py <<'EOF'
import os, sys, types
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import numpy as np, torch
import torch.nn.functional as F
from open_clip.model import resize_pos_embed
from PIL import Image
from timm.layers import resample_abs_pos_embed
from transformers import CLIPVisionConfig
from transformers.models.clip.modeling_clip import CLIPVisionEmbeddings

torch.manual_seed(0)
torch.set_grad_enabled(False)
x = torch.rand(1, 1, 16, 16)
pillow = torch.from_numpy(np.array(Image.fromarray(x[0, 0].numpy()).resize((64, 64), Image.BICUBIC)))
wrong = 0
for mode in "bilinear", "bicubic":
    with_it, without = (F.interpolate(x, size=(64, 64), mode=mode, antialias=antialias) for antialias in (True, False))
    gap = float((with_it - without).abs().max())
    print(f"16 x 16 made 64 x 64, {mode}: with and without antialias {gap:.3f} apart")
    wrong += gap > 1e-5 if mode == "bilinear" else gap < 0.02
wrong += float((with_it - pillow).abs().max()) > 1e-5
print(f"  bicubic from Pillow's: with {float((with_it - pillow).abs().max()):.3f}, without {float((without - pillow).abs().max()):.3f}")

table = 0.02 * torch.randn(50, 768)  # of 7 x 7 patches of 32 pixels and the class
clip = CLIPVisionEmbeddings(CLIPVisionConfig(image_size=224, patch_size=32))
clip.position_embedding.weight.copy_(table)
for size in 224, 336, 160:
    side = size // 32
    hugging_face = clip.interpolate_pos_encoding(torch.zeros(1, side * side + 1, 768), size, size)[0]
    timm = resample_abs_pos_embed(table[None], [side, side], num_prefix_tokens=1)[0]
    state = {"visual.positional_embedding": table.clone()}
    resize_pos_embed(state, types.SimpleNamespace(visual=types.SimpleNamespace(grid_size=(side, side))))
    open_clip = state["visual.positional_embedding"]
    apart = [float((other - open_clip).norm() / open_clip.norm()) for other in (timm, hugging_face)]
    print(f"positions for {size} x {size}: timm {apart[0]:.1%} from open_clip, transformers {apart[1]:.1%}")
    wrong += apart[0] > 1e-5 or (apart[1] > 1e-5) != (size != 224)
if wrong:
    print("changed: one curve, or all tables alike")
sys.exit(wrong > 0)
EOF
v/bin/python -W ignore curves.py
