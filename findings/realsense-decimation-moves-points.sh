#!/usr/bin/env bash
# One would guess that the points of a decimated RealSense depth frame lie where those of the whole frame lie, only fewer, as the decimation filter gives the
# smaller frame intrinsics of its own.
# It divides the principal point by the factor, as if pixels were measured from their corner; rs2_deproject and pointcloud measure from their middle. The
# middle of the first n pixels is at (n - 1)/2, not at 0, so all points move up and left by (n - 1)/2 pixels of the whole frame: at 1 m and a focal length of
# 600 pixels by 0.8 mm with 2, 2.5 mm with 4 and 5.8 mm with 8.
# It matters where a part's place is taken from the points, or points of frames that were decimated by different factors (or not) are compared: their edges
# do not meet, by more the further away. What helps: ppx - (n - 1)/(2 n), and so for ppy, before deprojecting.
# Versions: pyrealsense2 2.59.1.11053, numpy 2.4.6. Needs no camera.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check pyrealsense2==2.59.1.11053 numpy==2.4.6
cat >points.py <<'EOF'
import sys
import numpy as np
import pyrealsense2 as rs

WIDTH, HEIGHT, FOCAL = 640, 480, 600

def depth_frame(depth):
    sensor = rs.software_device().add_sensor("Stereo Module")
    stream, lens = rs.video_stream(), rs.intrinsics()
    lens.width, lens.height, lens.fx, lens.fy, lens.ppx, lens.ppy, lens.model = WIDTH, HEIGHT, FOCAL, FOCAL, 319.5, 239.5, rs.distortion.none
    stream.type, stream.fmt, stream.bpp, stream.fps, stream.uid = rs.stream.depth, rs.format.z16, 2, 30, 1
    stream.width, stream.height, stream.intrinsics = WIDTH, HEIGHT, lens
    profile = sensor.add_video_stream(stream)
    sensor.add_read_only_option(rs.option.depth_units, 0.001)
    queue, frame = rs.frame_queue(1), rs.software_video_frame()
    sensor.open(profile)
    sensor.start(queue)
    frame.pixels, frame.stride, frame.bpp, frame.frame_number = np.ascontiguousarray(depth), WIDTH * 2, 2, 1
    frame.profile, frame.depth_units = profile.as_video_stream_profile(), 0.001
    sensor.on_video_frame(frame)
    return queue.wait_for_frame()

def centre(frame):
    """The mean x and y in mm of the points of the part, which stands 1 m away on a table at 2 m."""
    points = np.asanyarray(rs.pointcloud().calculate(frame).get_vertices()).view(np.float32).reshape(-1, 3)
    part = points[np.abs(points[:, 2] - 1) < 0.01] * 1000
    return part[:, :2].mean(axis=0)

depth = np.full((HEIGHT, WIDTH), 2000, np.uint16)
depth[160:320, 240:400] = 1000  # symmetric about the optical axis, and a whole number of pixels of every frame
wrong = 0
whole = centre(depth_frame(depth))
print(f"whole frame: the part is at x {whole[0]:+.2f}, y {whole[1]:+.2f} mm")
for factor in 2, 4, 8:
    frame = rs.decimation_filter(factor).process(depth_frame(depth))
    lens = frame.profile.as_video_stream_profile().get_intrinsics()
    x, y = centre(frame)
    expected = -(factor - 1) / 2 / FOCAL * 1000
    print(f"by {factor}: {lens.width} x {lens.height}, principal point {lens.ppx:.3f}, {lens.ppy:.3f}; the part is at x {x:+.2f}, y {y:+.2f} mm")
    wrong += abs(x - expected) > 0.05 or abs(y - expected) > 0.05
if wrong or np.abs(whole).max() > 0.01:
    sys.exit("changed: the part is elsewhere")
EOF
v/bin/python points.py
