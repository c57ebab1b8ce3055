#!/usr/bin/env bash
# One would guess that Debian's libaravis-dev is enough to build a program for GigE Vision cameras: pkg-config --cflags aravis-0.8.
# pkg-config fails: aravis-0.8.pc requires libusb-1.0 (privately, which counts for --cflags), and the package does not depend on
# libusb-1.0-0-dev. CMake's pkg_check_modules() then says that Aravis is not there.
# It matters for builds that install what they name and take "not found" for "not installed". Installing libusb-1.0-0-dev too helps.
# Versions: libaravis-dev 0.8.26-1, libxml2-dev, libglib2.0-dev (Debian 12). Needs apt and pkg-config.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q libaravis-dev=0.8.26-1 >/dev/null 2>&1
dpkg-deb -x libaravis-dev_*.deb aravis
echo "the package depends on: $(dpkg-deb -f libaravis-dev_*.deb Depends)"
echo "its pkg-config file says: $(grep -h '^Requires' aravis/usr/lib/*/pkgconfig/aravis-0.8.pc | tr '\n' ' ')"
# What the package depends on is there, and nothing else: stand-ins with the names of its modules.
mkdir modules
for module in glib-2.0 gobject-2.0 gio-2.0 libxml-2.0 gthread-2.0 zlib; do
    printf 'Name: %s\nDescription: a stand-in\nVersion: 99\n' $module >modules/$module.pc
done
export PKG_CONFIG_LIBDIR=$PWD/modules:$(dirname aravis/usr/lib/*/pkgconfig/aravis-0.8.pc)
if pkg-config --cflags aravis-0.8 2>answer; then
    echo "changed: pkg-config is content"
    exit 1
fi
cat answer
grep -q "libusb-1.0" answer
printf 'Name: libusb-1.0\nDescription: a stand-in\nVersion: 99\n' >modules/libusb-1.0.pc
echo "with libusb-1.0: $(pkg-config --cflags aravis-0.8)"
