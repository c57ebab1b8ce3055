# make            build/alfa and build/libalfa.so
# make demo       set up, build, judge examples/images: build/demo/report.html
# make test       set up, build, run all tests
# make help       the rest

JOBS    ?= $(shell nproc)
PREFIX  ?= /usr/local
DESTDIR ?=
TARGETS  = alfa_cli alfa_shared alfa_static alfa_completions alfa_gst
# Without the table of entities, on which clang-format 14 takes all memory.
SOURCES  = $(shell find include src gst tests fuzz bench \( -name '*.[ch]' -o -name '*.cpp' \) ! -name entities.c)

.NOTPARALLEL:
.PHONY: all setup build demo test test-isa asan tsan fuzz faults install deb man format clean help

all:
	@tools/setup.sh --check
	@$(MAKE) --no-print-directory build

setup:
	@tools/setup.sh

build:
	@test -f build/build.ninja || cmake --preset release
	@cmake --build build -j $(JOBS) --target $(TARGETS)

demo: setup build
	@tools/demo.sh build/alfa build/demo

test: TARGETS = all
test: setup build
	@ctest --test-dir build -j $(JOBS) --output-on-failure --no-tests=error

# The suite as every kind of processor would run it that this one can stand in for.
test-isa: TARGETS = all
test-isa: setup build
	@tests/isa.sh build $(JOBS)

asan: setup
	@test -f build/$@/build.ninja || cmake --preset $@
	@cmake --build build/$@ -j $(JOBS)
	@ctest --test-dir build/$@ -j $(JOBS) --output-on-failure --no-tests=error -L quick

# ThreadSanitizer cannot follow OpenMP's and GLib's own synchronisation: only what locks by itself is run.
tsan: setup
	@test -f build/$@/build.ninja || cmake --preset $@
	@cmake --build build/$@ -j $(JOBS)
	@ctest --test-dir build/$@ -j $(JOBS) --output-on-failure --no-tests=error -R '^(base|bank|eval|prompt|score|weights)/|clip/tokenizer'

# Each target of fuzz/ for so many seconds, or those that FUZZ names.
SECONDS ?= 60
FUZZ    ?=
fuzz:
	@tools/setup.sh clang-14 libomp-14-dev libclang-rt-14-dev
	@test -f build/libfuzzer/build.ninja || cmake --preset libfuzzer
	@cmake --build build/libfuzzer -j $(JOBS) --target fuzz/all
	@fuzz/run.sh $(SECONDS) $(FUZZ)

# Every allocation fails once, and from each one on all do: with the sanitizers, so that what is lost is seen.
faults: TARGETS = alfa_cli faults_faulty
faults: setup build
	@test -f build/asan/build.ninja || cmake --preset asan
	@cmake --build build/asan -j $(JOBS) --target faults_allocations
	@tests/faults/all.sh build/asan/tests/faults_allocations
	@tests/faults/program.sh build/alfa build/tests/libfaults_faulty.so 50

# The Python package: build/python/alfa-*.whl (docs/python.md).
wheel: all
	@/usr/bin/python3 python/build.py build/python --library build/libalfa.so --wheel

install: all
	DESTDIR='$(DESTDIR)' cmake --install build --prefix '$(PREFIX)'

# The packages for this Debian (README.md names them), into build/deb.
deb:
	@tools/deb.sh

man: all
	build/alfa --man > man/alfa.1

format:
	clang-format-14 -i $(SOURCES)

clean:
	rm -rf build

help:
	@echo 'make            build/alfa and build/libalfa.so'
	@echo 'make demo       set up, build, judge the pictures in examples/images with heat maps'
	@echo 'make test       set up, build, run all tests'
	@echo 'make test-isa   all tests once for every instruction set of the processor that oneDNN knows'
	@echo 'make setup      install the packages that are missing (Debian 12)'
	@echo 'make asan       the quick tests under AddressSanitizer and UBSan; make tsan: those without OpenMP under ThreadSanitizer'
	@echo 'make fuzz       every parser with made-up input, SECONDS=n ($(SECONDS)) each (clang 14)'
	@echo 'make faults     memory and disk run out at every place, kill -9 at any moment'
	@echo 'make install    into PREFIX ($(PREFIX)), below DESTDIR when that is set'
	@echo 'make deb        packages for Debian 12 in build/deb'
	@echo 'make wheel      the Python package, build/python/alfa-*.whl'
	@echo 'make man        man/alfa.1 again, after a change of src/cli/options.c'
	@echo 'make format     clang-format-14 over all sources'
	@echo 'make clean      remove build/'
