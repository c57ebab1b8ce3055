#!/usr/bin/env bash
# One would guess that python-snap7's db_write_string writes a text into the string that the PLC's data block has at that place, with the length that the PLC
# declared for it, as its db_read_string reads it; and that db_write_bool, "preserving other bits", leaves the other bits alone.
# db_write_string writes 256 bytes unless it is told a length: a part number of 9 characters in a STRING[20] makes it a STRING[254] and fills what follows with
# spaces. Here a limit of 2.5 becomes 1.4e-19, a counter 538976288 and the order's number nothing. It says no word, as long as the block is long enough.
# db_write_bool reads the byte, changes it and writes it back: a bit that the PLC sets between the two is off again.
# It matters where a vision program hands a PLC the label it read and "result is valid": limits are gone, and the PLC's "part has left" is lost now and then.
# What helps: max_length as declared in the block, and bytes that only one side writes.
# Versions: python-snap7 3.3.0; Python 3.11. Its own server stands for the PLC's memory.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check python-snap7==3.3.0
cat >plc.py <<'EOF'
import logging, socket, sys
import snap7
from snap7.util import get_real, get_string, get_udint, set_real, set_string, set_udint

logging.disable(logging.CRITICAL)
LABEL, LIMIT, COUNTER, ORDER, FLAGS = 0, 22, 26, 30, 52
RESULT_VALID, PART_HAS_LEFT = 0, 1

class Between(snap7.Client):
    """A client with a cycle of the PLC between each reading of a byte and what comes next."""

    def db_read(self, number, start, size):
        data = super().db_read(number, start, size)
        if (start, size) == (FLAGS, 1):
            block[FLAGS] |= 1 << PART_HAS_LEFT
        return data

def filled():
    block[:] = bytes(len(block))
    for at, text in (LABEL, ""), (ORDER, "ORDER 0815"):
        set_string(block, at, text, 20)
    set_real(block, LIMIT, 2.5)
    set_udint(block, COUNTER, 123456)

def shown(what):
    state = block[LABEL], get_string(block, LABEL), get_real(block, LIMIT), get_udint(block, COUNTER), get_string(block, ORDER)
    print("{:35}: label STRING[{}] {!r}, limit {:.2g}, counter {}, order {!r}".format(what, *state))
    return state

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
block = bytearray(400)
server, client = snap7.Server(), Between()
server.register_area(snap7.SrvArea.DB, 1, block)
server.start(tcp_port=port)
client.connect("127.0.0.1", 0, 1, port)
seen = []
filled()
seen.append(shown("before"))
client.db_write_string(1, LABEL, "PART 4711")
seen.append(shown("db_write_string"))
filled()
client.db_write_string(1, LABEL, "PART 4711", 20)
seen.append(shown("db_write_string with max_length 20"))
block[FLAGS] = 0
client.db_write_bool(1, FLAGS, RESULT_VALID, True)
flags = block[FLAGS] >> RESULT_VALID & 1, block[FLAGS] >> PART_HAS_LEFT & 1
print("{:35}: result is valid {}, part has left, set by the PLC meanwhile, {}".format("db_write_bool", *flags))
client.disconnect()
server.stop()
kept = (20, "PART 4711", 2.5, 123456, "ORDER 0815")
length, label, limit, counter, order = seen[1]
if seen[2] != kept or (length, label, counter, order.strip()) != (254, "PART 4711", 0x20202020, "") or limit > 1e-18 or flags != (1, 0):
    sys.exit("changed: other neighbours are cleared")
EOF
v/bin/python plc.py
