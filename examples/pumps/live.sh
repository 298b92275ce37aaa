#!/usr/bin/env bash
# The station live: a server that feeds the files as if they came now, from the second day on an hour a second.
#
#   examples/pumps/live.sh        on a terminal: the server in the foreground, until Ctrl-C
#                                 else, or with CI=true: it is asked once, and stopped
set -euo pipefail
cd "$(dirname "$0")"
headrace=${HEADRACE:-$(cd ../.. && pwd)/build/headrace}
serve=(serve --replay data --speed 3600x --start 2024-01-02)
get=(get pump_efficiency_rolling_24h --key pump_id=p1)

step() { printf '\n$ headrace %s\n' "$*"; }

if [ -t 1 ] && [ "${CI:-}" != true ]; then
  printf '\nWhile the server runs, ask it from another terminal: %s %s; or %s status\n' "$headrace" "${get[*]}" "$headrace"
  step "${serve[@]}"
  exec "$headrace" "${serve[@]}"
fi

said=$(mktemp -d)
server=""
end() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
  rm -rf "$said"
}
trap end EXIT

step "${serve[@]}"
"$headrace" "${serve[@]}" --quiet >"$said/out" 2>"$said/err" &
server=$!
until [ -s "$said/out" ]; do
  if ! kill -0 "$server" 2>/dev/null; then
    cat "$said/err" >&2
    exit 3
  fi
  sleep 0.1
done
read -r address <"$said/out"
printf '%s\n' "$address"
# The day before the start is fed as fast as it goes.
tries=0
until "$headrace" "${get[@]}" --server "$address" --format json | grep -q '"value":[0-9]'; do
  tries=$((tries + 1))
  if [ $tries -gt 600 ]; then
    echo "live.sh: no value came" >&2
    exit 1
  fi
  sleep 0.1
done
step "${get[@]}"
"$headrace" "${get[@]}" --server "$address"
step status
"$headrace" status --server "$address"

kill -TERM "$server"
wait "$server"
server=""
