# `make` alone lists the targets. demo and test are all that a fresh Debian machine needs: they install what is missing.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

JOBS ?= $(shell nproc 2>/dev/null || echo 2)
PYTHON := .venv/bin/python
FUZZ_SECONDS ?= 600
SOURCES = git ls-files --cached --others --exclude-standard 'src/*.h' 'src/*.cc'

export CCACHE_MAXSIZE ?= 2G
# Paths below this folder are the same to the cache wherever they are; tests/mutants/ builds in a tree of its own.
export CCACHE_BASEDIR ?= $(CURDIR)
export CCACHE_NOHASHDIR ?= true
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(JOBS)
export CTEST_PARALLEL_LEVEL ?= $(JOBS)
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help
help:  ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-17s %s\n", $$1, $$2}'

.PHONY: build
build:  ## Set-up and build/headrace
	@tools/setup.sh build
	$(MAKE) program

.PHONY: program
program:
	@cmake --preset release
	cmake --build --preset release --target headrace

.PHONY: wheels
wheels:  ## Wheels of both Python packages for each CPython from 3.11 on, tried in clean environments; into build/wheels
	@tools/setup.sh build
	$(PYTHON) tools/wheels/make_wheels.py

.PHONY: demo
demo:  ## Set-up, build, three changes on their way to readers, then the pumps example from end to end
	@tools/setup.sh build
	$(MAKE) program
	examples/rollout/demo.sh
	examples/pumps/demo.sh

.PHONY: test
test:  ## Set-up, build, all tests, short runs of the sanitizers and fuzzers
	@tools/setup.sh build test examples
	tools/test.sh

.PHONY: test-core test-integration
test-core:  ## Of these the core alone: unit tests, cases, fuzzers, sanitizers
	@tools/setup.sh build test examples
	tools/test.sh core

test-integration:  ## Of these generated code and packages where they run: Beam, SQL, Feast, Airflow, ...
	@tools/setup.sh build test
	tools/test.sh integration

.PHONY: test-fast
test-fast:  ## Between edits: build-edit/, C++ tests and case files (no set-up, no fuzzing)
	@cmake --preset edit
	cmake --build --preset edit
	ctest --preset edit
	HEADRACE_BINARY=$(CURDIR)/build-edit/headrace $(PYTHON) -m pytest tests -q -m "not slow" --ignore tests/sql --ignore tests/remote --ignore tests/beam --ignore tests/dbt --ignore tests/python --ignore tests/feast --ignore tests/flink --ignore tests/airflow --ignore tests/kubeflow --ignore tests/serving --ignore tests/pubsub

.PHONY: test-flink
test-flink:  ## Generated pipelines on a real Flink cluster with Kafka and Redis; writes docs/reference/flink-runs.json
	@tools/setup.sh build flink
	$(MAKE) program
	.venv-flink/bin/python tests/flink/own_network.py .venv-flink/bin/python tests/flink/record.py

.PHONY: test-judges
test-judges:  ## 2,000 simulated rollouts for each fault: how often judges fail what is right, and see what is wrong
	cmake --preset release -DHEADRACE_TESTS=ON
	cmake --build --preset release --target delivery_test
	HEADRACE_SIMULATED_ROLLOUTS=2000 build/delivery_test --gtest_filter='JudgesSimulation.*'

.PHONY: test-kafka
test-kafka:  ## The server on a real Kafka broker, through kills and outages
	@tools/setup.sh build kafka
	$(MAKE) program
	.venv/bin/python -m pytest tests/kafka -q

.PHONY: test-pubsub
test-pubsub:  ## The server on Google's test server of Pub/Sub, through kills and repeats
	@tools/setup.sh build pubsub
	$(MAKE) program
	.venv-pubsub/bin/python -m pytest tests/pubsub -q

.PHONY: fuzz
fuzz:  ## All fuzzers for FUZZ_SECONDS (600) each; failures stay in build-fuzz/
	@tools/setup.sh build test
	$(MAKE) program
	tools/fuzz.sh $(FUZZ_SECONDS)

CRASH_ROUNDS ?= 5000
.PHONY: crash
crash:  ## CRASH_ROUNDS (5000) simulated lives of a server with failing disks, then as many kills of the real one
	@tools/setup.sh build test
	cmake --preset release -DHEADRACE_TESTS=ON
	cmake --build --preset release --target headrace app_server_test
	HEADRACE_SIMULATIONS=$(CRASH_ROUNDS) ctest --preset release -R StreamSimulation
	HEADRACE_KILLS=$(CRASH_ROUNDS) $(PYTHON) -m pytest tests/serving/test_durability.py -q

.PHONY: bench
bench:  ## The benchmark table against the newest peers
	@tools/setup.sh build bench
	$(MAKE) program
	benchmarks/run.sh

.PHONY: bench-beam
bench-beam:  ## Generated Beam pipelines and the native kernel on Flink; writes benchmarks/beam/
	@tools/setup.sh build bench flink
	$(MAKE) program
	benchmarks/beam/run.sh

.PHONY: asan tsan
asan:  ## All C++ tests and the case files under AddressSanitizer and UndefinedBehaviorSanitizer
	@tools/setup.sh build test
	cmake --preset asan-io
	cmake --build --preset asan-io
	ctest --preset asan-io
	HEADRACE_BINARY=$(CURDIR)/build-asan-io/headrace ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1 $(PYTHON) -m pytest tests/behaviour/test_case_files.py -q

tsan:  ## All C++ tests under ThreadSanitizer
	@tools/setup.sh build test
	cmake --preset tsan
	cmake --build --preset tsan
	ctest --preset tsan

.PHONY: format format-check tidy
format:  ## Format the C++ sources
	@$(SOURCES) | xargs -r clang-format-19 -i

format-check:  ## Fail where the format differs
	@$(SOURCES) | xargs -r clang-format-19 --dry-run --Werror

tidy:  ## Layers, house rules and clang-tidy
	@$(PYTHON) tools/check_layers.py
	$(PYTHON) tools/tidy.py
	cmake --preset tidy
	cmake --build build-tidy --target headrace_pubsub_interface
	$(PYTHON) tools/clang_tidy.py build-tidy $(JOBS)

.PHONY: docs
docs:  ## Generate docs/reference from the program's registries, and the values of examples
	@tools/setup.sh build test
	cmake --preset release -DHEADRACE_TESTS=ON
	cmake --build --preset release --target headrace diagnostics_page
	$(PYTHON) tools/generate_reference.py
	$(PYTHON) tools/run_examples.py

.PHONY: clean
clean:  ## Remove build folders and results of examples (the .venv stays)
	@rm -rf build build-edit build-dev build-asan build-asan-io build-tsan build-tidy build-fuzz build-mutants .pytest_cache
	rm -rf examples/*/data examples/*/offline
