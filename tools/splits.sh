#!/usr/bin/env bash
# Does a threshold hold the rate that it promises, product by product: tools/splits.sh PRODUCTS OUT [PROGRAM]
#
# PRODUCTS has a folder for each product, named by its noun (ball-screw), with images in good/ and perhaps in bad/. Five times half
# of the good images are drawn, 2, 5 and all of that half are learned, and the other half and the bad ones are judged by PROGRAM
# (build/alfa) at the threshold for 5 %. OUT/splits.md gets found and false alarms of each product, mean and deviation over the
# draws; the last row is the mean over products and its standard error. The model looks at each image once (OUT/features); what is
# finished is not done again. Other options of `alfa eval` can stand in ALFA_EVAL.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; }
products=$1 out=$2 alfa=${3:-build/alfa} draws=5
mkdir -p "$out"

# The half of a product's good images that draw number $2 learns from; the order of any two draws is another.
draw() {
    find -L "$1/good" -type f -printf '%f\n' | LC_ALL=C sort | awk -v seed="$2" '
        BEGIN { srand(seed * 7919 + 17) } { name[NR] = $0; key[NR] = rand() }
        END { for (k = 1; k <= int(NR / 2); k++) { best = 0
                  for (i = 1; i <= NR; i++) if (key[i] >= 0 && (!best || key[i] < key[best])) best = i
                  print name[best]; key[best] = -1 } }'
}

# One draw of one product, into OUT/PRODUCT-DRAW.
run() {
    local product=$1 draw=$2 name to bad=()
    name=$(basename "$product") && to=$out/$name-$draw
    rm -rf "$to.images" && mkdir -p "$to.images/learned" "$to.images/judged"
    draw "$product" "$draw" >"$to.learned"
    find -L "$product/good" -type f -printf '%f\n' | while read -r file; do
        if grep -qxF -- "$file" "$to.learned"; then part=learned; else part=judged; fi
        # `alfa eval` draws by name: the same names would give the same 2 and 5 in every draw.
        ln -s "$(realpath "$product/good/$file")" "$to.images/$part/$draw-$file"
    done
    [ ! -d "$product/bad" ] || bad=(--abnormal-dir "$product/bad")
    # shellcheck disable=SC2086
    "$alfa" eval --normal-dir "$to.images/judged" --learn-dir "$to.images/learned" "${bad[@]}" --class "${name//-/ }" --methods alfa \
        --shots 2,5,all --seeds 1 --out "$to" --features "$out/features" --features-limit 8 ${ALFA_EVAL:-} >"$out/log" 2>&1 ||
        { tail -n 5 "$out/log" >&2; exit 1; }
    rm -rf "$to.images"
}

for product in "$products"/*/; do
    echo "${product%/}" >&2
    for ((i = 1; i <= draws; i++)); do run "${product%/}" $i; done
done

# product shots found anomalous called normal auroc
for product in "$products"/*/; do
    name=$(basename "$product")
    for ((i = 1; i <= draws; i++)); do
        awk -v name="$name" '
            function number(key) { return match($0, "\"" key "\": [-0-9.e]+") ? substr($0, RSTART + length(key) + 4, RLENGTH - length(key) - 4) : "" }
            match($0, /"shots": [^,]*/) { shots = substr($0, RSTART + 9, RLENGTH - 9); gsub(/"/, "", shots) }
            match($0, /\[0\.05, [0-9]+, [0-9]+\]/) { split(substr($0, RSTART + 7, RLENGTH - 8), part, ", ")
                print name "\t" shots "\t" part[1] "\t" number("anomalous") "\t" part[2] "\t" number("normal") "\t" number("image_auroc") }' "$out/$name-$i/results.jsonl"
    done
done >"$out/lines.tsv"

awk -F'\t' '
    function spread(n, sum, squares,    mean, d) {
        mean = sum / n; d = n > 1 ? (squares / n - mean * mean) * n / (n - 1) : 0
        return sprintf("%.1f ± %.1f", mean, sqrt(d > 0 ? d : 0))
    }
    { if (!($1 in seen)) { seen[$1] = 1; order[++products] = $1 }
      k = $1 SUBSEP $2; n[k]++; w = 100 * $5 / $6; W[k] += w; WW[k] += w * w; good[$1] = $6; bad[$1] = $4
      if ($4) { f = 100 * $3 / $4; F[k] += f; FF[k] += f * f; a = 100 * $7; A[k] += a; AA[k] += a * a } }
    END {
        m = split("2 5 all", shots, " ")
        print "| product (judged: good, bad) | 2: found | false alarms | 5: found | false alarms | half of all: found | false alarms | AUROC with 5 |"
        print "|---|--:|--:|--:|--:|--:|--:|--:|"
        for (p = 1; p <= products; p++) {
            name = order[p]; printf "| %s (%d, %d) ", name, good[name], bad[name]
            for (s = 1; s <= m; s++) { k = name SUBSEP shots[s]
                if (!(k in n)) { printf "| - | - "; continue }
                printf "| %s | %s ", bad[name] ? spread(n[k], F[k], FF[k]) : "-", spread(n[k], W[k], WW[k])
                count[s]++; v = W[k] / n[k]; sum[s] += v; squares[s] += v * v
                if (bad[name]) { found[s] += F[k] / n[k]; with[s]++ } }
            k = name SUBSEP 5; printf "| %s |\n", bad[name] ? spread(n[k], A[k], AA[k]) : "-"
        }
        printf "| mean ± standard error over products "
        for (s = 1; s <= m; s++) { v = sum[s] / count[s]; d = (squares[s] / count[s] - v * v) / (count[s] - 1)
            printf "| %s | %.1f ± %.1f ", with[s] ? sprintf("%.1f", found[s] / with[s]) : "-", v, sqrt(d > 0 ? d : 0) }
        print "| |"
    }' "$out/lines.tsv" >"$out/splits.md"
cat "$out/splits.md"
