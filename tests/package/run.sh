#!/usr/bin/env bash
# Installs a build into a temporary folder and uses it as somebody else would: find_package and pkg-config, C and C++, shared and
# static, an older header, the examples over many frames. From the root of the repository: tests/package/run.sh BUILD
set -euo pipefail
build=$1
root=$(mktemp -d /tmp/alfa-package-XXXXXX)
trap 'rm -rf "$root"' EXIT
model=tests/data/models/openclip-gelu
fail() { echo "package: $*" >&2; exit 1; }

DESTDIR= cmake --install "$build" --prefix "$root/usr" >"$root/install.log" || { cat "$root/install.log"; fail "cannot be installed"; }
for file in include/alfa.h include/alfa_llm.h share/doc/alfa/LICENSE share/doc/alfa/NOTICE share/doc/alfa/docs/models.md \
    share/alfa/models/alfa-tiny/open_clip_model.safetensors share/alfa/prompts/generic.txt; do
    [ -f "$root/usr/$file" ] || fail "$file is not installed"
done
nm -D --defined-only "$build/libalfa.so" | grep -v ' alfa_[a-z]' && fail "names that are not of the interface can be linked with"
[ "$(ls "$root/usr/include" | wc -l)" = 2 ] || fail "more headers than the public ones are installed"
grep -q 'Permission is hereby granted' "$root/usr/share/doc/alfa/NOTICE" || fail "the MIT License of what is carried along is not installed"
find "$root/usr/share/alfa" -name '*.png' -o -name '*.jpg' | grep . && fail "pictures of training are installed"

cmake -G Ninja -S tests/package -B "$root/consumer" -DCMAKE_PREFIX_PATH="$root/usr" >"$root/log" 2>&1 &&
    cmake --build "$root/consumer" >"$root/log" 2>&1 || { cat "$root/log"; fail "find_package does not work"; }
if cmake -G Ninja -S tests/package -B "$root/other" -DCMAKE_PREFIX_PATH="$root/usr" -DALFA_WANTED=2.0 >/dev/null 2>&1; then
    fail "version 1 is taken for version 2"
fi

mkdir "$root/sub" # the sources in a folder of another project, whose tests are its own
printf '%s\n' 'cmake_minimum_required(VERSION 3.25)' 'project(sub C CXX)' 'enable_testing()' "add_subdirectory($PWD alfa EXCLUDE_FROM_ALL)" \
    "add_executable(camera $PWD/examples/camera.c)" 'target_link_libraries(camera PRIVATE alfa::alfa)' >"$root/sub/CMakeLists.txt"
cmake -G Ninja -S "$root/sub" -B "$root/sub/build" >"$root/log" 2>&1 || { cat "$root/log"; fail "is no part of another project"; }
ctest --test-dir "$root/sub/build" -N >"$root/tests"
grep -q 'Total Tests: 0' "$root/tests" || fail "brings its tests into another project"
ninja -C "$root/sub/build" -t commands camera >"$root/commands"
grep -q "$PWD/src/detect/detector.c" "$root/commands" || fail "another project would not build it"

ln -s usr/lib "$root/lib" # as on a system that has merged them: the prefix is found to be the one above /usr
cmake -G Ninja -S tests/package -B "$root/merged" -DCMAKE_PREFIX_PATH="$root" >"$root/log" 2>&1 || { cat "$root/log"; fail "is not found through a link"; }

pc() { PKG_CONFIG_PATH=$(dirname "$(find "$root/usr" -name alfa.pc)") pkg-config "$@"; }
library=$(pc --variable=libdir alfa)
cc -std=c17 -Wall -Wextra -Wpedantic -Werror examples/embed.c $(pc --cflags --libs alfa) -Wl,-rpath,"$library" -o "$root/embed"
c++ -std=c++17 -Wall -Wextra -Wpedantic -Wshadow -Werror examples/station.cpp $(pc --cflags --libs alfa) \
    -Wl,-rpath,"$library" -o "$root/station"
mkdir "$root/static"
cp "$library/libalfa.a" "$root/static"
cc -std=c17 examples/camera.c -L"$root/static" $(pc --static --cflags --libs alfa | sed "s,-L$library,,") -o "$root/camera" ||
    fail "alfa.pc does not say what the static library needs"
"$root/embed" "$(pc --variable=models alfa)/alfa-tiny" "$root/usr/share/alfa/prompts/generic.txt" plate \
    examples/images/plate/chip.jpg | grep -q 'score 0\.' || fail "embed.c does not judge"

"$root/consumer/older" $model examples/images/plate/chip.jpg | grep -q '^0\.' || fail "a program with an older header is left behind"

export OMP_WAIT_POLICY=passive
cd_bank=$root/part.bank
"$root/consumer/feed" learn $model "$cd_bank" 64 48
"$root/consumer/feed" run 2 1000 "$root/consumer/camera" $model "$cd_bank" 64 48 || fail "camera.c"
"$root/consumer/feed" run 2 5 "$root/consumer/camera_static" $model "$cd_bank" 64 48 || fail "the static library"
"$root/consumer/feed" run 3 1000 "$root/station" $model "$cd_bank" 64 48 || fail "station.cpp"
plugin=$(find "$root/usr" -name libgstalfa.so)
folder=$(dirname "$plugin")
if [ -n "$plugin" ] && command -v gst-inspect-1.0 >/dev/null; then
    GST_PLUGIN_SYSTEM_PATH_1_0= GST_PLUGIN_PATH_1_0=$folder GST_REGISTRY_1_0=$root/registry.bin gst-inspect-1.0 alfadetect >"$root/element" &&
        grep -q '"result"' "$root/element" || fail "GStreamer does not find alfadetect"
    # By way of /lib, as Debian's GStreamer finds it.
    env -u ALFA_DATA GST_PLUGIN_PATH_1_0="$root/${folder#"$root/usr/"}" GST_REGISTRY_1_0="$root/registry.bin" gst-launch-1.0 -q \
        fakesrc num-buffers=1 sizetype=fixed sizemax=12288 filltype=zero ! video/x-raw,format=RGB,width=64,height=64,framerate=1/1 ! \
        alfadetect class=plate ! fakesink >"$root/log" 2>&1 || { cat "$root/log"; fail "alfadetect does not find its model"; }
fi
echo "package: all is well"
