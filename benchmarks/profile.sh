#!/usr/bin/env bash
# Where the program's CPU time goes, by stage: a run of a task under `perf record` (linux-perf), its samples grouped by
# the function they fell into (stages.py). CPU-seconds of a stage = its share of the samples x the CPU-seconds of the run.
#
#   benchmarks/profile.sh [t1|t1w|t1m|t2|t2b|fifty] [DATA]      default: t1, benchmarks/data/20m
set -euo pipefail
cd "$(dirname "$0")/.."
command -v perf >/dev/null || {
  echo "profile: perf is missing; on Debian it is in the package linux-perf" >&2
  exit 3
}
exec "${PYTHON:-.venv/bin/python}" benchmarks/stages.py "${1:-t1}" "${2:-benchmarks/data/20m}"
