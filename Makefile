# SPDX-License-Identifier: Apache-2.0
# A thin front for CMake: `make`, `make demo` and `make check` install what is missing (and say what) first.

BUILD := build/release

.PHONY: all
all: dependencies
	cmake --preset release
	cmake --build $(BUILD)

.PHONY: dependencies
dependencies:
	scripts/install-dependencies build
	scripts/install-onnxruntime

.PHONY: demo
demo: all
	scripts/demo

# Builds with the address and undefined-behaviour sanitizers and runs every test.
.PHONY: check
check: dependencies
	scripts/install-dependencies test
	cmake --preset asan
	cmake --build build/asan
	ctest --preset asan

.PHONY: install
install: all
	cmake --install $(BUILD)

.PHONY: bench
bench: all
	bench/run

.PHONY: format
format:
	git ls-files '*.c' '*.h' | xargs clang-format -i

.PHONY: clean
clean:
	rm -rf build
