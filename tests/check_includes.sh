#!/usr/bin/env bash
# Checks that every folder of src/ includes only what it may (README.md):
#   base <- {image, weights, nn} <- clip <- {prompt, score, bank} <- detect <- methods <- eval
# dataset reads folders of images; hub fetches files and knows base alone; report sees results, image and base, and eval's panels use it; the program uses alfa.h, base, report,
# image, eval, dataset, serve, fleet (which speaks with a broker and knows base alone), message (MQTT, likewise), hub and weights (what models are called, not what is in them); the server alfa.h, base, report and image; oneDNN stays in nn/.
# The same holds for what the compiled files call: an interface declared in one folder is not a way round.
# Run from the root of the repository: check_includes.sh [TREE [BUILD]]; without BUILD only includes are looked at.
set -euo pipefail
cd "${1:-.}"
build=${2:-}

declare -A may=(
    [base]="base"
    [image]="image base"
    [weights]="weights base"
    [nn]="nn base"
    [clip]="clip nn weights image base"
    [prompt]="prompt clip nn weights image base"
    [score]="score clip nn weights image base"
    [bank]="bank clip nn weights image base"
    [detect]="detect bank score prompt clip nn weights image base"
    [methods]="methods detect bank score prompt clip nn weights image base"
    [dataset]="dataset image base"
    [eval]="eval dataset report methods detect bank score prompt clip nn weights image base"
    [report]="report image base"
    [serve]="serve report image base"
    [hub]="hub base"
    [message]="message base"
    [fleet]="fleet base"
    [cli]="cli serve fleet message eval dataset report image hub weights base"
)

wrong=0
complain() { echo "check_includes: $*"; wrong=1; }

while IFS=: read -r file line text; do
    folder=${file#src/}
    folder=${folder%%/*}
    header=$(sed -E 's/^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">].*/\1/' <<<"$text")
    case $header in
    *dnnl*)
        [ "$folder" = nn ] || complain "$file:$line: only src/nn may include $header"
        continue
        ;;
    esac
    [[ $text == *\"* && $header == */* ]] || continue
    target=${header%%/*}
    if [ -z "${may[$folder]:-}" ]; then
        complain "$file:$line: src/$folder is not in the table of tests/check_includes.sh"
    elif [[ " ${may[$folder]} " != *" $target "* ]]; then
        complain "$file:$line: src/$folder must not include $header"
    fi
done < <(grep -rnE '^[ \t]*#[ \t]*include' src --include='*.[ch]')

# calls: "FOLDER TARGET NAME FILE" for every private function of another folder that a compiled file calls.
calls() {
    local object file
    for object in "$build"/CMakeFiles/*/src/*/*.o; do
        file=${object#"$build"/CMakeFiles/*/} # what is left of a file that was moved is not built
        [ ! -e "${file%.o}" ] || echo "$object"
    done | xargs nm -A | awk '$NF ~ /^alfa__/ {
            split($1, part, ":"); file = part[1]; sub(/.*[.]dir\//, "", file); sub(/[.]o$/, "", file); split(file, name, "/")
            if ($(NF - 1) == "U") use[name[2] " " $NF " " file]; else home[$NF] = name[2] }
        END { for (one in use) { split(one, part, " "); if (part[2] in home && home[part[2]] != part[1])
            print part[1], home[part[2]], part[2], part[3] } }'
}

count=0
if [ -n "$build" ]; then
    while read -r folder target name file; do
        count=$((count + 1))
        [[ " ${may[$folder]} " == *" $target "* ]] ||
            complain "$file: src/$folder must not call $name() of src/$target"
    done < <(calls)
    [ "$count" -gt 500 ] || complain "only $count calls between folders were found in $build"
fi

[ "$wrong" = 0 ] && echo "includes${build:+ and $count calls} point one way"
exit "$wrong"
