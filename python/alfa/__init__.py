"""Finds what is wrong in a photograph, without training: libalfa for Python, with numpy arrays in and out.

    import alfa
    detector = alfa.Detector("metal nut")       # with the built-in model; model="FOLDER" or "hf:ORG/REPO" for a real CLIP
    result = detector.judge("photo.jpg")        # or an array: RGB (height, width, 3), or format="bgr8" from OpenCV
    result.score, result.anomalous, result.map, result.regions

Objects free themselves; a with statement frees them at once. Errors of the library are exceptions below alfa.Error, with one line that says
what is wrong and what to do. docs/python.md says more.
"""
from ._arrays import Image
from ._detect import Bank, Detector, Progress, Result
from ._model import Model, Prompts
from ._native import (Error, InputError, LimitError, ModelError, OutOfMemoryError, OutputError, Stopped, SystemFailure, UsageError, data_folder, ffi,
                      lib)
from .batch import Batch, collect, predict

__version__: str = ffi.string(lib.alfa_version()).decode()
__all__ = ["Bank", "Batch", "Detector", "Error", "Image", "InputError", "LimitError", "Model", "ModelError", "OutOfMemoryError", "OutputError",
           "Progress", "Prompts", "Result", "Stopped", "SystemFailure", "UsageError", "collect", "data_folder", "predict"]
