#!/usr/bin/env bash
# Runs the fuzz targets with libFuzzer under ASan and UBSan, one after the other, and prints what each did.
#   fuzz/run.sh SECONDS [TARGET...]
# It begins with the seeds (fuzz/corpus, what fuzz/seeds.txt names, what fuzz/seeds.c makes) and with what earlier runs
# found in build/libfuzzer/found/TARGET. Inputs that break a promise are left in build/libfuzzer/broken/; the exit status is 1 then.
set -uo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?usage: fuzz/run.sh SECONDS [TARGET...]}
shift
build=build/libfuzzer
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(cd fuzz && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
mkdir -p $build/found $build/broken $build/logs
rm -rf $build/seeds
$build/fuzz/fuzz_seeds $build/seeds || exit 1

# Copies what seeds.txt names for a target, without what is too large to be altered quickly.
collect() {
    local name words file
    mkdir -p "$build/seeds/$1"
    while read -r name words; do
        [ "$name" = "$1" ] || continue
        for file in $words; do
            [ "$(stat -c %s "$file")" -le 100000 ] && cp "$file" "$build/seeds/$1/${file//\//_}"
        done
    done < <(grep '^[a-z]' fuzz/seeds.txt)
}

statistic() { sed -n "s/^stat::$2: *//p" "$build/logs/$1.log"; }
coverage() { grep -oE 'cov: [0-9]+' "$build/logs/$1.log" | tail -1 | cut -d ' ' -f 2; }

export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
export ASAN_OPTIONS=allocator_may_return_null=1:detect_odr_violation=0
export LSAN_OPTIONS=suppressions=tests/sanitizers/leaks.txt:print_suppressions=0
broken=0
printf '%-12s %12s %9s %8s %8s  %s\n' target executions a-second branches inputs result
for target in "${targets[@]}"; do
    mkdir -p "$build/found/$target"
    collect "$target"
    "$build/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 -print_final_stats=1 \
        -artifact_prefix="$build/broken/$target-" "$build/found/$target" "fuzz/corpus/$target" "$build/seeds/$target" \
        >"$build/logs/$target.log" 2>&1
    code=$?
    result=fine
    if [ $code != 0 ]; then
        broken=1
        result="BROKEN ($build/logs/$target.log, $build/broken/$target-*)"
    fi
    printf '%-12s %12s %9s %8s %8s  %s\n' "$target" "$(statistic "$target" number_of_executed_units)" \
        "$(statistic "$target" average_exec_per_sec)" "$(coverage "$target")" "$(ls "$build/found/$target" | wc -l)" "$result"
done
exit $broken
