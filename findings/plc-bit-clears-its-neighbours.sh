#!/usr/bin/env bash
# One would guess that a bit which is written to an S7 PLC leaves the other seven of its byte as they are, in the PLC and in the server of python-snap7 that stands for one in tests.
# python-snap7's own server takes the bit for a whole byte: "result is valid" set as bit 1 of a byte with bits 0, 2 and 7 leaves bit 0 and nothing else, 0x01 for 0x87, and a bit
# that is cleared clears all. The server that python-snap7 had until 2.0, Snap7's, sets the one bit. So code that writes single bits, which is right at a
# PLC, seems wrong, and code that reads the byte and writes it back, which takes a PLC's bits away now and then, seems right.
# Three bits at once, nodes7's "DB1,X0.2.3", are written as a byte, the other five of which become 0, in both servers; read back they are as they were written.
# It matters where a vision program's handshake with a PLC is tried without one: it is changed until the server agrees. What helps: python-snap7 2.0 for the server, bits in
# bytes that only one side writes, and single bits where they are not.
# Versions: python-snap7 3.3.0 and 2.0.2, nodes7 0.3.18; Node.js 20, Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for version in 3.3.0 2.0.2; do
  python3 -m venv "v$version"
  "v$version/bin/pip" install -q --no-cache-dir --disable-pip-version-check "python-snap7==$version"
done
echo '{ "type": "commonjs", "private": true }' >package.json
npm install --silent --no-audit --no-fund nodes7@0.3.18
cat >plc.py <<'EOF'
"""Serves a data block, and prints its first byte at each line that comes in, after setting it to what the line has."""
import ctypes
import logging
import sys

import snap7
from snap7.server import Server

logging.disable(logging.CRITICAL)
newer = sys.argv[2].startswith("3")
block = bytearray(4) if newer else (ctypes.c_uint8 * 4)()
server = Server()
server.register_area(snap7.SrvArea.DB if newer else snap7.type.SrvArea.DB, 1, block)
server.start(tcp_port=int(sys.argv[1]))
print("up", flush=True)
for line in sys.stdin:
    print(f"is {block[0]}", flush=True)
    if line.strip():
        block[0] = int(line)
EOF
cat >bits.js <<'EOF'
const { spawn } = require('child_process');
const net = require('net');
const PLC = require('nodes7');

const freePort = () => new Promise((done) => {
  const probe = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => done(port));
  });
});

async function run(version) {
  const port = await freePort();
  const server = spawn(`v${version}/bin/python`, ['plc.py', port, version]);
  const asked = [];
  const up = new Promise((done) => {
    server.stdout.on('data', (data) => `${data}`.trim().split('\n').forEach((line) => {
      if (line === 'up') done();
      else if (line.startsWith('is ')) asked.shift()(Number(line.slice(3)));
    }));
  });
  const memory = (set = '') => new Promise((done) => {
    asked.push(done);
    server.stdin.write(`${set}\n`);
  });
  await up;
  const plc = new PLC({ silent: true });
  await new Promise((done, fail) => plc.initiateConnection({ port, host: '127.0.0.1', rack: 0, slot: 1 }, (error) => (error ? fail(error) : done())));
  const found = [];
  for (const [item, value, before] of [['DB1,X0.1', true, 0x85], ['DB1,X0.7', false, 0x85], ['DB1,X0.2.3', [true, true, false], 0x91]]) {
    await memory(before);
    await new Promise((done) => plc.writeItems([item], [value], done));
    found.push(await memory());
    const bits = [].concat(value);
    const first = Number(item.split('.')[1]);
    const due = bits.reduce((byte, bit, at) => (bit ? byte | (1 << (first + at)) : byte & ~(1 << (first + at))), before);
    const hex = (byte) => `0x${byte.toString(16).padStart(2, '0')}`;
    console.log(`python-snap7 ${version}, ${item} := ${value}: ${hex(before)} becomes ${hex(found.at(-1))}, ${hex(due)} is due`);
  }
  await new Promise((done) => plc.dropConnection(done));
  server.kill();
  return found;
}

(async () => {
  const seen = [...await run('3.3.0'), ...await run('2.0.2')];
  if (seen.join() !== [0x01, 0x00, 0x0c, 0x87, 0x05, 0x0c].join()) {
    console.log('changed: other bits');
    process.exit(1);
  }
  process.exit(0);
})();
EOF
timeout 60 node bits.js
