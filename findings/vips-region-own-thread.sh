#!/usr/bin/env bash
# One would guess that pulling an image's rows through vips_region_prepare() costs the same on any thread, and on one's own the least: no
# pool, no waiting. libvips computes a step that is used three times (grey to RGB is bandjoin of one image with itself) once, whoever asks.
# Only on threads that libvips made: the buffers in which steps share what they computed are kept for those alone. On the main thread, or
# one made by pthread_create() or Python, the same pull computes the step three times, without a word; on one made by vips_g_thread_new()
# once.
# It matters for who reads pictures row by row without libvips' pool: a 16-bit PNG took a third longer here, longer pipelines take more.
# Versions: libvips 8.18.7 (pyvips-binary); 8.14.1 of Debian 12 does the same.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
PKG_CONFIG_LIBDIR=/nonexistent "$work/venv/bin/pip" install -q --no-cache-dir --disable-pip-version-check pyvips==2.2.3 pyvips-binary==8.18.7
"$work/venv/bin/python" - <<'END'
import ctypes as c, glob, os, sysconfig, threading
path = glob.glob(os.path.join(sysconfig.get_paths()["platlib"], "pyvips_binary.libs", "libvips*"))[0]
vips = c.CDLL(path, mode=c.RTLD_GLOBAL)
pointer, WIDTH, HEIGHT, ROWS = c.c_void_p, 64, 64, 16

class Rect(c.Structure):
    _fields_ = [("left", c.c_int), ("top", c.c_int), ("width", c.c_int), ("height", c.c_int)]

for name in "vips_image_new vips_region_new vips_g_thread_new g_thread_join".split():
    getattr(vips, name).restype = pointer
vips.vips_image_init_fields.argtypes = [pointer] + [c.c_int] * 6 + [c.c_double] * 2
made = 0

@c.CFUNCTYPE(c.c_int, pointer, pointer, pointer, pointer, pointer)
def generate(region, sequence, a, b, stop):  # a step that notes how often it is asked
    global made
    made += 1
    return 0

def pull():  # rows of an image that is one step three times
    global made
    made = 0
    step, joined = pointer(vips.vips_image_new()), pointer()
    vips.vips_image_init_fields(step, WIDTH, HEIGHT, 1, 0, 0, 1, 1.0, 1.0)
    assert vips.vips_image_pipelinev(step, c.c_int(2), None) == 0
    assert vips.vips_image_generate(step, None, generate, None, None, None) == 0
    assert vips.vips_bandjoin((pointer * 3)(step, step, step), c.byref(joined), c.c_int(3), None) == 0
    region = pointer(vips.vips_region_new(joined))
    for top in range(0, HEIGHT, ROWS):
        assert vips.vips_region_prepare(region, c.byref(Rect(0, top, WIDTH, ROWS))) == 0
    return made

assert vips.vips_init(b"x") == 0
print("libvips", ".".join(str(vips.vips_version(i)) for i in range(3)), "-", HEIGHT // ROWS, "pulls of", ROWS, "rows")
seen = {"main thread": pull()}
thread = threading.Thread(target=lambda: seen.update({"a thread of one's own": pull()}))
thread.start()
thread.join()
body = c.CFUNCTYPE(pointer, pointer)(lambda data: seen.update({"a thread of vips_g_thread_new()": pull()}))
vips.g_thread_join(pointer(vips.vips_g_thread_new(b"pull", body, None)))
for name, count in seen.items():
    print(f"{name:32s} the step was computed {count:2d} times")
assert list(seen.values()) == [12, 12, 4], "libvips shares otherwise now"
END
