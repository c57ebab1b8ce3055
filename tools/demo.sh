#!/usr/bin/env bash
# Judges the pictures in examples/images, one folder a class, by words alone and then with its good pictures
# learned, and writes a page that shows them side by side.
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
    echo 'figcaption b{color:#c62828} h3{font-size:1rem;font-weight:600;margin:1rem 0 .5rem}</style>'
    echo '<h1>What alfa sees in the example pictures</h1>'
    echo '<p>First from the noun alone, without any training or example; then with the two good pictures learned.'
    echo 'What is coloured is marked, the redder the less normal; the scale below each picture says where colour begins.</p>'
} >"$page"

# One figure for each line of `alfa detect`: 0.731  ANOMALY    0.12 s  examples/images/bottle/broken.jpg
add_figures() {
    local shown=$1 heading=$2 score decision path title
    echo "<h3>$heading</h3><div>" >>"$page"
    while read -r score decision _ _ path; do
        title=$(basename "${path%.*}")
        [ "$decision" = ANOMALY ] && decision='<b>anomaly</b>'
        echo "<figure><img src=\"$shown/$title.png\" alt=\"${title//_/ }\"><figcaption>$score $decision: ${title//_/ }</figcaption></figure>" >>"$page"
        pictures=$((pictures + 1))
    done <"$out/lines"
    echo '</div>' >>"$page"
}

# Runs alfa, shows the command and its lines, and keeps the worst exit code.
run() {
    local argument shown=
    for argument; do
        [[ $argument == *' '* ]] && argument="'$argument'"
        shown+=" $argument"
    done
    echo "\$ $program$shown"
    "$program" "$@" --quiet >"$out/lines" || code=$?
    cat "$out/lines"
}

code=0
pictures=0
for folder in "$images"/*/; do
    class=$(basename "$folder")
    noun=${class//_/ }
    mapfile -t good < <(find "$images/$class" -name 'good_*' | sort)
    mapfile -t others < <(find "$images/$class" -type f ! -name 'good_*' | sort)
    echo
    echo "<h2><a href=\"$class/report.html\">$noun</a></h2>" >>"$page"
    run detect "$images/$class" --class "$noun" --out "$out/$class"
    add_figures "$class" "By the words &ldquo;$noun&rdquo; alone"
    run learn "${good[@]}" --class "$noun" -o "$out/$class.bank"
    run detect "${others[@]}" --bank "$out/$class.bank" --out "$out/$class/learned"
    add_figures "$class/learned" "With its ${#good[@]} good pictures learned (<a href=\"$class/learned/report.html\">report</a>)"
done
rm -f "$out/lines"

echo
echo "$pictures judgements in $SECONDS s"
echo "open $page"
echo "or judge pictures of your own in a browser: $program serve, then open http://localhost:8642/"
echo
echo "That was the small model that comes with alfa. The one of the paper, once, 834 MB:"
echo "    $program model pull ViT-B-16-plus-240"
echo "    $program detect YOUR_PICTURES/ --class NOUN --model ViT-B-16-plus-240 --out result"
exit "$code"
