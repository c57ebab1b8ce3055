#!/usr/bin/env bash
# Whether systemd understands the unit and calls it safe.
#   tests/serve/systemd.sh tools/systemd
set -euo pipefail
command -v systemd-analyze >/dev/null || { echo "SKIPPED: no systemd-analyze"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The program is not installed while it is tested.
sed -e 's|^ExecStart=/usr/local/bin/alfa|ExecStart=/bin/true|' -e '/^Documentation=/d' "$1/alfa.service" >"$work/alfa.service"
cp "$1/alfa.socket" "$work"
cd "$work"
said=$(systemd-analyze verify ./alfa.service ./alfa.socket 2>&1 | grep -F "$work" || true)
[ -z "$said" ] || { echo "$said"; exit 1; }
systemd-analyze security --offline=true --threshold=10 ./alfa.service | tail -n 1
