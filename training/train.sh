#!/bin/sh
# Reproduce the built-in model: pool of pairs, training, export, report.
#   training/train.sh DATA WORK OUT [STEPS] [CHUNKS]
# DATA: folder with ambientcg_128/ and skimage/ (CC0). WORK: scratch for the pool, the
# checkpoint and the logs. OUT: model folder to write. Run again to go on where it stopped.
set -e
data=$1 work=$2 out=$3 steps=${4:-1700} chunks=${5:-61}
here=$(dirname "$0")
python "$here/dataset.py" --data "$data" --pool "$work/pool" --chunks "$chunks" --seed 2
python "$here/train.py" --pool "$work/pool" --out "$work/run" --steps "$steps"
python "$here/curves.py" --run "$work/run" --out "$work/run/curves.png"
python "$here/export.py" --checkpoint "$work/run/checkpoint.pt" --out "$out"
