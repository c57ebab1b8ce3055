#!/usr/bin/env bash
# bench/run.sh --work DIR [OPTION...]: alfa beside its peers, on this machine.
# Puts Python with the peers into DIR/venv (from PyPI, 6 GB), builds alfa, and hands over to bench/run.py, whose --help
# lists the options. Nothing but DIR and the document of --write is written to.
set -euo pipefail
cd "$(dirname "$0")/.."
work=
for ((i = 1; i < $#; i++)); do
    next=$((i + 1))
    [ "${!i}" = --work ] && work=${!next}
done
[ -n "$work" ] || { echo "usage: bench/run.sh --work DIR [OPTION...]"; exit 2; }
mkdir -p "$work"

if ! [ -e "$work/venv/complete" ]; then
    echo "setting up Python in $work/venv"
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet -r bench/requirements.txt
    "$work/venv/bin/pip" install --quiet --no-deps anomalib==2.7.0
    touch "$work/venv/complete"
fi
make --no-print-directory build TARGETS="alfa_cli bench_worker bench_peak"
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE # slow numpy and torch down where they are set
exec "$work/venv/bin/python" bench/run.py "$@"
