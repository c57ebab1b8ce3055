#!/usr/bin/env bash
# Files and functions that documents and comments name are there: names.sh, from the root of the repository. docs/tour.md
# has a test of its own.
set -euo pipefail
failed=0
missing() { echo "$1 is named, and is not there: $2"; failed=1; }

# `src/image/image.h` in documents.
paths=$(grep -ohE '`[a-z_]+/[a-z_/]+\.(c|h|cpp|py|sh)`' README.md docs/*.md | tr -d '`' | sort -u)
[ "$(wc -l <<<"$paths")" -gt 40 ]
for path in $paths; do
    [ -e "$path" ] || [ -e "src/$path" ] || missing "$path" "$(grep -lF "\`$path\`" README.md docs/*.md | tr '\n' ' ')"
done

# tests/faults/program.sh anywhere.
for path in $(grep -rohE '(^|[^[:alnum:]_/.$}-])(tests|docs|bench|tools|examples)/[A-Za-z0-9_/.-]+\.(c|h|cpp|py|sh|md|txt)\b' \
    README.md docs/*.md src tests bench tools examples include | sed -E 's/^[^a-z]//' | sort -u); do
    [ -e "$path" ] || missing "$path" "$(grep -rlF "$path" README.md docs src tests bench tools examples include | tr '\n' ' ')"
done

# alfa__link_pause() in a comment: somewhere it is more than a comment.
comment='^[[:space:]]*(/\*|\*)'
names=$(grep -rhE "$comment" src gst --include='*.[ch]' | grep -oE '\balfa__?[a-z][a-z0-9_]*\(' | tr -d '(' | sort -u)
[ "$(wc -l <<<"$names")" -gt 80 ]
code=$(grep -rhvE "$comment" src gst include --include='*.[ch]' | grep -oE '\balfa__?[a-z][a-z0-9_]*\(' | tr -d '(' | sort -u)
for name in $(comm -23 <(echo "$names") <(echo "$code")); do
    missing "$name()" "$(grep -rlE "\b$name\(" src gst | tr '\n' ' ')"
done

# [choices.md](choices.md#temperature): file and heading.
headings() { sed -nE 's/^#+ +//p' "$1" | tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9_ -]//g; s/ /-/g'; }
links=0
for document in README.md docs/*.md models/*/README.md training/README.md; do
    while IFS='#' read -r path heading; do
        links=$((links + 1))
        target=${path:+$(dirname "$document")/$path}
        if [ ! -e "${target:=$document}" ]; then
            missing "$target" "$document"
        elif [ -n "$heading" ]; then
            headings "$target" | grep -xF -- "$heading" >/dev/null || missing "#$heading of $target" "$document"
        fi
    done < <(grep -oE '\]\([^) ]+\)' "$document" | sed 's/^](//; s/)$//' | grep -v '://')
done
[ "$links" -gt 60 ]
exit $failed
