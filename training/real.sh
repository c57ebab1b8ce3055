#!/bin/sh
# Go on from a model folder with real photographs: pairs, training, export.
#   training/real.sh DATA REAL WORK MODEL OUT [GROUP] [STEPS]
# DATA, WORK: as for train.sh, whose pool in WORK is used and made if it is not there. REAL: real photographs (README.md).
# MODEL: model folder to go on from. OUT: model folder to write, with its checkpoint and logs in OUT.run. GROUP: real defects
# to leave out. Run again to go on where it stopped.
set -e
data=$1 real=$2 work=$3 model=$4 out=$5 group=$6 steps=${7:-600}
here=$(dirname "$0")
python "$here/dataset.py" --data "$data" --pool "$work/pool" --chunks 24 --seed 2
python "$here/real.py" --real "$real" --data "$data" --pool "$work/pool"
python "$here/train.py" --pool "$work/pool" --out "$out.run" --start "$model" --real 8 --without text --rate 1e-4 \
    --warmup 50 --steps "$steps" ${group:+--leave-out "$group"}
python "$here/export.py" --checkpoint "$out.run/checkpoint.pt" --weights average --out "$out"
