"""Makes the tables of docs/performance.md from the rounds: minimum and median of each, and ratios of them."""

import importlib.metadata
import json
import re
import statistics
import subprocess


WORK = 622        # 10^9 operations an image after the exact savings that docs/performance.md names


def load(bench):
    """{group: {label: [row, ...]}} of this build of alfa."""
    groups = {}
    try:
        lines = open(f"{bench.work}/rounds.jsonl", encoding="utf-8").read().splitlines()
    except FileNotFoundError:
        lines = []
    for row in map(json.loads, lines):
        if row["build"] == bench.build:
            groups.setdefault(row["group"], {}).setdefault(row["label"], []).append(row)
    return groups


def low(rows, key="seconds"):
    return min(row[key] for row in rows)


def middle(rows, key="seconds"):
    return statistics.median(row[key] for row in rows)


def table(head, rows):
    if not rows:
        return "Not measured."
    lines = [" | ".join(head), " | ".join(["---"] + ["---:"] * (len(head) - 1))] + [" | ".join(row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def seconds(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def ratio(a, b):
    """How many times longer a takes than b, by minimum and by median."""
    return [f"{low(a) / low(b):.2f}", f"{middle(a) / middle(b):.2f}"] if a and b else ["-", "-"]


def megabytes(rows):
    return f"{max(row['megabytes'] for row in rows):.0f}"


def precision(label):
    return label.split()[1].rstrip(",")


def timed(groups, group, base):
    """One row a contender, the quickest first; base(label) is the label that it is compared with."""
    found = groups.get(group, {})
    rows = [[label, str(len(r)), seconds(low(r)), seconds(middle(r)), seconds(low(r, "processor")), *ratio(r, found.get(base(label))), megabytes(r)]
            for label, r in sorted(found.items(), key=lambda item: low(item[1]))]
    return table(["", "rounds", "minimum, s", "median, s", "processor, s", "times alfa's minimum", "times alfa's median", "peak memory, MB"], rows)


def agreement(groups):
    rows = [[label, "vectors of one image and its windows" if group == "agree-vectors" else "sentences", str(r[-1]["count"]), f"{low(r, 'cosine'):.7f}"]
            for group in ("agree-vectors", "agree-texts") for label, r in groups.get(group, {}).items()]
    return table(["", "compared", "vectors", "least cosine"], rows)


STAGES = {"decode": "decode", "resize": "resize", "image_tower": "image tower", "windows": "windows", "score": "score",
          "report": "report", "total": "one image", "prompts": "prompts"}


def stages(groups, group, first):
    """alfa bench's minimum of each stage in milliseconds, the least of all rounds."""
    rows = [[label] + [f"{1e3 * min(row['stages'][s] for row in r):.1f}" for s in STAGES] for label, r in groups.get(group, {}).items()]
    return table([first, *STAGES.values()], rows)


def flight(groups):
    rows = [[label, str(len(r)), f"{max(row['rate'] for row in r):.2f}", f"{middle(r, 'rate'):.2f}", megabytes(r)]
            for label, r in groups.get("flight", {}).items()]
    return table(["", "rounds", "images a second, most", "median", "peak memory, MB"], rows)


def many(groups):
    return table(["", "peak memory, MB", "seconds"], [[label, megabytes(r), f"{low(r):.0f}"] for label, r in groups.get("many", {}).items()])


def goals(groups, default):
    """What was aimed at, and what came out by the clock's minimum and median and by processor time; default: alfa's precision."""
    image, text, cold = groups.get("image", {}), groups.get("text", {}), groups.get("cold", {})
    views = (low, middle, lambda r: low(r, "processor"))
    rows = []

    def add(what, aim, values, form, good):
        cells = [form(v) for v in values] if values else ["not measured", "", ""]
        rows.append([what, aim, *cells, ("yes" if all(map(good, values)) else "no") if values else ""])

    def times(what, aim, slow, quick):
        slow = [s for s in slow if s]
        values = [view(min(slow, key=view)) / view(quick) for view in views] if slow and quick else None
        add(what, f"{aim} times", values, "{:.2f}".format, lambda v: v >= aim)

    def below(what, aim, unit, r, key="seconds", scale=1.0):
        values = [scale * low(r, key), scale * middle(r, key)] if r else None
        add(what, f"under {aim} {unit}", values and [*values, None], lambda v: "" if v is None else f"{v:.3g}", lambda v: v is None or v < aim)

    def near(p, percent):
        rates = groups.get("peak", {}).get(p)
        limit = rates and WORK / max(row["rate"] for row in rates)
        threads = 2
        values = [100 * (v / limit - 1) for v in (low(alfa(p)), middle(alfa(p)), low(alfa(p), "processor") / threads)] if rates and alfa(p) else None
        what = f"{p} near the processor's limit" + (f" of {limit:.2f} s" if limit else "")
        add(what, f"{percent} % above", values, "{:.1f} %".format, lambda v: v <= percent)

    def peers(p):
        return [image.get(f"{name} {p}, 2 threads") for name in ("anomalib", "onnxruntime", "openvino")]

    def alfa(p):
        return image.get(f"alfa {p}, 2 threads")

    torch = [image.get("anomalib f32, 2 threads")]
    times("f32 ahead of the best peer in f32", 1.15, peers("f32"), alfa("f32"))
    times("bf16 ahead of the best peer in bf16", 1.2, peers("bf16"), alfa("bf16"))
    near("f32", 8)
    near("bf16", 12)
    times(f"the default, {default}, ahead of anomalib's, f32", 2.5, torch, alfa(default))
    times("int8 ahead of ONNX Runtime's", 1.3, peers("int8"), alfa("int8"))
    times("int8 ahead of anomalib's f32", 4, torch, alfa("int8"))
    times(f"292 new sentences, {default}, ahead of open_clip's f32", 15, [text.get("open_clip f32, 2 threads")], text.get(f"alfa {default}, 2 threads"))
    below("known sentences", 5, "ms", groups.get("cached", {}).get(f"alfa {default}, 2 threads"), scale=1e3)
    times("cold start ahead of anomalib's", 10, [cold.get("anomalib f32, new class")], cold.get(f"alfa {default}, new class"))
    below("cold start with the built-in model", 1.5, "s", cold.get("alfa with alfa-tiny, new class"))
    below("peak memory, bf16, known class", 700, "MB", cold.get("alfa bf16, known class"), "megabytes")
    below("peak memory, bf16, new class", 700, "MB", cold.get("alfa bf16, new class"), "megabytes")
    return table(["", "aim", "by minimum", "by median", "by processor time", "met"], rows)


def machine(bench, groups):
    dates = sorted(row["date"] for labels in groups.values() for rows in labels.values() for row in rows)
    loads = sorted(row["load"] for labels in groups.values() for rows in labels.values() for row in rows)
    cpu = re.search(r"Model name:\s*(.*)", subprocess.run(["lscpu"], capture_output=True, text=True).stdout)
    flags = open("/proc/cpuinfo", encoding="utf-8").read()
    has = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_tile") if flag in flags]
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in
                         ("torch", "open_clip_torch", "anomalib", "onnxruntime", "openvino"))
    return (f"Measured {dates[0][:16].replace('T', ' ')} to {dates[-1][11:16]} on {cpu.group(1) if cpu else 'an unknown processor'} "
            f"({', '.join(has)}), 2 threads. {versions}. "
            f"The machine's load (how many threads want to run) was {loads[0]:.1f} to {loads[-1]:.1f}, {statistics.median(loads):.1f} in the median; "
            f"2 are alfa's or a peer's.") if dates else ""


def show(bench, path):
    """Prints all tables; with a path also puts them between its markers <!-- bench: NAME --> and <!-- end -->, which may be of some."""
    groups = load(bench)
    parts = {
        "machine": machine(bench, groups),
        "goals": goals(groups, bench.default),
        "agree": agreement(groups),
        "image": timed(groups, "image", lambda label: f"alfa {precision(label)}, 2 threads"),
        "text": timed(groups, "text", lambda label: f"alfa {precision(label)}, 2 threads"),
        "cold": timed(groups, "cold", lambda label: f"alfa {bench.default}, new class"),
        "flight": flight(groups),
        "scales": stages(groups, "scales", "scales"),
        "models": stages(groups, "models", "model"),
        "bank": stages(groups, "bank", "images in the bank"),
        "many": many(groups),
    }
    for name, text in parts.items():
        print(f"\n{name}\n\n{text}")
    if path:
        document = open(path, encoding="utf-8").read()
        places = re.findall("<!-- bench: (.*?) -->", document)
        assert places and set(places) <= set(parts), f"{path}: marks are of {', '.join(parts)}"
        for name in places:
            document, found = re.subn(rf"(<!-- bench: {name} -->\n).*?(<!-- end -->)", lambda m: m[1] + parts[name] + "\n" + m[2], document, flags=re.S)
            assert found == 1, f"{path} has {found} places for {name}"
        with open(path, "w", encoding="utf-8") as f:
            f.write(document)
