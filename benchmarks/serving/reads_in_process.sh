#!/usr/bin/env bash
# Reads in process beside LMDB: builds and runs reads_in_process over a folder in memory. Arguments: ENTITIES and SECONDS.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -f /usr/include/lmdb.h ] || { echo "lmdb.h is missing: tools/setup.sh bench installs it" >&2; exit 3; }
cmake --preset release -DHEADRACE_BENCHMARKS=ON >/dev/null
cmake --build --preset release --target reads_in_process
folder=$(mktemp -d /dev/shm/reads.XXXXXX)
trap 'rm -rf "$folder"' EXIT
build/reads_in_process "$folder" "$@"
