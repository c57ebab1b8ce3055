#!/usr/bin/env bash
# One would guess that mnnconvert ends with another exit status than 0 where it wrote no model, and that a converter installs nothing.
# It ends with 0 for a model with a layer that it does not know, and for a file that is not there; "Converted Failed!" stands in the output alone. The model of
# an earlier run stays where it was, so that a build goes on and ships it: yesterday's numbers, and no error. Before, at each call, it runs
# "pip install -U aliyun-log-python-sdk", to report the conversion to its maker's log service, with whatever pip comes first on the PATH: called by its path in
# a virtual environment, that package and all that it needs are installed into, and upgraded in, the Python outside of it.
# It matters in makefiles and pipelines that convert models, and where machines must not change by a build or talk to the outside. What helps: the old model
# removed before and its successor looked for after; a pip that does nothing, first on the PATH.
# Versions: mnn 3.6.1, onnx 1.23.2, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check mnn==3.6.1 onnx==1.23.2 numpy==2.4.6
mkdir outside
printf '#!/bin/sh\necho "pip $*" >>"%s/installs"\nexit 1\n' "$work" >outside/pip # only notes what it is asked for
chmod +x outside/pip
cat >models.py <<'EOF'
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper

for name, nodes in {
    "yesterday": [helper.make_node("Mul", ["x", "w"], ["y"])],
    "today": [helper.make_node("RMSNormalization", ["x", "w"], ["y"])],
}.items():
    ends = [[helper.make_tensor_value_info(end, TensorProto.FLOAT, [1, 4])] for end in "xy"]
    weights = numpy_helper.from_array(np.full(4, 2, np.float32), "w")
    made = helper.make_model(helper.make_graph(nodes, name, *ends, [weights]), opset_imports=[helper.make_opsetid("", 23)], ir_version=10)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, name + ".onnx")
EOF
cat >run.py <<'EOF'
import sys
import MNN.expr as expr, MNN.nn as nn
import numpy as np

ready = expr.placeholder([1, 4], expr.NCHW)
ready.write(np.array([[1, 2, 3, 4]], np.float32))
result = np.array(expr.convert(nn.load_module_from_file("model.mnn", ["x"], ["y"]).forward([ready])[0], expr.NCHW).read()).ravel()
print("model.mnn of 1 2 3 4:", *result.tolist())
if result.tolist() != [2, 4, 6, 8]:
    sys.exit("changed: the model is not that of yesterday")
EOF
v/bin/python models.py
for name in yesterday today missing; do
    status=0
    PATH="$work/outside:$PATH" v/bin/mnnconvert -f ONNX --modelFile $name.onnx --MNNModel model.mnn >log 2>&1 || status=$?
    echo "$name: exit status $status, $(grep -oE "Converted [A-Za-z]*!|These Op Not Support.*|Model File Does Not Exist!" log | paste -sd ";")"
    [ $status = 0 ] || { echo "changed: an exit status other than 0"; exit 1; }
done
v/bin/python run.py 2>log | grep model.mnn || { tail -1 log; exit 1; }
sort installs | uniq -c
grep -q "install -U aliyun-log-python-sdk" installs || { echo "changed: nothing is installed"; exit 1; }
