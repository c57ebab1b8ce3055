#!/usr/bin/env bash
# One would guess that anomalib's WinCLIP finds with any open_clip that it runs with what it finds with the one it was written for.
# It calls the vision transformer by parts, with the sequence first. open_clip 3.3.0's wants the batch first and takes the other order without a word:
# attention goes from window to window at the same token, so that the class token of a window sees the other windows' class tokens, which are all alike, and
# not one pixel. The score of the picture is right, and its map is one value everywhere, whatever is on the picture.
# It matters where open_clip was installed by name or for something else: the extra anomalib[clip] asks for less than 2.26.1, but pip looks at an extra only
# where it is named, and nothing warns. Few-shot maps lose their windows too. What helps: open-clip-torch==2.24.0.
# Versions: anomalib 2.7.0, open-clip-torch 2.24.0 and 3.3.0, torch 2.15.0, torchvision 0.29.2; the weights are drawn. Needs 8 GB of disk for a while.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check anomalib==2.7.0 torch==2.15.0 torchvision==0.29.2 ftfy==6.3.1 regex==2026.11.19
for version in 2.24.0 3.3.0; do
    v/bin/pip install -q --disable-pip-version-check --no-deps --target $version open-clip-torch==$version
done
cat >map.py <<'EOF'
import logging, sys, warnings
warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
import torch
from anomalib.models.image.winclip import torch_model
from open_clip.version import __version__ as version

torch_model.PRETRAINED = None  # no weights are fetched
model = torch_model.WinClipModel().eval()
for name, weights in model.clip.visual.named_parameters():  # the same ones in both versions
    draw = torch.Generator().manual_seed(sum(name.encode()))
    if weights.ndim > 1 or name == "class_embedding":
        weights.data = torch.randn(weights.shape, generator=draw) * weights.shape[-1] ** -0.5
    elif "bias" in name:
        weights.data.zero_()
draw = torch.Generator().manual_seed(0)
model._text_embeddings = torch.randn(2, 640, generator=draw)
pictures = torch.randn(2, 3, 240, 240, generator=draw)
pictures[1, :, 80:140, 100:160] = 2  # a bright patch
found = model(pictures)
torch.save(found.pred_score, f"{version}.pt")
spread = [float(each.max() - each.min()) for each in found.anomaly_map]
print(f"FOUND open_clip {version}: scores {found.pred_score[0]:.4f} and {found.pred_score[1]:.4f}")
for each, width in zip(found.anomaly_map, spread):
    print(f"FOUND   map from {each.min():.4f} to {each.max():.4f}, {len(each.unique())} values")
old = version == "2.24.0"
same = old or torch.allclose(found.pred_score, torch.load("2.24.0.pt"), atol=1e-4)
if not (same and (min(spread) > 0.01 if old else max(spread) < 1e-5)):
    print("FOUND changed: the map is not flat, or not with this version")
    sys.exit(1)
EOF
for version in 2.24.0 3.3.0; do
    PYTHONPATH=$version v/bin/python map.py 2>log | grep ^FOUND | cut -c 7- || { tail -3 log; exit 1; }
done
