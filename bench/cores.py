#!/usr/bin/env python3
"""What more processors would bring to one image alone, from what one and two threads take here.

    python3 bench/cores.py [--alfa build/alfa] [--parts build/bench/bench_parts] [--model DIR] [--grid 15] [--scales 2,3] [--rounds 5]

`alfa bench` measures each stage with one and two threads, in turn. Windows are parts that threads take one by one: how long N
threads are busy with them follows from their sizes, times what two threads lose against that here. Of every other stage
Amdahl's law says how much is not shared, 2 t2/t1 - 1, and what N threads would take. Memory that many processors share, their lower
clock and their waiting for each other are not in it. Prints a Markdown table.
"""
import argparse
import heapq
import json
import os
import subprocess

HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STAGES = {"decode": "decode", "resize": "resize", "image_tower": "image tower", "windows": "windows", "score": "score"}
THREADS = (1, 2, 4, 8, 12, 16, 32)


def measure(options, threads):
    command = [options.alfa, "bench", "--json", "--threads", str(threads), "--rounds", "20", *(["--model", options.model] if options.model else [])]
    seconds = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["seconds"]
    return {stage: seconds[stage]["minimum"] for stage in STAGES}


def busy(parts, threads):
    """Tokens of the thread that ends last when each takes the next part as soon as it is free."""
    ends = [0] * threads
    for part in parts:
        heapq.heappush(ends, heapq.heappop(ends) + part)
    return max(ends)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--alfa", default=f"{HOME}/build/alfa")
    options.add_argument("--parts", default=f"{HOME}/build/bench/bench_parts")
    options.add_argument("--model", help="folder (default: the built-in one)")
    options.add_argument("--grid", default="15", help="patches a side")
    options.add_argument("--scales", default="2,3", help="windows, without scale 1, which is none")
    options.add_argument("--rounds", type=int, default=5)
    options = options.parse_args()
    rounds = [(measure(options, 1), measure(options, 2)) for _ in range(options.rounds)]
    one, two = ({stage: min(r[i][stage] for r in rounds) for stage in STAGES} for i in (0, 1))
    told = subprocess.run([options.parts, options.grid, *options.scales.split(",")], capture_output=True, text=True, check=True).stdout
    windows = [int(line) for line in told.split()]
    alone = {stage: min(1, max(0, 2 * two[stage] / one[stage] - 1)) for stage in STAGES}
    lost = two["windows"] / one["windows"] / (busy(windows, 2) / sum(windows))

    def seconds(stage, n):
        if stage == "windows":
            return one[stage] * busy(windows, n) / sum(windows) * (lost if n > 1 else 1)
        return one[stage] * (alone[stage] + (1 - alone[stage]) / n)

    print(f"{len(windows)} parts of windows, of {min(windows)} to {max(windows)} tokens; two threads lose {100 * (lost - 1):.0f} % on them\n")
    print("| milliseconds | not shared | " + " | ".join(f"{n}" for n in THREADS) + " |\n| --- | ---: |" + " ---: |" * len(THREADS))
    for stage, name in STAGES.items():
        share = "parts" if stage == "windows" else f"{100 * alone[stage]:.0f} %"
        print(f"| {name} | {share} | " + " | ".join(f"{1e3 * seconds(stage, n):.1f}" for n in THREADS) + " |")
    totals = [sum(seconds(stage, n) for stage in STAGES) for n in THREADS]
    print("| one image | | " + " | ".join(f"{1e3 * t:.1f}" for t in totals) + " |")
    print("| times as fast | | " + " | ".join(f"{totals[0] / t:.2f}" for t in totals) + " |")


if __name__ == "__main__":
    main()
