"""numpy arrays in and out: lent memory without copies, and images as libalfa takes them."""
from __future__ import annotations

import os
import warnings
import weakref
from types import SimpleNamespace

import numpy as np

from ._native import UsageError, call, choice, facts_of, ffi, lib, make, options, refuse_pickling, utf8


class _Lent:
    """Memory of an owner as numpy sees it; the array keeps the owner alive."""

    def __init__(self, owner, pointer, shape, dtype):
        self.owner = owner
        self.__array_interface__ = {"version": 3, "shape": tuple(shape), "typestr": np.dtype(dtype).str,
                                    "data": (int(ffi.cast("uintptr_t", pointer)), True)}


def lend(owner, pointer, shape, dtype) -> np.ndarray:
    """A read-only array over memory that the owner (a cdata) lends, without a copy."""
    return np.asarray(_Lent(owner, pointer, shape, dtype))


def _check_mode(source) -> None:
    """An image of PIL gives numbers that only some of its modes mean as colours: those of a palette are places in it."""
    mode = getattr(source, "mode", None)
    if isinstance(mode, str) and hasattr(source, "convert") and mode not in ("L", "RGB", "RGBA", "I;16", "I;16L", "I;16B", "I;16N"):
        way = ("give numpy.asarray(image) as uint16, scaled to 0 to 65535; image.convert would cut it off at 255"
               if mode in ("I", "F") else "give image.convert(\"RGB\")")
        raise UsageError("image", f"is a PIL image of the mode {mode}: {way}")


#: The arrays that images borrow, for as long as an image is there.
_BORROWED: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()

#: Channels, dtype and the constant of a frame format; "bayer-..." has its own.
_FORMATS = {"rgb8": (3, np.uint8), "bgr8": (3, np.uint8), "rgba8": (4, np.uint8), "bgra8": (4, np.uint8), "mono8": (1, np.uint8),
            "mono16": (1, np.uint16), "bayer-rggb8": (1, np.uint8), "bayer-grbg8": (1, np.uint8), "bayer-gbrg8": (1, np.uint8),
            "bayer-bggr8": (1, np.uint8), "yuyv8": (2, np.uint8), "uyvy8": (2, np.uint8), "nv12": (1, np.uint8), "i420": (1, np.uint8)}
_PLANES = ("nv12", "i420")  # colours lie below the picture: half as many rows again


def _format_of(array: np.ndarray) -> str:
    channels = 1 if array.ndim == 2 else array.shape[2]
    for name in ("rgb8", "rgba8", "mono8", "mono16"):
        if _FORMATS[name] == (channels, array.dtype.type):
            return name
    raise UsageError("image", f"has the shape {array.shape} and the type {array.dtype}: give uint8 (height, width), (height, width, 3) or "
                              "(height, width, 4), or uint16 (height, width)")


def _frame(array: np.ndarray, format: str | None, bits: int):
    array = array.astype(array.dtype.newbyteorder("="), copy=False)  # files of 16 bits often come with the bytes turned
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3):
        raise UsageError("image", f"has the shape {array.shape}: give (height, width) or (height, width, channels)")
    name = format.lower() if format else _format_of(array)
    if name not in _FORMATS:
        raise UsageError(name, f"is none of {', '.join(_FORMATS)}")
    channels, dtype = _FORMATS[name]
    if array.dtype != dtype or (1 if array.ndim == 2 else array.shape[2]) != channels:
        raise UsageError("image", f"has the shape {array.shape} and the type {array.dtype}, which is not {name}")
    if not array.size:
        raise UsageError("image", f"has the shape {array.shape}: it is empty")
    if bits and array.dtype == np.uint16 and int(array.max()) >> bits:
        warnings.warn(f"the image has values above {(1 << bits) - 1}, which are taken as white: do they stand in the upper bits?", stacklevel=5)
    if name in _PLANES and array.shape[0] % 3:
        raise UsageError("image", f"has {array.shape[0]} rows: {name} has those of the picture and half as many of colours")
    if array.strides[0] < array.shape[1] * array.itemsize * channels or not array[0].flags.c_contiguous or name == "i420":
        array = np.ascontiguousarray(array)  # turned, mirrored or every other pixel: only padding between rows needs no copy
    return array, name


class Image:
    """A photograph as libalfa sees it: 8-bit RGB, upright, on white where it was transparent.

    source: a path; the bytes of a file; or an array: uint8 (height, width, 3) RGB, (height, width, 4) RGBA, (height, width) grey, or
    uint16 (height, width) grey. format says otherwise: "bgr8" (OpenCV), "bgra8", "bayer-rggb8" ..., and of YUV
    (BT.601, 16 to 235) "yuyv8" or "uyvy8" (height, width, 2), "nv12" or "i420" (height * 3 / 2, width). bits: how many of a uint16 matter (10, 12).

    An array in RGB without gaps is borrowed, not copied: leave it as it is while the Image, or a detector, works with it.
    """

    def __init__(self, source, format: str | None = None, bits: int = 0, page: int = 0, name: str = "image"):
        if isinstance(source, (str, os.PathLike, bytes, bytearray, memoryview)):
            how = options("alfa_image_options")
            how.bits, how.page = bits, page
            if isinstance(source, (str, os.PathLike)):
                self._handle = make("alfa_image", lib.alfa_image_free, lib.alfa_image_load_as, utf8(source), how)
            else:
                data = ffi.from_buffer(source)
                self._handle = make("alfa_image", lib.alfa_image_free, lib.alfa_image_decode_as, data, len(data), utf8(name), how)
        else:
            _check_mode(source)
            array = np.asarray(source)
            if array.dtype.kind in "OSU":
                raise UsageError("image", f"is of the type {type(source).__name__}: give a path, the bytes of a file, or an array")
            self._handle = self._borrow(array, format, bits)
        self._warn(source if isinstance(source, (str, os.PathLike)) else "the image" if name == "image" else name, page)

    def _warn(self, name, page):
        facts = self.facts
        if facts.bits:
            warnings.warn(f"{name} has no value above {(1 << facts.bits) - 1}: {facts.bits} bits in 16? bits={facts.bits} reads it so", stacklevel=4)
        if facts.pages > 1 and not page:
            warnings.warn(f"{name} has {facts.pages} pages: only the first is looked at; page=2 is the next", stacklevel=4)
        if facts.spare:
            warnings.warn(f"{name} has samples that are neither colour nor alpha: they are left out", stacklevel=4)
        if facts.followed:
            warnings.warn(f"{name} holds several pictures: only the first is looked at", stacklevel=4)

    def _borrow(self, array, format, bits):
        array, name = _frame(array, format, bits)
        frame = options("alfa_frame")
        frame.format = choice("ALFA_FRAME_", name)
        frame.height, frame.width = array.shape[:2]
        if name in _PLANES:
            frame.height = frame.height * 2 // 3
        frame.bits = bits
        frame.stride = array.strides[0] if array.shape[0] > 1 else 0
        frame.pixels = ffi.cast("void *", array.__array_interface__["data"][0])
        frame.release = lib.alfa_free  # of nothing: the array is given back by dropping it
        image = make("alfa_image", lib.alfa_image_free, lib.alfa_image_from_frame, frame)
        _BORROWED[image] = array
        return image

    __reduce__ = refuse_pickling

    @property
    def facts(self) -> SimpleNamespace:
        """pages, bits, spare and followed of what was read, as in struct alfa_image_facts; what is odd among them is also warned of."""
        return facts_of(ffi.new("struct alfa_image_facts *", lib.alfa_image_facts(self._handle)))

    @property
    def width(self) -> int:
        return lib.alfa_image_width(self._handle)

    @property
    def height(self) -> int:
        return lib.alfa_image_height(self._handle)

    @property
    def array(self) -> np.ndarray:
        """(height, width, 3) uint8, RGB, read-only, not copied."""
        return lend(self._handle, lib.alfa_image_rgb(self._handle), (self.height, self.width, 3), np.uint8)

    def __array__(self, dtype=None, copy: bool | None = None) -> np.ndarray:
        array = self.array
        if dtype is None or array.dtype == dtype:
            return array.copy() if copy else array
        if copy is False:
            raise ValueError(f"pixels are uint8, and {np.dtype(dtype)} only as a copy")
        return array.astype(dtype)

    def __repr__(self) -> str:
        return f"<alfa.Image {self.width} x {self.height}>"


def image_of(source, format: str | None = None, bits: int = 0) -> Image:
    """An Image of whatever may be judged."""
    return source if isinstance(source, Image) else Image(source, format, bits)


def several(images):
    """images, unless that is one: the letters of a path and the rows of a picture would be taken for images."""
    if isinstance(images, (str, os.PathLike, bytes, Image)) or (isinstance(images, np.ndarray) and images.ndim == 3 and images.shape[2] in (3, 4)):
        raise UsageError("images", "is a single one: give a list, such as sorted(pathlib.Path(FOLDER).glob('*.png'))")
    return images


def png_of(image_handle) -> bytes:
    """An alfa_image as the bytes of a PNG file."""
    out, size = ffi.new("unsigned char **"), ffi.new("size_t *")
    call(lib.alfa_image_encode_png, out, size, image_handle)
    try:
        return bytes(ffi.buffer(out[0], size[0]))
    finally:
        lib.alfa_free(out[0])
