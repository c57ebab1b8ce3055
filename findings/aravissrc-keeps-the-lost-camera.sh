#!/usr/bin/env bash
# One would guess that a GStreamer source that failed because its camera was unplugged works again when it is set to NULL and then to PLAYING, once
# the camera is back, as a source opens its device when it leaves NULL.
# aravissrc keeps the connection of before, which has lost its right to control the camera, as long as the element lives: the stream fails with
# "Controller privilege required", however often it is tried. A new aravissrc with the same properties has the same camera at once.
# It matters for programs that let a line go on after a cable was pulled: the element has to be replaced, not opened again.
# Versions: libaravis-0.8-0 and aravis-tools 0.8.26 (Debian 12), with their simulated GigE Vision camera on the loopback of a network of its own; GStreamer 1.22.
# Needs apt for these two, libgstreamer1.0-0 and gstreamer1.0-plugins-base, and python3.
set -euo pipefail
work=$(mktemp -d)
camera=
trap 'kill -9 $camera 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download -q libaravis-0.8-0=0.8.26-1 aravis-tools=0.8.26-1 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
export LD_LIBRARY_PATH=$(dirname "$(find "$PWD" -name 'libaravis-0.8.so.0')") GST_REGISTRY_1_0=$work/registry GST_REGISTRY_FORK=no
export GST_PLUGIN_PATH_1_0=$(dirname "$(find "$PWD" -name 'libgstaravis*.so')")
cat >source.py <<'EOF'
import ctypes, fcntl, socket, struct, subprocess, sys, time

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:  # the loopback of a network of its own
    fcntl.ioctl(handle, 0x8914, struct.pack("16sh14s", b"lo", 0x41, b""))

gst, glib = ctypes.CDLL("libgstreamer-1.0.so.0"), ctypes.CDLL("libglib-2.0.so.0")
for name in "gst_parse_launch", "gst_element_get_bus", "gst_bus_timed_pop_filtered":
    getattr(gst, name).restype = ctypes.c_void_p
P, NULL, PLAYING, ERROR = ctypes.c_void_p, 1, 4, 1 << 1
gst.gst_init(None, None)

def plug_in():
    camera = subprocess.Popen(["usr/bin/arv-fake-gv-camera-0.8", "-i", "127.0.0.1", "-s", "CAM1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1.5)
    return camera

class GError(ctypes.Structure):
    _fields_ = [("domain", ctypes.c_uint32), ("code", ctypes.c_int), ("message", ctypes.c_char_p)]

def watch(pipeline, seconds):
    """The first error within so many seconds, or None."""
    bus = P(gst.gst_element_get_bus(pipeline))
    message = gst.gst_bus_timed_pop_filtered(bus, ctypes.c_uint64(int(seconds * 1e9)), ERROR)
    if not message:
        return None
    error = ctypes.POINTER(GError)()
    gst.gst_message_parse_error(P(message), ctypes.byref(error), None)
    text = error.contents.message.decode()
    while gst.gst_bus_timed_pop_filtered(bus, ctypes.c_uint64(0), 0xFFFFFFFF):
        pass
    return text

def launch():
    text = b"aravissrc name=source camera-name=Aravis-Fake-CAM1 features=PixelFormat=Mono8 ! video/x-raw,format=GRAY8,width=256,height=192 ! fakesink"
    return P(gst.gst_parse_launch(text, None))

camera = plug_in()
pipeline = launch()
gst.gst_element_set_state(pipeline, PLAYING)
print("plugged in:       ", watch(pipeline, 4), flush=True)
camera.kill(); camera.wait()
print("unplugged:        ", watch(pipeline, 30), flush=True)
camera = plug_in()
again = []
for i in range(3):
    time.sleep(4)  # longer than a camera waits for a controller that is silent
    gst.gst_element_set_state(pipeline, NULL)
    gst.gst_element_set_state(pipeline, PLAYING)
    again.append(watch(pipeline, 6))
    print("set to NULL and PLAYING:", again[-1], flush=True)
gst.gst_element_set_state(pipeline, NULL)
gst.gst_object_unref(pipeline)
pipeline = launch()
gst.gst_element_set_state(pipeline, PLAYING)
new = watch(pipeline, 6)
print("a new aravissrc:  ", new, flush=True)
gst.gst_element_set_state(pipeline, NULL)
camera.kill(); camera.wait()
sys.exit(0 if all(again) and not new else 1)
EOF
if unshare --user --map-root-user --net python3 source.py; then
    echo "only a new aravissrc has the camera again"
else
    echo "changed: it has the camera again, or a new one has not"
    exit 1
fi
