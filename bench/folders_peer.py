#!/usr/bin/env python3
"""Pictures a second on folders: `alfa detect` beside anomalib's OpenVINO inferencer, both with what they learned from the same pictures.

    VENV/bin/python bench/folders_peer.py --alfa build/alfa --work FOLDER [--pictures 200,30] [--rounds 2]

The peer is a PaDiM on a ResNet-18 with random weights (the time of a network does not depend on what it has learnt), exported to OpenVINO;
VENV is what bench/serve_peer.sh sets up (torch, anomalib[openvino]). It decodes each picture with Pillow, makes it 256 x 256, and with --out writes
anomalib's heat map over it as a PNG of that size, which is its own default; alfa writes its overlay at the picture's size (1600 pixels
at most), two thumbnails and the report. The programs run in turn, another first in each round; the peer's time begins when its model is
loaded, alfa's when the process starts. Prints a Markdown table of the fastest rounds.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import folders

for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # slow numpy down where they are set
    os.environ.pop(name, None)


def export(work, pictures):
    """PaDiM of these pictures as an OpenVINO model in work/padim."""
    from anomalib.data import Folder
    from anomalib.deploy import ExportType
    from anomalib.engine import Engine
    from anomalib.models import Padim
    with tempfile.TemporaryDirectory() as scratch:
        good = pathlib.Path(scratch) / "data" / "good"
        good.mkdir(parents=True)
        for picture in pictures:
            shutil.copy(picture, good)
        data = Folder(name="part", root=good.parent, normal_dir="good", test_split_mode="synthetic", val_split_mode="synthetic",
                      train_batch_size=4, num_workers=0)
        model = Padim(backbone="resnet18", layers=["layer1", "layer2", "layer3"], pre_trained=False)
        engine = Engine(default_root_dir=scratch, accelerator="cpu", devices=1, logger=False)
        engine.fit(model=model, datamodule=data)
        engine.export(model=model, export_type=ExportType.OPENVINO, export_root=work / "padim", input_size=(256, 256))


def judge(model, folder, out):
    """The peer: its pictures a second."""
    import numpy
    from anomalib.deploy import OpenVINOInferencer
    from anomalib.visualization.image.functional import overlay_image, visualize_anomaly_map
    from PIL import Image
    inferencer = OpenVINOInferencer(path=model, device="CPU")
    paths = sorted(pathlib.Path(folder).iterdir())
    start = time.monotonic()
    for path in paths:
        photo = Image.open(path).convert("RGB").resize((256, 256))
        result = inferencer.predict(numpy.asarray(photo, dtype=numpy.float32) / 255)
        if out:
            heat = visualize_anomaly_map(numpy.squeeze(result.anomaly_map))
            overlay_image(photo, heat.resize(photo.size)).save(f"{out}/{path.stem}.png")
    print(json.dumps(len(paths) / (time.monotonic() - start)))


def run_peer(options, folder, report):
    with tempfile.TemporaryDirectory(dir=options.work) as out:
        command = [sys.executable, os.path.abspath(__file__), "--judge", str(folder), "--work", str(options.work), *(["--out", out] if report else [])]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=options.work).stdout.splitlines()[-1])


def run_alfa(options, folder, report):
    with tempfile.TemporaryDirectory(dir=options.work) as out:
        command = [options.alfa, "detect", str(folder), "--bank", str(options.work / "part.bank"), "-q", *(["--out", out] if report else [])]
        start = time.monotonic()
        subprocess.run(command, check=True, capture_output=True)
        return len(os.listdir(folder)) / (time.monotonic() - start)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--alfa")
    options.add_argument("--work", type=pathlib.Path, required=True)
    options.add_argument("--pictures", default="200,30", help="how many of 1 and of 12 megapixels")
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--judge", help=argparse.SUPPRESS)
    options.add_argument("--out", help=argparse.SUPPRESS)
    given = options.parse_args()
    given.work = given.work.resolve()
    model = given.work / "padim" / "weights" / "openvino" / "model.xml"
    if given.judge:
        return judge(model, given.judge, given.out)
    photos = sorted(p for p in (folders.HOME / "examples" / "images").rglob("*") if p.suffix in (".jpg", ".png"))
    with tempfile.TemporaryDirectory(dir=given.work) as scratch:
        made = []
        for (name, size), count in zip(folders.SIZES.items(), map(int, given.pictures.split(","))):
            made.append((name, pathlib.Path(scratch) / name.replace(" ", "-")))
            folders.make_pictures(made[-1][1], photos, size, count)
        first = [str(p) for p in sorted(made[0][1].iterdir())[:10]]
        if not model.exists():
            export(given.work, first)
        subprocess.run([given.alfa, "learn", *first, "--class", "part", "-q", "-o", str(given.work / "part.bank")], check=True, capture_output=True)
        print("| pictures | anomalib, OpenVINO, a second | alfa | times |\n| --- | ---: | ---: | ---: |")
        for name, folder in made:
            for report in (False, True):
                runs = {run_peer: [], run_alfa: []}
                for r in range(given.rounds):
                    for run in list(runs)[:: 1 if r % 2 == 0 else -1]:
                        runs[run].append(run(given, folder, report))
                peer, ours = max(runs[run_peer]), max(runs[run_alfa])
                print(f"| {len(os.listdir(folder))} of {name}{', `--out`' if report else ''} | {peer:.1f} | {ours:.1f} | {ours / peer:.1f} |", flush=True)


if __name__ == "__main__":
    main()
