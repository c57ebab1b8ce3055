#!/usr/bin/env bash
# One would guess that write_register(address, 0.29, number_of_decimals=2) of minimalmodbus puts 29 into a device's register, and that what read_register() gave can be
# written back.
# It multiplies by 100 and cuts off what stands behind the point: 0.29 x 100 is 28.999999999999996 for a computer, and 28 is written. Of the 600 values of 0 to 5.99 with
# two decimals 37 are written one less (0.57, 1.15, 2.01), with three decimals 1.001 and others; with one decimal none is. Below 0 they are one more. A value that is
# read and written back to the same device becomes another one: 0.29, 0.28.
# It matters where a station sets a limit, a gap or a temperature in a controller: one step less than was asked for, and settings that are saved and restored change.
# What helps: round(value * 100) with number_of_decimals left at 0.
# Versions: minimalmodbus 2.1.1, pyserial 3.5; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check minimalmodbus==2.1.1 pyserial==3.5
cat >registers.py <<'EOF'
import os, pty, sys, threading, tty
import minimalmodbus

class Device:
    """A Modbus RTU device at the other end of a pseudo-terminal."""

    def __init__(self):
        self.end, near = pty.openpty()
        tty.setraw(near)
        self.name = os.ttyname(near)
        self.registers = {}
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        heard = b""
        while True:
            heard += os.read(self.end, 256)
            length = 11 if heard[1:2] == b"\x10" else 8  # write one register, or read one
            if len(heard) < length:
                continue
            request, heard = heard[:length], heard[length:]
            address = int.from_bytes(request[2:4], "big")
            if request[1] == 16:
                self.registers[address] = int.from_bytes(request[7:9], "big")
                body = request[:6]
            else:
                body = request[:2] + b"\2" + self.registers[address].to_bytes(2, "big")
            os.write(self.end, body + self.check(body))

    @staticmethod
    def check(body):
        value = 0xFFFF
        for byte in body:
            value ^= byte
            for _ in range(8):
                value = value >> 1 ^ (0xA001 if value & 1 else 0)
        return value.to_bytes(2, "little")

device = Device()
instrument = minimalmodbus.Instrument(device.name, 1)
instrument.serial.timeout = 2

def written(value, decimals, signed=False):
    instrument.write_register(0, value, number_of_decimals=decimals, signed=signed)
    return device.registers[0]

wrong = False
for value, decimals, due in (0.29, 2, 28), (0.57, 2, 56), (1.15, 2, 114), (2.01, 2, 200), (1.001, 3, 1000), (0.25, 2, 25), (0.3, 1, 3):
    found = written(value, decimals)
    print(f"{value} with {decimals} decimals: {found} is written")
    wrong |= found != due
below = written(-0.29, 2, signed=True) - 65536
print(f"-0.29 with 2 decimals: {below} is written")
device.registers[0] = 29
read = instrument.read_register(0, 2)
written(read, 2)
again = instrument.read_register(0, 2)
print(f"29 in the device: read as {read}, written back, read as {again}")
wrong |= below != -28 or (read, again) != (0.29, 0.28)
others = [i for i in range(600) if written(i / 100, 2) != i]
print(f"of the values of 0 to 5.99 with 2 decimals {len(others)} are written as another, {[i / 100 for i in others[:8]]} first")
wrong |= len(others) != 37 or any(written(i / 10, 1) != i for i in range(300))
if wrong:
    sys.exit("changed: other numbers are written")
EOF
v/bin/python registers.py
