#!/usr/bin/env bash
# One would guess that pymcprotocol reads and writes the same register of a Mitsubishi PLC, whether the PLC's port is set to binary or to ASCII code.
# Registers and bits that are counted in hexadecimal (W, B, X, Y, SB, SW) are named in hexadecimal in both by the protocol; in ASCII code pymcprotocol turns the number
# to decimal and sends these digits: W100 becomes "000256", which is W256 to the PLC, B1F becomes B31, Y40 becomes Y64. D and M, which are counted in decimal, are right.
# aslmp, of another author, sends "000100" in ASCII and the same bytes as pymcprotocol in binary. The simulator virtual-plc reads decimal digits
# in ASCII, as pymcprotocol sends them, so that a test against it passes.
# It matters where verdicts and counts go to a line by W or B, the registers of a link between PLCs, or a rejecter hangs at Y: another output is set, and no error comes
# back as long as the number exists. What helps: binary code, or D and M.
# Versions: pymcprotocol 0.3.0, aslmp 0.2.0, virtual-plc 0.3.0; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pymcprotocol==0.3.0 aslmp==0.2.0 virtual-plc==0.3.0
cat >registers.py <<'EOF'
import socket, sys, threading
import pymcprotocol
from aslmp import Encoding, Handshake
from aslmp.sync import Plc
from virtual_plc import Server

asked = []

def answer(connection):
    while request := connection.recv(4096):
        asked.append(request)
        if request.startswith(b"5000"):
            connection.sendall(b"D000" + request[4:14] + b"0008" + b"0000" + b"0000")
        else:
            connection.sendall(b"\xd0\0" + request[2:7] + b"\4\0" + b"\0\0" + b"\0\0")

def serve(listener):
    while True:
        threading.Thread(target=answer, args=listener.accept()[:1], daemon=True).start()

listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
threading.Thread(target=serve, args=(listener,), daemon=True).start()

def by_pymcprotocol(code, register):
    plc = pymcprotocol.Type3E(plctype="Q")
    plc.setaccessopt(commtype=code)
    plc.connect("127.0.0.1", port)
    plc.batchread_wordunits(register, 1)
    plc.close()
    return asked[-1]

def by_aslmp(code, register):
    encoding = Encoding.BINARY if code == "binary" else Encoding.ASCII_XY_HEX
    with Plc("127.0.0.1", port, profile="melsec:q", encoding=encoding, handshake=Handshake.NONE) as plc:
        plc.read_words(register, 1)
    return asked[-1]

def number(code, request):
    """The register's number in the request: three bytes, or six digits after two letters."""
    return int.from_bytes(request[15:18], "little") if code == "binary" else request[32:38].decode()

wrong = False
for register, count, due, sent in (
    ("D100", 100, "000100", "000100"),
    ("M100", 100, "000100", "000100"),
    ("W100", 0x100, "000100", "000256"),
    ("B1F", 0x1F, "00001F", "000031"),
    ("X20", 0x20, "000020", "000032"),
    ("Y40", 0x40, "000040", "000064"),
):
    found = [number(code, ask(code, register)) for ask in (by_pymcprotocol, by_aslmp) for code in ("binary", "ascii")]
    print(f"{register}: pymcprotocol asks for {found[0]} in binary, for {found[1]!r} in ASCII; aslmp for {found[2]} and {found[3]!r}")
    wrong |= found != [count, sent, count, due]

simulator = Server(profile="Q")
simulator.start()
simulator.memory.write_words("W", 0x100, [256])
simulator.memory.write_words("W", 100, [100])
plc = pymcprotocol.Type3E(plctype="Q")
plc.setaccessopt(commtype="ascii")
plc.connect(*simulator.address)
(one,) = plc.batchread_wordunits("W100", 1)
plc.close()
with Plc(*simulator.address, profile="melsec:q", encoding=Encoding.ASCII_XY_HEX, handshake=Handshake.NONE) as plc:
    (other,) = plc.read_words("W100", 1)
simulator.stop()
print(f"virtual-plc's W100 in ASCII: number {one} for pymcprotocol, number {other} for aslmp")
wrong |= (one, other) != (256, 100)
if wrong:
    sys.exit("changed: other registers")
EOF
v/bin/python registers.py
