#!/usr/bin/env bash
# The commands of README.md, as they stand there: readme.sh PROGRAM, from the root of the repository. Names that stand
# for the reader's own files become files here; a small model judges. A command that needs the world outside, or that
# does not end, is asked for its help instead, so that its verb and options exist.
set -uo pipefail
program=$(realpath "$1")
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work/home ALFA_DATA=$root OMP_WAIT_POLICY=passive LC_ALL=C.UTF-8
unset XDG_CACHE_HOME
mkdir -p "$work/bin" "$work/photos" "$work/normal" "$work/today" "$work/home"
ln -s "$program" "$work/bin/alfa"
PATH=$work/bin:$PATH

small=$root/tests/data/models/openclip-gelu
cd "$work" || exit 2
cp "$root"/examples/images/plate/{chip,stain}.jpg photos/
cp "$root"/examples/images/plate/good_[12].jpg normal/
cp photos/stain.jpg today/
cp photos/chip.jpg photo.jpg
cp "$root/prompts/bottle.txt" my-gear.txt
for set in train/good test/good test/chip; do
    mkdir -p "mvtec/plate/$set"
done
cp normal/good_1.jpg mvtec/plate/train/good/1.jpg
cp normal/good_2.jpg mvtec/plate/test/good/2.jpg
cp photo.jpg mvtec/plate/test/chip/3.jpg
mkdir screws
for angle in 0 1 2; do # a bar before a plain background, turned
    awk -v a=$angle 'BEGIN { c = cos(a); s = sin(a); print "P2 160 160 255"
        for (y = -80; y < 80; y++) for (x = -80; x < 80; x++) { u = c * x + s * y; v = c * y - s * x
            on = u > -45 && u < 45 && v > -4 && v < 4; print on ? 60 : 190 + (x * y) % 3 } }' >screws/$angle.pgm
done

# What the reader would put in place of the names.
fill() {
    sed -e 's/ *#.*//' -e 's/^ *//' -e "s|FOLDER|$small|; s|ViT-B-16-plus-240|$small|" <<<"$1"
}

run() {
    local command=$1
    case $command in
    'alfa serve'* | 'alfa watch'* | 'alfa model pull'*) command="${command%% *} $(cut -d ' ' -f 2 <<<"$command") --help" ;;
    *'--amqp URL'*) command="$(cut -d ' ' -f 1-2 <<<"$command") --help" ;;
    *'--llm URL'*) command="${command%%--llm URL*} --help" ;;
    'alfa eval'*--bank*) ;; # the bank's model, as it is
    'alfa eval'*) command="$command --model $small --methods alfa,winclip" ;;
    *--model*) ;;
    *) command="$command --model $small" ;;
    esac
    if ! bash -c "$command" >out 2>err </dev/null; then
        echo "fails: $1"
        tail -3 err
        return 1
    fi
}

count=0 wrong=0
while IFS= read -r line; do
    count=$((count + 1))
    run "$(fill "$line")" || wrong=$((wrong + 1))
done < <(grep -E '^    alfa ' "$root/README.md")
echo "$count commands, $wrong fail"
[ "$count" -gt 10 ] && [ "$wrong" = 0 ]
