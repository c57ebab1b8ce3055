#!/usr/bin/env bash
# Every allocation of every scenario (tests/faults/allocations.c): all.sh PROGRAM
set -u
export OMP_WAIT_POLICY=passive
wrong=0
for scenario in model detect explain learn learn-compared use-bank report answer; do
    "$1" "$scenario" || wrong=1
done
exit $wrong
