"""What transformers' CLIP tokenizer (the fast one, which its processor uses) makes of the strings of make_tokens.py and of more.

usage: make_tokens_plain.py TOKENIZER   tests/data/tokenizer: reads strings.json, writes plain_strings.json and plain_ids.json

Run with requirements-new.txt (transformers 5.24.0). 4.46.3 gives the same ids but for special tokens in capitals."""

import json
import os
import sys

import common
from transformers import CLIPTokenizer

MORE = ["\u201ccurly\u201d quotes", "it\u2019s", "a &amp; b", "&lt;b&gt;", "\u0391\u03a3 \u039f\u0394\u039f\u03a3", "\u0130stanbul", "<|endoftext|> x",
        "x<|startoftext|>y", "x <|STARTOFTEXT|>", "<start_of_text> a", "\ufb01ne \ufb02ow", "\uff46\uff55\uff4c\uff4c", "a\u0345b", "\u0301x",
        "\u2167 \u24d0 \u24b7", "\u1e9e \u00df", "a\u00a0b\u2003c\u200bd\u0085e", "K\u212a \u2126", "tab\tnew\nline\r\n", "e\u0301 \u00c9",
        "\x1b[31m red", "\ufeffbom", "'S 'RE", "don\u2019t", "x\u2028y", "1\u0660\u00b2\u00bd", "\U0001d400", "\U0001f469\u200d\U0001f4bb",
        "x<|endoftext|>\u0338", "  <|endoftext|>  <|endoftext|>", "'\u017f", "caf\u00e9 CAFE\u0301"]


def main(folder):
    from open_clip.tokenizer import bytes_to_unicode
    symbols = list(bytes_to_unicode().values())
    merges = [tuple(m.split()) for m in common.open_clip_merges()]
    words = symbols + [s + "</w>" for s in symbols] + ["".join(m) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    tokens = CLIPTokenizer(vocab={w: i for i, w in enumerate(words)}, merges=merges, model_max_length=common.CONTEXT)
    strings = [s for s in json.load(open(os.path.join(folder, "strings.json"), encoding="utf-8"))]
    expected = json.load(open(os.path.join(folder, "ids.json")))
    ids = tokens(strings + MORE, truncation=True, max_length=common.CONTEXT)["input_ids"]
    chosen = [i for i in range(len(ids)) if i >= len(strings) or ids[i] != expected[i]]    # where the two libraries differ
    common.dump_rows(os.path.join(folder, "plain_strings.json"), [(strings + MORE)[i] for i in chosen])
    common.dump_rows(os.path.join(folder, "plain_ids.json"), [ids[i] for i in chosen])
    print(len(chosen), "strings")


main(sys.argv[1])
