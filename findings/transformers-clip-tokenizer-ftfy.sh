#!/usr/bin/env bash
# One would guess that transformers' CLIPTokenizer and CLIPTokenizerFast, two implementations of one tokenizer over one vocabulary, give the same
# ids, and that what a package gives does not depend on whether another one is installed beside it.
# In transformers 4.46.3 the ids of the slow one change when ftfy is installed: it then repairs texts (curly quotes become straight ones) as OpenAI's
# and open_clip's tokenizers do, and without it it drops control characters. The fast one never does either. CLIPProcessor takes the fast one, and
# in 5.x there is no other, so a model that was evaluated with open_clip gets other embeddings from transformers for the same text, without a word.
# It matters wherever prompts have typographic quotes, ligatures or full-width letters: pasted text, answers of language models.
# Versions: transformers 4.46.3, tokenizers 0.20.3, ftfy 6.3.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check transformers==4.46.3 tokenizers==0.20.3

# A vocabulary without merges: every byte is a token, alone or at the end of a word.
cat >"$work/ids.py" <<'EOF'
import json, os, sys
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
from transformers import CLIPTokenizer, CLIPTokenizerFast
from transformers.models.clip.tokenization_clip import bytes_to_unicode
folder = sys.argv[1]
symbols = list(bytes_to_unicode().values())
words = symbols + [s + "</w>" for s in symbols] + ["<|startoftext|>", "<|endoftext|>"]
json.dump({w: i for i, w in enumerate(words)}, open(folder + "/vocab.json", "w"))
open(folder + "/merges.txt", "w").write("#version: 0.2\n")
files = dict(vocab_file=folder + "/vocab.json", merges_file=folder + "/merges.txt")
slow, fast = CLIPTokenizer(**files), CLIPTokenizerFast(**files)
for name, text in (("plain", "a bottle"), ("curly", "it\u2019s"), ("ligature", "\ufb02aw"), ("control", "a\x7fb")):
    print(name, "same" if slow(text)["input_ids"] == fast(text)["input_ids"] else "different")
EOF
echo "slow and fast tokenizer without ftfy:"
"$work/venv/bin/python" -W ignore "$work/ids.py" "$work" 2>/dev/null | tee "$work/without"
"$work/venv/bin/pip" install -q --disable-pip-version-check ftfy==6.3.1
echo "and with ftfy installed:"
"$work/venv/bin/python" -W ignore "$work/ids.py" "$work" 2>/dev/null | tee "$work/with"

diff - "$work/without" <<'EOF'
plain same
curly same
ligature same
control different
EOF
diff - "$work/with" <<'EOF'
plain same
curly different
ligature different
control different
EOF
