"""Shared by the reference scripts: the tokenizer of a truncated vocabulary, test pictures, file writing."""

import gzip
import json
import math
import os
import struct
import tempfile
import zlib

import numpy as np
import torch

torch.set_num_threads(1)
torch.set_grad_enabled(False)

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
CONTEXT = 77


def open_clip_merges():
    """The lines of CLIP's merge file, without its header."""
    from open_clip.tokenizer import default_bpe
    lines = gzip.open(default_bpe()).read().decode("utf-8").split("\n")
    return lines[1:49152 - 256 - 2 + 1]


def tokenizer(vocab_size=49408):
    """open_clip's own SimpleTokenizer over the first vocab_size - 514 merges.

    ids: 256 byte symbols, 256 with </w>, the merges, start = vocab_size - 2, end = vocab_size - 1."""
    from open_clip.tokenizer import SimpleTokenizer
    n = vocab_size - 514
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "merges.txt.gz")
        with gzip.open(path, "wb") as f:
            f.write("\n".join(["#version: 0.2"] + open_clip_merges()[:n]).encode("utf-8"))
        t = SimpleTokenizer(bpe_path=path)
    assert t.vocab_size == vocab_size and t.sot_token_id == vocab_size - 2 and t.eot_token_id == vocab_size - 1
    return t


def rng(*key):
    """A numpy generator that depends on the key alone."""
    return np.random.default_rng(zlib.crc32("/".join(map(str, key)).encode()))


def picture(kind, size, seed=0):
    """An RGB picture [size,size,3] in 8-bit levels: 'photo' is smooth with one object and a small mark, 'noise' is noise."""
    r = rng("picture", kind, size, seed)
    if kind == "noise":
        return r.integers(0, 256, (size, size, 3), dtype=np.uint8)
    y, x = np.mgrid[0:size, 0:size].astype(np.float64) / size
    p = np.stack([0.45 + 0.25 * x + 0.1 * y, 0.5 - 0.2 * y + 0.05 * x, 0.4 + 0.2 * (1 - x) * y], -1)
    for _ in range(6):
        fx, fy = r.uniform(-4, 4, 2)
        p += 0.04 * np.sin(2 * math.pi * (fx * x + fy * y) + r.uniform(0, 6.28))[..., None] * r.uniform(-1, 1, 3)
    d = np.hypot((x - 0.45) / 0.28, (y - 0.55) / 0.35)
    a = 1 / (1 + np.exp((d - 1) * 30))
    shade = np.clip(1.2 - d, 0.3, 1.2)[..., None]
    p = p * (1 - a[..., None]) + a[..., None] * shade * np.array([0.25, 0.45, 0.3])
    a = np.exp(-(((x - 0.6) / 0.05) ** 2 + ((y - 0.4) / 0.03) ** 2))[..., None]
    p = p * (1 - a) + a * np.array([0.9, 0.85, 0.2])
    return np.rint(np.clip(p, 0, 1) * 255).astype(np.uint8)


def pixels(kinds, size, mean, std):
    """Normalised network input [N,3,size,size], float32."""
    out = []
    for i, kind in enumerate(kinds):
        p = picture(kind, size, i).astype(np.float64) / 255
        out.append(((p - np.array(mean)) / np.array(std)).transpose(2, 0, 1))
    return np.stack(out).astype(np.float32)


def texts(count):
    words = ("surface scratch dent crack stain hole thread bent missing part colour edge glass wire pin print "
             "texture weave fold tear contamination loose broken normal intact").split()
    long = " ".join(words[(i * 7 + i // 25) % len(words)] for i in range(300))
    return ["a photo of a bottle.",
            "An industrial image of a damaged metal_nut with 3 scratches",
            "the maker's label isn't where it's supposed to be: we've checked, they'll re-do it, I'd say",
            "",
            long,
            "PCB1 serial no. 0123456789, 42 mm",
            "screw_bag \u2014 \u201ctwo M3\u00d712 screws\u201d, Gr\u00f6\u00dfe 7",
            "a close-up photo of the cable for anomaly detection.",
            "grid without flaw",
            "\u65e5\u672c\u8a9e \u0444\u043e\u0442\u043e \U0001f642 of   a\tcapsule\n",
            "   ",
            "A PERFECT HAZELNUT!!! (really) #1 @50% &amp; more_or_less"][:count]


def save(path, tensors, metadata=None):
    """Write safetensors holding f32 and i32 only; metadata values are JSON strings. The same input gives the same bytes."""
    header, blobs, at = {}, [], 0
    if metadata:
        header["__metadata__"] = {k: json.dumps(v, ensure_ascii=False) for k, v in metadata.items()}
    for name, t in tensors.items():
        t = np.asarray(t)
        t = t.astype("<i4" if t.dtype.kind in "iub" else "<f4")
        header[name] = {"dtype": "I32" if t.dtype.kind == "i" else "F32", "shape": list(t.shape), "data_offsets": [at, at + t.nbytes]}
        blobs.append(t.tobytes())
        at += t.nbytes
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def dump(path, value, indent=1):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=False, indent=indent)
        f.write("\n")


def dump_rows(path, rows):
    """A JSON list, one element a line."""
    with open(path, "w", encoding="utf-8") as f:
        f.write("[\n" + ",\n".join(json.dumps(r, ensure_ascii=False) for r in rows) + "\n]\n")


def windows(grid, k):
    """Token indices [(grid-k+1)^2, 1+k*k] of every k x k window, row-major; 0 is the class token."""
    out = []
    for y in range(grid - k + 1):
        for x in range(grid - k + 1):
            out.append([0] + [1 + (y + j) * grid + x + i for j in range(k) for i in range(k)])
    return torch.tensor(out)
