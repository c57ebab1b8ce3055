#!/usr/bin/env bash
# One would guess that image(data_format="Mono8") of a PCO camera gives 8 bits by limits that are set, or, with auto_minmax as it is by default, by the frame's own darkest
# and brightest pixel, and that auto_minmax=False takes min_limit and max_limit.
# With auto_minmax each frame has the limits of the frame before it, and the first one its own: after a part of 1000 to 1100 one of 500 to 550 is black all over, and after
# that one of 3000 to 3300 is white. With auto_minmax=False the limits that were set are not used, whatever they are: 0 and 20000 hold, so that a 12-bit frame
# reaches 52 of 255 and has 53 greys. They are used where auto_minmax is True, for the next frame alone.
# It matters where a line looks at the camera in 8 bits: the part before decides how bright a part is, and a dark one behind a bright one has nothing on it. What helps: Mono16,
# which is handed over as it is, and a shift of one's own.
# Versions: pco 2.6.0, numpy 2.4.6; Python 3.11. The conversion is called as Camera.image() calls it, without a camera.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pco==2.6.0 numpy==2.4.6
cat >greys.py <<'EOF'
import sys

import numpy as np
from pco.convert import Convert
from pco.loader import shared_library_loader

shared_library_loader.increment()  # as a camera does when it is opened


def opened(**settings):
    convert = Convert(None, None, "bw", 12)
    convert.create(12, 0, [1, 0, 0, 0, 1, 0, 0, 0, 1], 0)
    if settings:
        convert.set_control_properties({**convert.convert_ctrl, **settings})
    return convert


def mono8(convert, frame):
    return convert.convert_16_to_8(frame, convert.get_mode_flags(), 0, 0, 0)


right = True
camera = opened()
print("as it is opened:", {name: camera.convert_ctrl[name] for name in ("auto_minmax", "min_limit", "max_limit")})
seen = []
for low, high in (1000, 1100), (500, 550), (3000, 3300), (1000, 1100), (1000, 1100):
    frame = np.full((64, 64), low, np.uint16)
    frame[:, 32:] = high
    made = mono8(camera, frame)
    seen.append((int(made[0, 0]), int(made[0, -1])))
    print(f"  a frame of {low} and {high} becomes {seen[-1]}")
right &= seen == [(0, 255), (0, 0), (255, 255), (0, 0), (0, 255)]
camera.set_control_properties({**camera.convert_ctrl, "auto_minmax": True, "min_limit": 0, "max_limit": 4095})
made = [int(mono8(camera, frame)[0, -1]) for _ in range(2)]
print(f"  auto_minmax=True with limits of 0 and 4095: the same frame's 1100 becomes {made[0]}, and then {made[1]}")
right &= made == [68, 255]

ramp = np.tile(np.arange(4096, dtype=np.uint16), (16, 1))
for low, high in (0, 4095), (1000, 2000):
    made = mono8(opened(auto_minmax=False, min_limit=low, max_limit=high), ramp)
    print(f"auto_minmax=False, limits of {low} and {high}: 0 to 4095 becomes {made.min()} to {made.max()}, {len(np.unique(made))} greys; 1000 becomes {made[0, 1000]}, 2000 {made[0, 2000]}")
    right &= (made.min(), made.max(), made[0, 1000], made[0, 2000]) == (0, 52, 12, 25)
if not right:
    sys.exit("changed: other greys")
EOF
v/bin/python greys.py 2>log | grep -v "^Loading lib" || { tail -3 log; exit 1; }
