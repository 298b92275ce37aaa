#!/usr/bin/env bash
# All tests after set-up, or one tier of them. Ends with the counts.
#
#   tools/test.sh [core|integration]      default: both, the core first
#
# core         C++ unit tests; Python tests (case files, goldens, structure, differential fuzzing, mutants); the server; the core under
#              AddressSanitizer and UndefinedBehaviorSanitizer with a short run of each fuzzer
# integration  generated code and packages in the environments that they are for: Beam, SQL, Feast, object stores, Airflow,
#              Kubeflow, Python wheels. Runs beside the core; `tools/setup.sh integration` makes the environments while the
#              program is built, once for each requirements file.
#              Flink, Kafka and Pub/Sub are apart: `make test-flink`, `make test-kafka`, `make test-pubsub`.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly fuzz_seconds=${FUZZ_SECONDS_SHORT:-10}
readonly logs=build/test-logs
tiers=("$@")
if [ $# = 0 ]; then tiers=(core integration); fi
for tier in "${tiers[@]}"; do
  case $tier in
    core | integration) ;;
    *) echo "test: unknown tier '$tier'; the tiers are core and integration" >&2 && exit 2 ;;
  esac
done
SECONDS=0

step() { printf '\n== %s (after %d:%02d)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

# Runs a command, shows and keeps its output, and adds the last line that matches the pattern to the summary. Where stages run
# side by side, the output is shown when the stage has ended. A failure ends the whole; a lane beside ends after its stage.
run() {
  local title=$1 pattern=$2 log=$logs/$1.log start=$SECONDS status=0
  shift 2
  [ ! -e "$logs/failed" ] || exit 1
  step "$title: $*"
  if [ -n "${is_lane:-}" ]; then
    "$@" >"$log" 2>&1 || status=$?
    step "$title, ended"
    cat "$log"
  else
    "$@" 2>&1 | tee "$log" || status=$?
  fi
  if [ $status != 0 ]; then
    printf 'test: FAILED in %s; the output is in %s\n' "$title" "$log"
    (tail -n 100 "$log" && printf 'test: FAILED in %s; the end of %s stands above\n' "$title" "$log") >>"$logs/failed"
    exit 1
  fi
  printf '%-18s %4d s  %s\n' "$title" $((SECONDS - start)) "$(grep -aE "$pattern" "$log" | tail -n 1 | tr -d '=')" >>"$logs/summary"
}

# Python tests use as many processes as there are processors.
readonly pytest=(-m pytest -q --durations=8 --numprocesses "${JOBS:-$(nproc)}" --dist worksteal)

# Folders with a conftest.py of their own are runs of their own; those with a .venv run in that. Mutants share one tree.
readonly apart=(airflow beam dbt feast flink kafka kubeflow newcomer pubsub python remote serving sql)

test_core() {
  run "C++ tests" "tests passed" ctest --preset release
  run "Python tests" "passed|failed" .venv/bin/python "${pytest[@]}" tests --ignore=tests/mutants "${apart[@]/#/--ignore=tests/}"
  run "mutants" "passed|failed" .venv/bin/python -m pytest -q --durations=2 tests/mutants
  run "server" "passed|failed" .venv/bin/python "${pytest[@]}" tests/serving --ignore-glob='*/test_redis*.py'  # in the other tier
  if ! command -v clang++-19 >/dev/null; then
    echo "sanitizers         skipped: clang++-19 is not installed" >>"$logs/summary"
    return
  fi
  run "build with ASan" "." bash -c "cmake --preset asan && cmake --build --preset asan"
  run "C++ under ASan" "tests passed" ctest --preset asan
  run "fuzzers" "^fuzz:" tools/fuzz.sh --build-folder build-asan --no-differential "$fuzz_seconds"
}

test_environments() { run "environments" "." tools/setup.sh integration; }

test_integration() {
  local one=(-m pytest -q --durations=4)
  run "Python packages" "passed|failed" .venv-python/bin/python "${one[@]}" tests/python
  run "Beam pipelines" "passed|failed" .venv/bin/python "${one[@]}" tests/beam
  run "SQL" "passed|failed" env HEADRACE_SQL_TESTS=1 .venv-sql/bin/python "${one[@]}" tests/sql
  run "described" "passed|failed" env HEADRACE_SERVING_TESTS=1 .venv/bin/python "${one[@]}" tests/serving/test_described.py \
    tests/serving/test_redis*.py
  run "dbt" "passed|failed" .venv/bin/python "${one[@]}" tests/dbt
  run "Feast" "passed|failed" env HEADRACE_FEAST_TESTS=1 .venv-feast/bin/python "${one[@]}" tests/feast
  run "object stores" "passed|failed" .venv-remote/bin/python "${one[@]}" tests/remote
  run "Airflow" "passed|failed" .venv/bin/python "${one[@]}" tests/airflow
  run "Kubeflow" "passed|failed" .venv/bin/python "${one[@]}" tests/kubeflow
  run "first hour" "passed|failed" .venv-newcomer/bin/python "${one[@]}" tests/newcomer
}

# A tier beside the others.
start_lane() {
  (
    is_lane=yes
    "$1"
  ) &
}

# However it ends, lanes end first.
finish() {
  local status=$?
  wait
  printf '\n'
  cat "$logs/summary" "$logs/failed" 2>/dev/null || true
  if [ $status != 0 ] || [ -e "$logs/failed" ]; then exit 1; fi
  printf 'test: all passed in %d:%02d\n' $((SECONDS / 60)) $((SECONDS % 60))
}

mkdir -p "$logs"
rm -f "$logs/failed" "$logs/summary"
trap finish EXIT
if [[ " ${tiers[*]} " == *" integration "* ]]; then
  step "environments, beside the compiler"
  start_lane test_environments
fi
run "build" "." bash -c "cmake --preset release -DHEADRACE_TESTS=ON && cmake --build --preset release"
wait

if [[ " ${tiers[*]} " == *" integration "* ]]; then start_lane test_integration; fi
if [[ " ${tiers[*]} " == *" core "* ]]; then test_core; fi
