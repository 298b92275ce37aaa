#!/usr/bin/env bash
# From Kafka's broker into the server's store beside librdkafka alone, starts after a kill, long windows, memory: builds what is
# measured, then runs run.py with the same options.
set -euo pipefail
cd "$(dirname "$0")/../.."
for program in java; do
  command -v $program >/dev/null || { echo "$program is missing: tools/setup.sh bench kafka installs it" >&2; exit 3; }
done
cmake --preset release -DHEADRACE_BENCHMARKS=ON >/dev/null
cmake --build --preset release --target headrace stream_states kafka_load
exec "${PYTHON:-.venv/bin/python}" benchmarks/stream/run.py "$@"
