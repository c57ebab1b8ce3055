#!/usr/bin/env bash
# Which readings of the aligner show the paper's signature: tools/aligners.sh MODEL SETS OUT [PROGRAM]
#
# The paper's aligner gains about 3.6 points of pixel AUROC and 7 of PRO, more together with the contextual score (Table 2:
# templates + sentences), and gains rise with the windows 2, then 2 and 3, then 2 to 4 (Table 6). For each reading, list of
# windows and with and without contextual score, the table says what it gains over no aligner; Eq. 12 is the image score.
# MODEL and SETS as `alfa eval` takes them (SETS: a folder of data sets, with OUT/nouns.txt for --nouns if it is there).
# What is finished is not done again.
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; }
model=$1 sets=$2 out=$3 alfa=${4:-build/alfa}
mkdir -p "$out"
nouns=()
[ ! -e "$out/nouns.txt" ] || nouns=(--nouns "$out/nouns.txt")

run() { # NAME OPTION...
    local name=$1
    shift
    "$alfa" eval "$sets"/*/ --model "$model" "${nouns[@]}" --methods alfa --image-score eq12 --out "$out/$name" \
        --features "$out/features" --features-limit 8 "$@" >"$out/$name.log" 2>&1 || { tail -n 5 "$out/$name.log" >&2; exit 1; }
}

# means NAME: AUROC, pAUROC, PRO of the mean row, in percent
means() {
    awk -F' *[|] *' '/^## Mean/ { on = 1 } on && $2 == "normal images" { for (i = 1; i <= NF; i++) at[$i] = i }
        on && $2 == "0" && $3 == "ALFA" { split($(at["pAUROC"]), p, " "); split($(at["PRO"]), q, " "); print $(at["AUROC"]), p[1], q[1]; exit }' "$out/$1/report.md"
}

echo "| contextual score | windows | no aligner: AUROC, pAUROC, PRO | R3 | R4 | Procrustes |"
echo "|---|---|---|---|---|---|"
for contextual in off filter; do
    for scales in 2 2,3 2,3,4; do
        for kind in none r3 r4 procrustes; do
            run "$contextual-$scales-$kind" --contextual $contextual --scales $scales --aligner $kind
        done
        read -r a b c <<<"$(means "$contextual-$scales-none")"
        line="| $contextual | $scales | $a, $b, $c "
        for kind in r3 r4 procrustes; do
            read -r x y z <<<"$(means "$contextual-$scales-$kind")"
            line+=$(awk -v a="$a" -v b="$b" -v c="$c" -v x="$x" -v y="$y" -v z="$z" 'BEGIN { printf "| %+.1f, %+.1f, %+.1f ", x - a, y - b, z - c }')
        done
        echo "$line|"
    done
done
