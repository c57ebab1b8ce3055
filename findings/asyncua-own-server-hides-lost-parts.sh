#!/usr/bin/env bash
# One would guess that a program that subscribes to a part counter or a verdict by asyncua, and was tried with asyncua's own server as the PLC, gets the same
# values from another server: the subscription is the same, and its docstring says that queuesize=0, the default, is no queue.
# asyncua's server takes 0 for a queue without an end and hands over every value. node-opcua does as OPC UA says and keeps the last one: of ten parts, 0.12 s
# apart, with a subscription of 1 s, it hands over two or three, and nothing tells that the others were there. With queuesize=1 asyncua's server does so too.
# It matters where a line's program is tested against asyncua, as most tests in Python are: each part is judged there, and on the line one in several is,
# the more are lost the faster it runs. What helps is queuesize=100, say, which both keep to; and to compare the counter with the one before.
# Versions: asyncua 2.1.0, node-opcua-server 2.182.2 and node-opcua-variant 2.182.0. Needs node and npm.
set -euo pipefail
work=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check asyncua==2.1.0
npm install --loglevel=error --no-audit --no-fund --cache "$work/npm" node-opcua-server@2.182.2 node-opcua-variant@2.182.0 >npm.log
cat >plc.js <<'EOF'
const { OPCUAServer } = require("node-opcua-server");
const { DataType } = require("node-opcua-variant");
(async () => {
    const server = new OPCUAServer({ port: Number(process.argv[2]), resourcePath: "/plc" });
    await server.initialize();
    const space = server.engine.addressSpace;
    const part = space.getOwnNamespace().addVariable({
        organizedBy: space.rootFolder.objects, browseName: "Part", nodeId: "s=Part", dataType: "Int32",
        accessLevel: 3, userAccessLevel: 3, minimumSamplingInterval: 0,
    });
    part.setValueFromSource({ dataType: DataType.Int32, value: 0 });
    await server.start();
    console.log("ready");
})();
EOF
cat >parts.py <<'EOF'
import asyncio, logging, socket, subprocess, sys
from asyncua import Client, Server, ua

logging.disable(logging.CRITICAL)
PARTS, APART, PERIOD = 10, 0.12, 1.0  # seconds

def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]

class Seen(list):
    def datachange_notification(self, node, value, data):
        self.append(value)

async def parts_seen(url, **how):
    async with Client(url) as client:
        part = client.get_node("ns=1;s=Part")
        await part.write_value(ua.Variant(0, ua.VariantType.Int32))
        seen = Seen()
        subscription = await client.create_subscription(PERIOD * 1000, seen)
        await subscription.subscribe_data_change(part, **how)
        await asyncio.sleep(1.2 * PERIOD)
        for number in range(1, PARTS + 1):
            await part.write_value(ua.Variant(number, ua.VariantType.Int32))
            await asyncio.sleep(APART)
        await asyncio.sleep(2 * PERIOD)
        await subscription.delete()
        return [number for number in seen if number > 0]

async def ask(what, url):
    result = {}
    for how in {}, {"queuesize": 1}, {"queuesize": 100}:
        result[how.get("queuesize", 0)] = seen = await parts_seen(url, **how)
        shown = ", ".join(["node", *(f"{name}={value}" for name, value in how.items())])
        print(f"{what:10} subscribe_data_change({shown}): parts {seen}")
    return result

async def main():
    port = free_port()
    own = Server()
    await own.init()
    own.set_endpoint(f"opc.tcp://127.0.0.1:{port}/plc")
    part = await own.nodes.objects.add_variable(ua.NodeId("Part", 1), "1:Part", 0, ua.VariantType.Int32)
    await part.set_writable()
    async with own:
        asyncua = await ask("asyncua", f"opc.tcp://127.0.0.1:{port}/plc")
    other = await ask("node-opcua", sys.argv[1])
    if asyncua[0] != list(range(1, PARTS + 1)) or len(asyncua[1]) > PARTS // 2:
        sys.exit("changed: asyncua's server takes 0 for another queue")
    if len(other[0]) > PARTS // 2 or len(other[1]) > PARTS // 2:
        sys.exit("changed: node-opcua's server hands over all")
    if asyncua[100] != other[100] or other[100] != list(range(1, PARTS + 1)):
        sys.exit("changed: a queue does not help")

asyncio.run(main())
EOF
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
HOME=$work node plc.js "$port" >plc.log 2>&1 &
server=$!
for _ in $(seq 60); do grep -qs ready plc.log && break; sleep 1; done
v/bin/python parts.py "opc.tcp://127.0.0.1:$port/plc"
