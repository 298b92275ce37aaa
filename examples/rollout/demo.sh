#!/usr/bin/env bash
# Three changes of a definition on their way to readers: a good one, a refactoring, and one that swaps units for three pumps in
# a hundred, which is rolled back by itself. In a git repository of its own below this folder.
#
#   examples/rollout/demo.sh        HEADRACE and PYTHON name other programs than build/headrace and .venv's
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
headrace=${HEADRACE:-$root/build/headrace}
python=${PYTHON:-$root/.venv/bin/python}
here=$PWD
district=$here/data/district

step() { printf '\n\033[1m$ %s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9]*m//g'; fi; }
run() {
  step headrace "$@"
  "$headrace" "$@"
}
as_ann() { git -c user.name=Ann -c user.email=ann@example.com -c commit.gpgsign=false "$@"; }

rm -rf "$district"
mkdir -p "$district"
step generate.py
"$python" generate.py --output "$district"
cp -r project.yaml features "$district"
cd "$district"
printf '/data/\n/.headrace/\n' > .gitignore
git init --quiet --initial-branch=main .
git add -A && as_ann commit --quiet -m "what readers have"

# Brings what a patch changes to readers: true where it got to its end.
bring() {
  local patch=$1 reason=$2 status=0
  printf '\n--- %s ---\n' "$reason"
  git apply "$here/changes/$patch"
  step headrace plan --against HEAD
  "$headrace" plan --against HEAD --quiet || true
  # Steps last a second here; a day or more where people read the values.
  run apply --against HEAD --reason "$reason" --mismatch-max 0.001 --at-least 1s --bake 1s --actor ann --quiet
  step "headrace rollout advance   # again and again, as a schedule would"
  while "$headrace" rollout advance --actor schedule --quiet --format json > .headrace/rollout.json; do
    case $("$python" -c 'import json; print(json.load(open(".headrace/rollout.json"))["status"])') in
      running) sleep 1 ;;
      *) break ;;
    esac
  done || status=$?
  run rollout explain
  if "$python" -c 'import json, sys; sys.exit(json.load(open(".headrace/rollout.json"))["status"] != "done")'; then
    as_ann commit --quiet -am "$reason"
  else
    printf '\nrolled back: readers have what they had, and so has the repository\n'
    git checkout --quiet -- features
  fi
}

bring 1-only-while-running.patch "idle pumps tell nothing of their bearings"
bring 2-clearer-formula.patch "a formula that says what it does"
bring 3-the-other-way-round.patch "the same for all units"
run rollout history
step git log --oneline
git log --format=%s
