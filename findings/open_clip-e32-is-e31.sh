#!/usr/bin/env bash
# One would guess that open_clip's tags laion400m_e31 and laion400m_e32 of ViT-B-16-plus-240, the model of WinCLIP and of ALFA, are two sets
# of weights: the epochs 31 and 32, as they are in open_clip 2.24.0, which downloads two files.
# In open_clip 3.3.0 both name the hub's repository of e31, which is preferred to the file of e32 that still stands beside it: a program that
# asks for e32 gets e31's weights without a word, and other numbers than with 2.24.0.
# It matters where results with e32 are compared or reproduced. timm 1.0.31 names a repository of e32's own.
# Versions: open-clip-torch 2.24.0 and 3.3.0, timm 1.0.31.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
for package in open-clip-torch==2.24.0 open-clip-torch==3.3.0 timm==1.0.31; do
    "$work/venv/bin/pip" install -q --disable-pip-version-check --no-deps --target "$work/${package//[^a-z0-9.]/-}" "$package"
done
"$work/venv/bin/pip" install -q --disable-pip-version-check tqdm

# open_clip's table of weights as the package itself reads it, without the rest of the package, which needs torch.
cat >"$work/tags.py" <<'EOF'
import sys, types
package = types.ModuleType("open_clip")
package.__path__ = [sys.argv[1] + "/open_clip"]
sys.modules["open_clip"] = package
from open_clip.pretrained import get_pretrained_cfg
for tag in ("laion400m_e31", "laion400m_e32"):
    cfg = get_pretrained_cfg("ViT-B-16-plus-240", tag)
    print(tag, cfg.get("hf_hub") or "-", cfg["url"].rsplit("/", 1)[1])
EOF
for version in 2.24.0 3.3.0; do
    echo "open_clip $version: tag, repository, file"
    "$work/venv/bin/python" "$work/tags.py" "$work/open-clip-torch--$version" 2>/dev/null | tee "$work/$version"
done
echo "timm 1.0.31:"
grep -o "vit_base_patch16_plus_clip_240\.[a-z0-9_]*" "$work/timm--1.0.31/timm/models/vision_transformer.py" | sort -u | tee "$work/timm"

diff - "$work/2.24.0" <<'EOF'
laion400m_e31 - vit_b_16_plus_240-laion400m_e31-8fb26589.pt
laion400m_e32 - vit_b_16_plus_240-laion400m_e32-699c4b84.pt
EOF
diff - "$work/3.3.0" <<'EOF'
laion400m_e31 timm/vit_base_patch16_plus_clip_240.laion400m_e31/ vit_b_16_plus_240-laion400m_e31-8fb26589.pt
laion400m_e32 timm/vit_base_patch16_plus_clip_240.laion400m_e31/ vit_b_16_plus_240-laion400m_e32-699c4b84.pt
EOF
grep -qx vit_base_patch16_plus_clip_240.laion400m_e32 "$work/timm"
echo "as written above"
