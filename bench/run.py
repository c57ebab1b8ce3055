"""Times alfa beside its peers and writes the tables of docs/performance.md; called by bench/run.sh.

Before anything is timed its answers are compared with those of the reference, and who disagrees is not timed. In a round every
contender runs once, in another order each time. Rounds are kept in WORK/rounds.jsonl and add up over calls until alfa is built
anew; the tables are made from all of them."""

import argparse
import datetime
import hashlib
import json
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
import time

import numpy as np

import tables

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ALFA, WORKER = f"{ROOT}/build/alfa", f"{ROOT}/build/bench/bench_worker"
HERE = f"{ROOT}/bench"
AGREE = {"f32": 0.99999, "bf16": 0.999, "int8": 0.999}       # least cosine to the reference
DIM = 640
SLICE = 60                                                    # seconds after which no new round begins inside one gate


class Gate:
    """Holds a command while something is measured: 'quiet cat' where a lock keeps others away. It must pass on its input."""

    def __init__(self, command):
        self.command = command

    def __enter__(self):
        if self.command:
            self.process = subprocess.Popen(shlex.split(self.command), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.process.stdin.write(b"\n")
            self.process.stdin.flush()
            self.process.stdout.readline()

    def __exit__(self, *_):
        if self.command:
            self.process.stdin.close()
            self.process.wait()


class Contender:
    """A process that has loaded a model and answers commands (worker.c, peers.py)."""

    def __init__(self, bench, name, precision, threads, command):
        self.name, self.precision, self.command = name, precision, command
        self.label = f"{name} {precision}, {threads} thread{'s' * (threads > 1)}"
        who = [WORKER, bench.model("vit-b-16-plus-240"), precision, str(threads), f"{bench.work}/picture.jpg",
               f"{bench.work}/sentences.txt", f"{bench.work}/cache"]
        if name != "alfa":
            who = [sys.executable, f"{HERE}/peers.py", name, precision, str(threads), bench.work]
        bench.say(f"loading {self.label}")
        with bench.aside:
            self.process = subprocess.Popen(who, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=bench.env, text=True)
            assert self.process.stdout.readline() == "{}\n", f"{self.label} did not start"

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Bench:
    def __init__(self, options):
        self.work, self.rounds = os.path.abspath(options.work), options.rounds
        self.gate, self.aside = Gate(options.gate), Gate(options.aside)
        self.env = dict(os.environ, OMP_WAIT_POLICY="passive", XDG_CACHE_HOME=f"{self.work}/cache", ALFA_DATA=ROOT)
        self.build = hashlib.sha256(open(ALFA, "rb").read()).hexdigest()[:12]
        text = subprocess.run([ALFA, "bench", "--help"], capture_output=True, text=True).stdout
        info = subprocess.run([ALFA, "model", "info", "--json"], capture_output=True, check=True, text=True, env=self.env).stdout
        self.default = json.loads(info)["precision"]           # what auto means on this processor
        self.precisions = re.search(r"--precision auto\|([a-z0-9|]+)", text).group(1).split("|")

    def model(self, name):
        return f"{self.work}/models/{name}"

    @staticmethod
    def say(text):
        print(text, file=sys.stderr, flush=True)

    def note(self, group, label, **values):
        row = dict(build=self.build, date=datetime.datetime.now().isoformat(timespec="seconds"), load=os.getloadavg()[0],
                   group=group, label=label, **values)
        with open(f"{self.work}/rounds.jsonl", "a", encoding="utf-8") as f:
            f.write(json.dumps(row) + "\n")
        self.say(f"  {label}: " + ", ".join(f"{k} {v:.7g}" if isinstance(v, float) else f"{k} {v}" for k, v in values.items()))

    def slices(self, rounds):
        """Counts rounds inside the gate, and lets others in between when a while has passed."""
        left = rounds
        while left:
            with self.gate:
                start = time.time()
                while left and time.time() - start < SLICE:
                    left -= 1
                    yield rounds - left

    # ------------------------------------------------------------------ in memory: one picture, all sentences

    def agree(self, contenders, command):
        """The contenders whose vectors are those of the last one, which is the reference."""
        rows = {}
        for c in contenders:
            path = f"{self.work}/vectors.f32"
            with self.aside:
                c.ask(f"{command} {path}")
            rows[c] = np.fromfile(path, dtype=np.float32).reshape(-1, DIM)
        good = []
        for c in contenders:
            worst = float((rows[c] * rows[contenders[-1]]).sum(1).min())
            self.note(f"agree-{command}", c.label, cosine=worst, count=len(rows[c]))
            if worst >= AGREE[c.precision]:
                good.append(c)
            else:
                self.say(f"  {c.label} gives other answers: not timed")
                c.close()
        return good

    def interleave(self, group, contenders, check, also=lambda: None):
        contenders = self.agree(contenders, check)
        for i in self.slices(self.rounds):
            self.say(f"round {i} of {group}")
            random.shuffle(contenders)
            for c in contenders:
                time.sleep(0.2)                            # until the threads of the one before have gone to sleep
                self.note(group, c.label, **c.ask(c.command))
            also()
        for c in contenders:
            c.close()

    def image(self):
        alfa = [Contender(self, "alfa", p, threads, "image") for p in self.precisions for threads in (2, 1)]
        peers = [Contender(self, name, p, 2, "image") for name, p in
                 (("openvino", "f32"), ("openvino", "bf16"), ("onnxruntime", "f32"), ("onnxruntime", "int8"), ("anomalib", "bf16"), ("anomalib", "f32"))]
        self.interleave("image", alfa + peers, "vectors", self.peak)

    def peak(self):
        rates = json.loads(subprocess.run([f"{ROOT}/build/bench/bench_peak", "2"], capture_output=True, check=True, text=True).stdout)
        for precision in ("f32", "bf16", "int8"):
            if rates[precision]:
                self.note("peak", precision, rate=rates[precision], isa=rates["isa"])

    def text(self):
        alfa = [Contender(self, "alfa", p, 2, "prompts") for p in self.precisions]
        self.interleave("text", alfa + [Contender(self, "open_clip", p, 2, "prompts") for p in ("bf16", "f32")], "texts")

    def cached(self):
        alfa = Contender(self, "alfa", self.default, 2, "cached")
        alfa.ask("cached")
        for _ in self.slices(10 * self.rounds):
            self.note("cached", alfa.label, **alfa.ask("cached"))
        alfa.close()

    def flight(self):
        """The same number of pictures by one detector with both processors, then by several with one each."""
        both, one = (Contender(self, "alfa", self.default, threads, "flight") for threads in (2, 1))
        for alfa in (both, one):
            alfa.ask("image")
        for _ in self.slices(self.rounds):
            for n, alfa in ((1, both), (1, one), (2, one), (4, one), (8, one)):
                answer, threads = alfa.ask(f"flight {n} 8"), 2 if alfa is both else 1
                self.note("flight", f"{n} in flight, {threads} thread{'s' * (threads > 1)} each", rate=8 / answer["seconds"],
                          megabytes=answer["megabytes"])
        both.close()
        one.close()

    # ------------------------------------------------------------------ whole processes

    def process(self, group, label, command, env=None):
        start = time.perf_counter()
        child = subprocess.Popen(command, env=env or self.env, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0, f"{label} failed"
        self.note(group, label, seconds=seconds, processor=usage.ru_utime + usage.ru_stime, megabytes=usage.ru_maxrss / 1024)

    def cold(self):
        """From the start of the process to the answer for one picture, of a class whose sentences nobody has seen (or has)."""
        picture, stamp = f"{self.work}/picture.jpg", int(time.time())
        big = [ALFA, "detect", picture, "-q", "--model", self.model("vit-b-16-plus-240"), "--precision"]
        for precision in self.precisions:                  # leaves the packed weights in the cache
            with self.aside:
                subprocess.run([*big, precision, "--class", f"toy {stamp}"], env=self.env, check=True, stdout=subprocess.DEVNULL)
        for i in self.slices(self.rounds):
            self.say(f"round {i} of cold")
            noun = f"toy {stamp} {i}"
            with tempfile.TemporaryDirectory(dir=self.work) as nothing:
                self.process("cold", f"alfa {self.default}, very first start", [*big, self.default, "--class", noun],
                             dict(self.env, XDG_CACHE_HOME=nothing))
            for age in ("new", "known"):
                for precision in self.precisions:
                    self.process("cold", f"alfa {precision}, {age} class", [*big, precision, "--class", noun])
                self.process("cold", f"alfa with alfa-tiny, {age} class", [ALFA, "detect", picture, "-q", "--class", noun])
            for precision in ("f32", "bf16"):
                self.process("cold", f"anomalib {precision}, new class",
                             [sys.executable, f"{HERE}/peers.py", "cold", precision, "2", self.work, noun])

    def many(self):
        """Memory over the number of pictures; time does not matter here."""
        for count in (100, 1000):
            pictures = [f"{self.work}/pictures/{i:04d}.jpg" for i in range(count)]
            with self.aside:
                self.process("many", f"{count} images", [ALFA, "detect", *pictures, "--class", "bottle", "--json", "-q"])

    def curves(self):
        """What alfa bench says of other windows, models and banks."""
        big = ("--model", self.model("vit-b-16-plus-240"))
        points = [("scales", scales, (*big, "--scales", scales)) for scales in ("2", "2,3", "2,3,4")]
        points += [("models", "alfa-tiny", ()), ("models", "ViT-B-32", ("--model", self.model("vit-b-32-quickgelu"))), ("models", "ViT-B-16-plus-240", big)]
        points += [("bank", str(count), ("--bank", self.bank(count)) if count else ()) for count in (0, 4, 50, 200)]
        for _ in self.slices(self.rounds):
            for group, label, arguments in points:
                text = subprocess.run([ALFA, "bench", f"{self.work}/picture.jpg", "--json", "-q", "--rounds", "2", *arguments],
                                      env=self.env, check=True, capture_output=True, text=True).stdout
                self.note(group, label, stages={stage: times["minimum"] for stage, times in json.loads(text)["seconds"].items()})

    def bank(self, count):
        path = f"{self.work}/{count}.{self.build}.bank"
        pictures = [f"{self.work}/pictures/{i:04d}.jpg" for i in range(count)]
        if not os.path.exists(path):
            with self.aside:
                subprocess.run([ALFA, "learn", *pictures, "--class", "bottle", "-q", "-o", path], env=self.env, check=True, stdout=subprocess.DEVNULL)
        return path


def main():
    groups = ("image", "text", "cached", "cold", "flight", "curves", "many")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True, help="folder for Python, models, graphs and rounds.jsonl; 10 GB")
    parser.add_argument("--rounds", type=int, default=3, help="more measurements of each kind, none with 0 (default 3)")
    parser.add_argument("--groups", default=",".join(groups), help="what to measure (default %(default)s)")
    parser.add_argument("--gate", help="command that passes on its input and keeps the machine quiet until that ends")
    parser.add_argument("--aside", help="the same for what takes long and is not timed: loading, learning")
    parser.add_argument("--write", nargs="?", const=f"{ROOT}/docs/performance.md", metavar="FILE",
                        help="put the tables between the marks of FILE (without FILE: docs/performance.md)")
    options = parser.parse_args()
    bench = Bench(options)
    subprocess.run([sys.executable, f"{HERE}/prepare.py", bench.work], check=True)
    for group in options.groups.split(",") if options.rounds else ():
        assert group in groups, f"--groups: {group} is none of {', '.join(groups)}"
        getattr(bench, group)()
    tables.show(bench, options.write)


if __name__ == "__main__":
    main()
