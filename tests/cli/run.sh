#!/usr/bin/env bash
# Runs the steps of a golden test and compares what the program prints with what stands below each step:
#     $ alfa model list          a command, run by bash from the root of the repository; `alfa` is the program
#     > alfa-tiny {*}            a line of standard output
#     ! alfa: nope: {*}          a line of standard error
#     ? 3                        the exit code (0 when this line is missing)
#     # ...                      a comment
# {N} stands for any number, {0.81~0.02} for one that differs from 0.81 by at most 0.02, {*} for anything in the line, TMP
# for the folder $TMP, which is empty at first and removed at the end. A line that begins with + continues the command
# above it.
#   tests/cli/run.sh PROGRAM CASE.test            compare; prints the differences
#   tests/cli/run.sh --update PROGRAM CASE.test   write what the program prints into the file instead
set -uo pipefail

update=
if [ "$1" = --update ]; then
    update=1
    shift
fi
program=$(realpath "$1")
case=$2
[ -x "$program" ] || { echo "$program is not a program"; exit 2; }
whole=$(mktemp -d)
TMP=$whole/tmp work=$whole/work # names of their own: a random one can say "NG", which is said of pictures in it
trap 'rm -rf "$whole"' EXIT
mkdir "$TMP" "$work"

export TMP LC_ALL=C.UTF-8 TZ=UTC HOME="$TMP/home" ALFA_DATA="$PWD"
unset XDG_CACHE_HOME NO_COLOR HF_ENDPOINT HF_TOKEN HF_TOKEN_PATH HF_HOME HF_HUB_CACHE HUGGINGFACE_HUB_CACHE HF_HUB_OFFLINE
mkdir "$work/bin" "$TMP/home"
ln -s "$program" "$work/bin/alfa"
PATH="$work/bin:$PATH"
# The built-in model introduces itself once; the tests are not about that, except one.
mkdir -p "$TMP/home/.cache/alfa" && : >"$TMP/home/.cache/alfa/alfa-tiny.introduced"

# near WANTED: whether the numbers in BASH_REMATCH are those of the {VALUE~TOLERANCE} in the line WANTED. {N} has two
# groups of its own there, {VALUE~TOLERANCE} one.
near() {
    local place group=1
    while read -r place; do
        if [ "$place" = '{N}' ]; then
            group=$((group + 2))
            continue
        fi
        awk -v got="${BASH_REMATCH[group]}" -v place="${place//[\{\}]/}" \
            'BEGIN { split(place, p, "~"); d = got - p[1]; exit !(d <= p[2] && -d <= p[2]) }' || return 1
        group=$((group + 1))
    done < <(grep -oE '\{N\}|\{-?[0-9.]+~[0-9.]+\}' <<<"$1")
}

# matches EXPECTED ACTUAL: the same lines, with the placeholders of EXPECTED.
matches() {
    local pattern line patterns=() lines=() wanted_lines=()
    mapfile -t wanted_lines <"$1"
    mapfile -t patterns < <(sed -E -e 's/\{-?[0-9.]+~[0-9.]+\}/{~}/g' -e 's/[][\\.*^$+?(){}|]/\\&/g' \
        -e 's/\\\{N\\\}/-?[0-9]+(\\.[0-9]+)?(e[-+]?[0-9]+)?/g' -e 's/\\\{\\\*\\\}/.*/g' \
        -e 's/\\\{~\\\}/(-?[0-9.]+)/g' "$1")
    mapfile -t lines <"$2"
    [ ${#patterns[@]} = ${#lines[@]} ] || return 1
    for line in "${!lines[@]}"; do
        pattern="^${patterns[line]}\$"
        [[ ${lines[line]} =~ $pattern ]] || return 1
        [[ ${wanted_lines[line]} != *'~'* ]] || near "${wanted_lines[line]}" || return 1
    done
}

# Writes the block of one step: its command and what it printed.
print_step() {
    sed -e '1s/^/$ /' -e '2,$s/^/+ /' "$work/command"
    sed 's/^/> /' "$1"
    sed 's/^/! /' "$2"
    [ "$3" = 0 ] || echo "? $3"
}

failures=0
run_step() {
    [ -s "$work/command" ] || return
    bash -o pipefail "$work/command" </dev/null >"$work/out" 2>"$work/err"
    local code=$?
    sed -i "s|$TMP|TMP|g" "$work/out" "$work/err"
    if [ "$code" = "$wanted" ] && matches "$work/wanted-out" "$work/out" && matches "$work/wanted-err" "$work/err"; then
        print_step "$work/wanted-out" "$work/wanted-err" "$wanted" >>"$work/new"
    else
        failures=$((failures + 1))
        print_step "$work/out" "$work/err" "$code" >>"$work/new"
        if [ -z "$update" ]; then
            print_step "$work/wanted-out" "$work/wanted-err" "$wanted" >"$work/block-wanted"
            print_step "$work/out" "$work/err" "$code" >"$work/block-got"
            diff -u --label wanted --label got "$work/block-wanted" "$work/block-got" | cut -c 1-400
        fi
    fi
    start_step
}

start_step() {
    : >"$work/command"
    : >"$work/wanted-out"
    : >"$work/wanted-err"
    wanted=0
}

start_step
: >"$work/new"
steps=0
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    '$ '*)
        run_step
        steps=$((steps + 1))
        echo "${line#??}" >"$work/command"
        ;;
    '+ '*) echo "${line#??}" >>"$work/command" ;;
    '> '* | '>') printf '%s\n' "${line:2}" >>"$work/wanted-out" ;;
    '! '* | '!') printf '%s\n' "${line:2}" >>"$work/wanted-err" ;;
    '? '*) wanted=${line#??} ;;
    '#'* | '')
        run_step
        printf '%s\n' "$line" >>"$work/new"
        ;;
    *)
        echo "$case: a line that is neither command nor expectation: $line"
        exit 2
        ;;
    esac
done <"$case"
run_step

if [ "$steps" = 0 ]; then
    echo "$case: has no command"
    exit 2
fi
if [ -n "$update" ] && [ "$failures" -gt 0 ]; then
    cp "$work/new" "$case"
    echo "$case: $failures of $steps steps written anew"
elif [ "$failures" -gt 0 ]; then
    echo "$case: $failures of $steps steps differ"
    exit 1
fi
