#!/usr/bin/env bash
# The benchmark on Flink (make bench-beam): builds the kernel's wheel, then runs run.py with the same options in a network of
# its own, and puts the table into README.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
wheel=$(cd tests/python && ../../.venv-python/bin/python -c "import wheels; print(wheels.build_wheel('headrace-kernel'))")
.venv-flink/bin/python tests/flink/own_network.py .venv-flink/bin/python benchmarks/beam/run.py --kernel "$wheel" "$@"
benchmarks/beam/table.py
