#!/usr/bin/env bash
# What thresholds from normal images alone find, and what they cost: tools/decisions.sh SETS OUT [PROGRAM]
#
# SETS is a folder of data sets that `alfa eval` reads (any of its layouts), PROGRAM the program (build/alfa). Each class is
# learned from 1, 2, 5 and all of its normal images, with 5 seeds. OUT/decisions.md gets the table of docs/results.md,
# OUT/decisions.svg the trade-off. The model looks at each image once (OUT/features); what is finished is not done again.
# Other options of `alfa eval`, such as --model, can stand in ALFA_EVAL.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
sets=$1 out=$2 alfa=${3:-build/alfa} seeds=5 more=1000
mkdir -p "$out"
printf '%s\n' 'mtd_mini = magnetic tile' 'pan = metal pan' >"$out/nouns.txt"

# run SET SHOTS SEEDS: results are kept in OUT/eval-NAME, what the program says in OUT/log.
run() {
    local name code=0
    name=$(basename "$1")
    # shellcheck disable=SC2086
    "$alfa" eval "$1" --nouns "$out/nouns.txt" --methods alfa --shots "$2" --seeds "$3" --out "$out/eval-$name" \
        --features "$out/features" --features-limit 8 ${ALFA_EVAL:-} >"$out/report.md" 2>"$out/log" || code=$?
    [ $code = 0 ] || { tail -n 5 "$out/log" >&2; exit $code; }
    cat "$out/log" >>"$out/said"
}

# How many normal images each class has, the program says when it is asked for more.
: >"$out/said"
for set in "$sets"/*/; do
    echo "$set" >&2
    run "$set" 1,2,5,$more $seeds
    all=$(sed -n "s/^alfa: .*: has \([0-9]*\) normal images to learn from: no results with $more\$/\1/p" "$out/log" | sort -nu | paste -sd,)
    [ -z "$all" ] || run "$set" "$all" 1 # all of them are the same whatever the seed
done
sed -n "s/^alfa: \(.*\): has \([0-9]*\) normal images to learn from: no results with $more\$/\1 \2/p" "$out/said" | sort -u >"$out/counts"

# ---------------------------------------------------------------- one line a result
# class shots all auroc anomalous normal, then found and false alarms for each rate
lines() {
    awk -v counts="$out/counts" '
        function text(name) { return match($0, "\"" name "\": \"[^\"]*\"") ? substr($0, RSTART + length(name) + 5, RLENGTH - length(name) - 6) : "" }
        function number(name) { return match($0, "\"" name "\": [-0-9.e]+") ? substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4) : "" }
        BEGIN { while ((getline line < counts) > 0) { n = split(line, part, " "); all[substr(line, 1, length(line) - length(part[n]) - 1)] = part[n] } }
        { class = text("class"); shots = number("shots") }
        class == "" || text("method") != "alfa" || shots == 0 { next }
        shots != 1 && shots != 2 && shots != 5 && shots != all[class] { next }
        {
            row = class "\t" shots "\t" (shots == all[class]) "\t" number("image_auroc") "\t" number("anomalous") "\t" number("normal")
            if (match($0, /"decisions": \[\[.*\]\]/)) {
                list = substr($0, RSTART, RLENGTH); gsub(/[^-0-9.,]/, "", list); k = split(list, cell, ",")
                for (i = 1; i <= k; i++) row = row "\t" cell[i]
            }
            print row "\t" number("seed") # or else equal results of two seeds would be one line
        }' "$out"/eval-*/results.jsonl | sort -u
}
lines >"$out/lines.tsv"

# ---------------------------------------------------------------- table

awk -F'\t' '
    function spread(n, sum, squares,    mean, d) {
        mean = sum / n; d = n > 1 ? squares / n - mean * mean : 0
        return n > 1 ? sprintf("%.1f ± %.1f", mean, sqrt((d > 0 ? d : 0) * n / (n - 1))) : sprintf("%.1f", mean)
    }
    { key = $1 SUBSEP $2; if (!(key in n)) order[++keys] = key
      n[key]++; all[key] = $3; bad[key] = $5; good[key] = $6
      a = 100 * $4; auroc[key] += a; auroc2[key] += a * a
      for (i = 7; i < NF; i += 3) {
          f = 100 * $(i + 1) / $5; w = $6 ? 100 * $(i + 2) / $6 : 0
          if ($i == 0.05) { f5[key] += f; f52[key] += f * f; w5[key] += w; w52[key] += w * w; has[key] = 1 }
          if ($i == 0.01) { f1[key] += f; w1[key] += w }
      } }
    END {
        print "| set | normal images | found, % | false alarms, % | at 1 %: found / false alarms | AUROC |"
        print "|---|--:|--:|--:|--:|--:|"
        for (k = 1; k <= keys; k++) {
            key = order[k]; split(key, part, SUBSEP)
            printf "| %s (%d bad, %d good) | %d%s ", part[1], bad[key], good[key], part[2], all[key] ? " (all)" : ""
            if (has[key]) printf "| %s | %s | %.1f / %.1f ", spread(n[key], f5[key], f52[key]), spread(n[key], w5[key], w52[key]), f1[key] / n[key], w1[key] / n[key]
            else printf "| - | - | - "
            printf "| %s |\n", spread(n[key], auroc[key], auroc2[key])
        }
    }' <(sort -t$'\t' -k1,1 -k2,2n "$out/lines.tsv") >"$out/classes.md"

# Means over the classes: every number of images that all have, and all images of each.
awk -F'\t' '
    function add(group) {
        if (!(group in seen)) seen[group] = ++groups
        k = group SUBSEP $1; m[k]++; class[$1] = 1; a[k] += 100 * $4
        for (i = 7; i < NF; i += 3) { f[k, $i] += 100 * $(i + 1) / $5; w[k, $i] += $6 ? 100 * $(i + 2) / $6 : 0; rate[$i] = 1; any[group] = 1 }
    }
    { if (!$3 || $2 <= 5) add($2); if ($3) add("all") }
    END {
        split("1 2 5 all", wanted, " ")
        for (g = 1; g <= 4; g++) {
            group = wanted[g]; if (!(group in seen)) continue
            n = 0; A = 0; delete F; delete W
            for (c in class) { k = group SUBSEP c; if (!(k in m)) continue; n++; A += a[k] / m[k]
                for (r in rate) { F[r] += f[k, r] / m[k]; W[r] += w[k, r] / m[k] } }
            printf "%s\t%d\t%.2f", group, n, A / n
            if (any[group]) for (r in rate) printf "\t%s %.2f %.2f", r, F[r] / n, W[r] / n
            printf "\n"
        }
    }' "$out/lines.tsv" >"$out/means.tsv"
{
    cat "$out/classes.md"
    echo
    echo '| mean over the sets | sets | found / false alarms, % at 1 % | 2 % | 5 % | 10 % | 20 % | AUROC |'
    echo '|---|--:|--:|--:|--:|--:|--:|--:|'
    awk -F'\t' '{ delete at; for (i = 4; i <= NF; i++) { split($i, p, " "); at[p[1] + 0] = sprintf("%.1f / %.1f", p[2], p[3]) }
        printf "| %s | %d ", $1 == "all" ? "all normal images" : $1 (($1 == 1) ? " normal image" : " normal images"), $2
        n = split("0.01 0.02 0.05 0.1 0.2", r, " "); for (i = 1; i <= n; i++) printf "| %s ", (r[i] + 0) in at ? at[r[i] + 0] : "-"
        printf "| %.1f |\n", $3 }' "$out/means.tsv"
} >"$out/decisions.md"

# ---------------------------------------------------------------- picture
# Found over false alarms, one line for each number of normal images, a point for each wanted rate.
awk -F'\t' '
    BEGIN {
        W = 640; H = 420; L = 60; T = 20; w = 540; h = 340; split("#9a9a9a #d9822b #2b6cb0 #2f855a", colour, " ")
        printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n", W, H, W, H
        for (p = 0; p <= 100; p += 20) {
            y = T + h - h * p / 100; printf "<path d=\"M%d %.1fh%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d</text>\n", L, y, w, L - 6, y + 4, p }
        for (p = 0; p <= 40; p += 5) {
            x = L + w * p / 40; printf "<path d=\"M%.1f %dv%d\" stroke=\"#eee\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>\n", x, T, h, x, T + h + 16, p }
        printf "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">false alarms, %% of the normal images</text>\n", L + w / 2, T + h + 36
        printf "<text transform=\"translate(18 %d) rotate(-90)\" text-anchor=\"middle\">found, %% of the anomalous images</text>\n", T + h / 2
    }
    NF > 3 {
        k++; n = 0
        for (i = 4; i <= NF; i++) { split($i, part, " "); n++; R[n] = part[1] + 0; F[n] = part[2]; A[n] = part[3] }
        for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (R[j] < R[i]) { t = R[i]; R[i] = R[j]; R[j] = t; t = F[i]; F[i] = F[j]; F[j] = t; t = A[i]; A[i] = A[j]; A[j] = t }
        line = ""
        for (i = 1; i <= n && A[i] <= 40; i++) {
            x = L + w * A[i] / 40; y = T + h - h * F[i] / 100; line = line (i == 1 ? "M" : "L") sprintf("%.1f %.1f", x, y)
            printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" fill=\"%s\"/>\n", x, y, R[i] == 0.05 ? 6 : 3, colour[k + 1] }
        printf "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", line, colour[k + 1]
        printf "<rect x=\"%d\" y=\"%d\" width=\"14\" height=\"4\" fill=\"%s\"/><text x=\"%d\" y=\"%d\">%s normal images</text>\n", L + w - 150, T + h - 70 + 18 * k, colour[k + 1], L + w - 130, T + h - 64 + 18 * k, $1
    }
    END { print "</svg>" }' "$out/means.tsv" >"$out/decisions.svg"
cat "$out/decisions.md"
