#!/usr/bin/env python3
"""What changes of a station cost: light, focus, noise and place of the parts, after a few normal pictures were learned.

    python3 bench/changes.py PRODUCTS [--alfa build/alfa] [--learn 5] [--draws 3] [--judge 20] [--align] [--add 0]

PRODUCTS has a folder for each product, named by its noun (ball-screw), with images in good/ and bad/. In each draw some good ones
are learned as they are, and others and bad ones are judged as they are and changed in one way at a time. Prints a Markdown table:
of how many good and bad ones the decision is "anomaly", means over products, and the good ones of each product. Light is changed
as a lamp would (in linear light), lengths are of a picture of 384 pixels. With --align banks are learned so; pictures that it
refuses are not counted, and how many of all they are is a column. With --add N further good ones, changed in the same way, are
then added to the bank, and the others judged again: the last columns. Needs Pillow and numpy.
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


def learn(options, *arguments):
    run = subprocess.run([options.alfa, "learn", "-q", *arguments], check=False)
    if run.returncode not in (0, REFUSED):
        raise SystemExit(f"{options.alfa} learn failed")


def write(folder, images, change, draw):
    folder.mkdir(exist_ok=True)
    for i, path in enumerate(images):
        change(Image.open(path).convert("RGB"), draw).save(folder / f"{i}.png", compress_level=1)


def called(options, bank, *folders):
    """Of the pictures in each folder the share of those judged that is called an anomaly, and of all the share that is refused."""
    run = subprocess.run([options.alfa, "detect", *folders, "--bank", bank, "--json", "-q"], stdout=subprocess.PIPE, check=False)
    if run.returncode not in (0, 1, REFUSED):
        raise SystemExit(f"{options.alfa} detect failed")
    found = {folder: [] for folder in folders}
    for line in run.stdout.splitlines():
        answer = json.loads(line)
        if "decision" in answer:
            found[pathlib.Path(answer["path"]).parent].append(answer["decision"] == "anomaly")
    refused = 1 - sum(map(len, found.values())) / sum(len(list(folder.iterdir())) for folder in folders)
    return [*(numpy.mean(of) if of else numpy.nan for of in found.values()), refused]


def judge_change(options, bank, folder, groups, change, draw):
    """Of the good and bad ones, changed, the shares that are called, of all that is refused; the same with some added to the bank."""
    for name, images in groups.items():
        write(folder / name, images, change, draw)
    shares = called(options, bank, folder / "good", folder / "bad")
    if not options.add:
        return shares
    more = folder / "more.bank"
    learn(options, folder / "more", "--add", bank, "-o", more)
    return shares + called(options, more, folder / "good", folder / "bad")


def judge(options, product):
    """What judge_change() returns, for each change: the mean over the draws."""
    shares = []
    for number in range(options.draws):
        good, bad = pictures(product / "good"), pictures(product / "bad")
        dice = random.Random(number)
        dice.shuffle(good), dice.shuffle(bad)
        judged = options.learn + options.add
        groups = {"good": good[judged:][:options.judge], "bad": bad[:options.judge], "more": good[options.learn:judged]}
        with tempfile.TemporaryDirectory() as folder:
            bank = pathlib.Path(folder) / "product.bank"
            noun = product.name.replace("-", " ")
            learn(options, *good[:options.learn], "--class", noun, "-o", bank, *["--align"] * options.align)
            draw = numpy.random.default_rng(number)
            shares.append([judge_change(options, bank, pathlib.Path(folder), groups, change, draw) for change in CHANGES.values()])
    return numpy.nanmean(shares, 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("products", type=pathlib.Path)
    parser.add_argument("--alfa", default="build/alfa")
    parser.add_argument("--learn", type=int, default=5)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--judge", type=int, default=20)
    parser.add_argument("--align", action="store_true")
    parser.add_argument("--add", type=int, default=0)
    options = parser.parse_args()
    products = sorted(p for p in options.products.iterdir() if (p / "bad").is_dir())
    shares = 100 * numpy.array([judge(options, product) for product in products])
    titles = ["change", "bad ones called", "good ones called", *(p.name for p in products), *["refused"] * options.align,
              *[f"bad ones called, {options.add} added", "good ones", *(p.name for p in products)] * (options.add > 0)]
    print("| " + " | ".join(titles) + " |")
    print("|---|" + "--:|" * (len(titles) - 1))
    for i, change in enumerate(CHANGES):
        row = shares[:, i].T
        values = [row[1].mean(), row[0].mean(), *row[0], *[row[2].mean()] * options.align]
        if options.add:
            values += [row[4].mean(), row[3].mean(), *row[3]]
        print(f"| {change} | " + " | ".join(f"{value:.0f}" for value in values) + " |")


if __name__ == "__main__":
    main()
