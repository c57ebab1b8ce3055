#!/usr/bin/env bash
# Whether systemd understands the units and calls them safe.
#   tests/serve/systemd.sh tools/systemd
set -euo pipefail
command -v systemd-analyze >/dev/null || { echo "SKIPPED: no systemd-analyze"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The program is not installed while it is tested.
sed -e 's|^ExecStart=/usr/local/bin/alfa|ExecStart=/bin/true|' -e '/^Documentation=/d' "$1/alfa.service" >"$work/alfa.service"
cp "$1/alfa.socket" "$work"
sed -e 's|^ExecStart=/usr/local/bin/alfa|ExecStart=/bin/true|' -e '/^Documentation=/d' "$1/alfa-watch@.service" >"$work/alfa-watch@.service"
sed -e 's|^ExecStart=/usr/local/bin/alfa|ExecStart=/bin/true|' -e '/^Documentation=/d' "$1/alfa-worker@.service" >"$work/alfa-worker@.service"
cd "$work"
said=$(systemd-analyze verify ./alfa.service ./alfa.socket 2>&1 | grep -F "$work" || true)
[ -z "$said" ] || { echo "$said"; exit 1; }
systemd-analyze security --offline=true --threshold=10 ./alfa.service | tail -n 1
# The watcher needs what its folders need.
said=$(systemd-analyze verify ./alfa-watch@line1.service 2>&1 | grep -F alfa-watch || true)
[ -z "$said" ] || { echo "$said"; exit 1; }
systemd-analyze security --offline=true --threshold=15 ./alfa-watch@.service | tail -n 1
# The worker speaks with a broker.
said=$(systemd-analyze verify ./alfa-worker@1.service 2>&1 | grep -F alfa-worker || true)
[ -z "$said" ] || { echo "$said"; exit 1; }
systemd-analyze security --offline=true --threshold=20 ./alfa-worker@.service | tail -n 1
