#!/usr/bin/env bash
# ALFA_WITH_AMQP=OFF: configures and says what is lacking, compiles, links without librabbitmq, and the program says in a line what it
# needs. Only what differs is compiled again; the rest is taken from BUILD. without.sh BUILD, from the root of the repository
set -euo pipefail
build=$(realpath "$1")
[ -e "$build/build.ninja" ] || { echo "SKIPPED: $1 was not made with Ninja"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "fleet/without: $*"; exit 1; }

cmake -G Ninja -S . -B "$work/off" -DCMAKE_BUILD_TYPE=Release -DALFA_WITH_AMQP=OFF -DALFA_WERROR=ON -DALFA_WITH_GSTREAMER=OFF >"$work/log" 2>&1 ||
    { tail "$work/log"; fail "cannot be configured"; }
grep -q 'Without librabbitmq (librabbitmq-dev): alfa worker, alfa submit and alfa serve --amqp only say so' "$work/log" || fail "CMake does not say what is lacking"
objects=CMakeFiles/alfa_fleet.dir/src/fleet
ninja -C "$work/off" $objects/{fleet,job,without_amqp}.c.o >"$work/log" 2>&1 || { tail -20 "$work/log"; fail "cannot be compiled"; }
ninja -C "$work/off" -t query $objects/link.c.o >/dev/null 2>&1 && fail "the link to a broker is compiled all the same"
ninja -C "$work/off" -t commands alfa | grep -q rabbitmq && fail "a compiler is told of librabbitmq"

# The link line of the program, with these instead of those that need librabbitmq.
link=$(ninja -C "$build" -t commands alfa | tail -1)
link=$(sed -E "s,[^ ]*src/fleet/(link[a-z_]*|without_amqp)[.]c[.]o,,g; s,[^ ]*src/fleet/fleet[.]c[.]o,& $work/off/$objects/without_amqp.c.o,; s,[^ ]*rabbitmq[^ ]*,,g; s, -o alfa , -o $work/alfa ," <<<"$link")
(cd "$build"; eval "$link") || fail "cannot be linked"
readelf -d "$work/alfa" | grep -q rabbitmq && fail "links librabbitmq"
export ALFA_DATA=$PWD XDG_DATA_HOME=$work XDG_CACHE_HOME=$work
for verb in worker "submit examples/images --class plate" "serve --port 0"; do
    code=0; "$work/alfa" $verb --amqp amqp://127.0.0.1:1 -q 2>"$work/said" || code=$?
    [ $code = 2 ] && [ "$(cat "$work/said")" = "alfa: --amqp: needs librabbitmq, which this build of alfa lacks: install librabbitmq-dev and build again" ] ||
        fail "alfa $verb ends with $code: $(cat "$work/said")"
done
"$work/alfa" detect examples/images/plate/chip.jpg --class plate -m tests/data/models/openclip-gelu -q >/dev/null || fail "detect"
echo "fleet/without: all as it should be"
