#!/bin/sh
# Reproduce the built-in model: pool of pairs, a large image tower, the small one that learns from it.
#   training/train.sh DATA WORK OUT [STEPS] [CHUNKS]
# DATA: folder with ambientcg_128/ and skimage/ (CC0). WORK: scratch for the pool, the checkpoints, the logs and
# the model folder of the teacher. OUT: model folder to write. Run again to go on where it stopped.
set -e
data=$1 work=$2 out=$3 steps=${4:-1700} chunks=${5:-61}
here=$(dirname "$0")
python "$here/dataset.py" --data "$data" --pool "$work/pool" --chunks "$chunks" --seed 2
python "$here/train.py" --pool "$work/pool" --out "$work/run" --steps "$steps"
python "$here/curves.py" --run "$work/run" --out "$work/run/curves.png"
python "$here/export.py" --checkpoint "$work/run/checkpoint.pt" --out "$work/teacher"
python "$here/train.py" --pool "$work/pool" --out "$work/pupil" --teacher "$work/teacher" --trunk 128x2 --steps 5300 \
    --rate 1.5e-3 --warmup 100
python "$here/export.py" --checkpoint "$work/pupil/checkpoint.pt" --weights average --out "$out"
