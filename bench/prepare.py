"""What the comparison needs, made once in the work folder: models with random weights, pictures, sentences, exported graphs.

usage: prepare.py WORK"""

import os
import subprocess
import sys

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(ROOT, "tests", "reference"))


def once(path, make):
    """make(partial) writes a file or folder, which gets its name only when it is complete."""
    if not os.path.exists(path):
        print("making", path, flush=True)
        partial = path + ".partial"
        make(partial)
        os.replace(partial, path)


def model(name, seed):
    def make(folder):
        import common
        import make_models
        import torch
        from safetensors.torch import load_file
        make_models.make_open_clip(folder, make_models.FULL[name], seed, torch.float32, common.CLIP_MEAN, common.CLIP_STD)
        torch.save(load_file(f"{folder}/open_clip_model.safetensors"), f"{folder}/checkpoint.pt")
    return make


def draw(path, number, size=(640, 480)):
    """A picture that no other number gives: a gradient, a bright disc, noise."""
    rng = np.random.default_rng(number)
    y, x = np.mgrid[:size[1], :size[0]]
    disc = (x - size[0] * rng.uniform(.3, .7)) ** 2 + (y - size[1] * rng.uniform(.3, .7)) ** 2 < (size[1] * rng.uniform(.1, .3)) ** 2
    grey = 60 + 80 * x / size[0] + 70 * disc
    pixels = grey[..., None] * rng.uniform(.7, 1, 3) + rng.normal(0, 6, (*size[::-1], 3))
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path, "JPEG", quality=90)


def pictures(folder):
    os.makedirs(folder, exist_ok=True)
    for i in range(1000):
        draw(f"{folder}/{i:04d}.jpg", i)


def sentences(path):
    """2 x 146, as in the paper: those of the generic set, filled up from the set of a class."""
    sides = {"[normal]": [], "[abnormal]": []}
    for noun in ("wooden toy", "bottle"):
        text = subprocess.run([f"{ROOT}/build/alfa", "prompts", noun, "-q"], check=True, capture_output=True, text=True).stdout
        side = None
        for line in text.splitlines():
            side = sides.get(line, side)
            if line and line[0] not in "[#" and line not in side and len(side) < 146:
                side.append(line)
    assert [len(side) for side in sides.values()] == [146, 146]
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(sum(sides.values(), [])) + "\n")


def export(work):
    """whole: pixels -> embedding and tokens before the transformer; windows2, windows3: tokens -> embeddings of all windows."""
    def make(folder):
        import common
        import onnx
        import openvino
        import torch
        from onnxruntime.quantization import QuantType, quantize_dynamic
        import towers
        visual = towers.OpenClip(f"{work}/models/vit-b-16-plus-240").model.float().visual
        torch.set_num_threads(os.cpu_count())

        def encode(x):
            y = visual.transformer(visual.ln_pre(x).permute(1, 0, 2)).permute(1, 0, 2)
            return visual.ln_post(y[:, 0]) @ visual.proj

        class Whole(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.visual = visual

            def forward(self, pixels):
                x = visual.conv1(pixels).flatten(2).permute(0, 2, 1)
                x = torch.cat([visual.class_embedding.expand(1, 1, -1), x], 1) + visual.positional_embedding
                return encode(x), x

        class Windows(Whole):
            def __init__(self, scale):
                super().__init__()
                self.register_buffer("index", torch.as_tensor(common.windows(15, scale)))

            def forward(self, tokens):
                return encode(tokens[0][self.index])

        os.makedirs(folder, exist_ok=True)
        for name, module, x in (("whole", Whole(), torch.zeros(1, 3, 240, 240)), ("windows2", Windows(2), torch.zeros(1, 226, 896)),
                                ("windows3", Windows(3), torch.zeros(1, 226, 896))):
            path = f"{folder}/{name}.f32.onnx"
            torch.onnx.export(module.eval(), (x,), path, dynamo=True, external_data=False, verbose=False)
            onnx.checker.check_model(path)
            quantize_dynamic(path, f"{folder}/{name}.int8.onnx", weight_type=QuantType.QInt8, per_channel=True)
            openvino.save_model(openvino.convert_model(path), f"{folder}/{name}.f32.xml", compress_to_fp16=False)
    return make


def main(work):
    os.makedirs(f"{work}/models", exist_ok=True)
    once(f"{work}/models/vit-b-16-plus-240", model("vit-b-16-plus-240", 10))
    once(f"{work}/models/vit-b-32-quickgelu", model("vit-b-32-quickgelu", 11))
    once(f"{work}/pictures", pictures)
    once(f"{work}/picture.jpg", lambda path: draw(path, 0, (1024, 768)))
    once(f"{work}/sentences.txt", sentences)
    once(f"{work}/graphs", export(work))


if __name__ == "__main__":
    main(sys.argv[1])
