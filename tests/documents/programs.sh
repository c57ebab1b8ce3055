#!/usr/bin/env bash
# Programs that use the library as a reader of the documents would: the example of alfa.h and examples/embed.c, in C and
# C++, from an installed tree: programs.sh BUILD, from the root of the repository.
set -euo pipefail
build=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_WAIT_POLICY=passive HOME=$work

cmake --install "$build" --prefix "$work/alfa" >/dev/null
PKG_CONFIG_PATH=$(dirname "$(find "$work/alfa" -name alfa.pc)")
export PKG_CONFIG_PATH
library=$(pkg-config --variable=libdir alfa)
read -ra flags <<<"$(pkg-config --cflags --libs alfa) -Wl,-rpath,$library"

# The lines of the header's example, in a main(), with the reader's photograph.
{
    echo '#include <alfa.h>'
    echo '#include <stdio.h>'
    echo 'static int failed;'
    echo '#define alfa_ok(call) (failed |= (call) != ALFA_OK)'
    echo 'int main(void) {'
    sed -n '/^ \*     struct alfa_error err;/,/^ \*     printf/s/^ \*     //p' include/alfa.h |
        sed -E -e 's/^(alfa_[a-z_]+\(.*\));$/alfa_ok(\1);/' -e 's|"photo.jpg"|"examples/images/plate/chip.jpg"|'
    echo 'return failed; }'
} >"$work/header.c"
grep -q alfa_detector_run "$work/header.c"

# try LANGUAGE COMPILER SOURCE ARGUMENT...: compiles without a warning, and prints a number.
try() {
    local language=$1 compiler=$2 source=$3
    shift 3
    $compiler -x "$language" -Wall -Wextra -Werror "$source" -x none "${flags[@]}" -o "$work/program"
    "$work/program" "$@" >"$work/out"
    grep -qE '0\.[0-9]+' "$work/out" || { echo "$source in $language prints: $(cat "$work/out")"; exit 1; }
    echo "$(basename "$source") in $language: $(head -1 "$work/out")"
}

data=$work/alfa/share/alfa
for pair in 'c cc' 'c++ c++'; do
    read -r language compiler <<<"$pair"
    try "$language" "$compiler" "$work/header.c"
    try "$language" "$compiler" examples/embed.c "$data/models/alfa-tiny" "$data/prompts/generic.txt" 'lime slice' \
        examples/images/lime_slice/rot.jpg
done
