#!/usr/bin/env bash
# From real flights to a training set: prepare, check, test, backfill, dataset, explain, baseline, picture.
#
#   examples/flights/demo.sh        HEADRACE and PYTHON name other programs than build/headrace and .venv's
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
headrace=${HEADRACE:-$root/build/headrace}
python=${PYTHON:-$root/.venv/bin/python}

step() { printf '\n\033[1m$ %s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9]*m//g'; fi; }
run() {
  step headrace "$@"
  "$headrace" "$@"
}

[ -n "${HEADRACE:-}" ] || "$root/tools/setup.sh" build examples
step prepare.py
"$python" prepare.py
rm -rf offline
run check
run test
run backfill --output offline
run dataset --observations observations.parquet --time-column scheduled_departure --output train.parquet
run explain carrier_delay_3h --key carrier=UA --key origin=EWR --at 2013-07-01T20:00:00Z --events 8
step baseline.py
"$python" baseline.py
step make_picture.py
"$python" "$root/tools/picture/make_picture.py" --headrace "$headrace" --project . --store offline --output flights.html \
  --title "New York flights 2013" --key carrier=UA,origin=EWR --key origin=EWR --features "$(tr -d '\n ' <<'NAMES'
carrier_delay_3h, carrier_delay_24h, carrier_late_share_24h, carrier_cancelled_share_24h, carrier_arrival_delay_last_20,
carrier_arrival_delay_p90_7d, airport_delay_1h, airport_departures_1h, airport_cancelled_share_6h, wind, visibility, rain_3h
NAMES
)"
printf '\nThe charts are in %s: open it in a browser.\n' "$PWD/flights.html"
