#!/usr/bin/env bash
# isa.sh BUILD [JOBS]: the whole suite once for every instruction set that oneDNN may be held to on this processor, least first.
# A name that means what another did (the processor lacks it, or this oneDNN does not know it) is left out.
set -uo pipefail
build=${1:?usage: isa.sh BUILD [JOBS]} jobs=${2:-2} failed=0

# What oneDNN takes when it is held to this name.
taken() { ONEDNN_MAX_CPU_ISA=$1 DNNL_MAX_CPU_ISA=$1 "$build/tests/isa"; }

all=$(taken ALL) || exit 1
seen=" "
for isa in SSE41 AVX AVX2 AVX2_VNNI AVX2_VNNI_2 AVX512_CORE AVX512_CORE_VNNI AVX512_CORE_BF16 AVX512_CORE_FP16 AVX10_1_512 \
    AVX512_CORE_AMX AVX512_CORE_AMX_FP16 ALL; do
    set=$(taken $isa) || exit 1
    if [[ $seen == *" $set "* ]] || { [ $isa != ALL ] && [ "$set" = "$all" ]; }; then
        echo "isa: $isa is not there apart"
        continue
    fi
    seen+="$set "
    log=$build/test-isa-$isa.log
    verdict=green
    ONEDNN_MAX_CPU_ISA=$isa DNNL_MAX_CPU_ISA=$isa ctest --test-dir "$build" -j "$jobs" --output-on-failure --no-tests=error \
        >"$log" 2>&1 || { verdict=RED failed=1; }
    echo "isa: $isa ($set): $verdict, $(grep 'tests passed' "$log"); $log"
done
exit $failed
