#!/usr/bin/env bash
# All tests after set-up, or one tier of them. Ends with the counts.
#
#   tools/test.sh [core|integration]      default: both, the core first
#
# core         C++ unit tests; Python tests (case files, goldens, structure, differential fuzzing, mutants); the server; the core under
#              AddressSanitizer and UndefinedBehaviorSanitizer with a short run of each fuzzer
# integration  generated code and packages in the environments that they are for: Beam, SQL, Feast, object stores, Airflow,
#              Kubeflow, Python wheels. `tools/setup.sh integration` makes the environments, once for each requirements file.
#              Flink and Kafka are apart: `make test-flink`, `make test-kafka`.
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
summary=()

step() { printf '\n== %s (after %d:%02d)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

# Runs a command, shows and keeps its output, and adds the last line that matches the pattern to the summary.
run() {
  local title=$1 pattern=$2 log start=$SECONDS
  shift 2
  log=$logs/$title.log
  step "$title: $*"
  if ! "$@" 2>&1 | tee "$log"; then
    printf '\ntest: FAILED in %s; the output is in %s\n' "$title" "$log"
    exit 1
  fi
  summary+=("$(printf '%-18s %4d s  %s' "$title" $((SECONDS - start)) "$(grep -aE "$pattern" "$log" | tail -n 1 | tr -d '=')")")
}

mkdir -p "$logs"
run "build" "." bash -c "cmake --preset release -DHEADRACE_TESTS=ON && cmake --build --preset release"

# Folders with a conftest.py of their own are runs of their own; those with a .venv run in that.
readonly apart=(airflow beam dbt feast flink kafka kubeflow newcomer python remote serving sql)

test_core() {
  run "C++ tests" "tests passed" ctest --preset release
  run "Python tests" "passed|failed" .venv/bin/python -m pytest tests -q --durations=8 "${apart[@]/#/--ignore=tests/}"
  run "server" "passed|failed" .venv/bin/python -m pytest tests/serving -q --durations=4
  if ! command -v clang++-19 >/dev/null; then
    summary+=("sanitizers         skipped: clang++-19 is not installed")
    return
  fi
  run "build with ASan" "." bash -c "cmake --preset asan && cmake --build --preset asan"
  run "C++ under ASan" "tests passed" ctest --preset asan
  run "fuzzers" "^fuzz:" tools/fuzz.sh --build-folder build-asan --no-differential "$fuzz_seconds"
}

test_integration() {
  run "described" "passed|failed" env HEADRACE_SERVING_TESTS=1 .venv/bin/python -m pytest tests/serving/test_described.py -q
  run "Beam pipelines" "passed|failed" .venv/bin/python -m pytest tests/beam -q --durations=4
  run "SQL" "passed|failed" env HEADRACE_SQL_TESTS=1 .venv-sql/bin/python -m pytest tests/sql -q --durations=4
  run "dbt" "passed|failed" .venv/bin/python -m pytest tests/dbt -q --durations=4
  run "Feast" "passed|failed" env HEADRACE_FEAST_TESTS=1 .venv-feast/bin/python -m pytest tests/feast -q --durations=4
  run "object stores" "passed|failed" .venv-remote/bin/python -m pytest tests/remote -q --durations=4
  run "Airflow" "passed|failed" .venv/bin/python -m pytest tests/airflow -q --durations=4
  run "Kubeflow" "passed|failed" .venv/bin/python -m pytest tests/kubeflow -q --durations=4
  run "first hour" "passed|failed" .venv-newcomer/bin/python -m pytest tests/newcomer -q --durations=4
  run "Python packages" "passed|failed" .venv-python/bin/python -m pytest tests/python -q --durations=4
}

for tier in "${tiers[@]}"; do "test_$tier"; done

printf '\n'
printf '%s\n' "${summary[@]}"
printf 'test: all passed in %d:%02d\n' $((SECONDS / 60)) $((SECONDS % 60))
