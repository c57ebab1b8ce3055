#!/usr/bin/env python3
"""Puts the package together, from the sources and a build of alfa, and makes a wheel of it.

    build.py OUT --library ../build/libalfa.so            # OUT/alfa, to be used with PYTHONPATH=OUT
    build.py OUT --library ../build/libalfa.so --wheel    # and OUT/alfa-VERSION-py3-none-PLATFORM.whl

libalfa.so, the built-in model and the prompts are in it; the libraries that libalfa.so needs are the system's. Needs nothing but cffi.
"""
import argparse
import base64
import hashlib
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

METADATA = """Metadata-Version: 2.1
Name: alfa
Version: {version}
Summary: Finds what is wrong in a photograph, without training
License: Apache-2.0
Requires-Python: >=3.9
Requires-Dist: cffi>=1.15
Requires-Dist: numpy>=1.21
Description-Content-Type: text/markdown

{text}"""
WHEEL = "Wheel-Version: 1.0\nGenerator: alfa\nRoot-Is-Purelib: false\nTag: {tag}\n"


def assemble(package, library):
    """The package's folder: sources, interface, library, data."""
    shutil.rmtree(package, ignore_errors=True)
    shutil.copytree(HERE / "alfa", package, ignore=shutil.ignore_patterns("__pycache__", "_interface.py"))
    subprocess.run([sys.executable, HERE / "cdef.py", ROOT / "include/alfa.h", package / "_interface.py"], check=True, stdout=subprocess.DEVNULL)
    shutil.copyfile(library.resolve(), package / "libalfa.so.1")
    data = package / "data"
    shutil.copytree(ROOT / "models", data / "models", ignore=shutil.ignore_patterns("*.png", "*.jpg", "clip-merges.txt"))  # that is compiled in
    shutil.copytree(ROOT / "prompts", data / "prompts")
    for name in ("LICENSE", "NOTICE"):
        shutil.copyfile(ROOT / name, package / name)


def write_wheel(out, package):
    """After the binary distribution format (PEP 427); the same bytes for the same files, whenever it is made."""
    version = re.search(r'define ALFA_VERSION "(.+)"', (ROOT / "include/alfa.h").read_text())[1]
    tag = "py3-none-" + re.sub(r"[-.]", "_", sysconfig.get_platform())
    info, record = f"alfa-{version}.dist-info", []
    with zipfile.ZipFile(out / f"alfa-{version}-{tag}.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        def write(name, content):
            entry = zipfile.ZipInfo(name)  # of 1980
            entry.external_attr = 0o644 << 16
            wheel.writestr(entry, content, zipfile.ZIP_DEFLATED)

        def add(name, content):
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(content)}\n")
            write(name, content)

        for path in sorted(package.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                add(str(path.relative_to(package.parent)), path.read_bytes())
        add(f"{info}/METADATA", METADATA.format(version=version, text=(ROOT / "docs/python.md").read_text()).encode())
        add(f"{info}/WHEEL", WHEEL.format(tag=tag).encode())
        write(f"{info}/RECORD", "".join(record) + f"{info}/RECORD,,\n")
    return wheel.filename


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--wheel", action="store_true")
    arguments = parser.parse_args()
    assemble(arguments.out / "alfa", arguments.library)
    print(write_wheel(arguments.out, arguments.out / "alfa") if arguments.wheel else arguments.out / "alfa")


main()
