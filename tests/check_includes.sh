#!/usr/bin/env bash
# Checks that every folder of src/ includes only what it may (README.md):
#   base <- {image, weights, nn} <- clip <- {prompt, score, bank} <- detect <- methods <- eval
# dataset reads folders of images; hub fetches files and knows base alone; report sees results, image and base, and eval's panels use it; the program uses alfa.h, base, report,
# image, eval, serve, fleet (which speaks with a broker and knows base alone), hub and weights (what models are called, not what is in them); the server alfa.h, base, report and image; oneDNN stays in nn/.
# Run from the root of the repository; a folder can be given to check another tree.
set -euo pipefail
cd "${1:-.}"

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
    [fleet]="fleet base"
    [cli]="cli serve fleet eval report image hub weights base"
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

[ "$wrong" = 0 ] && echo "includes point one way"
exit "$wrong"
