#!/usr/bin/env python3
"""What changes of a station cost: light, focus, noise and place of the parts, after a few normal pictures were learned.

    python3 bench/changes.py PRODUCTS [--alfa build/alfa] [--learn 5] [--draws 3] [--judge 20] [--align]

PRODUCTS has a folder for each product, named by its noun (ball-screw), with images in good/ and bad/. In each draw some good ones
are learned as they are, and others and bad ones are judged as they are and changed in one way at a time. Prints a Markdown table:
of how many good and bad ones the decision is "anomaly", means over products, and the good ones of each product. Light is changed
as a lamp would (in linear light), lengths are of a picture of 384 pixels. With --align banks are learned so; pictures that it
refuses are not counted, and how many of all they are is the last column. Needs Pillow and numpy.
"""
import argparse
import json
import pathlib
import random
import subprocess
import tempfile

import numpy
from PIL import Image, ImageFilter

SIDE = 384  # pixels of the longer side that blur is meant for
REFUSED = 3  # exit status when some pictures failed


def linear(grey):
    grey = grey / 255
    return numpy.where(grey <= 0.04045, grey / 12.92, ((grey + 0.055) / 1.055) ** 2.4)


def picture(light):
    light = numpy.clip(light, 0, 1)
    grey = numpy.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return Image.fromarray((255 * grey + 0.5).astype(numpy.uint8))


def lit(factor):
    """factor: a number, one a channel, or width values across the picture (by a function of the width)."""
    def change(image, _):
        gain = factor(image.width) if callable(factor) else numpy.array(factor)
        return picture(linear(numpy.asarray(image, float)) * gain)
    return change


def from_a_side(width):
    return numpy.linspace(0.7, 1.3, width)[None, :, None]


def blurred(radius):
    return lambda image, _: image.filter(ImageFilter.GaussianBlur(radius * max(image.size) / SIDE))


def noisy(deviation):
    def change(image, draw):
        values = numpy.asarray(image, float)
        return Image.fromarray(numpy.clip(values + draw.normal(0, deviation, values.shape) + 0.5, 0, 255).astype(numpy.uint8))
    return change


def framed(image, share):
    """With its edge pixels repeated around it, and how many pixels that are."""
    border = int(max(image.size) * share)
    values = numpy.pad(numpy.asarray(image), ((border, border), (border, border), (0, 0)), mode="edge")
    return Image.fromarray(values), border


def moved(share):
    return lambda image, _: framed(image, share)[0].crop((0, 0, *image.size))


def turned(degrees):
    def change(image, _):
        large, border = framed(image, 0.25)
        return large.rotate(degrees, Image.BICUBIC).crop((border, border, border + image.width, border + image.height))
    return change


def larger(share):
    def change(image, _):
        x, y = int(image.width * share / 2), int(image.height * share / 2)
        return image.crop((x, y, image.width - x, image.height - y)).resize(image.size, Image.BICUBIC)
    return change


CHANGES = {
    "as they are": lambda image, _: image,
    "light - 30 %": lit(0.7), "light - 50 %": lit(0.5), "light + 30 %": lit(1.3), "light + 60 %": lit(1.6),
    "light from a side, 0.7 to 1.3": lit(from_a_side), "warmer light": lit((1.15, 1, 0.8)),
    "out of focus, 1 pixel": blurred(1), "2 pixels": blurred(2), "noise of 3 of 255": noisy(3), "noise of 6": noisy(6),
    "moved by 3 %": moved(0.03), "5 % larger": larger(0.05), "10 % larger": larger(0.1),
    "turned by 3 degrees": turned(3), "by 10 degrees": turned(10),
}


def pictures(folder):
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in (".jpg", ".jpeg", ".png"))


def learn(options, images, noun, bank):
    run = subprocess.run([options.alfa, "learn", *images, "--class", noun, "-o", bank, "-q", *["--align"] * options.align], check=False)
    if run.returncode not in (0, REFUSED):
        raise SystemExit(f"{options.alfa} learn failed")


def called(alfa, bank, folder, groups, change, draw):
    """Of each group of pictures, changed, the share of those judged that is called an anomaly, and of all the share that is refused."""
    for name, images in groups.items():
        for i, path in enumerate(images):
            change(Image.open(path).convert("RGB"), draw).save(folder / f"{name}-{i}.png", compress_level=1)
    run = subprocess.run([alfa, "detect", folder, "--bank", bank, "--json", "-q"], stdout=subprocess.PIPE, check=False)
    if run.returncode not in (0, 1, REFUSED):
        raise SystemExit(f"{alfa} detect failed")
    found = {name: [] for name in groups}
    for line in run.stdout.splitlines():
        answer = json.loads(line)
        if "decision" in answer:
            found[pathlib.Path(answer["path"]).name.split("-")[0]].append(answer["decision"] == "anomaly")
    refused = 1 - sum(map(len, found.values())) / sum(map(len, groups.values()))
    return [*(numpy.mean(found[name]) if found[name] else numpy.nan for name in groups), refused]


def judge(options, product):
    """Shares of good and bad ones that are called, and of all that are refused: changes x 3, the mean over the draws."""
    shares = []
    for number in range(options.draws):
        good, bad = pictures(product / "good"), pictures(product / "bad")
        dice = random.Random(number)
        dice.shuffle(good), dice.shuffle(bad)
        groups = {"good": good[options.learn:][:options.judge], "bad": bad[:options.judge]}
        with tempfile.TemporaryDirectory() as folder:
            bank = pathlib.Path(folder) / "product.bank"
            learn(options, good[:options.learn], product.name.replace("-", " "), bank)
            draw = numpy.random.default_rng(number)
            (pathlib.Path(folder) / "changed").mkdir()
            shares.append([called(options.alfa, bank, pathlib.Path(folder) / "changed", groups, change, draw)
                           for change in CHANGES.values()])
    return numpy.nanmean(shares, 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("products", type=pathlib.Path)
    parser.add_argument("--alfa", default="build/alfa")
    parser.add_argument("--learn", type=int, default=5)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--judge", type=int, default=20)
    parser.add_argument("--align", action="store_true")
    options = parser.parse_args()
    products = sorted(p for p in options.products.iterdir() if (p / "bad").is_dir())
    shares = 100 * numpy.array([judge(options, product) for product in products])
    print("| change | bad ones called | good ones called | " + " | ".join(p.name for p in products) + " |" + " refused |" * options.align)
    print("|---|" + "--:|" * (len(products) + 2 + options.align))
    for i, change in enumerate(CHANGES):
        good, bad, refused = shares[:, i].T
        print(f"| {change} | {bad.mean():.0f} | {good.mean():.0f} | " + " | ".join(f"{x:.0f}" for x in good) + " |" +
              f" {refused.mean():.0f} |" * options.align)


if __name__ == "__main__":
    main()
