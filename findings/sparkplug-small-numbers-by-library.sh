#!/usr/bin/env bash
# One would guess that a number in a Sparkplug B message, the industrial payload over MQTT, is the same number to every library: the message says its type.
# It has one field for 32 bits and one for 64, both without a sign, and libraries do not agree on what goes where. Node.js's sparkplug-payload (of Eclipse Tahu)
# writes an Int8 or Int16 with 32 bits, and a UInt32 into the field of 64; Python's three write as many bits as the type has, and a UInt32 into the field of 32,
# as the specification says. An offset of -5 sent from Python is 251 (Int8) or 65531 (Int16) in Node.js, and a part counter (UInt32) null. Sent from Node.js the
# offset raises an error in pysparkplug and takes the whole message with it. tahutils has 4294967291 for it, 251 for its own, and the counter as 0.
# mqtt-spb-wrapper alone reads everything right.
# It matters where a station sends offsets, temperatures and counts to a line's system: tried with positive numbers of type Int32 all is well. What helps: Double
# for what may be negative, and Int64 for counts.
# Versions: sparkplug-payload 1.0.3, pysparkplug 0.6.1, tahutils 0.1.11, mqtt-spb-wrapper 2.1.2; Node.js 20, Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund sparkplug-payload@1.0.3
python3 -m venv one
python3 -m venv two
one/bin/pip install -q --no-cache-dir --disable-pip-version-check pysparkplug==0.6.1
two/bin/pip install -q --no-cache-dir --disable-pip-version-check tahutils==0.1.11 mqtt-spb-wrapper==2.1.2
cat >node.js <<'EOS'
import fs from 'fs';
import sparkplug from 'sparkplug-payload';

const { encodePayload, decodePayload } = sparkplug.get('spBv1.0');
const sent = JSON.parse(fs.readFileSync('sent.json'));
const [, , job] = process.argv;
sent.forEach(([type, value], at) => {
  if (job === 'send') fs.writeFileSync(`node.${at}`, encodePayload({ timestamp: 1, seq: 1, metrics: [{ name: 'value', timestamp: 1, type, value }] }));
  else for (const from of ['node', 'pysparkplug', 'tahutils', 'mqtt-spb-wrapper']) {
    const { value: seen } = decodePayload(fs.readFileSync(`${from}.${at}`)).metrics[0];
    console.log([from, 'node', at, seen === null ? 'null' : String(seen)].join('\t'));
  }
});
EOS
cat >python.py <<'EOS'
import json, sys

sent = json.load(open("sent.json"))
senders = "node", "pysparkplug", "tahutils", "mqtt-spb-wrapper"

def with_pysparkplug():
    import pysparkplug
    def send(kind, value):
        metric = pysparkplug.Metric(timestamp=1, name="value", datatype=pysparkplug.DataType[kind.upper()], value=value)
        return pysparkplug.DData(timestamp=1, seq=1, metrics=(metric,)).encode(include_dtypes=True)
    return {"pysparkplug": (send, lambda data: pysparkplug.DData.decode(data).metrics[0].value)}

def with_others():
    from tahutils.parse import parse_payload_to_metric_list, payload_from_string
    from tahutils.tahu import sparkplug_b as tahu
    from mqtt_spb_wrapper.spb_base import SpbPayloadParser
    from mqtt_spb_wrapper.spb_protobuf import sparkplug_b as wrapper
    def send_by(module):
        def send(kind, value):
            payload = module.Payload(timestamp=1, seq=1)
            module.addMetric(payload, "value", None, getattr(module.MetricDataType, kind), value, 1)
            return payload.SerializeToString()
        return send
    return {
        "tahutils": (send_by(tahu), lambda data: parse_payload_to_metric_list(payload_from_string(data))[0].value),
        "mqtt-spb-wrapper": (send_by(wrapper), lambda data: SpbPayloadParser().parse_payload(data)["metrics"][0]["value"]),
    }

for name, (send, receive) in (with_pysparkplug() if sys.argv[1] == "one" else with_others()).items():
    for at, (kind, value) in enumerate(sent):
        if sys.argv[2] == "send":
            open(f"{name}.{at}", "wb").write(send(kind, value))
            continue
        for sender in senders:
            try:
                seen = receive(open(f"{sender}.{at}", "rb").read())
            except OverflowError:
                seen = "OverflowError"
            print(sender, name, at, seen, sep="\t")
EOS
cat >table.py <<'EOS'
import json, sys

sent = json.load(open("sent.json"))
names = "node", "pysparkplug", "tahutils", "mqtt-spb-wrapper"
seen = {(a, b, int(at)): value for a, b, at, value in (line.rstrip("\n").split("\t") for line in open("seen"))}
right = True
for at, (kind, value) in enumerate(sent):
    for sender in names:
        print(f"{kind:7}{value:6} from {sender:17}: " + ", ".join(f"{name} {seen[sender, name, at]}" for name in names))
        for name in names:
            known = {
                ("tahutils", "node"): {"UInt32": "0"} | dict.fromkeys(("Int8", "Int16", "Int32"), "4294967291"),
                ("tahutils", "Python"): {"Int8": "251", "Int16": "65531", "Int32": "4294967291"},
                ("node", "Python"): {"Int8": "251", "Int16": "65531", "UInt32": "null"},
                ("pysparkplug", "node"): {"Int8": "OverflowError", "Int16": "OverflowError"},
            }
            expected = known.get((name, "node" if sender == "node" else "Python"), {}).get(kind, str(value))
            right &= seen[sender, name, at] == expected
sys.exit(0 if right else "changed: other numbers")
EOS
echo '[["Int8", -5], ["Int16", -5], ["Int32", -5], ["UInt32", 70000]]' >sent.json
node node.js send
one/bin/python python.py one send
two/bin/python python.py two send
node node.js receive >seen
one/bin/python python.py one receive >>seen
two/bin/python python.py two receive >>seen
python3 table.py
