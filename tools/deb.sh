#!/usr/bin/env bash
# Builds the Debian packages from what is committed, into build/deb, and has lintian look at them.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh build-essential debhelper dh-python lintian python3-cffi libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev
work=$PWD/build/deb
rm -rf "$work"
mkdir -p "$work/alfa"
git archive HEAD | tar -x -C "$work/alfa"
(cd "$work/alfa" && dpkg-buildpackage --build=binary --no-sign)
rm -rf "$work/alfa"
# Units that the package does not look after would run on when it is gone.
dpkg-deb -I "$work"/alfa_*.deb postinst prerm postrm | grep 'alfa.socket' >/dev/null || { echo "deb: nobody looks after the units" >&2; exit 1; }
dpkg-deb -c "$work"/python3-alfa_*.deb | grep 'dist-info/METADATA' >/dev/null || { echo "deb: pip does not know that the package is there" >&2; exit 1; }
lintian --fail-on error,warning "$work"/*.changes
ls "$work"/*.deb
