#!/usr/bin/env bash
# Fetches axe-core, which looks for barriers in the page, into a folder for test_browser.c (it comes inside a package
# of PyPI, so that no Node is needed). Without a network the test goes on without it.
#   tests/serve/axe.sh build/axe
set -euo pipefail
[ -f "$1/axe.min.js" ] && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" download --quiet --no-deps --dest "$work" axe-core-python==0.1.0
mkdir -p "$1"
python3 -m zipfile --extract "$work"/axe_core_python-*.whl "$work/wheel"
cp "$work/wheel/axe_core_python/axe.min.js" "$1/"
