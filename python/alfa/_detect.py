"""Detectors, banks and results."""
from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

from ._arrays import image_of, lend, png_of, several
from ._model import Closing, Model, Prompts, facts_of
from ._native import InputError, call, choice, ffi, lib, make, options, text, utf8

#: Told how far a call is: part, done, total. False ends the call with Stopped.
Progress = Callable[[str, int, int], "bool | None"]


class _Watch:
    """A progress function as C calls it. What it raises, KeyboardInterrupt too, ends the call and is raised there."""

    def __init__(self, progress: Progress | None):
        self.progress, self.raised = progress, None
        self.callback = ffi.callback("bool(void *, char *, int, int)", self._tell, error=False, onerror=self._keep)

    def _tell(self, context, part, done, total) -> bool:
        return self.progress is None or self.progress(text(part), done, total) is not False

    def _keep(self, kind, raised, trace) -> None:
        self.raised = raised  # Ctrl-C comes before the first line of _tell(), where no try would catch it; it goes on in call()

    def call(self, function: Callable, *arguments):
        self.raised = None
        try:
            return function(*arguments)
        except Exception:
            if self.raised is not None:
                raise self.raised from None
            raise


class Result(Closing):
    """What was found in one image. Arrays are lent, not copied: they keep the result alive, and are read-only."""

    def __init__(self, handle, keep):
        self._handle, self._keep = handle, keep  # strings belong to the detector's model

    @property
    def summary(self) -> SimpleNamespace:
        """All numbers of struct alfa_summary: score_global, score_memory, p_value, kept_normal, seconds ..."""
        return facts_of(lib.alfa_result_summary(self._open))

    @property
    def score(self) -> float:
        """More is more abnormal; 0..1 with ALFA and WinCLIP."""
        return lib.alfa_result_summary(self._open).score

    @property
    def threshold(self) -> float:
        """NaN: there is none, and so no decision."""
        return lib.alfa_result_summary(self._open).threshold

    @property
    def anomalous(self) -> bool:
        """score > threshold"""
        return bool(lib.alfa_result_summary(self._open).anomalous)

    @property
    def map(self) -> np.ndarray | None:
        """(height, width) float32 at the model's resolution; None for a method without map."""
        width, height = ffi.new("int *"), ffi.new("int *")
        pointer = lib.alfa_result_map(self._open, width, height)
        return lend(self._open, pointer, (height[0], width[0]), np.float32) if pointer else None

    @property
    def grid(self) -> np.ndarray | None:
        """(side, side) float32: the map before upsampling."""
        side = ffi.new("int *")
        pointer = lib.alfa_result_grid(self._open, side)
        return lend(self._open, pointer, (side[0], side[0]), np.float32) if pointer else None

    def map_full(self, height: int | None = None, width: int | None = None) -> np.ndarray:
        """(height, width) float32: the map over the whole image, at its own size unless said otherwise; 0 where it does not reach."""
        summary = lib.alfa_result_summary(self._open)
        height, width = summary.height if height is None else height, summary.width if width is None else width
        out = np.empty((height, width), np.float32)
        call(lib.alfa_result_map_full, ffi.cast("float *", ffi.from_buffer(out)), self._open, width, height)
        return out

    @property
    def regions(self) -> list[SimpleNamespace]:
        """Connected places above the pixel threshold, the highest peak first: x, y, width, height, area, percent, peak, mean, center_x, center_y."""
        return [facts_of(lib.alfa_result_region(self._open, i)) for i in range(lib.alfa_result_region_count(self._open))]

    def overlay(self, image, *, report: bool = False) -> np.ndarray:
        """(height, width, 3) uint8: the image with the map in colours over it; report: with boxes and a legend below."""
        how = lib.ALFA_OVERLAY_REPORT if report else lib.ALFA_OVERLAY_PLAIN
        drawn = make("alfa_image", lib.alfa_image_free, lib.alfa_result_overlay, self._open, image_of(image)._handle, how)
        return lend(drawn, lib.alfa_image_rgb(drawn), (lib.alfa_image_height(drawn), lib.alfa_image_width(drawn), 3), np.uint8)

    def overlay_png(self, image) -> bytes:
        """The report's picture as a PNG file."""
        return png_of(make("alfa_image", lib.alfa_image_free, lib.alfa_result_overlay, self._open, image_of(image)._handle, lib.ALFA_OVERLAY_REPORT))

    def json(self, path=None) -> str:
        """What 'alfa detect --json' prints for it."""
        out = ffi.new("char **")
        call(lib.alfa_result_json, out, self._open, utf8(path))
        try:
            return text(out[0])
        finally:
            lib.alfa_free(out[0])

    @property
    def embedding(self) -> np.ndarray | None:
        """(embed_dim,) float32 of the image; None unless Detector.explain()."""
        pointer = lib.alfa_result_embedding(self._open)
        return lend(self._open, pointer, (lib.alfa_model_info(self._keep[1]).embed_dim,), np.float32) if pointer else None

    @property
    def prompts(self) -> list[tuple[str, str, float]]:
        """("normal" or "abnormal", sentence, contextual score), the highest first; empty unless Detector.explain()."""
        scores = (lib.alfa_result_prompt(self._open, i) for i in range(lib.alfa_result_prompt_count(self._open)))
        return [(("normal", "abnormal")[one.side], text(one.text), one.score) for one in scores]

    def __repr__(self) -> str:
        return f"<alfa.Result {self.score:.3f}{' anomalous' if self.anomalous else ''}>" if self._handle else "<alfa.Result closed>"


def _detector_options(watch: _Watch, given: dict):
    """ALFA_DETECTOR_OPTIONS_INIT, and what was given."""
    how = options("alfa_detector_options")
    how.aligner_strength, how.temperature, how.threshold, how.place_threshold = 1.0, 0.07, -1.0, -1.0
    how.progress = watch.callback
    enums = {"method": "ALFA_METHOD_", "contextual": "ALFA_CONTEXTUAL_", "aligner": "ALFA_ALIGNER_", "image_score": "ALFA_IMAGE_SCORE_",
             "resize": "ALFA_RESIZE_"}
    known = {name for name, _ in ffi.typeof("struct alfa_detector_options").fields} - {"size", "progress", "context"}
    for name, value in given.items():
        if name not in known:
            raise TypeError(f"Detector has no option {name!r}; there are {', '.join(sorted(known))}")
        if name == "scales":
            how.scales = list(value)
        elif name == "tiles" and value == "auto":
            how.tiles = -1
        elif value is not None:
            setattr(how, name, choice(enums[name], value) if name in enums else value)
    return how


class Detector(Closing):
    """Model, prompts and options, ready to judge images of one class.

    prompts: Prompts, or a noun such as "metal nut": the shipped sentences, or with method="winclip" WinCLIP's own. model: a Model, or what Model() takes (None: the built-in one). Options are those of struct alfa_detector_options:
    method="winclip", scales=[2, 3], threshold=0.6, tiles=3 or "auto", align=True, min_area, place_threshold, contextual, aligner, image_score,
    temperature, resize. progress is told by calls that take longer than a second; Ctrl-C ends them in any case.

    Threads may share a detector; it judges one image at a time. The GIL is free meanwhile.
    """

    def __init__(self, prompts, model=None, *, progress: Progress | None = None, **given):
        self.model = model if isinstance(model, Model) else Model(model)
        if not isinstance(prompts, Prompts):
            prompts = Prompts.winclip(prompts) if str(given.get("method")).lower() == "winclip" else Prompts(prompts)
        self._prepare(progress)
        self._compares = str(given.get("method")).lower() == "musc"
        self._keep = (self.model, self.model._open, prompts._open)
        self._handle = self._watch.call(make, "alfa_detector", lib.alfa_detector_free, lib.alfa_detector_open, self.model._open, prompts._open,
                                        _detector_options(self._watch, given))

    def _prepare(self, progress) -> None:
        self._lock, self._watch = threading.Lock(), _Watch(progress)

    @classmethod
    def from_bank(cls, bank, model=None, *, progress: Progress | None = None, **given) -> Detector:
        """A detector with the bank's sentences, masks and options; bank: a Bank or its path. Of options threshold, place_threshold and min_area count."""
        bank = bank if isinstance(bank, Bank) else Bank.load(bank)
        if model is None and bank.info.model != "alfa-tiny" and os.path.exists(bank.info.model_hint):
            model = bank.info.model_hint
        detector = cls.__new__(cls)
        detector.model = model if isinstance(model, Model) else Model(model)
        detector._prepare(progress)
        detector._keep = (detector.model, detector.model._open, bank._open)
        detector._handle = detector._watch.call(make, "alfa_detector", lib.alfa_detector_free, lib.alfa_detector_open_bank, detector.model._open,
                                                bank._open, _detector_options(detector._watch, given))
        return detector

    _compares = False  # images with each other: all have to be shown before the first is judged

    def close(self) -> None:
        super().close()
        self._keep = None

    @contextmanager
    def _used(self):
        """The handle for a call, and what has to live as long as the call and its result, whoever closes the detector meanwhile."""
        with self._lock:
            keep = self._keep
            yield self._open, keep

    @property
    def noun(self) -> str:
        return text(lib.alfa_detector_class(self._open))

    def judge(self, image, *, format: str | None = None, bits: int = 0) -> Result:
        """Judges a path, an array (height, width[, channels]) or an Image; format and bits are those of Image."""
        image = image_of(image, format, bits)
        with self._used() as (handle, keep):
            made = self._watch.call(make, "alfa_result", lib.alfa_result_free, lib.alfa_detector_run, handle, image._handle)
        return Result(made, keep)

    __call__ = judge

    def show(self, image, *, format: str | None = None, bits: int = 0) -> None:
        """For methods that judge images by each other (musc): show all, then judge them."""
        with self._used() as (handle, _):
            self._watch.call(call, lib.alfa_detector_show, handle, image_of(image, format, bits)._handle)

    def warm_up(self) -> None:
        """What the first image would do besides."""
        with self._used() as (handle, _):
            self._watch.call(call, lib.alfa_detector_warm_up, handle)

    def set_roi(self, mask, *, invert: bool = False) -> None:
        """Only where the mask (path, array of uint8 or bool, or Image, of any size) is white (128 and more) counts; None takes it away. Before a bank."""
        if isinstance(mask, np.ndarray) and mask.dtype == bool:
            mask = mask.astype(np.uint8) * 255
        image = None if mask is None else image_of(mask)
        with self._used() as (handle, _):
            call(lib.alfa_detector_set_roi, handle, image._handle if image else ffi.NULL, invert)

    def use_bank(self, bank) -> None:
        """Judges with a Bank from now on; None: without."""
        with self._used() as (handle, keep):
            call(lib.alfa_detector_use_bank, handle, bank._open if bank else ffi.NULL)
            self._keep = (*keep[:3], bank._open if bank else None)

    def explain(self, on: bool = True) -> None:
        """From now on results have prompts and embedding."""
        lib.alfa_detector_explain(self._open, on)

    def learn(self, images: Iterable, *, names: Sequence[str] | None = None, format: str | None = None, **given) -> Bank:
        """A Bank of normal images (paths, arrays or Images), calibrated. Options are those of struct alfa_bank_options: false_alarm_rate=0.05,
        budget=1000, layers, turned (True, False; None: unless the parts always lie alike), keep_all, memory_weight, map_weight, fusion. A picture
        that is there twice is left out with a warning."""
        bank = Bank(self, **given)
        for i, image in enumerate(several(images)):
            name = names[i] if names else os.fspath(image) if isinstance(image, (str, os.PathLike)) else f"image {i}"
            try:
                bank.add(image, name, format=format)
            except InputError as error:
                if "is the same picture as" not in str(error):
                    raise
                warnings.warn(f"{error}; left out", stacklevel=2)
        bank.finish()
        return bank


class Bank(Closing):
    """What a few normal images of a class look like to a model, and the thresholds that follow from them."""

    def __init__(self, detector: Detector, **given):
        how = options("alfa_bank_options")
        how.memory_weight, how.map_weight, how.budget, how.false_alarm_rate = 0.9, 0.8, 1000, 0.05
        kept = {name: utf8(given[name]) for name in ("layers", "model_hint") if given.get(name) is not None}
        known = {name for name, _ in ffi.typeof("struct alfa_bank_options").fields} - {"size"}
        for name, value in given.items():
            if name not in known:
                raise TypeError(f"Bank has no option {name!r}; there are {', '.join(sorted(known))}")
            if name == "turned" and value is not None:
                value = lib.ALFA_TURNED_ALWAYS if value else lib.ALFA_TURNED_NEVER
            if value is not None:
                setattr(how, name, kept.get(name, choice("ALFA_FUSION_", value) if name == "fusion" else value))
        self._detector = detector
        self._handle = make("alfa_bank", lib.alfa_bank_free, lib.alfa_bank_new, detector._open, how)

    @classmethod
    def load(cls, path) -> Bank:
        bank = cls.__new__(cls)
        bank._detector = None
        bank._handle = make("alfa_bank", lib.alfa_bank_free, lib.alfa_bank_load, utf8(path))
        return bank

    def add(self, image, name: str = "image", *, role: str = "normal", kind: str | None = None, format: str | None = None,
            detector: Detector | None = None) -> None:
        """Adds an image; role "good" or "bad": not remembered, thresholds are measured on it. finish() when all are there."""
        detector = detector or self._detector
        if detector is None:
            raise ValueError("a bank that was loaded needs detector= to add images")
        which = choice("ALFA_ROLE_", role)
        known = () if which == lib.ALFA_ROLE_NORMAL else (which, utf8(kind))  # only ALFA and WinCLIP have them
        add = lib.alfa_bank_add_known if known else lib.alfa_bank_add
        with detector._used() as (handle, _):
            detector._watch.call(call, add, self._open, handle, image_of(image, format)._handle, utf8(name), *known)

    def finish(self) -> None:
        """Makes memory and thresholds of all images that were added."""
        call_ = self._detector._watch.call if self._detector else lambda function, *arguments: function(*arguments)
        call_(call, lib.alfa_bank_finish, self._open)

    def choose(self, how: str = "rate", wanted: float = 0.05) -> None:
        """Sets the threshold: "rate" of false alarms, "found" share of the bad ones, "f1", or "given" number."""
        call(lib.alfa_bank_choose, self._open, choice("ALFA_CHOICE_", how), wanted)

    def tradeoff(self, threshold: float) -> SimpleNamespace:
        """What a threshold finds and how many normal images it calls: struct alfa_tradeoff."""
        out = ffi.new("struct alfa_tradeoff *")
        lib.alfa_bank_tradeoff(out, self._open, threshold)
        return facts_of(out)

    def save(self, path) -> None:
        """One file, written whole or not at all."""
        call(lib.alfa_bank_save, self._open, utf8(path))

    @property
    def info(self) -> SimpleNamespace:
        """struct alfa_bank_info: references, threshold, pixel_threshold, calibration ..."""
        return facts_of(lib.alfa_bank_info(self._open))

    @property
    def prompts(self) -> Prompts:
        """The sentences that it was learned with."""
        return Prompts._of(make("alfa_prompts", lib.alfa_prompts_free, lib.alfa_bank_prompts, self._open))

    def __repr__(self) -> str:
        return f"<alfa.Bank {self.info.class_name}, {self.info.references} images>" if self._handle else "<alfa.Bank closed>"
