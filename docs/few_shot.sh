#!/bin/sh
# Measures the few-shot table of docs/results.md and puts it in its place there:
#
#     docs/few_shot.sh DATA [ALFA]
#
# DATA holds cookie, mtd_mini, pan and mvtec_mini/{hazelnut,leather,transistor}, each laid out as MVTec AD is;
# ALFA is the program (build/alfa). Finished results are kept in build/few_shot and not measured again.
set -eu
cd "$(dirname "$0")/.."
data=$(realpath "${1:?usage: docs/few_shot.sh DATA [ALFA]}")
alfa=${2:-build/alfa}
work=build/few_shot
mkdir -p "$work/sets"
for set in cookie mtd_mini pan mvtec_mini/hazelnut mvtec_mini/leather mvtec_mini/transistor; do
    ln -sfn "$data/$set" "$work/sets/$(basename "$set")"
done
printf 'mtd_mini = magnetic tile\npan = metal pan\n' > "$work/nouns.txt"
"$alfa" eval "$work/sets" --nouns "$work/nouns.txt" --methods alfa,patchcore --shots 0,1,2,4 --seeds 5 \
    --out "$work/out" > "$work/log" || { cat "$work/log" >&2; exit 1; }

# section TITLE: the table under a heading of the report
section() {
    awk -v title="## $1" 'index($0, title) == 1 { on = 1; next } /^## / { on = 0 } on && /^\|/' "$work/out/report.md"
}
{
    echo "Model: $(sed -n '1s/.* with //p' "$work/out/report.md"). (n) counts the classes with masks."
    echo
    section "Mean over"
    for score in AUROC pAUROC PRO; do
        printf '\n%s of each set:\n\n' "$score"
        section "$score of each class"
    done
} > "$work/table.md"

awk -v table="$work/table.md" '
    /^<!-- few-shot: end -->/ { skip = 0 }
    !skip
    /^<!-- few-shot: made by/ { print ""; while ((getline line < table) > 0) print line; print ""; skip = 1 }
' docs/results.md > "$work/results.md"
cp "$work/results.md" docs/results.md
