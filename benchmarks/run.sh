#!/usr/bin/env bash
# The benchmark (make bench): builds the plain loop, then runs compare.py with the same options. --help shows them.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${HEADRACE_LIMIT:-}" ]; then
  cmake --preset release -DHEADRACE_BENCHMARKS=ON >/dev/null
  cmake --build --preset release --target limit
fi
exec "${PYTHON:-.venv/bin/python}" benchmarks/compare.py "$@"
