"""What lies beside the products: the processor time of judging one picture, by kind of work.

A worker (bench_worker) of each build judges the picture on one pinned core while perf looks every half millisecond which function
runs; functions are grouped by name. Builds take turns, and the round with the least processor time stands for a build. Needs perf,
which the other scripts of this folder do not.

    python3 bench/beside.py --model DIR --picture FILE --build build [--build OLD/build] [--precisions bf16,int8,f32]
"""

import argparse
import collections
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# The first pattern that matches names the kind. Of functions that the compiler has split, the name before the first dot counts.
KINDS = (
    ("oneDNN", r"libdnnl"),
    ("waiting, system", r"libgomp|kernel|\[vdso\]"),
    ("attention", r".*attend|.*attention|soften|read_(row|keys|query)|write_row"),
    ("GELU", r".*gelu|alfa__activate"),
    ("LayerNorm, rounding", r"norm_row|alfa__layer_norm|.*convert"),
    ("to bytes and back", r".*quantise|.*scaled?_row|widen_row|(put|get)_rows?|take_outliers|run_chunk|alfa__largest"),
    ("gathering, adding, copying", r"alfa__gather|alfa__add_row|.*memcpy|.*memmove|.*memset|map_values"),
    ("convolutions' surroundings", r"pool|standardise|alfa__context|alfa__stem|run_maps"),
    ("resizing", r".*resize|.*resample|.*preprocess|alfa__image"),
)
REST = "scores, map, regions, the rest"
KEEP = 1e-4                                                # seconds a picture below which a line is left out


def kind(symbol, dso):
    name = symbol.split(".")[0]
    if "[unknown]" in symbol and not re.search(r"\.so|kernel", dso):
        return "oneDNN"                                    # code that it made while it ran
    for what, pattern in KINDS[:2]:
        if re.search(pattern, dso):
            return what
    for what, pattern in KINDS[2:]:
        if re.match(pattern, name):
            return what
    return REST


class Worker:
    def __init__(self, build, precision, options, folder):
        sentences = f"{folder}/sentences.txt"
        open(sentences, "w", encoding="utf-8").write("a photo of a bottle\n")
        cache = f"{folder}/cache-{abs(hash(build))}"
        os.makedirs(cache, exist_ok=True)
        command = ["taskset", "-c", options.core, f"{build}/bench/bench_worker", options.model, precision, "1", options.picture, sentences, cache]
        root = os.path.dirname(os.path.abspath(build))
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"ALFA_DATA": root, **os.environ})
        assert self.process.stdout.readline() == "{}\n", f"{build} does not start"
        self.ask("image")

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def round(self, options, folder):
        """(processor seconds a picture, {kind: seconds a picture}, {function: seconds} beside oneDNN)"""
        path = f"{folder}/perf.data"
        perf = subprocess.Popen(["perf", "record", "-q", "-e", "cpu-clock", "-F", "2000", "-o", path, "-p", str(self.process.pid)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)                                    # until it looks
        spent = sum(self.ask("image")["processor"] for _ in range(options.images)) / options.images
        perf.send_signal(signal.SIGINT)
        perf.wait()
        lines = subprocess.run(["perf", "script", "-i", path, "-F", "ip,sym,dso"], capture_output=True, text=True, check=True).stdout.splitlines()
        found, rest = collections.Counter(), collections.Counter()
        for line in lines:
            parts = re.match(r"\s*[0-9a-f]+ (.*) \((.*)\)\s*$", line)
            if parts:
                what = kind(parts[1], parts[2])
                found[what] += 1
                if what != "oneDNN":
                    rest[parts[1].split(".")[0]] += 1
        share = spent / max(1, found.total())
        return spent, {k: n * share for k, n in found.items()}, {k: n * share for k, n in rest.items()}

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def measure(options):
    """{precision: [best round of each build]}"""
    out = {}
    with tempfile.TemporaryDirectory() as folder:
        for precision in options.precisions.split(","):
            workers = [Worker(build, precision, options, folder) for build in options.build]
            rounds = [[w.round(options, folder) for w in workers] for _ in range(options.rounds)]
            out[precision] = [min((r[i] for r in rounds), key=lambda r: r[0]) for i in range(len(workers))]
            for w in workers:
                w.close()
    return out


def show(results, options):
    names = options.names.split(",") if options.names else [os.path.basename(os.path.dirname(os.path.abspath(b))) for b in options.build]
    columns = [(f"{precision}, {name}", r) for precision, rounds in results.items() for name, r in zip(names, rounds)]
    kinds = [k for k, _ in KINDS] + [REST]
    print("| milliseconds of processor a picture | " + " | ".join(c for c, _ in columns) + " |")
    print("| --- |" + " ---: |" * len(columns))
    print("| all | " + " | ".join(f"{1e3 * r[0]:.1f}" for _, r in columns) + " |")
    for k in kinds:
        if any(r[1].get(k, 0) > KEEP for _, r in columns):
            print(f"| {k} | " + " | ".join(f"{1e3 * r[1].get(k, 0):.1f}" for _, r in columns) + " |")
    beside = [r[0] - r[1].get("oneDNN", 0) for _, r in columns]
    print("| **beside oneDNN** | " + " | ".join(f"**{1e3 * b:.1f}**" for b in beside) + " |")
    if options.functions:
        for c, r in columns:
            print(f"{c}: " + ", ".join(f"{name} {1e3 * s:.2f}" for name, s in sorted(r[2].items(), key=lambda x: -x[1])[:25]), file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=f"{ROOT}/models/alfa-tiny", help="folder (default: the built-in one)")
    parser.add_argument("--picture", required=True)
    parser.add_argument("--build", action="append", required=True, help="folder of a build; several are compared")
    parser.add_argument("--names", help="what to call the builds, separated by commas")
    parser.add_argument("--precisions", default="bf16,int8,f32")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--images", type=int, default=3, help="pictures a round")
    parser.add_argument("--core", default="0")
    parser.add_argument("--functions", action="store_true", help="name the functions beside oneDNN on standard error")
    options = parser.parse_args()
    show(measure(options), options)


if __name__ == "__main__":
    main()
