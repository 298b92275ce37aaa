#!/usr/bin/env bash
# Runs every libFuzzer target for a number of seconds, then the differential fuzzers for as long, then reads FUZZ_FILES
# (10000) input files with changed bytes.
#
#   tools/fuzz.sh [--build-folder FOLDER] [--no-differential] SECONDS
#
# Seeds are the case files and what lies in tests/fuzz/corpus/; a failing input is left in FOLDER/failures/.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=build-fuzz
differential=true
while [ $# -gt 1 ]; do
  case $1 in
    --build-folder) folder=$2 && shift 2 ;;
    --no-differential) differential=false && shift ;;
    *) echo "fuzz: unknown option $1" >&2 && exit 2 ;;
  esac
done
readonly seconds=$1 folder differential

if [ "$folder" = build-fuzz ]; then
  cmake --preset fuzz
  cmake --build --preset fuzz
fi
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
.venv/bin/python tests/fuzz/seed_corpus.py "$folder/corpus"
mkdir -p "$folder/failures"

targets=0
for fuzzer in "$folder"/fuzzers/*_fuzzer; do
  [ -x "$fuzzer" ] || continue
  name=$(basename "$fuzzer")
  corpus=$folder/corpus/$name
  mkdir -p "$corpus" "tests/fuzz/corpus/$name"
  dictionary=()
  [ ! -f "tests/fuzz/corpus/$name.dict" ] || dictionary=(-dict="tests/fuzz/corpus/$name.dict")
  echo "fuzzing $name for $seconds s"
  log=$folder/$name.log
  if ! "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$folder/failures/$name-" "${dictionary[@]}" "$corpus" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
    tail -n 60 "$log"
    echo "fuzz: FAILED: $name; the input is in $folder/failures/"
    exit 1
  fi
  grep -E 'number_of_executed_units' "$log" || true
  targets=$((targets + 1))
done
echo "fuzz: $targets targets, $seconds s each, no failures"

if $differential; then
  for engine in beam sql; do
    [ -x ".venv-$engine/bin/python" ] || continue  # made by `tools/setup.sh integration`
    .venv/bin/python tests/fuzz/differential.py --engine "$engine" --python ".venv-$engine/bin/python" --seed "$(date +%s)" --seconds "$seconds" --binary build/headrace --keep "$folder/failures"
  done
  for runner in direct hostile; do
    [ -x .venv-beam/bin/python ] || continue
    .venv/bin/python tests/fuzz/stream_differential.py --runner "$runner" --seed "$(date +%s)" --seconds "$seconds" --binary build/headrace --keep "$folder/failures"
  done
  for engine in batch stream online; do
    .venv/bin/python tests/fuzz/differential.py --engine "$engine" --seed "$(date +%s)" --seconds "$seconds" --binary build/headrace --keep "$folder/failures"
  done
  .venv/bin/python tests/fuzz/mutated_files.py --seed "$(date +%s)" --count "${FUZZ_FILES:-10000}" --binary build/headrace --keep "$folder/failures"
  .venv/bin/python tests/fuzz/duckdb_differential.py --seed "$(date +%s)" --seconds "$seconds" --binary build/headrace --keep "$folder/failures"
fi
