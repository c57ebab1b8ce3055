#!/usr/bin/env bash
# One would guess that open_clip.create_model("ViT-B-32", pretrained="openai") computes what OpenAI's model computes: the weights were trained
# with QuickGELU, and open_clip 2.24.0 gives every "openai" model QuickGELU, whatever the name of the architecture says.
# open_clip 3.3.0 builds the same call with GELU and says so in a warning alone; QuickGELU needs the name "ViT-B-32-quickgelu". Loading
# succeeds, and every embedding differs.
# It matters for all scripts written before version 3, and for who compares embeddings or scores with them.
# Versions: open-clip-torch 2.24.0 and 3.3.0 with torch 2.15.0. The weights here are random; nothing is downloaded but packages.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
pip=("$work/venv/bin/pip" install -q --disable-pip-version-check)
"${pip[@]}" torch==2.15.0 torchvision==0.29.2 open-clip-torch==3.3.0
"${pip[@]}" --no-deps --target "$work/old" open-clip-torch==2.24.0
export HF_HOME="$work/hf" HF_HUB_OFFLINE=1 HOME="$work"

# Random weights of ViT-B-32: where 3.3.0 looks for OpenAI's in the hub's cache, and as the file that 2.24.0 takes by its path.
"$work/venv/bin/python" - "$work" <<'EOF'
import os, sys
import open_clip, torch
from safetensors.torch import save_file
torch.manual_seed(0)
state = {k: v.contiguous() for k, v in open_clip.create_model("ViT-B-32", pretrained=None).state_dict().items()}
for key in state: # else what the activations say hardly counts
    if key.endswith("mlp.c_proj.weight"):
        state[key] *= 10
folder, commit = os.environ["HF_HOME"] + "/hub/models--timm--vit_base_patch32_clip_224.openai", "0" * 40
os.makedirs(f"{folder}/snapshots/{commit}"), os.makedirs(f"{folder}/refs")
open(f"{folder}/refs/main", "w").write(commit)
save_file(state, f"{folder}/snapshots/{commit}/open_clip_model.safetensors")
torch.save(state, sys.argv[1] + "/weights.pt")
EOF
cat >"$work/run.py" <<'EOF'
import sys, warnings
import open_clip, torch
from open_clip.openai import load_openai_model
from open_clip.version import __version__ as version
def show(what, model):
    image = torch.linspace(-2, 2, 3 * 224 * 224).reshape(1, 3, 224, 224)
    with torch.no_grad():
        out = torch.nn.functional.normalize(model.eval().encode_image(image), dim=-1)
    kinds = sorted({type(m).__name__ for m in model.modules() if "GELU" in type(m).__name__})
    print(version, what, *kinds)
    torch.save(out, sys.argv[1] + f"/{what}-{version}.pt")
if version == "2.24.0":
    show("openai", load_openai_model(sys.argv[1] + "/weights.pt", precision="fp32", device="cpu"))
else:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        show("openai", open_clip.create_model("ViT-B-32", pretrained="openai"))
    print("warnings:", *[str(w.message) for w in caught if "QuickGELU" in str(w.message)])
    show("quickgelu", open_clip.create_model("ViT-B-32-quickgelu", pretrained="openai"))
    old, new, quick = (torch.load(sys.argv[1] + f"/{name}.pt") for name in ("openai-2.24.0", "openai-3.3.0", "quickgelu-3.3.0"))
    print(f"cosine of 2.24.0 with 3.3.0: {float(old @ new.T):.6f}; with 3.3.0 as ViT-B-32-quickgelu: {float(old @ quick.T):.6f}")
    sys.exit(not (float(old @ quick.T) > 0.99999 and float(old @ new.T) < 0.9999))
EOF
PYTHONPATH="$work/old" "$work/venv/bin/python" "$work/run.py" "$work" 2>/dev/null | tee "$work/said"
"$work/venv/bin/python" "$work/run.py" "$work" 2>/dev/null | tee -a "$work/said"
grep -qx '2.24.0 openai QuickGELU' "$work/said"
grep -qx '3.3.0 openai GELU' "$work/said"
grep -q 'QuickGELU mismatch' "$work/said"
echo "as written above"
