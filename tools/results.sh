#!/usr/bin/env bash
# Makes the tables of docs/results.md anew: tools/results.sh SETS OUT [PROGRAM]
# That of few normal images is made by docs/few_shot.sh.
#
# SETS is a folder of data sets that `alfa eval` reads (any of its layouts), PROGRAM the program (build/alfa). Runs go to
# OUT/NAME, the tables to OUT/tables.md, in the order of the document and under its headings. The model looks at each image
# once (OUT/features); what is finished is not done again, so a run that was stopped goes on. Other options of `alfa eval`,
# such as --model, can stand in ALFA_EVAL.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,8s/^# //p' "$0"; exit 2; }
sets=$1 out=$2 alfa=${3:-build/alfa}
mkdir -p "$out"
printf '%s\n' 'mtd_mini = magnetic tile' 'pan = metal pan' >"$out/nouns.txt"

# run NAME OPTION...
run() {
    local name=$1 code=0
    shift
    echo "$name" >&2
    # shellcheck disable=SC2086
    "$alfa" eval "$sets"/*/ --nouns "$out/nouns.txt" --out "$out/$name" --features "$out/features" --features-limit 8 \
        ${ALFA_EVAL:-} "$@" >"$out/$name.log" 2>&1 || code=$?
    [ $code = 0 ] || { tail -n 5 "$out/$name.log" >&2; exit $code; }
}

few='--shots 0,1,2,4 --seeds 3'
# shellcheck disable=SC2086
{
    run methods $few
    run components --ablation components --aligner r4
    for mode in filter weighted off; do run contextual-$mode --methods alfa --contextual $mode; done
    run aligner-none --methods alfa --aligner none $few
    for kind in r3 r4; do
        for strength in 0.5 1; do run aligner-$kind-$strength --methods alfa --aligner $kind --aligner-strength $strength; done
    done
    run score --ablation score $few
    run scales --ablation scales $few
    for scale in 2 3 4; do run scale-$scale --methods alfa,winclip --scales $scale; done
    run prompts --ablation prompts
}

# ---------------------------------------------------------------- tables

# section NAME HEADING: the table under the heading that begins so.
section() { awk -v heading="## $2" 'index($0, heading) == 1 { on = 1; next } /^## / { on = 0 } on && /^\|/' "$out/$1/report.md"; }

# Leaves the columns with these titles; takes "(n)" out of the cells.
columns() {
    awk -F'|' -v wanted="$1" 'function trim(s) { gsub(/^ +| +$|  *\([0-9]+\) *$/, "", s); return s }
        BEGIN { n = split(wanted, want, ",") }
        NR == 1 { for (i = 2; i < NF; i++) at[trim($i)] = i }
        { line = "|"; for (k = 1; k <= n; k++) line = line (NR == 2 ? $(at[want[k]]) : " " trim($(at[want[k]])) " ") "|"; print line }'
}

# cells NAME METHOD COLUMNS: the zero-shot cells of one row of the means.
cells() { section "$1" 'Mean over' | columns "normal images,method,$3" | awk -F' *[|] *' -v method="$2" '$2 == "0" && $3 == method { sub(/^[|][^|]*[|][^|]*[|]/, "|"); print; exit }'; }

head_of() { echo "$1"; sed -e 's/[^|]*|/--:|/g' -e 's/^--:|--:|/|---|/' <<<"$1"; }

all='normal images,method,AUROC,AP,F1-max,pAUROC,PRO,pF1-max'
short='AUROC,F1-max,pAUROC,PRO,pF1-max'
titles='AUROC | F1-max | pAUROC | PRO | pF1-max |'

kept() { # of each class: share of the prompts that survived, images whose one side kept nothing
    grep -h '"method": "alfa", "shots": 0' "$out/methods/results.jsonl" | awk '
        function field(name) { match($0, "\"" name "\": \"?[^,\"}]*"); return substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4) }
        { class = field("class"); sub(/^"/, "", class); kept[class] = field("prompts_kept"); images[class] = field("normal") + field("anomalous"); none[class] = field("fallback"); if (!(class in seen)) { order[++n] = class; seen[class] = 1 } }
        END { a = "| |"; b = "|---|"; c = "| prompts kept, % |"; d = "| images on which one side kept nothing |"
              for (i = 1; i <= n; i++) { k = order[i]; a = a " " k " |"; b = b "--:|"; c = c sprintf(" %.1f |", 100 * kept[k]); d = d sprintf(" %.0f of %d |", none[k] * images[k], images[k]) }
              print a; print b; print c; print d }'
}

{
    sed -n 1p "$out/methods/report.md"
    printf '\n## All methods\n\n'
    section methods 'Mean over' | columns "$all"
    printf '\nImage AUROC of each set:\n\n'
    section methods 'AUROC of'
    printf '\nPRO of each set:\n\n'
    section methods 'PRO of'
    printf '\n## What the parts of ALFA contribute\n\n'
    section components 'Mean over' | columns "$all"
    echo
    kept
    echo
    head_of "| contextual score | $titles"
    for mode in filter weighted off; do echo "| $mode $(cells contextual-$mode ALFA "$short")"; done
    printf '\n## Aligner\n\n'
    head_of "| aligner | strength | $titles"
    echo "| none | - $(cells aligner-none ALFA "$short")"
    for kind in r3 r4; do
        for strength in 0.5 1; do echo "| ${kind^^} | $strength $(cells aligner-$kind-$strength ALFA "$short")"; done
    done
    printf '\nThe default, then without aligner:\n\n'
    section methods 'Mean over' | columns "$all" | awk 'NR < 3 || /[|] ALFA [|]/'
    echo
    section aligner-none 'Mean over' | columns "$all"
    printf '\n## Image score\n\n'
    section score 'Mean over' | columns 'normal images,method,AUROC,AP,F1-max,pAUROC'
    echo
    section score 'AUROC of'
    printf '\n## Windows\n\n'
    section scales 'Mean over' | columns "$all"
    printf '\nOne scale alone, zero-shot:\n\n'
    head_of "| method | windows | $titles"
    for method in ALFA WinCLIP; do
        for scale in 2 3 4; do echo "| $method | $scale x $scale $(cells scale-$scale $method "$short")"; done
    done
    printf '\n## Whose prompts\n\n'
    section prompts 'Mean over' | columns "$all"
} >"$out/tables.md"
echo "$out/tables.md"
