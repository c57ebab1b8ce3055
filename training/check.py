"""Compare the model with open_clip's transformers and the EfficientNet-Lite0 package.

    python check.py --model DIR

Prints the largest difference of each part; exits with 1 when one is above the tolerance.
"""

import argparse
import sys

import open_clip
import torch
from efficientnet_lite_pytorch import EfficientNet
from open_clip.transformer import VisionTransformer

from export import load
from model import AlfaTiny, window_rows
from stem import imagenet_state
from tokenizer import Tokenizer

TOLERANCE = 1e-4


def stem_difference(pixels):
    """Folded stem against the package's unfolded blocks, relative to the largest value."""
    state = imagenet_state()
    package = EfficientNet.from_name("efficientnet-lite0").eval()
    package.load_state_dict(state)
    model = AlfaTiny()
    model.visual.stem.load_imagenet(state)
    x = package._swish(package._bn0(package._conv_stem(pixels)))
    for block in package._blocks[:len(model.visual.stem.blocks)]:
        x = block(x)
    return ((x - model.visual.stem.maps(pixels)[16]).abs().max() / x.abs().max()).item()


def text_difference(model, ids):
    """Text tower against open_clip.CLIP with the same configuration."""
    config = model.config
    vision = {"image_size": 32, "layers": 1, "width": 64, "patch_size": 16}
    reference = open_clip.CLIP(config["embed_dim"], vision, config["text_cfg"]).eval()
    text = {k: v for k, v in model.state_dict().items() if not k.startswith("visual.")}
    reference.load_state_dict(text, strict=False)
    return (reference.encode_text(ids) - model.encode_text(ids)).abs().max().item()


def vision_difference(model, features):
    """Full pass against open_clip's VisionTransformer fed through an identity patch conv."""
    config, visual = model.config["vision_cfg"], model.visual
    width, grid = config["width"], visual.grid
    reference = VisionTransformer(grid, 1, width, config["layers"],
                                  width // config["head_width"], 4.0,
                                  output_dim=model.config["embed_dim"]).eval()
    reference.conv1 = torch.nn.Identity()
    state = {k: v for k, v in visual.state_dict().items() if not k.startswith("stem.")}
    reference.load_state_dict(state)
    patches = visual.stem(features).transpose(1, 2).unflatten(2, (grid, grid))
    ours = visual.full(visual.tokens(features))[:, 0]
    return (reference(patches) - ours).abs().max().item()


def window_difference(model, features):
    """A window of all patches must equal the full pass."""
    visual = model.visual
    tokens = visual.tokens(features)
    window = visual.windows(tokens, window_rows(visual.grid, visual.grid))[:, 0]
    return (window - visual.full(tokens)[:, 0]).abs().max().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True)
    model, _ = load(parser.parse_args().model)
    torch.manual_seed(0)
    size = model.config["vision_cfg"]["image_size"]
    pixels = torch.randn(2, 3, size, size)
    ids = Tokenizer()(["a photo of a bottle", "a very long " * 30, "3 scratches!"])
    with torch.no_grad():
        features = model.visual.stem.features(pixels)
        differences = {
            "stem": stem_difference(torch.randn(2, 3, 224, 224)),
            "text": text_difference(model, ids),
            "vision": vision_difference(model, features),
            "window": window_difference(model, features),
        }
    for name, value in differences.items():
        print(f"{name:8} {value:.2e}")
    sys.exit(max(differences.values()) > TOLERANCE)


if __name__ == "__main__":
    main()
