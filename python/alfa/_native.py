"""libalfa.so: where it is, how it is called, and its errors as exceptions. cffi releases the GIL around every call."""
from __future__ import annotations

import ctypes.util
import os
from pathlib import Path
from types import SimpleNamespace

from ._interface import ffi

HERE = Path(__file__).parent
VERSION = (1, 0)  # of the interface that this package was written for


def _open():
    """The library that ALFA_LIBRARY names, the one in this package, or the installed one."""
    named, own = os.environ.get("ALFA_LIBRARY"), HERE / "libalfa.so.1"
    places = [named] if named else [str(own)] if own.exists() else ["libalfa.so.1"]
    try:
        library = ffi.dlopen(places[0])
    except OSError as error:
        raise ImportError(f"libalfa cannot be loaded: {error}. ALFA_LIBRARY names it when it lies elsewhere; on Debian 12 'apt-get install "
                          "libvips42 libisal2 libdnnl2 libjansson4 libpcre2-8-0 libsqlite3-0 libcurl4 libgomp1 libxxhash0' brings what it needs") from None
    number = library.alfa_version_number()
    if number // 10000 != VERSION[0] or number // 100 % 100 < VERSION[1]:
        raise ImportError(f"{places[0]} is libalfa {ffi.string(library.alfa_version()).decode()}; this package needs {VERSION[0]}.{VERSION[1]}")
    return library


lib = _open()


def data_folder() -> Path | None:
    """The folder that holds models/ and prompts/: ALFA_DATA's, this package's, or the installed one."""
    named = os.environ.get("ALFA_DATA")
    places = [named] if named else [HERE / "data", "/usr/local/share/alfa", "/usr/share/alfa"]
    return next((Path(place) for place in places if (Path(place) / "models").is_dir()), None)


class Error(Exception):
    """What libalfa says: ``source`` (file, argument or tensor; "" when there is none) and ``message`` (what is wrong, and what to do)."""

    def __init__(self, source: str, message: str):
        super().__init__(source, message)  # so that it can be pickled
        self.source, self.message = source, message

    def __str__(self) -> str:
        return f"{self.source}: {self.message}" if self.source else self.message


class UsageError(Error, ValueError):
    """An argument or option is wrong."""


class InputError(Error):
    """An input file is missing, damaged or not what it should be."""


class LimitError(Error):
    """An input is larger than the limit for it."""


class ModelError(Error):
    """A model's files are missing, damaged or do not fit each other."""


class OutputError(Error):
    """An output cannot be written."""


class OutOfMemoryError(Error, MemoryError):
    """There is not enough memory."""


class SystemFailure(Error):
    """A library or the system failed."""


class Stopped(Error):
    """The progress function wanted an end."""


_CLASSES = {
    lib.ALFA_ERROR_USAGE: UsageError,
    lib.ALFA_ERROR_INPUT: InputError,
    lib.ALFA_ERROR_LIMIT: LimitError,
    lib.ALFA_ERROR_MODEL: ModelError,
    lib.ALFA_ERROR_OUTPUT: OutputError,
    lib.ALFA_ERROR_MEMORY: OutOfMemoryError,
    lib.ALFA_ERROR_RUNTIME: SystemFailure,
    lib.ALFA_ERROR_STOPPED: Stopped,
}


def text(pointer) -> str:
    """A C string, "" for NULL."""
    return ffi.string(pointer).decode("utf-8", "replace") if pointer else ""


def utf8(value):
    """A str or path as a C string that lives as long as what is returned; None as NULL."""
    if value is None:
        return ffi.NULL
    encoded = os.fsencode(value)
    if b"\0" in encoded:
        raise UsageError("text", f"has a zero byte: {value!r}")
    return ffi.new("char[]", encoded)


def call(function, *arguments) -> None:
    """Calls a function whose last parameter is the error, and raises what it says."""
    error = ffi.new("struct alfa_error *")
    status = function(*arguments, error)
    if status != lib.ALFA_OK:
        raise _CLASSES.get(status, Error)(text(error.source), text(error.message))


def make(kind: str, free, function, *arguments):
    """Calls a function that makes an object, which is freed when nothing here refers to it any more."""
    out = ffi.new(f"struct {kind} **")
    call(function, out, *arguments)
    return ffi.gc(out[0], free)


def refuse_pickling(self):
    """As __reduce__ of what holds a handle, which means nothing to another process."""
    raise TypeError(f"the {type(self).__name__} cannot be pickled or copied: let each process open its own")


def options(kind: str):
    """A struct with a size as its first member, the rest zero."""
    struct = ffi.new(f"struct {kind} *")
    struct.size = ffi.sizeof(f"struct {kind}")
    return struct


def choice(prefix: str, value: str):
    """The constant of an enum for the word that a user says: ("ALFA_METHOD_", "winclip")."""
    name = prefix + value.upper().replace("-", "_")
    try:
        return getattr(lib, name)
    except AttributeError:
        words = sorted(known[len(prefix):].lower() for known in dir(lib) if known.startswith(prefix))
        raise UsageError(value, f"is none of {', '.join(words)}") from None


def facts_of(struct) -> SimpleNamespace:
    """A C struct as an object with the same members; strings are str."""
    def value(member):
        if isinstance(member, ffi.CData):
            kind = ffi.typeof(member)
            return list(member) if kind.kind == "array" else text(member) if kind.cname == "char *" else member
        return member

    return SimpleNamespace(**{name: value(getattr(struct, name)) for name, _ in ffi.typeof(struct[0]).fields})
