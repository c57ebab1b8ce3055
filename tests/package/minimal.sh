#!/usr/bin/env bash
# Builds libalfa for raw frames alone, looks at what it links, and lets it judge beside the one that has everything. From the root
# of the repository: tests/package/minimal.sh BUILD
set -euo pipefail
build=$1
minimal=$build/minimal
root=$(mktemp -d /tmp/alfa-minimal-XXXXXX)
trap 'rm -rf "$root"' EXIT
fail() { echo "minimal: $*" >&2; exit 1; }

{ cmake -G Ninja -S . -B "$minimal" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-O1 -DALFA_WITH_VIPS=OFF -DALFA_WITH_CURL=OFF \
    -DALFA_WITH_SQLITE=OFF -DALFA_WITH_OPENMP=OFF -DCMAKE_INSTALL_PREFIX=/opt/alfa -DCMAKE_INSTALL_LIBDIR=/opt/alfa/lib64 && cmake --build "$minimal" -j 2; } >"$root/log" 2>&1 || { tail -30 "$root/log"; fail "cannot be built"; }
grep warning: "$root/log" && fail "warnings"

# jansson reads configs, headers of weights and banks.
allowed='^(libc|libm|libdnnl|libpcre2-8|libstdc\+\+|libgcc_s|libjansson|ld-linux-x86-64|ld-linux-aarch64)\.so'
readelf -d "$minimal/libalfa.so" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE "$allowed" && fail "links more than it should"
[ "$(ldd "$minimal/libalfa.so" | wc -l)" -le 14 ] || { ldd "$minimal/libalfa.so"; fail "drags too much in"; }

cc -std=c17 -Wall -Wextra -Werror -Iinclude tests/package/raw.c -L"$minimal" -lalfa -o "$root/raw"
model=tests/data/models/openclip-gelu
mkdir "$root/full" "$root/small"
LD_LIBRARY_PATH=$build "$root/raw" $model prompts/generic.txt "$root/full" >"$root/full.txt"
LD_LIBRARY_PATH=$minimal "$root/raw" $model prompts/generic.txt "$root/small" more >"$root/small.txt" || fail "does what it should not"
diff "$root/full.txt" "$root/small.txt" || fail "judges otherwise"
DESTDIR=$root cmake --install "$minimal" >/dev/null # one folder is said as an absolute path
rm "$root"/opt/alfa/lib64/libalfa.so*
cc -std=c17 examples/camera.c $(PKG_CONFIG_PATH=$root/opt/alfa/lib64/pkgconfig pkg-config --static --cflags --libs alfa) \
    -o "$root/camera" || fail "alfa.pc does not say what a static link needs"
echo "minimal: $(ldd "$minimal/libalfa.so" | wc -l) libraries in all"
