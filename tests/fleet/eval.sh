#!/usr/bin/env bash
# alfa eval --amqp with a real broker: tables, results and the folder of features are those of alfa eval alone, to the byte, also when a
# worker is killed; workers that would see other numbers, or cannot write, are told of in a line.
#   eval.sh PROGRAM, from the root of the repository
set -euo pipefail
alfa=$(realpath "$1")
images=$PWD/examples/images/plate
masks=$PWD/examples/masks/plate
picture=$PWD/tests/data/images/valid/rgb.png
model=$PWD/tests/data/models/openclip-gelu
work=$(mktemp -d)
. tests/fleet/broker.sh
workers=()
trap 'kill -9 "${workers[@]}" 2>/dev/null || true; kill_broker; rm -rf "$work"' EXIT
cd "$work"
export XDG_CACHE_HOME=$work/cache OMP_WAIT_POLICY=passive ALFA_DATA=$OLDPWD
mkdir -p cache/alfa; : >cache/alfa/alfa-tiny.introduced

fail() {
    echo "fleet/eval: $*"
    for file in worker-*.log eval.log; do [ ! -s $file ] || { echo "-- $file"; tail -8 $file | cut -c1-300; }; done
    [ ! -s broker.log ] || { echo "-- broker"; tail -5 broker.log | cut -c1-300; }
    exit 1
}
until_true() { # what COMMAND...
    local what=$1; shift
    patient 90 "$@" || fail "$what"
}
said() { grep -q -- "$1" "$2"; }
begin_worker() { # NAME OPTION...
    local name=$1; shift
    "$alfa" worker -m "$model" --threads 1 --root set --amqp amqp://127.0.0.1:$port "$@" >worker-$name.out 2>worker-$name.log &
    workers+=($!) last=$!
}
worker() { begin_worker "$@"; until_true "worker $1 starts" said 'working for' worker-$1.log; }
stop() { kill -TERM $1; wait $1 || fail "a worker ends with $?"; }

# A class of nine pictures, one of them damaged, and four to learn from.
mkdir -p set/ok set/nok set/learn set/marked
for i in 1 2 3 4; do cp "$picture" set/ok/same_$i.png; printf x >>set/ok/same_$i.png; printf %s $i >>set/ok/same_$i.png; done
cp "$images"/good_1.jpg set/ok/; cp "$images"/chip.jpg "$images"/crack.jpg set/nok/
head -c 900 "$images"/chip.jpg >set/nok/cut.jpg
for mask in chip crack; do cp "$masks"/${mask}_mask.png set/marked/$mask.png; done
for i in 1 2 3 4; do cp "$images"/good_1.jpg set/learn/$i.jpg; printf %s $i >>set/learn/$i.jpg; done
judge() { # FOLDER OPTION...: the tables, in FOLDER
    local out=$1; shift
    "$alfa" eval --normal-dir set/ok --abnormal-dir set/nok --mask-dir set/marked --learn-dir set/learn --class plate -m "$model" --threads 1 \
        --shots 0,2 --seeds 2 --out $out "$@" >$out.md 2>eval.log && fail "a damaged picture is no failure"
    [ -s $out/report.md ] || fail "no tables in $out"
}
same() { # FOLDER FEATURES: as without workers; seconds are measured, and stand in the last column. A killed worker leaves what it was writing
    cmp alone.md $1.md && cmp alone/report.md $1/report.md || fail "other tables in $1"
    cmp <(sed 's/,[^,]*$//' alone/results.csv) <(sed 's/,[^,]*$//' $1/results.csv) || fail "other results in $1"
    diff -r -x '.alfa-*.tmp' alone/features $2 >&2 || fail "other features in $2"
}
judge alone
[ "$(ls alone/features | wc -l)" -ge 10 ] || fail "features: $(ls alone/features)"

# The broker is away at first; one worker is killed in the middle.
settle_broker; begin_broker
begin_worker one --features kept; one=$last
begin_worker two --features kept; two=$last
(judge fleet --features kept --root set/ --amqp amqp://127.0.0.1:$port) & asker=$!
until_true "the first" eval '[ -n "$(ls kept 2>/dev/null)" ]'
kill -9 $one
wait $asker || fail "eval: $(cat eval.log)"
same fleet kept
said 'workers did not look at 1 of .* images.*cut.jpg' eval.log || fail "does not say which image workers could not look at"
[ "$(grep -c 'did not look' eval.log)" = 1 ] || fail "workers did not look at what they can"
stop $two

# Once more: nothing is left to look at, and nobody is asked but for the damaged one.
worker three --features kept; three=$last
rm -r fleet; judge fleet --features kept --root set/ --amqp amqp://127.0.0.1:$port
same fleet kept
stop $three
said 'ended: 1 job,' worker-three.log || fail "is asked for what is there: $(cat worker-three.log)"

# What a worker alone puts into its folder, while whoever asks looks into another one.
worker apart --features seen
judge apart --features own --root set --amqp amqp://127.0.0.1:$port
same apart own
diff -r alone/features seen >&2 || fail "a worker sees something else"
stop $last

# Other numbers, no folder, none that can be written: told in a line, and looked at here.
refused() { # WORDS WORKER-OPTION...
    local words=$1; shift
    worker other "$@"
    rm -rf other fresh; judge other --features fresh --root set --amqp amqp://127.0.0.1:$port
    same other fresh
    said "workers did not look at .*$words" eval.log || fail "$words"
    stop $last
}
refused 'look: is of another model or precision' --precision int8 --features kept
refused 'look: needs a worker with --features' --tries 1
publish() { amqp-publish --url=amqp://127.0.0.1:$port -r alfa.jobs -p -b "{\"alfa\": 1, \"id\": \"odd\", \"look\": \"$1\", \"image\": {$2}}"; }
worker odd --features kept
publish 'x' '"path": "ok/good_1.jpg"'
until_true "no look" said 'look: is none that this version' worker-odd.log
publish 'x' '"base64": "AAAA"'
until_true "no path" said '"look" needs an "image"' worker-odd.log
stop $last

wrong() { # WORDS OPTION...
    local words=$1 code=0; shift
    timeout 60 "$alfa" eval set -m "$model" "$@" >out 2>eval.log || code=$?
    [ $code = 2 ] && said "$words" eval.log && [ "$(grep -c 'alfa: ' eval.log)" = 1 ] || fail "$words: ends with $code"
}
wrong 'is needed with --amqp' --amqp amqp://127.0.0.1:$port
wrong 'needs what workers see to be kept' --amqp amqp://127.0.0.1:$port --features kept --features-limit 0
wrong 'is not for --bank' --amqp amqp://127.0.0.1:$port --features kept --bank x.bank
echo "fleet/eval: all as it should be"
