"""Pictures and what PIL and open_clip's preprocessing make of them.

usage: make_pixels.py OUT    writes OUT/*.png, manifest.json and normalised.safetensors

The photographs are crops of scikit-image's public-domain and CC0 samples (coffee, astronaut, brick)."""

import os
import sys

import numpy as np
from PIL import Image
from skimage import data
from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Normalize, Resize, ToTensor

import common


def sources():
    coffee, astronaut, brick = data.coffee(), data.astronaut(), data.brick()
    r = common.rng("pixels")
    yield "coffee-301x173", coffee[60:233, 120:421]
    yield "brick-500x340", brick[20:360, 5:505]
    yield "face-64x64", astronaut[40:168:2, 180:308:2]
    yield "dot-1x1", np.array([[[200, 30, 90]]], np.uint8)
    yield "strip-3x200", astronaut[100:300, 220:223]
    yield "noise-31x17", r.integers(0, 256, (17, 31, 3), dtype=np.uint8)
    yield "edges-97x97", np.where(np.add.outer(np.arange(97) // 3, np.arange(97) // 5) % 2, 255, 0).astype(np.uint8)


def main(out):
    os.makedirs(out, exist_ok=True)
    manifest = []

    def write(image, name):
        image.save(os.path.join(out, name + ".png"), optimize=True)
        return name + ".png"

    for name, array in sources():
        image = Image.fromarray(np.ascontiguousarray(array))
        source = write(image, name)
        for s in (80, 240):
            if name == "noise-31x17" and s == 240:
                continue
            squash = image.resize((s, s), Image.Resampling.BICUBIC)
            row = [("squash", squash)]
            if image.width != image.height:
                row.append(("shortest", CenterCrop(s)(Resize(s, InterpolationMode.BICUBIC)(image))))
            longest = max(image.size)
            if longest > s:
                size = tuple(max(int(side * s / longest + 0.5), 1) for side in image.size)
                row.append(("longest", image.resize(size, Image.Resampling.HAMMING)))
            for mode, result in row:
                manifest.append({"source": source, "width": image.width, "height": image.height, "mode": mode, "size": s,
                                 "result": write(result, f"{name}-{mode}-{s}")})
    common.dump_rows(os.path.join(out, "manifest.json"), manifest)
    image = Image.open(os.path.join(out, "noise-31x17.png")).convert("RGB")
    pixels = Compose([ToTensor(), Normalize(common.CLIP_MEAN, common.CLIP_STD)])(image)
    common.save(os.path.join(out, "normalised.safetensors"), {"pixels": pixels[None]},
                {"source": "noise-31x17.png", "mean": common.CLIP_MEAN, "std": common.CLIP_STD})
    print(len(manifest), "results,", sum(os.path.getsize(os.path.join(out, f)) for f in os.listdir(out)), "bytes")


if __name__ == "__main__":
    main(sys.argv[1])
