#!/usr/bin/env bash
# From nothing to a page with charts and a server: generate, check, test, backfill, dataset, explain, picture, live.
#
#   examples/pumps/demo.sh [--small]        HEADRACE and PYTHON name other programs than build/headrace and .venv's
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
headrace=${HEADRACE:-$root/build/headrace}
python=${PYTHON:-$root/.venv/bin/python}
pump=p7 at=2024-03-02T12:00:00Z
[ "${1:-}" = --small ] && pump=p1 at=2024-01-15T12:00:00Z

step() { printf '\n\033[1m$ %s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9]*m//g'; fi; }
run() {
  step headrace "$@"
  "$headrace" "$@"
}

step generate.py "$@"
"$python" generate.py "$@"
rm -rf offline
run check
run test
run backfill --output offline --start 2024-01-01
run dataset --observations labels.parquet --output train.parquet
run explain pump_efficiency_rolling_24h --key pump_id=$pump --at $at --events 8
step make_picture.py
"$python" "$root/tools/picture/make_picture.py" --headrace "$headrace" --project . --store offline --output pumps.html \
  --title "Pumping station" --key pump_id=$pump --features "$(tr -d '\n ' <<'NAMES'
pump_efficiency_rolling_24h, pump_efficiency_change, specific_energy_7d, vibration_max_24h, vibration_smoothed,
wear_trend, bearing_temperature_rise_1h, discharge_pressure_p05_24h, duty_share_24h, starts_24h, longest_silence_24h,
days_since_overhaul
NAMES
)"
printf '\nThe charts are in %s: open it in a browser.\n' "$PWD/pumps.html"
HEADRACE=$headrace exec ./live.sh
