"""Turns include/alfa.h into alfa/_interface.py, the module through which cffi (ABI mode) calls libalfa.so.

    python3 cdef.py ../include/alfa.h OUT/alfa/_interface.py

The header itself is the source, so that the module can never say something else. The names of enums stay, as constants of the library
object: lib.ALFA_FRAME_BGR8.
"""
import re
import sys

import cffi

# What cffi's parser does not know, with what is the same to it.
PLAIN = [(r"\bALFA_API\b|\bALFA_CHECK\b", ""), (r"#ifdef __cplusplus.*?#endif", ""), (r"/\*.*?\*/", "")]


def declarations(header):
    """The header as C declarations, its list of status codes expanded."""
    for pattern, text in PLAIN:
        header = re.sub(pattern, text, header, flags=re.S)
    codes = re.findall(r"X\((ALFA_\w+),", header)
    numbers = dict(re.findall(r"^#define (ALFA_\w+) (\d+)$", header, flags=re.M))
    header = re.sub(r"#define (?:.*\\\n)*.*\n", "", header)
    header = re.sub(r"^#.*\n", "", header, flags=re.M)
    header = re.sub(r"enum alfa_status \{.*?\};", "enum alfa_status { " + ", ".join(codes) + " };", header, flags=re.S)
    header = re.sub(r'extern "C" \{|^\}\s*$', "", header, flags=re.M)
    for name, number in numbers.items():
        header = re.sub(rf"\[{name}\]", f"[{number}]", header)
    return header


def main():
    source, out = sys.argv[1:]
    builder = cffi.FFI()
    with open(source, encoding="utf-8") as file:
        builder.cdef(declarations(file.read()))
    builder.set_source("alfa._interface", None)
    builder.emit_python_code(out)


if __name__ == "__main__":
    main()
