#!/usr/bin/env bash
# The program when memory, disk or time runs out: program.sh PROGRAM FAULTY POINTS, from the root of the repository.
# FAULTY is the library of faulty.c; of each kind of call POINTS are let fail, spread over all there are. Each run ends
# with success and the usual output, or with exit status 3 or 4 and a sentence; a bank is whole or not there; no
# temporary file stays. Then learning is killed POINTS times: the old bank or the new one is there, nothing else.
set -uo pipefail
program=$(realpath "$1")
faulty=$(realpath "$2")
points=$3
work=$(mktemp -d /dev/shm/alfa-faults-XXXXXX || mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work/home ALFA_DATA=$PWD OMP_WAIT_POLICY=passive LC_ALL=C.UTF-8
unset XDG_CACHE_HOME
mkdir -p "$work/home" "$work/normal"
model=tests/data/models/openclip-gelu
cp examples/images/plate/good_[12].jpg "$work/normal/"
options=(--class plate --model "$model" --threads 1 -q --no-cache)

runs=0 wrong=0
complain() {
    echo "$*"
    tail -2 "$work/err"
    wrong=$((wrong + 1))
}

detect() { "$program" detect examples/images/plate/chip.jpg "${options[@]}" --json; }
explain() { "$program" explain examples/images/plate/chip.jpg "${options[@]}" --json; }
learn() { "$program" learn "$work/normal" "${options[@]}" -o "$work/new.bank"; }
use() { "$program" detect examples/images/plate/chip.jpg --bank "$work/old.bank" --model "$model" --threads 1 -q --no-cache --json; }
show() { "$program" detect examples/images/plate/chip.jpg "${options[@]}" --out "$work/out"; }

# What counts of an output: not how long it took.
plain() { sed -E 's/"seconds": [^,}]*//; s/ +[0-9.]+ s / s /' "$1"; }

# one VERB: runs it with the FAULT... of the environment, and looks at what came of it.
one() {
    rm -rf "$work/new.bank" "$work/out"
    (LD_PRELOAD=$faulty "$1") >"$work/out.txt" 2>"$work/err"
    local code=$?
    runs=$((runs + 1))
    case $code in
    0) cmp -s <(plain "$work/out.txt") <(plain "$work/$1.expected") || complain "$what: success with another output" ;;
    3 | 4) grep -q '^alfa: .' "$work/err" || complain "$what: exit status $code without a sentence" ;;
    *) complain "$what: exit status $code" ;;
    esac
    if [ "$1" = learn ] && [ -e "$work/new.bank" ]; then # with an error: of the pictures that could be read
        cmp -s "$work/new.bank" "$work/old.bank" ||
            { [ $code != 0 ] && { cmp -s "$work/new.bank" "$work/one.bank" || cmp -s "$work/new.bank" "$work/two.bank"; }; } ||
            complain "$what: another bank"
    fi
    if find "$work" -name '.alfa-*.tmp' | grep -q .; then
        complain "$what: a temporary file stays"
        find "$work" -name '.alfa-*.tmp' -delete
    fi
}

# sweep VERB KIND ERRNO ALL
sweep() {
    export FAULT=$2 FAULT_ERRNO=$3 FAULT_ALL=$4
    local total step n
    rm -rf "$work/new.bank" "$work/out"
    FAULT_AT=0 FAULT_COUNT=$work/count LD_PRELOAD=$faulty "$1" >/dev/null 2>&1
    total=$(cat "$work/count")
    rm -f "$work/count"
    step=$((total / points + 1))
    for ((n = 1; n <= total; n += step)); do
        what="$1: $2 $n of $total$([ "$4" = 1 ] && echo ' and all after it'), errno $3"
        FAULT_AT=$n one "$1"
    done
}

# What learning makes of both pictures, and of each.
learn >/dev/null 2>&1
mv "$work/new.bank" "$work/old.bank"
for number in one two; do
    "$program" learn "$work/normal/good_$([ $number = one ] && echo 1 || echo 2).jpg" "${options[@]}" -o "$work/$number.bank" >/dev/null 2>&1
done
for verb in detect explain learn use show; do
    "$verb" >"$work/$verb.expected" 2>/dev/null
    for all in 0 1; do
        sweep "$verb" memory 12 "$all"
        sweep "$verb" read 5 "$all"
        sweep "$verb" write 28 "$all"
    done
    sweep "$verb" short 0 1
    sweep "$verb" sync 5 0
    sweep "$verb" rename 28 0
    echo "$verb: $runs runs so far, $wrong wrong"
done

# What is asked once at the beginning, such as what the processor can: closely.
export FAULT=memory FAULT_ERRNO=12 FAULT_ALL=0
for ((n = 1; n <= 1000; n += 5)); do
    what="detect: memory $n, errno 12"
    FAULT_AT=$n one detect
done
echo "start: $runs runs so far, $wrong wrong"
unset FAULT FAULT_AT

# Killed at any moment.
cp "$work/old.bank" "$work/killed.bank"
for ((n = 1; n <= points; n++)); do
    "$program" learn "$work/normal/good_1.jpg" "${options[@]}" -o "$work/killed.bank" >/dev/null 2>&1 &
    sleep "0.$(printf '%02d' $((n * 90 / points)))"
    kill -9 $! 2>/dev/null
    wait $! 2>/dev/null
    cmp -s "$work/killed.bank" "$work/old.bank" || cmp -s "$work/killed.bank" "$work/one.bank" || complain "killed: half a bank"
    runs=$((runs + 1))
done
echo "$runs runs, $wrong wrong"
[ "$wrong" = 0 ]
