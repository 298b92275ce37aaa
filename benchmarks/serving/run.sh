#!/usr/bin/env bash
# What a read over HTTP takes, beside nginx and Redis: builds the server and the client, then runs run.py with the same options.
set -euo pipefail
cd "$(dirname "$0")/../.."
for program in nginx redis-server taskset; do
  command -v $program >/dev/null || { echo "$program is missing: tools/setup.sh bench installs it" >&2; exit 3; }
done
cmake --preset release -DHEADRACE_BENCHMARKS=ON >/dev/null
cmake --build --preset release --target headrace load
exec "${PYTHON:-.venv/bin/python}" benchmarks/serving/run.py "$@"
