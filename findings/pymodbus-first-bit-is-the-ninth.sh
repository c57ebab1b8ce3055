#!/usr/bin/env bash
# One would guess that convert_to_registers([True, False, True], DATATYPE.BITS) is 5: the first truth value is bit 0 of the register, as the first coil of
# write_coils() is bit 0 of its byte, and that this does not change between 3.9 and 3.11.
# It is 0x0500: the first eight are the upper byte of the register, the next eight the lower one. In 3.10 it was 5, in 3.9 and since 3.11 it is 0x0500,
# and convert_from_registers() turned with it each time, so what pymodbus writes it reads back right with each. In 3.16 the caller's list is also made
# longer: three verdicts are sixteen after the call, and what is appended to it stands in the next register.
# It matters where verdicts go to a PLC as bits of a word: "reject" in bit 0 arrives as bit 8, a neighbour's bit is read instead, and an update moves it.
# What helps is to send the word as a number (sum(v << i for i, v in enumerate(verdicts)), DATATYPE.UINT16), which is the same in all.
# Versions: pymodbus 3.9.2, 3.10.0, 3.11.4, 3.16.1; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
for version in 3.9.2 3.10.0 3.11.4 3.16.1; do
    v/bin/pip install -q --disable-pip-version-check --no-deps --target $version pymodbus==$version
done
cat >bits.py <<'EOF'
import sys
from pymodbus import __version__
from pymodbus.client import ModbusTcpClient as Client

kind = Client.DATATYPE
verdicts = [True, False, True]  # three parts: the first and the third are to be rejected
word = sum(verdict << i for i, verdict in enumerate(verdicts))
as_bits = Client.convert_to_registers(verdicts, kind.BITS)
as_number = Client.convert_to_registers(word, kind.UINT16)
read = [i for i, bit in enumerate(Client.convert_from_registers([5], kind.BITS)) if bit]
back = Client.convert_from_registers(as_bits, kind.BITS)[:3]
print(f"pymodbus {__version__:6}  as bits {as_bits[0]:#06x}, as a number {as_number[0]:#06x}; 0x0005 read as bits: {read}; the list has {len(verdicts)} values now")
swapped, longer = sys.argv[1] == "ninth", sys.argv[2] == "longer"
if as_bits != [0x500 if swapped else 5] or read != ([8, 10] if swapped else [0, 2]) or (len(verdicts) == 16) != longer or as_number != [5] or back != verdicts[:3]:
    sys.exit("changed: this release puts the bits elsewhere")
EOF
PYTHONPATH=3.9.2 v/bin/python bits.py ninth kept
PYTHONPATH=3.10.0 v/bin/python bits.py first kept
PYTHONPATH=3.11.4 v/bin/python bits.py ninth kept
PYTHONPATH=3.16.1 v/bin/python bits.py ninth longer
