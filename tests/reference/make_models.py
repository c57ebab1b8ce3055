"""Random-weight CLIP models and what the original libraries compute with them.

usage: make_models.py OUT           four small models (committed as tests/data/models)
       make_models.py --full OUT    ViT-B-16-plus-240, ViT-B-32-quickgelu and a Hugging Face ViT-B/32 (about 2 GB, not committed)
"""

import argparse
import json
import math
import os
import tempfile

import torch
from safetensors.torch import save_file

import common
import make_planted
import towers

SMALL = {
    "openclip-gelu": dict(embed_dim=48,
                          vision_cfg=dict(image_size=80, layers=3, width=128, head_width=64, patch_size=16),
                          text_cfg=dict(context_length=77, vocab_size=1200, width=64, heads=2, layers=2)),
    "openclip-quickgelu": dict(embed_dim=32, quick_gelu=True,
                               vision_cfg=dict(image_size=32, layers=2, width=64, head_width=32, patch_size=8),
                               text_cfg=dict(context_length=48, vocab_size=700, width=48, heads=3, layers=2)),
    "openclip-outliers": dict(embed_dim=32,
                              vision_cfg=dict(image_size=64, layers=5, width=64, head_width=32, patch_size=16),
                              text_cfg=dict(context_length=32, vocab_size=600, width=32, heads=1, layers=1)),
}
FULL = {
    "vit-b-16-plus-240": dict(embed_dim=640,
                              vision_cfg=dict(image_size=240, layers=12, width=896, patch_size=16),
                              text_cfg=dict(context_length=77, vocab_size=49408, width=640, heads=10, layers=12)),
    "vit-b-32-quickgelu": dict(embed_dim=512, quick_gelu=True,
                               vision_cfg=dict(image_size=224, layers=12, width=768, patch_size=32),
                               text_cfg=dict(context_length=77, vocab_size=49408, width=512, heads=8, layers=12)),
}


def randomise(model, seed):
    """Seeded values for every parameter: nothing stays at zero or one, activations keep the size of a trained model."""
    for name, p in model.named_parameters():
        g = torch.Generator().manual_seed(int(common.rng("weights", seed, name).integers(2 ** 31)))
        r = torch.randn(p.shape, generator=g)
        if name == "logit_scale":
            p.copy_(torch.tensor(math.log(100)))
        elif name.endswith("bias"):
            p.copy_(0.1 * r)
        elif p.ndim == 1 and name.endswith("weight"):              # layer norm gain
            p.copy_(1 + 0.2 * r)
        elif "class_embedding" in name:
            p.copy_(0.7 * r)
        elif "position" in name:
            p.copy_(0.4 * r)
        elif "token_embedding" in name:
            p.copy_(0.8 * r)
        else:
            fan = p.shape[0] if name.endswith(("proj", "text_projection")) else p[0].numel()   # x @ proj, else Linear and conv
            gain = 1.3 if any(k in name for k in ("in_proj", "q_proj", "k_proj", "v_proj")) else 1.0
            p.copy_(gain * r / math.sqrt(fan))


def transformers_ids(vocab_size, texts, context):
    """What the fast tokenizer of transformers gives, zero-padded."""
    from open_clip.tokenizer import bytes_to_unicode
    from transformers import CLIPTokenizerFast
    symbols = list(bytes_to_unicode().values())
    merges = common.open_clip_merges()[:vocab_size - 514]
    words = symbols + [s + "</w>" for s in symbols] + [m.replace(" ", "") for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    with tempfile.TemporaryDirectory() as folder:
        common.dump(os.path.join(folder, "vocab.json"), {w: i for i, w in enumerate(words)})
        with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as f:
            f.write("\n".join(["#version: 0.2"] + merges) + "\n")
        tokens = CLIPTokenizerFast(os.path.join(folder, "vocab.json"), os.path.join(folder, "merges.txt"))
        rows = tokens(texts, truncation=True, max_length=context)["input_ids"]
    return torch.tensor([row + [0] * (context - len(row)) for row in rows])


def golden(folder, count_texts, scales, limit=None):
    """Compute from the files just written, so that file and golden data belong together."""
    tower = towers.load(folder)
    strings = common.texts(count_texts)
    ids = (common.tokenizer(tower.vocab)(strings, context_length=tower.context) if isinstance(tower, towers.OpenClip)
           else transformers_ids(tower.vocab, strings, tower.context))
    pixels = common.pixels(["photo", "noise"], tower.size, tower.mean, tower.std)
    x = torch.from_numpy(pixels).double()
    out = {"pixels": pixels, "image_embeddings": tower.encode_image(x), "text_ids": ids, "text_embeddings": tower.encode_text(ids)}
    pooled, values = tower.run(tower.tokens(x))
    assert torch.allclose(pooled, out["image_embeddings"], atol=1e-10)
    out["value_tokens"] = values
    for k in scales:
        if k > tower.grid:
            continue
        e, v = towers.window_pass(tower, x, k)
        if isinstance(tower, towers.OpenClip):
            for w in (0, e.shape[1] // 2, -1):
                assert torch.allclose(e[:, w], towers.masked_window(tower, x, common.windows(tower.grid, k)[w]), atol=1e-9)
        out[f"window{k}_embeddings"] = e
        if k < 4:
            out[f"window{k}_value_tokens"] = v[:, :limit].clone()
        u = torch.nn.functional.normalize(e, dim=-1)
        c = u @ u.transpose(1, 2)
        print(f"  windows {k}: mean cosine to one another {c.mean():.3f}, lowest {c.min():.3f}; norm {e.norm(dim=-1).mean():.2f}")
    t = torch.nn.functional.normalize(out["text_embeddings"], dim=-1)
    i = torch.nn.functional.normalize(out["image_embeddings"], dim=-1)
    print("  cosine image-image", (i @ i.T)[0, 1].item(), "image-text", (i @ t.T).min().item(), (i @ t.T).max().item(),
          "text-text", (t @ t.T).min().item())
    common.save(os.path.join(folder, "golden.safetensors"), out,
                {"texts": strings, "grid": tower.grid, "scales": [k for k in scales if k <= tower.grid]})
    print(folder, {k: list(v.shape) for k, v in out.items()})


def make_open_clip(folder, config, seed, dtype, mean, std):
    from open_clip.model import CLIP
    os.makedirs(folder, exist_ok=True)
    model = CLIP(**config)
    randomise(model, seed)
    state = {k: (v if k == "logit_scale" else v.to(dtype)).contiguous() for k, v in model.state_dict().items()}
    path = os.path.join(folder, "open_clip_model.safetensors")
    save_file(state, path, metadata={"format": "pt"})
    os.chmod(path, 0o644)
    common.dump(os.path.join(folder, "open_clip_config.json"),
                {"model_cfg": config,
                 "preprocess_cfg": {"mean": list(mean), "std": list(std), "interpolation": "bicubic", "resize_mode": "shortest"}}, 4)


def make_hugging_face(folder, config, seed, dtype, full_config=False):
    from transformers import CLIPImageProcessor, CLIPModel
    os.makedirs(folder, exist_ok=True)
    model = CLIPModel(config)
    randomise(model, seed)
    model.to(dtype).save_pretrained(folder, safe_serialization=True)
    if full_config:                                # the style of the older published files: every key spelled out
        d = config.to_dict()
        d["architectures"] = ["CLIPModel"]
        common.dump(os.path.join(folder, "config.json"), d, 2)
    s = config.vision_config.image_size
    CLIPImageProcessor(size={"shortest_edge": s}, crop_size={"height": s, "width": s},
                       image_mean=list(common.CLIP_MEAN), image_std=list(common.CLIP_STD)).save_pretrained(folder)
    n = config.text_config.vocab_size - 514
    with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as f:
        f.write("\n".join(["#version: 0.2"] + common.open_clip_merges()[:n]) + "\n")


def small(out):
    from transformers import CLIPConfig
    f = os.path.join(out, "openclip-gelu")
    make_open_clip(f, SMALL["openclip-gelu"], 1, torch.float16, common.CLIP_MEAN, common.CLIP_STD)
    golden(f, 8, (2, 3, 4))
    f = os.path.join(out, "openclip-quickgelu")
    make_open_clip(f, SMALL["openclip-quickgelu"], 2, torch.float32, (0.5,) * 3, (0.5,) * 3)
    golden(f, 8, (2, 3))
    f = os.path.join(out, "openclip-outliers")
    make_open_clip(f, SMALL["openclip-outliers"], 4, torch.float16, common.CLIP_MEAN, common.CLIP_STD)
    make_planted.main(f, f, factor=64, channels=2)
    golden(f, 8, (2, 3))
    vocab = 900
    config = CLIPConfig(projection_dim=40, logit_scale_init_value=math.log(100),
                        text_config=dict(vocab_size=vocab, hidden_size=64, intermediate_size=192, num_hidden_layers=2,
                                         num_attention_heads=4, max_position_embeddings=77, hidden_act="quick_gelu",
                                         projection_dim=40, bos_token_id=vocab - 2, eos_token_id=vocab - 1, pad_token_id=0),
                        vision_config=dict(hidden_size=96, intermediate_size=256, num_hidden_layers=2, num_attention_heads=3,
                                           image_size=60, patch_size=12, hidden_act="quick_gelu", projection_dim=40))
    f = os.path.join(out, "huggingface")
    make_hugging_face(f, config, 3, torch.bfloat16)
    golden(f, 8, (2, 3, 4))


def full(out):
    from transformers import CLIPConfig
    for seed, (name, config) in enumerate(FULL.items()):
        f = os.path.join(out, name)
        make_open_clip(f, config, 10 + seed, torch.float32, common.CLIP_MEAN, common.CLIP_STD)
        golden(f, 12, (2, 3), limit=10)
    config = CLIPConfig(projection_dim=512, logit_scale_init_value=math.log(100),
                        text_config=dict(vocab_size=49408, hidden_act="quick_gelu", bos_token_id=0, eos_token_id=2, pad_token_id=1),
                        vision_config=dict(hidden_act="quick_gelu"))
    f = os.path.join(out, "hf-vit-b-32")
    make_hugging_face(f, config, 12, torch.float32, full_config=True)
    golden(f, 12, (2, 3), limit=10)


if __name__ == "__main__":
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--full", action="store_true", help="the full-size models")
    a.add_argument("out")
    a = a.parse_args()
    (full if a.full else small)(a.out)
