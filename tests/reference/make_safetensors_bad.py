"""Tensor files and model folders that must be refused, and small ones that must be read.

usage: make_safetensors_bad.py SAFETENSORS MODELS
    SAFETENSORS/valid/*.safetensors + expected.json, SAFETENSORS/invalid/*.safetensors,
    MODELS/minimal (a valid model of a few KB) and MODELS/invalid/<defect>/ (the same with one defect each)
"""

import copy
import json
import os
import shutil
import struct
import sys

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save

import common
from make_models import randomise


def raw(header, data=b"", length=None):
    """A file: header (text, or a value to be written as JSON), data, and the length that the first 8 bytes claim."""
    text = header if isinstance(header, bytes) else (header if isinstance(header, str) else json.dumps(header)).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def valid_files(out):
    r = common.rng("valid")
    f = torch.from_numpy(r.standard_normal((3, 4)).astype(np.float32))
    edge = torch.tensor([0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, 6.1e-5, 1 / 3])
    files = {
        "f32": save({"a": f}),
        "f16": save({"a": edge.half()}),
        "bf16": save({"a": torch.tensor([0.0, -0.0, 1.0, -2.5, 3e38, 1e-38, 1 / 3, 1e-40]).bfloat16()}),
        "f64": save({"a": f.double()}),
        "i64": save({"a": torch.tensor([[0, -1, 77], [49407, 2 ** 40, -(2 ** 40)]])}),
        "integers": save({"i32": torch.tensor([1, -2], dtype=torch.int32), "u8": torch.tensor([0, 255], dtype=torch.uint8),
                          "b": torch.tensor([True, False])}),
        "scalar": save({"logit_scale": torch.tensor(4.6052)}),
        "zero-size": save({"empty": torch.zeros(0, 5), "a": f}),
        "several": save({"b.weight": f, "a.bias": f[0].clone(), "c": f.half().T.contiguous()}),
        "metadata": raw({"__metadata__": {"format": "pt", "note": "quotes \" and \u00e9", "": ""}, "a": entry("F32", [3, 4], 0, 48)}, f.numpy().tobytes()),
        "no-tensors": raw({}),
        "padded-header": raw(json.dumps({"a": entry("F32", [1], 0, 4)}) + " " * 37, struct.pack("<f", 1.5)),
        "order": raw({"second": entry("F32", [1], 4, 8), "first": entry("F32", [1], 0, 4)}, struct.pack("<ff", 1.0, 2.0)),
        "unaligned": raw({"byte": entry("U8", [1], 0, 1), "a": entry("F32", [2], 1, 9)}, b"\x07" + struct.pack("<ff", 1.0, -3.0)),
        "many-dimensions": save({"a": torch.arange(24.0).reshape(1, 2, 1, 3, 1, 4)}),
        "escaped-name": raw('{"a\\u002eb": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', struct.pack("<f", 2.0)),
    }
    expected = []
    for name, content in files.items():
        with open(f"{out}/{name}.safetensors", "wb") as w:
            w.write(content)
        for key, t in sorted(load(content).items()):
            expected.append({"file": name + ".safetensors", "name": key, "shape": list(t.shape),
                             "values": [float(v) for v in t.double().flatten().tolist()]})
    common.dump_rows(out + "/expected.json", expected)


def invalid_files(out):
    one = struct.pack("<f", 1.0)
    two = struct.pack("<ff", 1.0, 2.0)
    a = entry("F32", [1], 0, 4)
    deep = lambda n: "[" * n + "]" * n                                                       # noqa: E731
    files = {
        "empty": b"",
        "seven-bytes": b"\x10\0\0\0\0\0\0",
        "length-only": struct.pack("<Q", 40),
        "header-longer-than-file": raw({"a": a}, one, length=100000),
        "header-length-huge": raw({"a": a}, one, length=2 ** 63 + 5),
        "header-length-all-ones": raw({"a": a}, one, length=2 ** 64 - 1),
        "header-length-zero": raw("", one, length=0),
        "header-length-short": raw({"a": a}, one, length=20),
        "header-length-long": raw({"a": a}, one, length=len(json.dumps({"a": a})) + 2),
        "not-json": raw("this is not JSON at all", one),
        "array": raw("[1, 2, 3]", one),
        "number": raw("42", one),
        "trailing-text": raw(json.dumps({"a": a}) + "x", one),
        "unclosed": raw(json.dumps({"a": a})[:-1], one),
        "not-utf8": raw(b'{"\xff\xfe": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', one),
        "nul-in-header": raw(b'{"a": \0 {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', one),
        "deep": raw('{"a": ' + deep(3000) + "}", one),
        "deep-objects": raw('{"a":' * 3000 + "1" + "}" * 3000, one),
        "duplicate-name": raw('{"a": %s, "a": %s}' % (json.dumps(a), json.dumps(entry("F32", [1], 4, 8))), two),
        "overlap": raw({"a": entry("F32", [2], 0, 8), "b": entry("F32", [1], 4, 8)}, two),
        "same-bytes": raw({"a": a, "b": a}, one),
        "outside": raw({"a": entry("F32", [4], 0, 16)}, two),
        "begins-outside": raw({"a": entry("F32", [1], 1000, 1004)}, one),
        "reversed": raw({"a": entry("F32", [1], 4, 0)}, one),
        "negative-offset": raw({"a": entry("F32", [1], -4, 0)}, one),
        "hole": raw({"a": a, "b": entry("F32", [1], 8, 12)}, two + one),
        "hole-at-start": raw({"a": entry("F32", [1], 4, 8)}, two),
        "bytes-left-over": raw({"a": a}, two),
        "offset-overflow": raw('{"a": {"dtype": "F32", "shape": [1], "data_offsets": [18446744073709551612, 18446744073709551616]}}', one),
        "offset-wraps": raw({"a": entry("U8", [0], 2 ** 63, 2 ** 63)}, one),
        "negative-shape": raw({"a": entry("F32", [-1], 0, 4)}, one),
        "two-negative-shapes": raw({"a": entry("F32", [-1, -1], 0, 4)}, one),
        "shape-overflow": raw({"a": entry("F32", [2 ** 32, 2 ** 32, 1], 0, 4)}, one),
        "shape-overflow-to-fit": raw({"a": entry("F32", [2 ** 62 + 1], 0, 4)}, one),
        "shape-overflow-with-zero": raw({"a": entry("F32", [2 ** 40, 2 ** 40, 0], 0, 4)}, one),
        "shape-size-mismatch": raw({"a": entry("F32", [3], 0, 4)}, one),
        "dtype-size-mismatch": raw({"a": entry("F64", [1], 0, 4)}, one),
        "fractional-shape": raw({"a": entry("F32", [1.5], 0, 4)}, one),
        "unknown-dtype": raw({"a": entry("F33", [1], 0, 4)}, one),
        "dtype-not-string": raw({"a": entry(32, [1], 0, 4)}, one),
        "shape-not-array": raw({"a": {"dtype": "F32", "shape": 1, "data_offsets": [0, 4]}}, one),
        "one-offset": raw({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}}, one),
        "three-offsets": raw({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8]}}, one),
        "no-dtype": raw({"a": {"shape": [1], "data_offsets": [0, 4]}}, one),
        "no-shape": raw({"a": {"dtype": "F32", "data_offsets": [0, 4]}}, one),
        "no-offsets": raw({"a": {"dtype": "F32", "shape": [1]}}, one),
        "entry-not-object": raw({"a": 5}, one),
        "metadata-not-object": raw({"__metadata__": 5, "a": a}, one),
        "many-dimensions": raw({"a": entry("F32", [1] * 5000, 0, 4)}, one),
    }
    lenient = []
    for name, content in files.items():
        with open(f"{out}/{name}.safetensors", "wb") as w:
            w.write(content)
        try:
            with safe_open(f"{out}/{name}.safetensors", "np") as f:
                {k: f.get_tensor(k) for k in f.keys()}
            lenient.append(name)
        except (SafetensorError, OSError, ValueError):
            pass
    assert not lenient, lenient                           # the official library refuses every one of them
    print(len(files), "invalid tensor files")


MINIMAL = dict(embed_dim=4,
               vision_cfg=dict(image_size=8, layers=2, width=8, head_width=4, patch_size=4),
               text_cfg=dict(context_length=16, vocab_size=516, width=4, heads=2, layers=1))


def model_folders(out):
    from open_clip.model import CLIP
    model = CLIP(**MINIMAL)
    randomise(model, 99)
    state = {k: v.half().contiguous() for k, v in model.state_dict().items()}
    config = {"model_cfg": MINIMAL, "preprocess_cfg": {"mean": list(common.CLIP_MEAN), "std": list(common.CLIP_STD)}}
    shutil.rmtree(out + "/invalid", ignore_errors=True)

    def write(name, change_config=None, change_state=None, config_text=None, no_config=False, no_weights=False, cut=None):
        folder = os.path.join(out, name)
        os.makedirs(folder)
        c, s = copy.deepcopy(config), dict(state)
        if change_config:
            change_config(c["model_cfg"])
        if change_state:
            change_state(s)
        if not no_config:
            with open(folder + "/open_clip_config.json", "w") as f:
                f.write(json.dumps(c, indent=1) + "\n" if config_text is None else config_text)
        if not no_weights:
            with open(folder + "/open_clip_model.safetensors", "wb") as f:
                f.write(save(s, metadata={"format": "pt"})[:cut])
        return folder

    def vision(**kw):
        return lambda c: c["vision_cfg"].update(kw)

    def text(**kw):
        return lambda c: c["text_cfg"].update(kw)

    shutil.rmtree(out + "/minimal", ignore_errors=True)
    write("minimal")
    bias = "visual.transformer.resblocks.1.mlp.c_fc.bias"
    write("invalid/missing-tensor", change_state=lambda s: s.pop(bias))
    write("invalid/wrong-shape", change_state=lambda s: s.update({"visual.proj": torch.zeros(8, 5).half()}))
    write("invalid/wrong-type", change_state=lambda s: s.update({"visual.ln_pre.weight": torch.ones(8, dtype=torch.int64)}))
    write("invalid/layers-5-of-2", vision(layers=5))
    write("invalid/text-layers-9-of-1", text(layers=9))
    write("invalid/embed-dim-differs", lambda c: c.update(embed_dim=6))
    write("invalid/image-size-differs", vision(image_size=16))
    write("invalid/patch-does-not-divide", vision(patch_size=3))
    write("invalid/vocabulary-differs", text(vocab_size=600))
    write("invalid/no-config", no_config=True)
    write("invalid/no-weights", no_weights=True)
    write("invalid/weights-cut-off", cut=6000)
    write("invalid/config-not-json", config_text="model_cfg: {embed_dim: 4}\n")
    write("invalid/config-empty", config_text="")
    write("invalid/config-empty-object", config_text="{}\n")
    write("invalid/config-array", config_text="[]\n")
    write("invalid/heads-do-not-divide-width", text(heads=3))
    write("invalid/head-width-does-not-divide", vision(head_width=3))
    write("invalid/head-width-zero", vision(head_width=0))
    write("invalid/zero-layers", vision(layers=0))
    write("invalid/negative-width", vision(width=-8))
    write("invalid/huge-layers", vision(layers=2 ** 31))
    write("invalid/width-is-text", vision(width="8"))
    write("invalid/unknown-stem", vision(stem={"type": "no-such-stem", "blocks": 1}))
    write("invalid/timm-tower", vision(timm_model_name="convnext_base"))
    write("invalid/not-a-number", change_state=lambda s: s.update({"visual.proj": torch.full((8, 4), float("nan")).half()}))
    total = sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(out + "/invalid") for f in fs)
    print(len(os.listdir(out + "/invalid")), "invalid models,", total, "bytes")


if __name__ == "__main__":
    for sub in ("valid", "invalid"):
        os.makedirs(os.path.join(sys.argv[1], sub), exist_ok=True)
    valid_files(os.path.join(sys.argv[1], "valid"))
    invalid_files(os.path.join(sys.argv[1], "invalid"))
    model_folders(sys.argv[2])
