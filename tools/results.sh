#!/usr/bin/env bash
# Makes the tables of docs/results.md anew: tools/results.sh SETS OUT [PROGRAM]
#
# SETS is a folder of data sets that `alfa eval` reads (any of its layouts), PROGRAM the program (build/alfa). Runs go to
# OUT/NAME, tables to OUT/tables/NAME.md, and from there into docs/results.md, between "<!-- table NAME -->" and "<!-- end -->".
# The model looks at each image once (OUT/features); what is finished is not done again, so a run that was stopped goes on.
# ALFA_MODEL names another model, other options of `alfa eval` can stand in ALFA_EVAL. The table of decisions is tools/decisions.sh's.
# Seconds an image are only worth something on a machine that does nothing else: OUT/scales can be removed and run again then.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,9s/^# //p' "$0"; exit 2; }
sets=$1 out=$2 alfa=${3:-build/alfa}
mkdir -p "$out/tables"
printf '%s\n' 'mtd_mini = magnetic tile' 'pan = metal pan' >"$out/nouns.txt"

# run NAME OPTION...: the report is OUT/NAME/report.md
run() {
    local name=$1 code=0 start=$SECONDS
    shift
    # shellcheck disable=SC2086
    "$alfa" eval "$sets"/*/ --model "${ALFA_MODEL:-alfa-tiny}" --nouns "$out/nouns.txt" --out "$out/$name" --features "$out/features" --features-limit 8 \
        ${ALFA_EVAL:-} "$@" >"$out/$name.log" 2>&1 || code=$?
    [ $code = 0 ] || { tail -n 5 "$out/$name.log" >&2; exit $code; }
    echo "$name: $((SECONDS - start)) s" >&2
}

windows='2 2,3 2,3,4 1,2,3'
run zero
run components --ablation components
run components-paper --ablation components --paper
for mode in filter weighted off; do run contextual-$mode --methods alfa --contextual $mode; done
for kind in none r3 r4 procrustes; do
    for scales in $windows; do run aligner-$kind-$scales --methods alfa --aligner $kind --scales $scales; done
    run aligner-$kind-half --methods alfa --aligner $kind --scales 2,3 --aligner-strength 0.5
done
run prompts --ablation prompts
for scale in 2 3 4; do run scale-$scale --methods alfa,winclip --scales $scale; done
run expert --methods alfa --prompt-sets expert
run score --ablation score --shots 0,1,2,4 --seeds 2
run few --methods alfa,winclip,patchcore --shots 0,1,2,4 --seeds 5
run few-all --methods padim,spade --shots 1,4 --seeds 3
run paper --methods alfa,winclip --paper --shots 0,1,4 --seeds 3
run scales --ablation scales --shots 0,1,2,4 --seeds 2 --timed 3

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

means() { section "$1" 'Mean over' | columns "${2:-$all}"; }

# cells NAME METHOD COLUMNS: the zero-shot cells of one row of the means.
cells() { section "$1" 'Mean over' | columns "normal images,method,$3" | awk -F' *[|] *' -v method="$2" '$2 == "0" && $3 == method { sub(/^[|][^|]*[|][^|]*[|]/, "|"); print; exit }'; }

head_of() { echo "$1"; sed -e 's/[^|]*|/--:|/g' -e 's/^--:|--:|/|---|/' <<<"$1"; }

all='normal images,method,AUROC,AP,F1-max,pAUROC,PRO,pF1-max'
short='AUROC,F1-max,pAUROC,PRO,pF1-max'
titles='AUROC | F1-max | pAUROC | PRO | pF1-max |'

kept() { # of each class: share of the prompts that survived, images whose one side kept nothing
    grep -h '"method": "alfa", "shots": 0' "$out/zero/results.jsonl" | awk '
        function field(name) { match($0, "\"" name "\": \"?[^,\"}]*"); return substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4) }
        { class = field("class"); sub(/^"/, "", class); kept[class] = field("prompts_kept"); images[class] = field("normal") + field("anomalous"); none[class] = field("fallback"); if (!(class in seen)) { order[++n] = class; seen[class] = 1 } }
        END { a = "| |"; b = "|---|"; c = "| prompts kept, % |"; d = "| images on which one side kept nothing |"
              for (i = 1; i <= n; i++) { k = order[i]; a = a " " k " |"; b = b "--:|"; c = c sprintf(" %.1f |", 100 * kept[k]); d = d sprintf(" %.0f of %d |", none[k] * images[k], images[k]) }
              print a; print b; print c; print d }'
}

aligners() {
    head_of "| aligner, scales | $titles"
    for scales in $windows; do
        for kind in none r3 r4 procrustes; do echo "| $kind, $scales $(cells "aligner-$kind-$scales" ALFA "$short")"; done
    done
    for kind in r3 r4 procrustes; do echo "| $kind, 2,3, strength 0.5 $(cells "aligner-$kind-half" ALFA "$short")"; done
}

contextual() {
    head_of "| contextual score | $titles"
    for mode in filter weighted off; do echo "| $mode $(cells contextual-$mode ALFA "$short")"; done
}

one_scale() {
    head_of "| method | windows | $titles"
    for method in ALFA WinCLIP; do
        for scale in 2 3 4; do echo "| $method | $scale x $scale $(cells scale-$scale $method "$short")"; done
    done
}

sets_of_prompts() {
    head_of "| --prompt-sets | $titles"
    echo "| noun $(cells zero ALFA "$short")"
    echo "| expert $(cells expert ALFA "$short")"
}

put() { "${@:2}" >"$out/tables/$1.md"; }
put model sed -n '/^alfa [0-9.]*, model/p' "$out/zero/report.md"
put zero means zero
put zero-auroc section zero 'AUROC of'
put zero-pro section zero 'PRO of'
put few means few
put few-auroc section few 'AUROC of'
put few-pro section few 'PRO of'
put few-all means few-all
put components means components
put components-paper means components-paper
put kept kept
put contextual contextual
put aligner aligners
put score means score 'normal images,method,AUROC,AP,F1-max,pAUROC'
put score-auroc section score 'AUROC of'
put scales means scales "$all,seconds an image"
put one-scale one_scale
put prompts means prompts
put prompt-sets sets_of_prompts
put paper means paper

# ---------------------------------------------------------------- into the document

awk -v tables="$out/tables" '
    /^<!-- end -->$/ { skip = 0 }
    !skip
    match($0, /^<!-- table [a-z-]+ -->$/) {
        file = tables "/" substr($0, 12, length($0) - 15) ".md"
        print ""; while ((getline line < file) > 0) print line; print ""; close(file); skip = 1
    }' docs/results.md >"$out/results.md"
cp "$out/results.md" docs/results.md
echo "docs/results.md"
