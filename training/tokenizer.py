"""CLIP's byte-pair tokenizer, cut to the first merges so that the text tower stays small."""

import gzip
from pathlib import Path

import regex
import torch
from open_clip import tokenizer as clip

MERGES = 8000
PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""


def read_merges(count=MERGES):
    """The first `count` merges of CLIP's vocabulary, as lines "a b"."""
    text = gzip.open(clip.default_bpe()).read().decode("utf-8")
    return text.split("\n")[1:count + 1]


def write_merges(path, count=MERGES):
    """Write merges.txt: a header line, then one merge a line."""
    lines = ["#version: 0.2"] + read_merges(count)
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


class Tokenizer(clip.SimpleTokenizer):
    """Ids: 256 bytes, 256 bytes that end a word, the merges, start of text, end of text."""

    def __init__(self, merges=None, context_length=32):
        merges = [tuple(line.split()) for line in merges or read_merges()]
        symbols = list(clip.bytes_to_unicode().values())
        vocab = symbols + [s + "</w>" for s in symbols] + ["".join(m) for m in merges]
        self.byte_encoder = clip.bytes_to_unicode()
        self.encoder = {symbol: i for i, symbol in enumerate(vocab)}
        self.bpe_ranks = {merge: i for i, merge in enumerate(merges)}
        self.cache = {}
        self.pat = regex.compile(PATTERN, regex.IGNORECASE)
        self.clean_fn = clip.get_clean_fn("lower")
        self.sot_token_id = len(vocab)
        self.eot_token_id = len(vocab) + 1
        self.vocab_size = len(vocab) + 2
        self.context_length = context_length

    def __call__(self, texts):
        """Ids [T, context]; what is too long is cut and still ends with end of text."""
        ids = torch.zeros(len(texts), self.context_length, dtype=torch.long)
        for row, text in zip(ids, texts):
            tokens = [self.sot_token_id] + self.encode(text)[:self.context_length - 2]
            tokens.append(self.eot_token_id)
            row[:len(tokens)] = torch.tensor(tokens)
        return ids
