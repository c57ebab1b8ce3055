#!/usr/bin/env bash
# One would guess that rosbags-image, which reads bags without ROS and offers what cv_bridge does, gives the picture that is in a sensor_msgs/Image: the message
# has its own field for how many bytes a row takes (step), since drivers hand on the camera's buffers with what pads the rows.
# The field is not looked at: rows are taken to follow each other without padding, and the bytes that are left over at the end are dropped, so that each row
# is moved a little further to the right than the one above: a straight scratch leans, and the padding stands in the picture as black pixels. cv_bridge shows
# it straight. A CompressedImage of 16 bits (mono16; png compressed) comes back in 8: a 12-bit camera's 4096 steps are 16. Nothing raises or warns.
# It matters where widths are not what the driver's alignment wants (a region of interest of odd width) and bags are learned from: every good part leans.
# What helps: msg.data.reshape(height, step)[:, :width * bytes of a pixel], and cv2.imdecode() with IMREAD_UNCHANGED.
# Versions: rosbags-image 0.10.4, rosbags 0.11.9, opencv-python-headless 5.0.0.93, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check rosbags-image==0.10.4 rosbags==0.11.9 opencv-python-headless==5.0.0.93 numpy==2.4.6
cat >bag.py <<'EOF'
import sys
import cv2
import numpy as np
from pathlib import Path
from rosbags.image import message_to_cvimage
from rosbags.rosbag2 import Reader, Writer
from rosbags.typesys import Stores, get_typestore

WIDTH, HEIGHT, ALIGN, SCRATCH, METAL = 101, 40, 4, 50, 200
types = get_typestore(Stores.ROS2_HUMBLE)
Image, Compressed = types.types["sensor_msgs/msg/Image"], types.types["sensor_msgs/msg/CompressedImage"]
header = types.types["std_msgs/msg/Header"](types.types["builtin_interfaces/msg/Time"](0, 0), "camera")

part = np.full((HEIGHT, WIDTH), METAL, np.uint8)
part[:, SCRATCH] = 40
step = -(-WIDTH // ALIGN) * ALIGN
padded = np.zeros((HEIGHT, step), np.uint8)
padded[:, :WIDTH] = part
steps12 = np.tile(np.arange(4096, dtype=np.uint16), (2, 1))  # all steps of a 12-bit camera
png = cv2.imencode(".png", steps12)[1]
messages = {
    "/padded": Image(header, HEIGHT, WIDTH, "mono8", 0, step, padded.reshape(-1)),
    "/plain": Image(header, HEIGHT, WIDTH, "mono8", 0, WIDTH, part.reshape(-1)),
    "/png": Compressed(header, "mono16; png compressed ", png.reshape(-1)),
}
with Writer(Path("bag"), version=9) as writer:
    for topic, message in messages.items():
        kind = message.__msgtype__
        writer.write(writer.add_connection(topic, kind, typestore=types), 1, types.serialize_cdr(message, kind))
read = {}
with Reader(Path("bag")) as reader:
    for connection, _, data in reader.messages():
        read[connection.topic] = types.deserialize_cdr(data, connection.msgtype)

def columns(picture):
    """Where each row is darkest between metal."""
    return [int(np.flatnonzero(row == 40)[0]) if (row == 40).any() else None for row in picture]

leaning, straight = message_to_cvimage(read["/padded"], "mono8"), message_to_cvimage(read["/plain"], "mono8")
by_step = read["/padded"].data.reshape(HEIGHT, step)[:, :WIDTH]
print(f"{WIDTH} pixels in rows of {step} bytes: the scratch is in the columns {columns(leaning)[:6]} ..., with {int((leaning == 0).sum())} black pixels")
print(f"  by the message's step: {columns(by_step)[:6]} ...; rows without padding: {columns(straight)[:6]} ...")
small = message_to_cvimage(read["/png"])
print(f"16-bit PNG: {small.dtype}, {len(np.unique(small))} of {len(np.unique(steps12))} steps")

if (by_step != part).any() or (straight != part).any():
    sys.exit("changed: the message is not the part")
if columns(leaning)[:3] != [SCRATCH, SCRATCH + step - WIDTH, SCRATCH + 2 * (step - WIDTH)] or not (leaning == 0).any():
    sys.exit("changed: the scratch is straight")
if small.dtype != np.uint8 or len(np.unique(small)) != 16:
    sys.exit("changed: 16 bits are 16 bits")
EOF
v/bin/python bag.py
