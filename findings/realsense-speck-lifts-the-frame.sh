#!/usr/bin/env bash
# One would guess that RealSense's spatial_filter with the settings that it has smooths a depth frame and keeps its mean, and that one wrong pixel is smoothed
# away among its neighbours.
# Whole units are rounded up at each step of its recursion, so that a height is kept once it is up to two units too high, and is handed on to the end of the
# row and the column: one pixel of 1010 in a frame of 1000 makes 306,720 of the 307,200 pixels 1002 (of 990, none). A plane with noise of 1.5 units rises by 3.0.
# An unchanged plane stays 1000. With smooth_alpha 0.75 it stays around the pixel, with 0.25 and one pass (filter_magnitude 1) all is 1 too high.
# It matters where heights or flatness are measured from depth frames, whose units are millimetres unless set: a speck anywhere moves every height by 2 mm, and
# a comparison with an empty tray, which has no speck, finds a difference all over. What helps: disparity_transform(True) before and (False) after the filter,
# as the samples have it, since disparities are floating-point: then the frame is 1000 all over.
# Versions: pyrealsense2 2.59.1.11053, numpy 2.4.6. Needs no camera.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pyrealsense2==2.59.1.11053 numpy==2.4.6
cat >speck.py <<'EOF'
import sys
import numpy as np
import pyrealsense2 as rs

WIDTH, HEIGHT = 640, 480

def filtered(depth, *blocks):
    """Depth after the blocks, as a frame of a software device takes them that measures in mm with a baseline of 50 mm."""
    sensor = rs.software_device().add_sensor("Stereo Module")
    stream, lens = rs.video_stream(), rs.intrinsics()
    lens.width, lens.height, lens.fx, lens.fy, lens.ppx, lens.ppy, lens.model = WIDTH, HEIGHT, 600, 600, 319.5, 239.5, rs.distortion.none
    stream.type, stream.fmt, stream.bpp, stream.fps, stream.uid = rs.stream.depth, rs.format.z16, 2, 30, 1
    stream.width, stream.height, stream.intrinsics = WIDTH, HEIGHT, lens
    profile = sensor.add_video_stream(stream)
    sensor.add_read_only_option(rs.option.depth_units, 0.001)
    sensor.add_read_only_option(rs.option.stereo_baseline, 50)
    queue, frame = rs.frame_queue(1), rs.software_video_frame()
    sensor.open(profile)
    sensor.start(queue)
    frame.pixels, frame.stride, frame.bpp, frame.frame_number = np.ascontiguousarray(depth), WIDTH * 2, 2, 1
    frame.profile, frame.depth_units = profile.as_video_stream_profile(), 0.001
    sensor.on_video_frame(frame)
    result = queue.wait_for_frame()
    for block in blocks:
        result = block.process(result)
    return np.asanyarray(result.get_data()).astype(int)

def spatial(alpha=None, magnitude=None):
    block = rs.spatial_filter()
    for option, value in ((rs.option.filter_smooth_alpha, alpha), (rs.option.filter_magnitude, magnitude)):
        if value is not None:
            block.set_option(option, value)
    return block

plane = np.full((HEIGHT, WIDTH), 1000, np.uint16)
up, down = plane.copy(), plane.copy()
up[240, 320], down[240, 320] = 1010, 990
noisy = np.rint(np.random.default_rng(0).normal(1000, 1.5, plane.shape)).astype(np.uint16)
there, back = rs.disparity_transform(True), rs.disparity_transform(False)
seen = {}
for what, depth, blocks in (
    ("a plane of 1000", plane, [spatial()]),
    ("one pixel of 1010", up, [spatial()]),
    ("one pixel of 990", down, [spatial()]),
    ("1010, alpha 0.75", up, [spatial(0.75)]),
    ("1010, alpha 0.25, one pass", up, [spatial(0.25, 1)]),
    ("1010, as disparities", up, [there, spatial(), back]),
    ("noise of 1.5", noisy, [spatial()]),
    ("noise of 1.5, as disparities", noisy, [there, spatial(), back]),
):
    result = filtered(depth, *blocks)
    seen[what] = int(np.median(result)), round(float(result.mean() - depth.mean()), 1)
    print(f"{what:29} median {seen[what][0]}, mean {seen[what][1]:+.1f}, {np.count_nonzero(result != depth):6} of {depth.size} pixels changed")
if seen != {
    "a plane of 1000": (1000, 0.0),
    "one pixel of 1010": (1002, 2.0),
    "one pixel of 990": (1000, 0.0),
    "1010, alpha 0.75": (1000, 0.0),
    "1010, alpha 0.25, one pass": (1001, 0.5),
    "1010, as disparities": (1000, 0.0),
    "noise of 1.5": (1003, 3.0),
    "noise of 1.5, as disparities": (1000, 0.0),
}:
    sys.exit("changed: the filter lifts the frame otherwise")
EOF
v/bin/python speck.py
