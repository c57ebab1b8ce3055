"""Models and prompts."""
from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import numpy as np

from ._arrays import image_of
from ._native import ModelError, call, choice, data_folder, facts_of, ffi, lib, make, options, refuse_pickling, text, utf8

BUILT_IN = "alfa-tiny"
_Closing = TypeVar("_Closing", bound="Closing")


class Closing:
    """Something that a with statement ends. What it has lent, such as arrays, stays until nobody holds it any more."""

    _handle = None
    __reduce__ = refuse_pickling

    def close(self) -> None:
        self._handle = None

    def __enter__(self: _Closing) -> _Closing:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    @property
    def _open(self):
        if self._handle is None:
            raise ValueError(f"the {type(self).__name__} is closed")
        return self._handle


def _hub_folder(repository: str) -> str:
    """The folder of a model in the hub's cache ("hf:ORG/REPO"), which 'alfa model pull' and the hub's own client fill."""
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    cache = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser()
    folder = cache / ("models--" + repository.replace("/", "--"))
    try:
        return str(folder / "snapshots" / (folder / "refs" / "main").read_text().strip())
    except OSError:
        raise ModelError(f"hf:{repository}", f"is not in {cache}; 'alfa model pull hf:{repository}' fetches it") from None


def _find(path) -> str:
    if path is not None and os.path.exists(path):
        return os.fspath(path)
    name, data = os.fspath(path or BUILT_IN), data_folder()
    if name.startswith("hf:"):
        return _hub_folder(name[3:])
    if data and (data / "models" / name).is_dir():
        return str(data / "models" / name)
    raise ModelError(name, "is not there: give a folder or a file of weights ('alfa model pull NAME --to FOLDER' makes one), hf:ORG/REPO, or "
                           "nothing for the built-in model; ALFA_DATA names the folder that holds models/")


class Model(Closing):
    """A CLIP dual encoder: image tower, text tower, tokenizer. Immutable; threads may share it.

    path: a folder with config and weights, a file of weights, "hf:ORG/REPO" for what lies in the hub's cache, None for the built-in
    alfa-tiny, or a dict of file names and bytes ({"model.safetensors": ..., "open_clip_config.json": ...}), which are copied. precision: "auto", "f32", "bf16" or "int8". threads: 0 for all processors. cache: a folder for text embeddings and packed weights, or
    None. activation: "gelu" or "quick_gelu" for weights that nothing says it for.
    """

    def __init__(self, path=None, *, precision: str = "auto", threads: int = 0, cache=None, activation: str = "auto", name: str | None = None):
        how = options("alfa_model_options")
        kept = [utf8(cache), utf8(name)]
        how.precision, how.activation = choice("ALFA_PRECISION_", precision), choice("ALFA_ACTIVATION_", activation)
        how.threads, how.cache_dir, how.name = threads, kept[0], kept[1]
        if isinstance(path, Mapping):
            kept += [[utf8(one) for one in path], [ffi.from_buffer(one) for one in path.values()]]
            files = ffi.new("char *[]", kept[2]), ffi.new("void *[]", kept[3]), ffi.new("size_t[]", [len(one) for one in kept[3]])
            self._handle = make("alfa_model", lib.alfa_model_free, lib.alfa_model_open_memory, *files, len(path), how)
        else:
            self._handle = make("alfa_model", lib.alfa_model_free, lib.alfa_model_open, utf8(_find(path)), how)

    @property
    def info(self) -> SimpleNamespace:
        """The facts: name, layout, precision, fingerprint, embed_dim, image_size, grid ... as in struct alfa_model_info."""
        return facts_of(lib.alfa_model_info(self._open))

    def embed_image(self, image, *, resize: str = "squash") -> np.ndarray:
        """(embed_dim,) float32 of length 1, of a path, an array or an Image."""
        out = np.empty(self.info.embed_dim, np.float32)
        call(lib.alfa_model_embed_image, _floats(out), self._open, image_of(image)._handle, choice("ALFA_RESIZE_", resize))
        return out

    def embed_texts(self, texts: Iterable[str]) -> np.ndarray:
        """(count, embed_dim) float32, each row of length 1."""
        kept = [utf8(one) for one in ([texts] if isinstance(texts, str) else texts)]
        out = np.empty((len(kept), self.info.embed_dim), np.float32)
        call(lib.alfa_model_embed_texts, _floats(out), ffi.NULL, self._open, ffi.new("char *[]", kept), len(kept))
        return out

    def tokenize(self, sentence: str) -> np.ndarray:
        """(count,) int32: the ids with start and end, cut at the context."""
        out, count = np.empty(self.info.context_length, np.int32), ffi.new("int *")
        call(lib.alfa_model_tokenize, ffi.cast("int *", ffi.from_buffer(out)), count, ffi.new("_Bool *"), self._open, utf8(sentence))
        return out[:count[0]].copy()

    def convert(self, folder, *, numbers: str = "auto") -> None:
        """Writes it into a new folder in open_clip's layout; numbers: "auto", "f32", "f16" or "bf16"."""
        how = options("alfa_convert_options")
        how.numbers = choice("ALFA_NUMBERS_", numbers)
        call(lib.alfa_model_convert, self._open, utf8(folder), how)

    def __repr__(self) -> str:
        return f"<alfa.Model {self.info.name} {self.info.precision}>" if self._handle else "<alfa.Model closed>"


def _floats(array):
    return ffi.cast("float *", ffi.from_buffer(array))


def _shipped_set(noun: str):
    """The prompt set that comes with alfa for a noun, or the generic one; None without data."""
    folder = data_folder()
    if not folder or not (folder / "prompts").is_dir():
        return None
    path, near, own = ffi.new("char **"), ffi.new("char **"), ffi.new("_Bool *")
    call(lib.alfa_prompts_find, path, near, own, utf8(folder / "prompts"), utf8(noun))
    found, meant = _taken(path[0]), _taken(near[0])
    if meant and not own[0]:
        warnings.warn(f'no prompt set for "{noun}": using the generic set; did you mean "{meant}"?', stacklevel=3)
    return found


def _taken(text):
    """A text that the library gave away, or None."""
    if text == ffi.NULL:
        return None
    copy = ffi.string(text).decode()
    lib.alfa_free(text)
    return copy


class Prompts(Closing):
    """Normal and abnormal sentences about one class of things. Immutable; threads may share them.

    sentences: "shipped" for the set that comes with alfa for this noun (or the generic one), the path of a prompt file, None for the
    templates alone, or a pair of lists (normal, abnormal), in which {class} stands for the noun. templates: a prompt file that replaces the
    72 templates a label. domain: "industrial", "medical", "surface" or words of your own.
    """

    def __init__(self, noun: str, sentences="shipped", *, templates=None, domain: str | None = None):
        how = options("alfa_prompts_options")
        written = None
        if isinstance(sentences, (tuple, list)):
            written = sentences = _write_set(*sentences)
        elif sentences == "shipped":
            sentences = _shipped_set(noun)
        kept = [utf8(sentences), utf8(templates), utf8(domain)]
        how.set, how.templates, how.domain = kept
        try:
            self._handle = make("alfa_prompts", lib.alfa_prompts_free, lib.alfa_prompts_compose, utf8(noun), how)
        finally:
            if written:
                os.unlink(written)

    @classmethod
    def winclip(cls, noun: str) -> Prompts:
        """WinCLIP's compositional ensemble."""
        return cls._of(make("alfa_prompts", lib.alfa_prompts_free, lib.alfa_prompts_winclip, utf8(noun)))

    @classmethod
    def _of(cls, handle) -> Prompts:
        prompts = cls.__new__(cls)
        prompts._handle = handle
        return prompts

    @property
    def noun(self) -> str:
        return text(lib.alfa_prompts_class(self._open))

    def _side(self, side) -> list[str]:
        return [text(lib.alfa_prompts_get(self._open, side, i)) for i in range(lib.alfa_prompts_count(self._open, side))]

    @property
    def normal(self) -> list[str]:
        return self._side(lib.ALFA_NORMAL)

    @property
    def abnormal(self) -> list[str]:
        return self._side(lib.ALFA_ABNORMAL)


def _write_set(normal: Iterable[str], abnormal: Iterable[str]) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False, encoding="utf-8") as file:
        for label, lines in (("normal", normal), ("abnormal", abnormal)):
            file.write(f"[{label}]\n" + "".join(line.replace("\n", " ") + "\n" for line in lines))
    return file.name
