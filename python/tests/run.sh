#!/usr/bin/env bash
# Puts the Python package together from a build and tests it as a wheel. From the root of the repository: python/tests/run.sh BUILD
set -euo pipefail
build=$1
python=${PYTHON:-/usr/bin/python3}
root=$(mktemp -d /tmp/alfa-python-XXXXXX)
trap 'rm -rf "$root"' EXIT
"$python" python/build.py "$root/made" --library "$build/libalfa.so" --wheel >/dev/null
TZ=Asia/Tokyo "$python" python/build.py "$root/again" --library "$build/libalfa.so" --wheel >/dev/null
cmp "$root"/made/alfa-*.whl "$root"/again/alfa-*.whl || { echo 'the same files make another wheel'; exit 1; }
mkdir "$root/installed"
"$python" -m zipfile -e "$root"/made/alfa-*.whl "$root/installed" # what an installer does with a wheel

export PYTHONPATH="$root/installed" HOME="$root" PYTHONDONTWRITEBYTECODE=1 OMP_WAIT_POLICY=passive
ALFA_PROGRAM=$(realpath "$build/alfa")
export ALFA_PROGRAM
unset ALFA_DATA ALFA_LIBRARY HF_HOME HF_HUB_CACHE XDG_CACHE_HOME
"$python" -m pytest -q --durations=3 -p no:cacheprovider python/tests
if "$python" -c 'import pandas' 2>/dev/null; then
    "$python" python/examples/folders.py examples/images/plate examples/images/lime_slice >"$root/table"
    [ "$(grep -c jpg "$root/table")" -gt 5 ] || { cat "$root/table"; echo 'folders.py has no table'; exit 1; }
fi
"$python" python/examples/frames.py --frames 5 plate examples/images/plate | tail -1 | grep -q '5 frames'
