#!/usr/bin/env bash
# Finds out which packages are missing to build and test alfa, and installs them (Debian and its relatives).
#   tools/setup.sh           install what is missing; does nothing, and needs no network, when all is there
#   tools/setup.sh --check   only say what is missing
#   tools/setup.sh NAME...   the same for these packages as well
set -euo pipefail

packages=(gcc g++ libc6-dev make cmake ninja-build pkg-config libdnnl-dev libvips-dev libjpeg-dev libwebp-dev libisal-dev libjansson-dev libpcre2-dev
    libsqlite3-dev libmicrohttpd-dev libxxhash-dev libcurl4-openssl-dev libmosquitto-dev librabbitmq-dev ca-certificates libcmocka-dev
    libssl-dev python3-cffi python3-numpy python3-pytest)

check=
if [ "${1:-}" = --check ]; then
    check=1
    shift
fi
packages+=("$@")

say() { echo "setup: $*" >&2; }

# On a system without dpkg: what can be seen without it.
check_elsewhere() {
    local missing=() tool module
    for tool in cc c++ cmake ninja pkg-config; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    for module in vips libjpeg libwebpdemux libisal jansson libpcre2-8 sqlite3 libmicrohttpd libxxhash libcurl libmosquitto cmocka openssl; do
        pkg-config --exists "$module" 2>/dev/null || missing+=("$module")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        say "missing: ${missing[*]}"
        say "install these and oneDNN (2.6 or 3) with your system's package manager;" \
            "on Debian they are: ${packages[*]}"
        exit 1
    fi
}

if ! command -v dpkg-query >/dev/null; then
    check_elsewhere
    exit 0
fi

missing=()
for package in "${packages[@]}"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
    [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ -n "$check" ]; then
    say "missing packages: ${missing[*]}"
    say "'make setup' installs them"
    exit 1
fi

as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { say "not root and no sudo; run as root: apt-get install ${missing[*]}"; exit 1; }
    as_root="sudo --preserve-env=DEBIAN_FRONTEND"
fi
say "installing with apt-get: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
if ! { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; }; then
    say "apt-get failed; without a network, install these from another source: ${missing[*]}"
    exit 1
fi
say "installed"
