#!/usr/bin/env bash
# Judges the pictures in examples/images, one folder a class, and writes a page that shows them all.
#   tools/demo.sh build/alfa build/demo
set -euo pipefail
program=$1
out=$2
images=examples/images
page=$out/report.html

rm -rf "$out"
mkdir -p "$out"

{
    echo '<!doctype html><html lang="en"><meta charset="utf-8"><title>alfa: demo</title>'
    echo '<meta name="viewport" content="width=device-width, initial-scale=1"><style>'
    echo ':root{color-scheme:light dark} body{font:16px/1.4 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}'
    echo 'div{display:flex;flex-wrap:wrap;gap:1rem} figure{margin:0;flex:0 1 13.5rem} img{width:100%;border-radius:4px}'
    echo 'figcaption b{color:#c62828}</style>'
    echo '<h1>What alfa sees in the example pictures</h1>'
    echo '<p>Each picture is judged without training, from the noun above it alone. The redder a place, the less normal it is.</p>'
} >"$page"

# One figure for a line of `alfa detect`: 0.731  ANOMALY    0.12 s  examples/images/bottle/broken.jpg
add_figure() {
    local class=$1 score=$2 decision=$3 path=$4 name title
    name=${path#"$images/$class/"}
    title=${name%.*}
    [ "$decision" = ANOMALY ] && decision='<b>anomaly</b>'
    echo "<figure><img src=\"$class/$title.png\" alt=\"${title//_/ }\"><figcaption>$score $decision: ${title//_/ }</figcaption></figure>" >>"$page"
}

code=0
pictures=0
for folder in "$images"/*/; do
    class=$(basename "$folder")
    noun=${class//_/ }
    echo
    echo "\$ $program detect $images/$class --class '$noun' --out $out/$class"
    echo "<h2><a href=\"$class/report.html\">$noun</a></h2><div>" >>"$page"
    "$program" detect "$images/$class" --class "$noun" --out "$out/$class" --quiet >"$out/lines" || code=$?
    cat "$out/lines"
    while read -r score decision _ _ path; do
        add_figure "$class" "$score" "$decision" "$path"
        pictures=$((pictures + 1))
    done <"$out/lines"
    echo '</div>' >>"$page"
done
rm -f "$out/lines"

echo
echo "$pictures pictures judged in $SECONDS s"
echo "open $page"
echo "or judge pictures of your own in a browser: $program serve, then open http://localhost:8642/"
echo
echo "That was the small model that comes with alfa. The one of the paper, once, 834 MB:"
echo "    $program model pull ViT-B-16-plus-240"
echo "    $program detect YOUR_PICTURES/ --class NOUN --model ViT-B-16-plus-240 --out result"
exit "$code"
