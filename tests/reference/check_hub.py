#!/usr/bin/env python3
"""Lets alfa and the hub's own client share one cache and one local hub (tests/hub): each must find what the other downloaded.

    python3 -m venv client && client/bin/pip install huggingface_hub==2.4.0     # 0.26.5 as well
    client/bin/python check_hub.py ../../build/alfa

Checked: what alfa pulled is found by hf_hub_download and snapshot_download offline, byte for byte, and a client that may ask fetches nothing;
what the client downloaded is found by alfa offline (info, list, verify) and by pull, which fetches nothing; the same without symbolic links;
the beginning of a file that a stopped alfa leaves does not disturb the client (0.26 goes on from it), nor does what a killed client leaves alfa;
folders that the client makes with local_dir are verified by alfa. Needs no network.
"""
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ALFA = os.path.abspath(sys.argv[1])
ROOT = pathlib.Path(__file__).resolve().parents[2]
ENDPOINT = pathlib.Path(ALFA).parent / "tests/hub_endpoint"
NAMES = ("open_clip_config.json", "open_clip_model.safetensors")
failures = 0


def check(good, what):
    global failures
    failures += not good
    print(("good  " if good else "WRONG ") + what)


def environment(home, **more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("HF_") and "proxy" not in k.lower()}
    return env | {"HOME": str(home), "HF_HOME": str(home / "hf"), "ALFA_DATA": str(ROOT), "HF_HUB_DISABLE_TELEMETRY": "1"} | more


def beside_hub(how, served, command, env):
    """The command's output, and what the hub saw."""
    got = subprocess.run([ENDPOINT, "--count", how, served, command], env=env, capture_output=True, text=True)
    lines = got.stdout.splitlines()
    return got.returncode, "\n".join(lines[:-1]), lines[-1] if lines else got.stderr, got.stderr


def client(code, env, how=None, served=None):
    """Runs Python in a process of its own: the client reads its environment once."""
    script = f"{sys.executable} -c '{code}'"
    if how:
        return beside_hub(how, served, script, env)
    got = subprocess.run(script, shell=True, env=env, capture_output=True, text=True)
    return got.returncode, got.stdout.strip(), "", got.stderr


SNAPSHOT = 'from huggingface_hub import snapshot_download as s; print(s("test/model"))'
FILES = 'from huggingface_hub import hf_hub_download as d; print(d("test/model", "open_clip_config.json")); print(d("test/model", "open_clip_model.safetensors"))'


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def alfa_first(served, home, **more):
    env = environment(home, **more)
    code, folder, _, err = beside_hub("good", served, f"{ALFA} model pull hf:test/model", env)
    check(code == 0, f"alfa pulls: {err.strip().splitlines()[-1] if err else ''}")
    code, paths, _, err = client(FILES, env | {"HF_HUB_OFFLINE": "1"})
    check(code == 0 and [digest(p) for p in paths.split()] == [digest(served / n) for n in NAMES], "the client finds the files offline")
    code, path, _, err = client(SNAPSHOT, env | {"HF_HUB_OFFLINE": "1"})
    check(code == 0 and path == folder, "the client finds the snapshot offline, at the same place")
    code, paths, saw, err = client(FILES, env, "good", served)
    check(code == 0 and saw.endswith("bytes 0"), f"the client, asking, fetches nothing: {saw}")


def client_first(served, home, **more):
    env = environment(home, **more)
    code, path, saw, err = client(FILES, env, "good", served)
    folder = os.path.dirname(path.splitlines()[-1]) if code == 0 else err
    check(code == 0, f"the client downloads: {saw}")
    got = subprocess.run([ALFA, "model", "info", "--model", "hf:test/model", "--json"], env=env | {"HF_HUB_OFFLINE": "1"}, capture_output=True, text=True)
    check(got.returncode == 0 and json.loads(got.stdout)["name"] == "hf:test/model", "alfa opens it offline by its name")
    got = subprocess.run([ALFA, "model", "list"], env=env, capture_output=True, text=True)
    check(folder in got.stdout, "alfa lists it")
    if not more:
        got = subprocess.run([ALFA, "model", "verify", "hf:test/model"], env=env, capture_output=True, text=True)
        check(got.returncode == 0 and got.stdout.count("good ") == 2, "alfa verifies it")
    code, mine, saw, err = beside_hub("good", served, f"{ALFA} model pull hf:test/model", env)
    check(code == 0 and mine == folder and saw.endswith("bytes 0"), f"alfa, asking, fetches nothing: {saw}")
    pathlib.Path(env["HF_HOME"], "token").write_text("hf_right\n")
    code, _, saw, err = beside_hub("gated", served, f"{ALFA} model pull hf:test/gated", env)
    check(code == 0 and "leaked 0" in saw and "tokens 0" not in saw, f"alfa shows the hub the token that the client stores: {saw}")


def stopped(served, home):
    """A beginning that alfa leaves, and the client after it."""
    env = environment(home)
    code, _, _, err = beside_hub("drip", served, f"{ALFA} model pull hf:test/model & sleep 2; kill -INT $!; wait $!", env)
    parts = list((home / "hf").glob("hub/*/blobs/*.incomplete"))
    check(len(parts) == 1 and parts[0].stat().st_size > 0, "a stopped alfa leaves a beginning")
    code, path, saw, err = client(FILES, env, "good", served)
    check(code == 0 and digest(path.splitlines()[-1]) == digest(served / NAMES[1]), f"the client downloads all the same: {saw}")
    got = subprocess.run([ALFA, "model", "verify", "hf:test/model"], env=env, capture_output=True, text=True)
    check(got.returncode == 0, "and alfa verifies it")


def client_stopped(served, home):
    """The other way round, with whatever the client leaves."""
    env = environment(home)
    script = f"{sys.executable} -c '{FILES}' & sleep 6; kill -KILL $!; wait $!"
    beside_hub("drip", served, script, env)
    parts = [p for p in (home / "hf").glob("hub/*/blobs/*.incomplete")]
    print(f"      a killed client leaves {[(p.name[-24:], p.stat().st_size) for p in parts]}")
    code, _, saw, err = beside_hub("good", served, f"{ALFA} model pull hf:test/model", env)
    check(code == 0, f"alfa pulls after a killed client: {saw}")


def folders(served, home):
    env = environment(home)
    to = home / "plain"
    script = "from huggingface_hub import hf_hub_download as d; " + "; ".join(f'd("test/model", "{name}", local_dir="{to}")' for name in NAMES)
    code, _, saw, err = client(script, env, "good", served)
    got = subprocess.run([ALFA, "model", "verify", to], env=env, capture_output=True, text=True)
    check(code == 0 and got.returncode == 0 and got.stdout.count("good ") == 2, "alfa verifies a folder that the client made")
    with open(to / NAMES[1], "r+b") as file:
        file.seek(100_000)
        file.write(b"damage")
    got = subprocess.run([ALFA, "model", "verify", to], env=env, capture_output=True, text=True)
    check(got.returncode == 3 and "DAMAGED" in got.stdout, "and finds damage in it")


def main():
    import huggingface_hub
    from huggingface_hub import constants
    print(f"huggingface_hub {huggingface_hub.__version__}")
    base = pathlib.Path(tempfile.mkdtemp())
    served = base / "served"
    served.mkdir()
    for name in NAMES:
        shutil.copy(ROOT / "tests/data/models/openclip-gelu" / name, served)
    cases = [(alfa_first, {}), (client_first, {}), (stopped, {}), (client_stopped, {}), (folders, {})]
    if hasattr(constants, "HF_HUB_DISABLE_SYMLINKS"):
        cases += [(alfa_first, {"HF_HUB_DISABLE_SYMLINKS": "1"}), (client_first, {"HF_HUB_DISABLE_SYMLINKS": "1"})]
    for number, (case, more) in enumerate(cases):
        print(f"--- {case.__name__} {more or ''}")
        home = base / f"home{number}"
        home.mkdir()
        case(served, home, **more)
    shutil.rmtree(base)
    sys.exit(failures > 0)


main()
