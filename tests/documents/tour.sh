#!/usr/bin/env bash
# Every file and every function that docs/tour.md names is there: tour.sh, from the root of the repository.
set -euo pipefail
names=$(grep -oE '`[a-z_]+/[a-z_./]*`|`[a-z_]+\(\)`' docs/tour.md | tr -d '`' | sort -u)
[ "$(wc -l <<<"$names")" -gt 40 ]
failed=0
for name in $names; do
    case $name in
    *'()') grep -rqE "\b${name%()}\(" src ;;
    *) [ -e "src/$name" ] || [ -e "$name" ] ;;
    esac || { echo "docs/tour.md names $name, which is not there"; failed=1; }
done
exit $failed
