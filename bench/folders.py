#!/usr/bin/env python3
"""Pictures a second of `alfa detect` on folders, beside another alfa: with and without a report, of one and twelve megapixels.

    python3 bench/folders.py --alfa build/alfa --other OLD/build/alfa [--photos FOLDER] [--pictures 500,100] [--rounds 3]

Makes the pictures in a temporary folder from photographs (those in examples/images, or of --photos), enlarged, with a little noise
so that they compress as photographs do; needs Pillow and numpy. Then the programs run in turn, another first in each round.
Prints a Markdown table: pictures a second and processor time a picture (the least of the rounds), peak memory, seconds until the
first line, and how often this alfa is faster than the other. Whether both say the same is told below it.
"""
import argparse
import multiprocessing
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import time

import numpy
from PIL import Image

SIZES = {"1 megapixel": (1152, 864), "12 megapixels": (4000, 3000)}
HOME = pathlib.Path(__file__).resolve().parent.parent


def make_pictures(folder, photos, size, count):
    """count JPEGs of a size: every photograph is decoded and enlarged once, and no two files are the same."""
    folder.mkdir()
    random = numpy.random.default_rng(1)
    large = []
    for path in photos[:min(count, 12)]:
        with Image.open(path) as photo:
            pixels = numpy.asarray(photo.convert("RGB").resize(size, Image.BICUBIC), dtype=numpy.int16)
        noise = random.integers(-4, 5, pixels.shape, dtype=numpy.int16)
        large.append(Image.fromarray(numpy.clip(pixels + noise, 0, 255).astype(numpy.uint8)))
    for i in range(count):
        large[i % len(large)].rotate(180 * (i // len(large) % 2)).save(folder / f"{i:04}.jpg", quality=88 + i % 7)


def run(program, folder, report):
    """One run: seconds, processor seconds, peak MB, seconds to the first line, lines without their seconds."""
    out = tempfile.mkdtemp(dir=folder.parent)
    command = [program, "detect", str(folder), "--class", "part", "-q", *(["--out", out] if report else [])]
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    lines, first = [], None
    for line in process.stdout:
        first = first or time.monotonic() - start
        lines.append(line.split(" s  ")[-1].strip() + " " + line.split()[0])
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    shutil.rmtree(out)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, first, lines


def measure(programs, folder, report, rounds):
    """The runs of each program, in turn."""
    runs = {name: [] for name in programs}
    for r in range(rounds):
        for name in list(programs)[:: 1 if r % 2 == 0 else -1]:
            runs[name].append(run(programs[name], folder, report))
    return runs


def print_row(what, name, runs, count, other):
    least = min(r[0] for r in runs)
    gain = f"{min(r[0] for r in other) / least:.2f}" if other else ""
    print(f"| {what} | {name} | {count / least:.1f} | {min(r[1] for r in runs) / count * 1000:.0f} | {max(r[2] for r in runs):.0f} "
          f"| {min(r[3] for r in runs):.2f} | {gain} |", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--alfa", required=True)
    options.add_argument("--other", required=True)
    options.add_argument("--photos", type=pathlib.Path, default=HOME / "examples" / "images")
    options.add_argument("--pictures", default="500,100", help="how many of 1 and of 12 megapixels")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=2)
    given = options.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: given.threads])
    photos = sorted(p for p in given.photos.rglob("*") if p.suffix in (".jpg", ".png"))
    programs = {"other": given.other, "alfa": given.alfa}
    print("| pictures | program | a second | processor, ms each | peak memory, MB | first line, s | times the other |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    notes = []
    with tempfile.TemporaryDirectory() as work:
        for (name, size), count in zip(SIZES.items(), map(int, given.pictures.split(","))):
            folder = pathlib.Path(work) / name.replace(" ", "-")
            maker = multiprocessing.Process(target=make_pictures, args=(folder, photos, size, count))
            maker.start()  # its memory would count as that of the programs that are started from here
            maker.join()
            for report in (False, True):
                runs = measure(programs, folder, report, given.rounds)
                what = f"{count} of {name}, {'--out' if report else 'no report'}"
                print_row(what, "other", runs["other"], count, None)
                print_row(what, "alfa", runs["alfa"], count, runs["other"])
                pairs = [(float(a.rsplit(" ", 1)[1]), float(b.rsplit(" ", 1)[1]), a.rsplit(" ", 1)[0] == b.rsplit(" ", 1)[0])
                         for a, b in zip(runs["other"][0][4], runs["alfa"][0][4])]
                order = len(runs["other"][0][4]) == len(runs["alfa"][0][4]) and all(p[2] for p in pairs)
                notes.append(f"{what}: {'same order' if order else 'ANOTHER ORDER'}, scores differ by at most "
                             f"{max(abs(p[0] - p[1]) for p in pairs):.3f}")
    print()
    print("\n".join(notes))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
