#!/usr/bin/env bash
# One would guess that recall_score(), precision_score() and f1_score() of confidenceinterval, which are said to have scikit-learn's names and interface, give what
# scikit-learn gives for good parts (0) and defects (1), with an interval, and that confidence_interval=0.99, as its documentation writes it, asks for 99 %.
# All three are averaged over both classes (average="micro") unless told otherwise, and that is the accuracy: a model that finds none of 10 defects among 1000 parts has
# recall, precision and F1 of 0.99, between 0.984 and 0.996. average="binary" is refused by recall and precision, unless method="wilson" stands beside it.
# The name confidence_interval is taken by all functions without a word and does nothing, as any other name: 0.99 and 0.5 give the same 95 %. It is confidence_level.
# It matters where a report has to say how sure the recall of a line is, by an audit of some hundred parts. What helps: tpr_score() and ppv_score(), which are right, and
# confidence_level.
# Versions: confidenceinterval 1.0.5, scikit-learn 1.9.1, scipy 1.17.1, numpy 2.4.6; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check confidenceinterval==1.0.5 scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
cat >recall.py <<'EOF'
import sys
import warnings

warnings.simplefilter("ignore")
import confidenceinterval
from sklearn import metrics

parts = [1] * 10 + [0] * 990
models = {"finds none": [0] * 1000, "finds 7 of 10, with 20 false alarms": [1] * 7 + [0] * 3 + [1] * 20 + [0] * 970}
DUE = {"finds none": (0.99,) * 3, "finds 7 of 10, with 20 false alarms": (0.977,) * 3}


def asked(function, said, **how):
    value, (low, high) = function(parts, said, **how)
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


wrong = False
for model, said in models.items():
    for name, due in zip(("recall_score", "precision_score", "f1_score"), DUE[model]):
        ours, right = getattr(confidenceinterval, name), getattr(metrics, name)(parts, said, zero_division=0)
        print(f"{model}: {name} {asked(ours, said)}, scikit-learn {right:.3f}, the accuracy is {metrics.accuracy_score(parts, said):.3f}")
        wrong |= abs(ours(parts, said)[0] - due) > 1e-6
    print(f"{model}: tpr_score {asked(confidenceinterval.tpr_score, said)}")
for name in ("recall_score", "precision_score"):
    try:
        print(name, 'with average="binary":', asked(getattr(confidenceinterval, name), said, average="binary"))
        wrong = True
    except AssertionError as refused:
        print(name, 'with average="binary":', refused)
    print(name, 'with average="binary", method="wilson":', asked(getattr(confidenceinterval, name), said, average="binary", method="wilson"))
seen = {}
for name in ("tpr_score", "accuracy_score", "roc_auc_score", "recall_score"):
    for word in ("confidence_interval", "confidence_level"):
        seen[word] = [asked(getattr(confidenceinterval, name), said, **{word: level}) for level in (0.5, 0.99)]
        print(f"{name} with {word} 0.5: {seen[word][0]}, 0.99: {seen[word][1]}")
    wrong |= len(set(seen["confidence_interval"])) != 1 or len(set(seen["confidence_level"])) != 2
if wrong:
    sys.exit("changed: other shares or intervals")
EOF
v/bin/python recall.py
