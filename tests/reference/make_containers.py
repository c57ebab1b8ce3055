"""Small random CLIPs in every container that people have, written by the libraries that write them, and what those
libraries compute with them.

usage: make_containers.py old OUT    open_clip 2.24, transformers 4, OpenAI's clip (requirements.txt and clip-anytorch)
       make_containers.py new OUT    open_clip 3.3, transformers 5 (requirements-new.txt)

OUT is tests/data/containers. One folder a writer; golden.safetensors in it is computed by the library that wrote it,
from the stored numbers (in float64 but for transformers).
"""

import importlib.util
import json
import os
import shutil
import sys
import types
import warnings

import numpy as np
import torch

import common
from make_models import randomise

warnings.filterwarnings("ignore")
VOCAB, CONTEXT, SIDE, PATCH = 600, 16, 16, 8
OPEN_CLIP = dict(embed_dim=16, vision_cfg=dict(image_size=SIDE, layers=2, width=32, head_width=16, patch_size=PATCH),
                 text_cfg=dict(context_length=CONTEXT, vocab_size=VOCAB, width=32, heads=2, layers=1))
STEPS = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.25, 0.3], "interpolation": "bicubic", "resize_mode": "shortest"}
TEXTS = ["a photo of a bottle.", "3 scratches, isn't it", "", "a long text that does not fit into sixteen ids, whatever is cut off",
         "\u201ca\u201d \u2019s", "a &amp; b", "\ufb01\uff41 \u039f\u03a3"]   # ftfy, which transformers leaves out, changes the last three


def golden(folder, image, text, mean, std, tokens, cropped=None):
    """cropped: what the library's own processor makes of photo.png."""
    pixels = common.pixels(["photo", "noise"], SIDE, mean, std)
    ids = tokens(TEXTS)
    out = {"pixels": pixels, "image_embeddings": image(torch.from_numpy(pixels).double()), "text_ids": ids, "text_embeddings": text(ids)}
    if cropped is not None:
        out["photo_embedding"] = image(cropped.double())
    common.save(os.path.join(folder, "golden.safetensors"), out, {"texts": TEXTS, "grid": SIDE // PATCH, "scales": []})


def open_clip_tokens(texts):
    return common.tokenizer(VOCAB)(texts, context_length=CONTEXT)


def half(model):
    """The model whose numbers are those of its f16 state."""
    state = {k: v.half() if v.dtype == torch.float32 else v for k, v in model.state_dict().items()}
    model.load_state_dict({k: v.float() if v.dtype == torch.float16 else v for k, v in state.items()})
    return state


def open_clip_model(custom_text=False):
    from open_clip.model import CLIP, CustomTextCLIP
    model = (CustomTextCLIP if custom_text else CLIP)(**OPEN_CLIP).eval()
    randomise(model, 31)
    return model, half(model)


def open_clip_golden(folder, model):
    common.dump(os.path.join(folder, "open_clip_config.json"), {"model_cfg": OPEN_CLIP, "preprocess_cfg": STEPS}, 4)
    double = model.double()
    golden(folder, double.encode_image, double.encode_text, STEPS["mean"], STEPS["std"], open_clip_tokens)


def fresh(out, name):
    folder = os.path.join(out, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def open_clip_checkpoint(out):
    """What open_clip's training writes: epoch_1.pt, from a data-parallel run, with an optimizer that has made a step."""
    folder = fresh(out, "open-clip-checkpoint")
    model, state = open_clip_model()
    parameters = [p for n, p in model.named_parameters() if n.endswith("bias")]
    optimizer = torch.optim.AdamW(parameters, lr=0)
    with torch.enable_grad():
        sum(p.sum() for p in parameters).backward()
    optimizer.step()
    torch.save({"epoch": 1, "name": "2024_01_01-model_ViT-B-32-lr_0.0005", "state_dict": {"module." + k: v for k, v in state.items()},
                "optimizer": optimizer.state_dict(), "scaler": {"scale": 65536.0, "growth_factor": 2.0, "_growth_tracker": 0}},
               os.path.join(folder, "epoch_1.pt"))
    for p in parameters:
        p.grad = None
    open_clip_golden(folder, model)


def open_clip_bin(out, name, custom_text):
    """open_clip_pytorch_model.bin: a state_dict, as its push_to_hf_hub writes it."""
    folder = fresh(out, name)
    model, state = open_clip_model(custom_text)
    torch.save(state, os.path.join(folder, "open_clip_pytorch_model.bin"))
    open_clip_golden(folder, model)


def open_clip_hub(out):
    """A folder for the hub as open_clip 3 makes it."""
    from open_clip.push_to_hf_hub import save_for_hf
    folder = fresh(out, "open-clip-3")
    model, _ = open_clip_model(custom_text=True)
    from open_clip import model as m
    m.set_model_preprocess_cfg(model, {**STEPS, "size": SIDE, "mode": "RGB", "fill_color": 0})
    nothing = types.SimpleNamespace(save_pretrained=lambda folder: None)    # the truncated vocabulary is ours
    save_for_hf(model.half(), nothing, {**OPEN_CLIP, "custom_text": True}, save_directory=folder, safe_serialization=True)
    os.chmod(os.path.join(folder, "open_clip_model.safetensors"), 0o644)
    double = model.double()
    golden(folder, double.encode_image, double.encode_text, STEPS["mean"], STEPS["std"], open_clip_tokens)


def openai_model():
    """A random model of OpenAI's own class, and the same function in a class that computes in double."""
    if "clip" not in sys.modules:
        package = types.ModuleType("clip")                    # its __init__ wants packages that nobody needs here
        package.__path__ = list(importlib.util.find_spec("clip").submodule_search_locations)
        sys.modules["clip"] = package
    from clip.model import CLIP
    model = CLIP(embed_dim=16, image_resolution=SIDE, vision_layers=1, vision_width=64, vision_patch_size=PATCH, context_length=CONTEXT,
                 vocab_size=VOCAB, transformer_width=64, transformer_heads=1, transformer_layers=1).eval()
    randomise(model, 32)
    half(model)
    from open_clip.model import CLIP as Same
    same = Same(embed_dim=16, quick_gelu=True, vision_cfg=dict(image_size=SIDE, layers=1, width=64, patch_size=PATCH),
                text_cfg=dict(context_length=CONTEXT, vocab_size=VOCAB, width=64, heads=1, layers=1)).eval()
    same.load_state_dict(model.state_dict())
    x = torch.from_numpy(common.pixels(["photo"], SIDE, common.CLIP_MEAN, common.CLIP_STD))
    assert torch.allclose(same.encode_image(x), model.encode_image(x), atol=1e-4)
    return model, same


def openai_golden(folder, same):
    same = same.double()
    golden(folder, same.encode_image, same.encode_text, common.CLIP_MEAN, common.CLIP_STD, open_clip_tokens)


def openai_archive(out):
    """torch.jit.save() of OpenAI's own class, weights in f16: nothing beside it says what it is."""
    folder = fresh(out, "openai-jit")
    model, same = openai_model()
    from clip.model import convert_weights
    convert_weights(model)
    inputs = (torch.zeros(1, 3, SIDE, SIDE), torch.zeros(1, CONTEXT, dtype=torch.int64))
    torch.jit.trace(model, inputs, check_trace=False).save(os.path.join(folder, "model.pt"))
    openai_golden(folder, same)


def openai_state(out):
    """What people save who tune OpenAI's class: a state_dict in f16, as clip.load() gives it, and a checkpoint in f32 (model.float() comes
    before training). Neither names the activation, and nothing lies beside it."""
    folder = fresh(out, "openai-state")
    model, same = openai_model()
    from clip.model import build_model, convert_weights
    convert_weights(model)
    model = build_model(model.state_dict())                   # it takes sizes and heads from the shapes
    torch.save(model.state_dict(), os.path.join(folder, "finetuned.pt"))
    torch.save({"epoch": 3, "model_state_dict": model.float().state_dict(), "loss": 0.5}, os.path.join(folder, "checkpoint.pt"))
    openai_golden(folder, same)


def clip_model():
    from transformers import CLIPConfig, CLIPModel
    model = CLIPModel(CLIPConfig(
        projection_dim=16,
        text_config=dict(vocab_size=VOCAB, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
                         max_position_embeddings=CONTEXT, projection_dim=16, bos_token_id=VOCAB - 2, eos_token_id=VOCAB - 1, pad_token_id=0),
        vision_config=dict(hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2, image_size=SIDE,
                           patch_size=PATCH, projection_dim=16))).eval()
    randomise(model, 33)
    return model.to(torch.bfloat16)


def processor(folder, version):
    """Its own mean and std; transformers 5 writes it into processor_config.json."""
    from transformers import CLIPImageProcessor, CLIPProcessor, CLIPTokenizer, CLIPTokenizerFast
    images = CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}, image_mean=STEPS["mean"], image_std=STEPS["std"])
    vocab, merges = vocabulary()
    if version == 4:
        images.save_pretrained(folder)
        with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as f:
            f.write("\n".join(["#version: 0.2"] + [" ".join(m) for m in merges]) + "\n")
        json.dump(vocab, open(os.path.join(folder, "vocab.json"), "w"))
        tokens = CLIPTokenizerFast.from_pretrained(folder)
        os.remove(os.path.join(folder, "vocab.json"))
    else:
        tokens = CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=CONTEXT)
        CLIPProcessor(images, tokens).save_pretrained(folder)
    photo().save(os.path.join(folder, "photo.png"))
    pixels = torch.as_tensor(np.asarray(images(photo(), return_tensors="pt")["pixel_values"]))
    return pixels, lambda texts: torch.tensor([row + [0] * (CONTEXT - len(row)) for row in
                                       tokens(texts, truncation=True, max_length=CONTEXT)["input_ids"]])


def vocabulary():
    from open_clip.tokenizer import bytes_to_unicode
    symbols = list(bytes_to_unicode().values())
    merges = [tuple(m.split()) for m in common.open_clip_merges()[:VOCAB - 514]]
    words = symbols + [s + "</w>" for s in symbols] + ["".join(m) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    return {w: i for i, w in enumerate(words)}, merges


def photo():
    """Of a size whose centre crop has half a pixel to round: 69 x 48 becomes 23 x 16, 3.5 pixels on either side."""
    from PIL import Image
    return Image.fromarray(np.ascontiguousarray(common.picture("photo", 69, 5)[:48]))


def features(value):
    """transformers 5 wraps what get_image_features returns."""
    return value if torch.is_tensor(value) else value.pooler_output


def hugging_face(out, name, version, **save):
    folder = fresh(out, name)
    model = clip_model()
    model.save_pretrained(folder, **save)
    pixels, tokens = processor(folder, version)
    model = model.float()                                     # transformers 4 cannot mask in double
    golden(folder, lambda x: features(model.get_image_features(pixel_values=x.float())),
           lambda ids: features(model.get_text_features(input_ids=ids.long())), STEPS["mean"], STEPS["std"], tokens, pixels)


def tensors(out):
    """How torch.save() stores tensors: views, transposed, shared, every type; golden.safetensors has the numbers."""
    folder = fresh(out, "torch-tensors")
    base = torch.arange(48, dtype=torch.float32).reshape(4, 3, 4) / 7
    weights = torch.nn.Parameter(torch.linspace(-2, 2, 6).reshape(2, 3))
    state = {"dense": base, "view": base[1], "transposed": base[0].t(), "permuted": base.permute(2, 0, 1), "steps": base[:, 1:, ::2],
             "parameter": weights, "tied": weights, "half": (base[2] * 1.5).half(), "bf16": (base[3].t() * 1.5).bfloat16(),
             "scalar": torch.tensor(3.25), "empty": torch.zeros(0, 5), "ones": torch.ones(1, 4, 1).transpose(0, 2)}
    other = {"ids": torch.arange(77), "flags": torch.tensor([True, False]), "double": torch.tensor([1.5], dtype=torch.float64),
             "int32": torch.tensor([1, -2], dtype=torch.int32), "bytes": torch.tensor([1, 2], dtype=torch.uint8)}
    torch.save({"epoch": 7, "loss": 0.25, "args": ["--lr", -1, 2 ** 40, None, True, ("a", 1.5)], "size": torch.Size([2, 3]),
                "state_dict": {**state, **other}}, os.path.join(folder, "tensors.pt"))
    common.save(os.path.join(folder, "golden.safetensors"), {k: v.detach().float().numpy() for k, v in state.items()})


def old(out):
    tensors(out)
    open_clip_checkpoint(out)
    open_clip_bin(out, "open-clip-2", False)
    openai_archive(out)
    openai_state(out)
    hugging_face(out, "transformers-4", 4, safe_serialization=True)
    hugging_face(out, "transformers-4-bin", 4, safe_serialization=False)
    hugging_face(out, "transformers-4-sharded", 4, safe_serialization=True, max_shard_size="30KB")


def new(out):
    open_clip_hub(out)
    hugging_face(out, "transformers-5", 5)
    hugging_face(out, "transformers-5-sharded", 5, max_shard_size="30KB")


if __name__ == "__main__":
    {"old": old, "new": new}[sys.argv[1]](sys.argv[2])
