"""Write a model folder in open_clip's layout, and golden tensors for checking an engine.

    python export.py --checkpoint CHECKPOINT --out DIR [--weights average]
    python export.py --model DIR --golden FILE --images A.png [--small]
    python export.py --model DIR --side 320 --out DIR
"""

import argparse
import copy
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file

from model import AlfaTiny, window_rows
from tokenizer import Tokenizer, write_merges

PREPROCESS = {"mean": [127 / 255] * 3, "std": [128 / 255] * 3}

GOLDEN_TEXTS = [
    "A photo of a bottle.",
    "a photo of a damaged bottle with flaw",
    "A product-inspection image of a flawless metal_nut with no defect",
    "An industrial image of a defective pcb1 with damage",
    "An abnormal image of a screw with a 2.5 mm chip, 3 scratches & rust!",
    "An normal image of a hazelnut with a smooth, unbroken shell",
    "A manufacturing image of an unblemished capsule",
    "the cable's insulation isn't cut; it's intact",
    "An abnormal image of a carpet with a hole, a cut, loose threads, a grey stain, colour "
    "faults near the seam, and pieces of metal contamination pressed deep into the pile of it",
    "naïve café crème brûlée",
    "transistor",
    "",
]


def normalise(image, size):
    """PIL image -> pixels [3,H,W] as the engine makes them: squashed, (x - 127) / 128."""
    image = image.convert("RGB").resize((size, size), Image.BICUBIC)
    pixels = np.asarray(image, np.float32).transpose(2, 0, 1) / 255
    return torch.from_numpy((pixels - np.float32(127 / 255)) / np.float32(128 / 255))


def export(model, out):
    """Write config, f16 weights, merges and their hashes of `model` into folder `out`."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    config = {"model_cfg": model.config, "preprocess_cfg": PREPROCESS}
    (out / "open_clip_config.json").write_text(json.dumps(config, indent=2) + "\n")
    write_merges(out / "merges.txt")
    tensors = {k: v.detach().to(torch.float16).contiguous()
               for k, v in model.state_dict().items()}
    weights = out / "open_clip_model.safetensors"
    save_file(tensors, str(weights),
              metadata={"format": "pt"})
    weights.chmod(0o644)
    names = ["merges.txt", "open_clip_config.json", "open_clip_model.safetensors"]
    sums = [f"{hashlib.sha256((out / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (out / "SHA256SUMS").write_text("".join(sums))


def load(folder):
    """Read a model folder; weights are the rounded f16 ones, computed with in f32."""
    folder = Path(folder)
    config = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    model = AlfaTiny(config)
    state = load_file(str(folder / "open_clip_model.safetensors"))
    model.load_state_dict({k: v.float() for k, v in state.items()})
    merges = (folder / "merges.txt").read_text(encoding="utf-8").split("\n")[1:-1]
    return model.eval(), Tokenizer(merges, config["text_cfg"]["context_length"])


def stretched(model, side):
    """The same weights for pictures of side x side pixels: a place between those that the
    model knows has a position between theirs (bicubic)."""
    state, config = model.state_dict(), copy.deepcopy(model.config)
    config["vision_cfg"]["image_size"] = side
    other, name = AlfaTiny(config), "visual.positional_embedding"
    grid = model.visual.grid
    places = state[name][1:].T.view(1, -1, grid, grid)
    places = F.interpolate(places, (other.visual.grid,) * 2, mode="bicubic", align_corners=False)
    state[name] = torch.cat([state[name][:1], places[0].flatten(1).T])
    other.load_state_dict(state)
    return other.eval()


@torch.no_grad()
def golden(model, tokenizer, pixels):
    """Every intermediate that an engine should reproduce, as a dict of tensors."""
    visual = model.visual
    features = visual.stem.features(pixels)
    tokens = visual.tokens(features)
    ids = tokenizer(GOLDEN_TEXTS)
    return {
        "pixels": pixels,
        "stem_features": visual.stem.with_context(features),
        "image_embeddings": visual.full(tokens)[:, 0],
        "window2_embeddings": visual.windows(tokens, window_rows(visual.grid, 2)),
        "window3_embeddings": visual.windows(tokens, window_rows(visual.grid, 3)),
        "text_ids": ids.to(torch.int32),
        "text_embeddings": model.encode_text(ids),
    }


def golden_pixels(paths, noise, size):
    """Photographs, then `noise` images of clipped random noise."""
    rng = np.random.default_rng(7)
    images = [Image.open(path) for path in paths]
    images += [Image.fromarray(rng.integers(0, 256, (size, size, 3), dtype=np.uint8))
               for _ in range(noise)]
    return torch.stack([normalise(image, size) for image in images])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--checkpoint", help="checkpoint of train.py to export")
    parser.add_argument("--weights", default="best", choices=["best", "average"],
                        help="which weights of the checkpoint: best validated, latest mean")
    parser.add_argument("--out", help="model folder to write")
    parser.add_argument("--model", help="model folder to read for --golden or --side")
    parser.add_argument("--side", type=int, help="write --model for pictures of this many pixels "
                        "a side, a multiple of its patches, without training")
    parser.add_argument("--golden", help="safetensors file to write")
    parser.add_argument("--images", nargs="*", default=[], help="photographs for --golden")
    parser.add_argument("--small", action="store_true",
                        help="store the pixels in f16 (they are rounded before computing)")
    parser.add_argument("--noise", type=int, default=0, help="noise images for --golden")
    args = parser.parse_args()
    if args.checkpoint:
        saved = torch.load(args.checkpoint, map_location="cpu", weights_only=True)
        model = AlfaTiny(saved["config"])
        model.load_state_dict(saved[args.weights])
        export(model, args.out)
    if args.side:
        export(stretched(load(args.model)[0], args.side), args.out)
    if args.golden:
        model, tokenizer = load(args.model or args.out)
        pixels = golden_pixels(args.images, args.noise,
                               model.config["vision_cfg"]["image_size"])
        stored = pixels.half() if args.small else pixels
        tensors = golden(model, tokenizer, stored.float()) | {"pixels": stored}
        tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
        save_file(tensors, args.golden, metadata={"texts": json.dumps(GOLDEN_TEXTS)})
        Path(args.golden).chmod(0o644)


if __name__ == "__main__":
    main()
